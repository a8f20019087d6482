//! The forms of the catalogue of attributes.

use super::{
    AttributeName, AttributeType, Definition,
    definition::{Changes, NewDefinition},
    store::Refusal,
};
use crate::web::{
    Field, FormData,
    form::{Choice, Choices, Control, Problems},
};

/// Longest display name and description, in characters.
const LONGEST_NAME: usize = 60;
const LONGEST_DESCRIPTION: usize = 500;
/// Largest position of an attribute.
const LAST_PLACE: i32 = 9_999;

/// Form of a new or existing attribute: typed text and problems.
#[derive(Clone, Debug)]
pub struct AttributeForm {
    pub name: Field,
    pub display_name: Field,
    pub description: Field,
    pub kind: Choices,
    pub place: Field,
    pub flags: Choices,
    pub problems: Problems,
}

/// Content of the fields, as text.
#[derive(Default)]
struct Typed {
    name: String,
    display_name: String,
    description: String,
    kind: Option<AttributeType>,
    place: String,
    flags: Vec<String>,
}

/// Radio buttons of all types.
pub fn kinds(legend: &'static str, chosen: Option<AttributeType>) -> Choices {
    let choice = |kind: AttributeType| Choice {
        value: kind.as_str(),
        label: kind.label(),
        hint: kind.meaning(),
        is_on: chosen == Some(kind),
    };
    Choices::one("kind", legend, AttributeType::ALL.map(choice).into())
}

impl Typed {
    fn sent(sent: &FormData) -> Self {
        Self {
            name: sent.raw("name").to_owned(),
            display_name: sent.raw("display_name").to_owned(),
            description: sent.raw("description").to_owned(),
            kind: AttributeType::from_stored(sent.get("kind")),
            place: sent.raw("place").to_owned(),
            flags: sent.all("flags").map(str::to_owned).collect(),
        }
    }

    /// Display name and description, checked.
    fn texts(&self, problems: &mut Problems) -> (String, String) {
        let display_name = self.display_name.split_whitespace().collect::<Vec<_>>().join(" ");
        let description = self.description.replace("\r\n", "\n").trim().to_owned();
        for (field, text, most) in
            [("display_name", &display_name, LONGEST_NAME), ("description", &description, LONGEST_DESCRIPTION)]
        {
            let long = text.chars().count();
            if long > most {
                problems.add(field, format!("Use at most {most} characters. This has {long}."));
            }
        }
        (display_name, description)
    }

    fn place(&self) -> Result<Option<i32>, String> {
        let rule = || format!("Enter a number from 1 to {LAST_PLACE}, or leave it empty.");
        match self.place.trim() {
            "" => Ok(None),
            text => text.parse().ok().filter(|place| (1..=LAST_PLACE).contains(place)).map(Some).ok_or_else(rule),
        }
    }
}

impl AttributeForm {
    /// The form of a new attribute.
    pub fn blank(name: &str) -> Self {
        let typed = Typed { name: name.to_owned(), kind: Some(AttributeType::Text), ..Typed::default() };
        Self::new(&typed, Problems::default())
    }

    /// The form of an existing attribute.
    pub fn of(known: &Definition) -> Self {
        let flags = [("in_table", known.in_table), ("indexed", known.is_indexed), ("sensitive", known.is_sensitive)];
        let typed = Typed {
            name: known.name.clone(),
            display_name: known.display_name.clone(),
            description: known.description.clone(),
            kind: Some(known.kind),
            place: known.place.map(|place| place.to_string()).unwrap_or_default(),
            flags: flags.iter().filter(|(_, is_on)| *is_on).map(|(flag, _)| (*flag).to_owned()).collect(),
        };
        Self::new(&typed, Problems::default())
    }

    /// The form as it was typed.
    pub fn typed(sent: &FormData) -> Self {
        Self::new(&Typed::sent(sent), Problems::default())
    }

    fn new(typed: &Typed, problems: Problems) -> Self {
        let found = &problems.0;
        let flag = |value, label, hint| Choice { value, label, hint, is_on: typed.flags.iter().any(|it| it == value) };
        let flags = vec![
            flag("in_table", "Show in profile list", "Adds a column. The list can have up to 8."),
            flag("indexed", "Indexed", "Makes ranges of a number or date, such as age>=18, fast among many people."),
            flag(
                "sensitive",
                "Sensitive",
                "Values are hidden in lists and catalogues. On a profile they are hidden until somebody shows them.",
            ),
        ];
        let text = |name, label, value: &str| Field::new(name, label, Control::Text).value(value);
        Self {
            name: text("name", "Source name", &typed.name)
                .required()
                .limit(256)
                .hint("The name that systems use, such as favourite_drink. It cannot be changed later.")
                .problem(found),
            display_name: text("display_name", "Display name", &typed.display_name)
                .limit(LONGEST_NAME)
                .hint("Shown in the console. If empty, the source name is used.")
                .problem(found),
            description: Field::new("description", "Description", Control::Area)
                .value(&typed.description)
                .limit(LONGEST_DESCRIPTION)
                .hint("What the attribute means and where it comes from.")
                .problem(found),
            kind: kinds("Type", typed.kind).problem(found),
            place: text("place", "Position on profiles", &typed.place)
                .hint("1 comes first. If empty, it is sorted by name after those with a position.")
                .problem(found),
            flags: Choices::any("flags", "Options", flags).problem(found),
            problems,
        }
    }

    /// Parses a new attribute.
    ///
    /// # Errors
    /// The form as typed, with its problems.
    pub fn parse_new(sent: &FormData) -> Result<NewDefinition, Box<Self>> {
        let (typed, mut problems) = (Typed::sent(sent), Problems::default());
        let name = AttributeName::new(&typed.name);
        if name.is_err() {
            let is_empty = typed.name.trim().is_empty();
            let rule = if is_empty {
                "Enter a name."
            } else {
                "A source name can have 1 to 256 characters and no line breaks."
            };
            problems.add("name", rule);
        }
        let (display_name, description) = typed.texts(&mut problems);
        if typed.kind.is_none() {
            problems.add("kind", "Choose a type.");
        }
        match (name, typed.kind) {
            (Ok(name), Some(kind)) if problems.is_empty() => {
                Ok(NewDefinition { name, display_name, description, kind })
            }
            _ => Err(Box::new(Self::new(&typed, problems))),
        }
    }

    /// Parses the settings of an existing attribute; fails like [`Self::parse_new`].
    pub fn parse(sent: &FormData) -> Result<Changes, Box<Self>> {
        let (typed, mut problems) = (Typed::sent(sent), Problems::default());
        let (display_name, description) = typed.texts(&mut problems);
        let place = typed.place().map_err(|message| problems.add("place", message)).unwrap_or_default();
        let is_on = |flag: &str| typed.flags.iter().any(|it| it == flag);
        if is_on("indexed") && is_on("sensitive") {
            problems.add("flags", "A sensitive attribute needs no index, because nobody can filter by it.");
        }
        if !problems.is_empty() {
            return Err(Box::new(Self::new(&typed, problems)));
        }
        let (in_table, is_indexed, is_sensitive) = (is_on("in_table"), is_on("indexed"), is_on("sensitive"));
        Ok(Changes { display_name, description, place, in_table, is_indexed, is_sensitive })
    }

    /// The form as typed, with the catalogue's refusal as a problem.
    pub fn refused(sent: &FormData, refusal: &Refusal) -> Self {
        let (typed, mut problems) = (Typed::sent(sent), Problems::default());
        let name = typed.name.trim();
        match refusal {
            Refusal::Exists { is_retired: false } => {
                problems.add("name", format!("The attribute {name} already exists. Edit that one instead."));
            }
            Refusal::Exists { is_retired: true } => {
                problems.add("name", format!("The attribute {name} already exists but is retired. Restore it instead."))
            }
            Refusal::Called(other) => problems.add(
                "display_name",
                format!("The attribute {other} already has this display name. Choose another name."),
            ),
            Refusal::TooManyColumns(others) => problems.add(
                "flags",
                format!(
                    "The profile list has no room for another column. It shows {}. Hide one of them first.",
                    others.join(", ")
                ),
            ),
            Refusal::Missing => problems.add("name", "This attribute no longer exists."),
        }
        Self::new(&typed, problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pairs::Pairs;

    fn sent(encoded: &str) -> FormData {
        FormData(Pairs::parse(encoded.as_bytes()))
    }

    #[test]
    fn a_form_is_read_or_comes_back() {
        let new = AttributeForm::parse_new(&sent("name=+shoe/size+&display_name=Shoe++size&kind=number")).unwrap();
        assert_eq!(
            (new.name.as_str(), new.display_name.as_str(), new.kind),
            ("shoe/size", "Shoe size", AttributeType::Number)
        );
        let form = AttributeForm::parse_new(&sent("name=a%0Ab&description=x")).unwrap_err();
        assert_eq!(form.problems.0.iter().map(|it| it.field.as_ref()).collect::<Vec<_>>(), ["name", "kind"]);
        let changes = AttributeForm::parse(&sent("place=3&flags=in_table&flags=sensitive")).unwrap();
        assert_eq!(
            (changes.place, changes.in_table, changes.is_indexed, changes.is_sensitive),
            (Some(3), true, false, true)
        );
        for place in ["0", "x", "10000", "1.5"] {
            assert!(AttributeForm::parse(&sent(&format!("place={place}"))).is_err(), "{place}");
        }
    }
}
