//! The form of a new key.

use super::{Capabilities, Capability, Draft, Format, Grant, KeyName, MayOverwrite, Origin, PerMinute};
use crate::{
    db::ids::KeyId,
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
    },
};

/// Origins of one key at most.
const MOST_ORIGINS: usize = 50;

/// Form of a new key: typed text and problems.
#[derive(Clone, Debug)]
pub struct KeyForm {
    pub id: KeyId,
    pub name: Field,
    pub kind: Choices,
    pub formats: Choices,
    pub can: Choices,
    pub origins: Field,
    pub may_overwrite: Choices,
    pub per_minute: Field,
    pub problems: Problems,
}

/// Content of the fields, as text.
struct Typed {
    name: String,
    is_browser: bool,
    formats: Vec<Format>,
    can: Vec<Capability>,
    origins: String,
    may_overwrite: MayOverwrite,
    per_minute: String,
}

impl Typed {
    fn of(sent: &FormData) -> Self {
        Self {
            name: sent.raw("name").to_owned(),
            is_browser: sent.get("kind") == "browser",
            formats: sent.all("formats").filter_map(|slug| slug.parse().ok()).collect(),
            can: sent.all("can").filter_map(|slug| slug.parse().ok()).collect(),
            origins: sent.raw("origins").to_owned(),
            may_overwrite: sent.get("may_overwrite").parse().unwrap_or_default(),
            per_minute: sent.raw("per_minute").to_owned(),
        }
    }
}

impl KeyForm {
    /// The form with default values.
    pub fn blank(id: KeyId) -> Self {
        let usual = Typed {
            name: String::new(),
            is_browser: false,
            formats: Format::ALL.to_vec(),
            can: vec![Capability::Write, Capability::Loosen],
            origins: String::new(),
            may_overwrite: MayOverwrite::default(),
            per_minute: PerMinute::DEFAULT.get().to_string(),
        };
        Self::new(id, usual, Problems::default())
    }

    fn new(id: KeyId, typed: Typed, problems: Problems) -> Self {
        let found = &problems.0;
        let kind = |value, label, hint, is_on| Choice { value, label, hint, is_on };
        let kinds = vec![
            kind("server", "Server", "The key is kept secret on a server.", !typed.is_browser),
            kind(
                "browser",
                "Browser",
                "The key is in web pages, where everybody can read it, so it may only write.",
                typed.is_browser,
            ),
        ];
        let formats = Format::ALL.map(|it| kind(it.as_str(), it.label(), it.hint(), typed.formats.contains(&it)));
        let can = Capability::ALL.map(|it| kind(it.as_str(), it.label(), it.hint(), typed.can.contains(&it)));
        let overwrite = MayOverwrite::ALL.map(|it| {
            let (label, hint) = match it {
                MayOverwrite::Attributes => {
                    ("Attributes", "For browsers: it may also replace devices and remove tags. It never replaces an email, a phone, an ID or a “no”.")
                }
                MayOverwrite::Nothing => ("Nothing", "For browsers: it may only add, and fill empty values."),
            };
            kind(it.as_str(), label, hint, it == typed.may_overwrite)
        });
        let overwrite = overwrite.to_vec();
        Self {
            id,
            name: Field::new("name", "Name", Control::Text)
                .required()
                .value(&typed.name)
                .limit(100)
                .hint("The system that will use it, such as “Shop backend”.")
                .problem(found),
            kind: Choices::one("kind", "Where it is used", kinds).problem(found),
            formats: Choices::any("formats", "Formats", formats.to_vec()).problem(found),
            can: Choices::any("can", "Permissions", can.to_vec()).problem(found),
            origins: Field::new("origins", "Origins", Control::Area)
                .value(&typed.origins)
                .hint("For browsers only: the websites with these pages, one per line, such as https://shop.example.")
                .problem(found),
            may_overwrite: Choices::one("may_overwrite", "What it may overwrite for people with an ID", overwrite)
                .problem(found),
            per_minute: Field::new("per_minute", "Calls per minute", Control::Text)
                .required()
                .value(&typed.per_minute)
                .hint("From 1 to 1,000,000. A call can hold many items.")
                .problem(found),
            problems,
        }
    }

    /// The form as it was typed; without its id it gets the new one.
    pub fn typed(new: KeyId, sent: &FormData) -> Self {
        Self::new(sent.parsed("id").unwrap_or(new), Typed::of(sent), Problems::default())
    }

    /// Parses a new key; on a problem the form comes back as typed.
    pub fn parse(id: KeyId, sent: &FormData) -> Result<Draft, Box<Self>> {
        let typed = Typed::of(sent);
        let mut problems = Problems::default();
        let name = KeyName::new(&typed.name).map_err(|message| problems.add("name", message)).ok();
        if typed.formats.is_empty() {
            problems.add("formats", "Tick at least one format.");
        }
        let grant = grant(&typed).map_err(|(field, message)| problems.add(field, message)).ok();
        let per_minute = typed.per_minute.trim().parse().map_err(|message: String| problems.add("per_minute", message));
        match (name, grant, per_minute) {
            (Some(name), Some(grant), Ok(per_minute)) if problems.is_empty() => {
                Ok(Draft { id, name, grant, formats: typed.formats, per_minute })
            }
            _ => Err(Box::new(Self::new(id, typed, problems))),
        }
    }
}

fn grant(typed: &Typed) -> Result<Grant, (&'static str, String)> {
    let lines = typed.origins.lines().map(str::trim).filter(|line| !line.is_empty());
    let origins: Vec<Origin> = lines.map(Origin::new).collect::<Result<_, _>>().map_err(|wrong| ("origins", wrong))?;
    if !typed.is_browser {
        if !origins.is_empty() {
            return Err((
                "origins",
                "Only a key for browsers has origins. Leave this empty, or choose Browser.".into(),
            ));
        }
        let can = Capabilities::new(typed.can.iter().copied());
        return can.map(Grant::Server).ok_or(("can", "Tick at least one permission.".into()));
    }
    // The right to loosen is on to begin with, and no browser's key ever has it.
    if typed.can.iter().any(|it| !matches!(it, Capability::Write | Capability::Loosen))
        || !typed.can.contains(&Capability::Write)
    {
        return Err((
            "can",
            "A key for browsers may only write, because everybody can read it in the page. Tick only Write.".into(),
        ));
    }
    match origins.len() {
        0 => Err(("origins", "Enter at least one origin. The key works only on the pages of these websites.".into())),
        n if n > MOST_ORIGINS => {
            Err(("origins", format!("A key can have at most {MOST_ORIGINS} origins. You entered {n}.")))
        }
        _ => Ok(Grant::Browser { origins, may_overwrite: typed.may_overwrite }),
    }
}
