//! The form of a segment.

use super::{
    define::{Wish, Wrong},
    figures::Tried,
    progress::duration,
    segment::{Segment, SegmentKind, SegmentName},
};
use crate::{
    db::ids::OperatorId,
    filter::{self, FilterError},
    web::{
        Field,
        form::{Choice, Choices, Control, Problems},
        pairs::Pairs,
        words::grouped,
    },
};

/// Longest texts, in characters.
const LONGEST_DESCRIPTION: usize = 500;
const LONGEST_FOLDER: usize = 60;
const LONGEST_DEFINITION: usize = 8_000;
const LONGEST_TAGS: usize = 200;
/// Most tags of a segment.
const MOST_TAGS: usize = 10;

/// What a definition would make of the segment, before it is saved.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The definition in one way of writing.
    pub text: String,
    /// What it comes to; `None`: finding out takes too long.
    pub tried: Option<Tried>,
    /// How long finding out took, in milliseconds.
    pub took_ms: i64,
    /// Number of members now; `None`: it is new, or nobody was counted yet.
    pub was: Option<i64>,
}

impl Trial {
    /// What it would do, in words.
    pub fn words(&self) -> String {
        let Some(Tried { size, staying }) = self.tried else {
            return "Counting its members takes too long to wait for. It can be saved, and is counted after that."
                .to_owned();
        };
        let size_words = grouped(size);
        let becomes = match self.was {
            None => format!("It would have {size_words} members now."),
            Some(was) => format!(
                "It would have {size_words} members instead of {}: {} enter, {} leave.",
                grouped(was),
                grouped(size - staying),
                grouped((was - staying).max(0))
            ),
        };
        format!("{becomes} Counting everybody took {}.", duration(self.took_ms))
    }
}

/// The form of a segment, with its problems.
#[derive(Clone, Debug)]
pub struct SegmentForm {
    pub kind: SegmentKind,
    pub name: Field,
    /// The filter of a live segment.
    pub definition: Option<Field>,
    pub more: Vec<Field>,
    pub on_profiles: Choices,
    /// Version that the form is based on; 0 for a new segment.
    pub version: i32,
    pub trial: Option<Trial>,
    pub problems: Problems,
    /// The definition as it was typed.
    pub typed: String,
}

impl SegmentForm {
    /// The form as it was typed.
    pub fn typed(sent: &Pairs, kind: SegmentKind, team: &[(OperatorId, String)], problems: Problems) -> Self {
        let text = |name: &'static str, label: &'static str, limit| {
            Field::new(name, label, Control::Text).limit(limit).value(sent.raw(name)).problem(&problems.0)
        };
        let definition = || {
            Field::new("definition", "Profiles that match", Control::Area)
                .limit(LONGEST_DEFINITION)
                .value(sent.raw("definition"))
                .hint("As in the search box of the profile list, for example: plan:pro did:\"Order Completed\">=3 in:90d. Empty for everybody.")
                .problem(&problems.0)
        };
        let owners = std::iter::once((String::new(), "Nobody".to_owned()))
            .chain(team.iter().map(|(id, name)| (id.to_string(), name.clone())));
        let on_profiles = Choice {
            value: "yes",
            label: "Show on profiles",
            hint: "The Segments tab of a person says whether they are in it.",
            is_on: sent.get("on_profiles") == "yes",
        };
        Self {
            kind,
            name: text("name", "Name", SegmentName::LONGEST).required().hint("For example: Paying, high value"),
            definition: (kind == SegmentKind::Live).then(definition),
            more: vec![
                text("description", "Description", LONGEST_DESCRIPTION).hint("What it is for."),
                text("folder", "Folder", LONGEST_FOLDER)
                    .short()
                    .list("folders")
                    .hint("Segments of one folder stand together."),
                text("tags", "Tags", LONGEST_TAGS).hint("With commas between them."),
                Field::new("owner", "Owner", Control::Select)
                    .options(owners)
                    .value(sent.raw("owner"))
                    .hint("Who to ask about it."),
            ],
            on_profiles: Choices::any("on_profiles", "Where it is shown", vec![on_profiles]),
            version: sent.parsed("version").unwrap_or(0),
            trial: None,
            problems,
            typed: sent.raw("definition").to_owned(),
        }
    }

    /// What is typed in the form of a segment.
    pub fn pairs(segment: &Segment) -> Pairs {
        Pairs::default()
            .with("name", &segment.name)
            .with("definition", &segment.definition.filter().map(ToString::to_string).unwrap_or_default())
            .with("description", &segment.description)
            .with("folder", &segment.folder)
            .with("tags", &segment.tags.join(", "))
            .with("owner", &segment.owner.map(|owner| owner.to_string()).unwrap_or_default())
            .with("on_profiles", if segment.on_profiles { "yes" } else { "" })
            .with("version", &segment.version.to_string())
    }

    /// Reads the form.
    ///
    /// # Errors
    /// What is wrong, at its fields.
    pub fn parse(sent: &Pairs) -> Result<Wish, Problems> {
        let mut problems = Problems::default();
        let name = SegmentName::typed(sent.raw("name")).map_err(|rule| problems.add("name", rule));
        for (field, longest) in
            [("description", LONGEST_DESCRIPTION), ("folder", LONGEST_FOLDER), ("tags", LONGEST_TAGS)]
        {
            if sent.raw(field).chars().count() > longest {
                problems.add(field, format!("Enter at most {longest} characters."));
            }
        }
        let tags: Vec<String> =
            sent.get("tags").split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        if tags.len() > MOST_TAGS {
            problems.add("tags", format!("A segment has at most {MOST_TAGS} tags."));
        }
        match name {
            Ok(name) if problems.is_empty() => Ok(Wish {
                name,
                description: sent.get("description").to_owned(),
                folder: sent.get("folder").to_owned(),
                tags,
                owner: sent.parsed("owner"),
                on_profiles: sent.get("on_profiles") == "yes",
                typed: sent.raw("definition").trim().to_owned(),
            }),
            _ => Err(problems),
        }
    }
}

/// What is wrong with a definition, with its place.
pub fn told(wrong: &FilterError, typed: &str) -> String {
    let instead = wrong.instead.as_ref().map(|instead| format!(" Did you mean {instead}?")).unwrap_or_default();
    let place = if wrong.at.end > 0 { format!("At character {}: ", wrong.column(typed)) } else { String::new() };
    format!("{place}{}{instead}", wrong.message)
}

/// What keeps a segment from being saved, at its field.
pub fn problems(wrong: &Wrong, typed: &str) -> Problems {
    let mut problems = Problems::default();
    match wrong {
        Wrong::Name(rule) => problems.add("name", *rule),
        Wrong::Definition(wrong) => problems.add("definition", told(wrong, typed)),
        Wrong::Stale => {
            problems.add("name", "Somebody else changed this segment meanwhile. Look at it, then change it again.")
        }
    }
    problems
}

/// A definition in one way of writing; as it was typed if it is none.
pub fn canonical(typed: &str) -> String {
    filter::parse(typed).map_or_else(|_| typed.to_owned(), |parsed| parsed.filter.to_string())
}
