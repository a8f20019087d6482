//! The form of a screen view.

use chrono::{DateTime, Utc};

use super::{
    content::{Content, ContentKind},
    define::{LONGEST_AUDIENCE, Wish, Wrong},
    screen_view::{Priority, Run, ScreenView, ScreenViewName},
};
use crate::{
    segments::told,
    web::{
        Field, Now,
        form::{Choice, Choices, Control, Problems},
        pairs::Pairs,
    },
};

/// The form of a screen view, with its problems.
#[derive(Clone, Debug)]
pub struct ScreenViewForm {
    pub name: Field,
    pub kind: Choices,
    pub content: Field,
    pub audience: Field,
    pub run: [Field; 2],
    pub priority: Field,
    /// Version that the form is based on; 0 for a new one.
    pub version: i32,
    pub problems: Problems,
}

impl ScreenViewForm {
    /// The form as it was typed.
    pub fn typed(sent: &Pairs, now: Now, problems: Problems) -> Self {
        let kind = sent.parsed("kind").unwrap_or(ContentKind::Json);
        let choice =
            |one: ContentKind, hint| Choice { value: one.as_str(), label: one.label(), hint, is_on: kind == one };
        let field = |name: &'static str, label: &'static str, control| {
            Field::new(name, label, control).value(sent.raw(name)).problem(&problems.0)
        };
        let zone = now.zone.name().replace('_', " ");
        Self {
            name: field("name", "Name", Control::Text)
                .limit(ScreenViewName::LONGEST)
                .required()
                .hint("For your team and your developers, for example: Free delivery banner"),
            kind: Choices::one(
                "kind",
                "Kind",
                vec![
                    choice(
                        ContentKind::Json,
                        "Fields that your site or app lays out. The texts in them may have Liquid.",
                    ),
                    choice(ContentKind::Text, "One text, as it is, with Liquid."),
                ],
            )
            .problem(&problems.0),
            content: field("content", "Content", Control::Area).required().hint(
                "Such as {\"title\": \"Welcome back, {{ user.first_name | default: \\\"you\\\" }}\"}. At most 64 KB.",
            ),
            audience: field("audience", "Audience", Control::Area).limit(LONGEST_AUDIENCE).hint(
                "As in the search box of the profile list, for example: plan:free seen<30d. Empty for everybody.",
            ),
            run: [
                field("from", "From", Control::Time).short().hint(format!("Empty: at once. Time zone: {zone}.")),
                field("until", "Until", Control::Time).short().hint("Empty: until it is archived."),
            ],
            priority: field("priority", "Priority", Control::Number)
                .short()
                .hint("0 to 1000. Of several, the one with the greatest comes first."),
            version: sent.parsed("version").unwrap_or(0),
            problems,
        }
    }

    /// What is typed in the form of a screen view.
    pub fn pairs(view: &ScreenView, now: Now) -> Pairs {
        let time = |at: Option<DateTime<Utc>>| {
            at.map(|at| at.with_timezone(&now.zone).format("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default()
        };
        let listed = &view.listed;
        Pairs::default()
            .with("name", &listed.name)
            .with("kind", listed.kind.as_str())
            .with("content", view.content.source())
            .with("audience", &listed.typed())
            .with("from", &time(listed.run.from()))
            .with("until", &time(listed.run.until()))
            .with("priority", &listed.priority.to_string())
            .with("version", &listed.version.to_string())
    }

    /// Reads the form.
    ///
    /// # Errors
    /// What is wrong, at its fields.
    pub fn parse(sent: &Pairs, now: Now) -> Result<Wish, Problems> {
        let mut problems = Problems::default();
        let name = ScreenViewName::typed(sent.raw("name")).map_err(|rule| problems.add("name", rule));
        let kind = sent.parsed("kind").ok_or_else(|| problems.add("kind", "Choose a kind."));
        let content =
            kind.and_then(|kind| Content::new(kind, sent.raw("content")).map_err(|rule| problems.add("content", rule)));
        let audience = sent.raw("audience").trim().to_owned();
        if audience.chars().count() > LONGEST_AUDIENCE {
            problems.add(
                "audience",
                format!("Enter at most {LONGEST_AUDIENCE} characters. A segment may have more, and be named here."),
            );
        }
        let mut time = |field: &'static str| match sent.raw(field).trim() {
            "" => Ok(None),
            typed => now.read(typed).map(Some).map_err(|rule| problems.add(field, rule)),
        };
        let (from, until) = (time("from"), time("until"));
        let run = match (from, until) {
            (Ok(from), Ok(until)) => Run::new(from, until).map_err(|rule| problems.add("until", rule)),
            _ => Err(()),
        };
        let priority = Priority::typed(sent.raw("priority")).map_err(|rule| problems.add("priority", rule));
        match (name, content, run, priority) {
            (Ok(name), Ok(content), Ok(run), Ok(priority)) if problems.is_empty() => {
                Ok(Wish { name, content, audience, run, priority })
            }
            _ => Err(problems),
        }
    }
}

/// What keeps a screen view from being saved, at its field.
pub fn problems(wrong: &Wrong, wish: &Wish) -> Problems {
    let mut problems = Problems::default();
    match wrong {
        Wrong::Name(rule) => problems.add("name", *rule),
        Wrong::Audience(wrong) => problems.add("audience", told(wrong, &wish.audience)),
        Wrong::Stale => {
            problems.add("name", "Somebody else changed this screen view meanwhile. Look at it, then change it again.")
        }
    }
    problems
}
