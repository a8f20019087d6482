//! Forms of the catalogue of events.

use super::{
    EventName,
    keys::MOST_MARKED,
    store::{Decided, EventDefinition},
};
use crate::web::{
    Field, FormData,
    form::{Choice, Choices, Control, Problems},
    icon::IconChoice,
    pairs::Pairs,
};

/// Longest display name, in characters.
const LONGEST_NAME: usize = 100;
/// Longest description, in characters.
const LONGEST_TEXT: usize = 1000;
/// Most properties that can be chosen, of each sort.
const MOST_CHOSEN: usize = 60;
/// Longest name of a property, in characters.
const LONGEST_PROPERTY: usize = 256;

/// The form for how an event is shown and what it counts as, with what was typed and its problems.
#[derive(Clone, Debug)]
pub struct EventForm {
    pub display_name: Field,
    pub icon: IconChoice,
    pub description: Field,
    pub counts: Choices,
    pub revenue: Field,
    pub problems: Problems,
    /// Names of the chosen properties.
    pub shown: Vec<String>,
    pub summary: Vec<String>,
    pub lookup_keys: Vec<String>,
}

impl EventForm {
    /// The form with the stored values.
    pub fn of(known: &EventDefinition) -> Self {
        let decided = Decided {
            display_name: known.display_name.clone(),
            icon: known.icon(),
            description: known.description.clone(),
            shown: known.shown.clone(),
            summary: known.summary.clone(),
            is_activity: known.is_activity,
            is_message: known.is_message,
            revenue: known.revenue.clone(),
            lookup_keys: known.lookup_keys.clone(),
        };
        Self::new(decided, Problems::default())
    }

    fn new(typed: Decided, problems: Problems) -> Self {
        let found = &problems.0;
        let choice = |value, label, hint, is_on| Choice { value, label, hint, is_on };
        let counts = vec![
            choice(
                "activity",
                "Activity",
                "The person was active. Updates “Online now” and “Last seen”.",
                typed.is_activity,
            ),
            choice("message", "Message status", "A message was sent, delivered, opened and so on.", typed.is_message),
        ];
        Self {
            display_name: Field::new("display_name", "Display name", Control::Text)
                .value(&typed.display_name)
                .limit(LONGEST_NAME)
                .hint("Shown instead of the source name.")
                .problem(found),
            icon: IconChoice::new("icon", "Icon", "Default", typed.icon).problem(found),
            description: Field::new("description", "Description", Control::Area)
                .value(&typed.description)
                .limit(LONGEST_TEXT)
                .hint("What this event means.")
                .problem(found),
            counts: Choices::any("counts", "Counts as", counts).problem(found),
            revenue: Field::new("revenue", "Revenue", Control::Text)
                .value(typed.revenue.as_deref().unwrap_or_default())
                .limit(LONGEST_PROPERTY)
                .list("properties")
                .hint("The property that holds the order value. Leave it empty if this event is not an order.")
                .problem(found),
            problems,
            shown: typed.shown,
            summary: typed.summary,
            lookup_keys: typed.lookup_keys,
        }
    }

    /// The form as it was typed.
    pub fn typed(sent: &FormData) -> Self {
        Self::new(Self::read(sent), Problems::default())
    }

    fn read(sent: &FormData) -> Decided {
        Decided {
            display_name: sent.get("display_name").to_owned(),
            icon: sent.parsed("icon"),
            description: sent.get("description").replace("\r\n", "\n"),
            shown: chosen(sent, "shown"),
            summary: chosen(sent, "summary"),
            is_activity: sent.all("counts").any(|it| it == "activity"),
            is_message: sent.all("counts").any(|it| it == "message"),
            lookup_keys: chosen(sent, "lookup"),
            revenue: Some(sent.get("revenue").to_owned()).filter(|name| !name.is_empty()),
        }
    }

    /// Reads the form. Fails with the form as it was typed, with its problems.
    pub fn parse(sent: &FormData) -> Result<Decided, Box<Self>> {
        let decided = Self::read(sent);
        let mut problems = Problems::default();
        let one_line = |text: &str| !text.contains(char::is_control);
        match decided.display_name.chars().count() {
            n if n > LONGEST_NAME => {
                problems.add(
                    "display_name",
                    format!("A display name can have at most {LONGEST_NAME} characters. This one has {n}."),
                );
            }
            _ if !one_line(&decided.display_name) => {
                problems.add("display_name", "Write the display name on one line.")
            }
            _ => {}
        }
        if decided.icon.is_none() && !sent.get("icon").is_empty() {
            problems.add("icon", "Choose one of these icons.");
        }
        if decided.description.chars().count() > LONGEST_TEXT {
            problems.add("description", format!("A description can have at most {LONGEST_TEXT} characters."));
        }
        if decided.revenue.as_ref().is_some_and(|name| name.chars().count() > LONGEST_PROPERTY || !one_line(name)) {
            problems.add("revenue", "A property name can have at most 256 characters and no line breaks.");
        }
        if decided.lookup_keys.len() > MOST_MARKED {
            problems.add("lookup", format!("At most {MOST_MARKED} properties of an event can be looked up."));
        }
        if problems.is_empty() { Ok(decided) } else { Err(Box::new(Self::new(decided, problems))) }
    }
}

fn chosen(sent: &Pairs, name: &str) -> Vec<String> {
    let good = |it: &&str| !it.is_empty() && it.chars().count() <= LONGEST_PROPERTY;
    let mut all: Vec<String> = Vec::new();
    for property in sent.all(name).filter(good).take(MOST_CHOSEN) {
        if !all.iter().any(|known| known == property) {
            all.push(property.to_owned());
        }
    }
    all
}

#[derive(Clone, Debug)]
pub struct NewForm {
    pub name: Field,
    pub problems: Problems,
}

impl NewForm {
    /// The form with what was typed, and its problem.
    pub fn new(typed: &str, problem: Option<String>) -> Self {
        let mut problems = Problems::default();
        if let Some(message) = problem {
            problems.add("name", message);
        }
        let name = Field::new("name", "Source name", Control::Text)
            .required()
            .value(typed)
            .limit(256)
            .hint("The name that systems use, such as Call Answered. It cannot be changed later.")
            .problem(&problems.0);
        Self { name, problems }
    }

    /// Reads the form. Fails with the form as it was typed, with its problem.
    pub fn parse(sent: &FormData) -> Result<EventName, Box<Self>> {
        let typed = sent.raw("name");
        EventName::new(typed).map_err(|invalid| {
            let message = match typed.trim() {
                "" => "Enter a name, such as Call Answered.".to_owned(),
                _ => format!("The name {}.", invalid.rule),
            };
            Box::new(Self::new(typed, Some(message)))
        })
    }
}

/// The form for the retention of events.
#[derive(Clone, Debug)]
pub struct KeepForm {
    pub days: Field,
    pub problems: Problems,
}

impl KeepForm {
    /// The form with what was typed, and its problem.
    pub fn new(typed: &str, problem: Option<String>) -> Self {
        let mut problems = Problems::default();
        if let Some(message) = problem {
            problems.add("days", message);
        }
        let days = Field::new("days", "Keep events for (days)", Control::Number)
            .value(typed)
            .limit(4)
            .hint("From 1 to 3660. Leave it empty to keep events forever.")
            .problem(&problems.0);
        Self { days, problems }
    }

    /// Reads the days, 1 to 3660; `None`: events are kept for good. Fails with the form as it was typed, with its problem.
    pub fn parse(typed: &str) -> Result<Option<i32>, Box<Self>> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        match typed.trim().parse() {
            Ok(days) if (1..=3660).contains(&days) => Ok(Some(days)),
            _ => {
                let problem = format!(
                    "Enter a whole number of days from 1 to 3660, or leave it empty. “{}” is not one.",
                    typed.trim()
                );
                Err(Box::new(Self::new(typed, Some(problem))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::events::form::*;

    #[test]
    fn days_are_few_enough_or_none() {
        assert_eq!(KeepForm::parse(" ").unwrap(), None);
        assert_eq!(KeepForm::parse(" 30 ").unwrap(), Some(30));
        for bad in ["0", "3661", "-1", "1.5", "a month"] {
            assert!(KeepForm::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_decided_is_read_and_bounded() {
        let sent = |text: &str| FormData(Pairs::parse(text.as_bytes()));
        let decided =
            EventForm::parse(&sent("icon=box&counts=activity&shown=a&shown=a&shown=b&revenue=+total+")).unwrap();
        assert_eq!(decided.shown, ["a", "b"]);
        assert_eq!((decided.is_activity, decided.is_message, decided.revenue.as_deref()), (true, false, Some("total")));
        for bad in ["icon=%F0%9F%93%A6", &format!("display_name={}", "x".repeat(101)), "display_name=a%0Ab"] {
            assert!(EventForm::parse(&sent(bad)).is_err(), "{bad}");
        }
    }
}
