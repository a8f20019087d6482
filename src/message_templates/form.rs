//! The form of a template. Its variants are rows of fields with numbered names; adding and removing one keeps all that was typed.

use super::{Fault, Part, Template, TemplateName, Variant, Words, check, store::Saved};
use crate::{
    subscriptions::{Medium, Topic},
    topics::Catalogue,
    verdict::MessageKind,
    web::{
        Field,
        form::{Choice, Choices, Control, Problems},
        pairs::Pairs,
    },
};

/// Languages of a template at most.
pub const MOST_VARIANTS: usize = 20;
/// Longest tag of a language, in characters.
const LONGEST_LANGUAGE: usize = 35;

/// What a button of the form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Save,
    Add,
    /// The variant at this place goes.
    Remove(usize),
}

impl Wish {
    /// What the button that was pressed asks for.
    pub fn read(sent: &Pairs) -> Self {
        match sent.get("do") {
            "add" => Self::Add,
            other => {
                other.strip_prefix("remove-").and_then(|place| place.parse().ok()).map_or(Self::Save, Self::Remove)
            }
        }
    }
}

/// Whether messages of a channel have a subject or a title.
pub fn has_subject(channel: Medium) -> bool {
    matches!(channel, Medium::Email | Medium::Push | Medium::Webpush | Medium::Inapp)
}

/// Whether words must lead to the person's choices.
pub fn needs_link(channel: Medium, kind: MessageKind) -> bool {
    channel == Medium::Email && kind == MessageKind::Campaign
}

/// The fields of one language.
#[derive(Clone, Debug)]
pub struct VariantFields {
    /// What it is called on the page.
    pub title: String,
    pub fields: Vec<Field>,
    /// Value of the button that removes it; `None`: it is the only one.
    pub remove: Option<String>,
}

/// The form of a template, with its problems.
#[derive(Clone, Debug)]
pub struct TemplateForm {
    pub channel: Medium,
    pub name: Field,
    pub kind: Choices,
    pub topic: Field,
    pub variants: Vec<VariantFields>,
    pub can_add: bool,
    /// Version that the form is based on; 0 for a new template.
    pub version: i32,
    pub problems: Problems,
}

/// Number of variants in what was sent.
fn count(sent: &Pairs) -> usize {
    sent.names().filter(|name| name.starts_with("language-")).count().clamp(1, MOST_VARIANTS)
}

const PARTS: [&str; 4] = ["language", "subject", "text", "html"];

/// What was sent, after the button did its part.
pub fn after(sent: &Pairs, wish: Wish) -> Pairs {
    let sent = sent.without(&["do"]);
    let count = count(&sent);
    match wish {
        Wish::Save => sent,
        Wish::Add if count < MOST_VARIANTS => sent.and(&format!("language-{count}"), ""),
        Wish::Add => sent,
        Wish::Remove(place) if place < count && count > 1 => {
            let is_part =
                |name: &str| PARTS.iter().any(|part| name.strip_prefix(part).is_some_and(|it| it.starts_with('-')));
            let mut kept = sent.only(|name| !is_part(name));
            for (new, old) in (0..count).filter(|it| *it != place).enumerate() {
                for part in PARTS {
                    kept = kept.and(&format!("{part}-{new}"), sent.raw(&format!("{part}-{old}")));
                }
            }
            kept
        }
        Wish::Remove(_) => sent,
    }
}

/// What is typed in the form of a template.
pub fn pairs(template: &Template) -> Pairs {
    let mut sent = Pairs::default()
        .with("name", template.name.as_str())
        .with("kind", template.kind.as_str())
        .with("topic", template.topic.as_ref().map_or("", Topic::as_str))
        .with("version", &template.version.to_string());
    for (place, Variant { language, words }) in template.variants.iter().enumerate() {
        for (part, text) in PARTS.into_iter().zip([language, &words.subject, &words.text, &words.html]) {
            sent = sent.and(&format!("{part}-{place}"), text);
        }
    }
    sent
}

impl TemplateForm {
    /// The form as it was typed.
    pub fn typed(sent: &Pairs, channel: Medium, topics: &Catalogue, problems: Problems) -> Self {
        let kind: MessageKind = sent.parsed("kind").unwrap_or(MessageKind::Campaign);
        let choice =
            |one: MessageKind, hint| Choice { value: one.as_str(), label: one.label(), hint, is_on: kind == one };
        let offered = topics.offered().into_iter().flat_map(|(_, topics)| topics);
        let mut options: Vec<(String, String)> = std::iter::once((String::new(), "No topic".to_owned()))
            .chain(offered.map(|it| (it.topic.as_str().to_owned(), it.name.clone())))
            .collect();
        let chosen = sent.get("topic");
        // One that was retired, or that nobody defined, stays until another is chosen.
        if !options.iter().any(|(value, _)| value == chosen) {
            options.push((chosen.to_owned(), chosen.to_owned()));
        }
        let count = count(sent);
        Self {
            channel,
            name: Field::new("name", "Name", Control::Text)
                .limit(TemplateName::LONGEST)
                .required()
                .hint("For your team. People who get the message do not see it.")
                .value(sent.raw("name"))
                .problem(&problems.0),
            kind: Choices::one(
                "kind",
                "Kind",
                vec![
                    choice(
                        MessageKind::Campaign,
                        "You decide to send it. It goes only to people who agreed to such messages.",
                    ),
                    choice(
                        MessageKind::Service,
                        "The person's own act asks for it, such as a receipt, a code or a delivery.",
                    ),
                ],
            )
            .problem(&problems.0),
            topic: Field::new("topic", "Topic", Control::Select)
                .options(options)
                .value(chosen)
                .hint("People who unsubscribed from the topic do not get it.")
                .problem(&problems.0),
            variants: (0..count).map(|place| variant(sent, channel, (place, count), &problems)).collect(),
            can_add: count < MOST_VARIANTS,
            version: sent.parsed("version").unwrap_or(0),
            problems,
        }
    }
}

fn variant(sent: &Pairs, channel: Medium, (place, count): (usize, usize), problems: &Problems) -> VariantFields {
    let field = |part: &str, label: &'static str, control| {
        let name = format!("{part}-{place}");
        let value = sent.raw(&name).to_owned();
        Field::new(name, label, control).value(&value).problem(&problems.0)
    };
    let hint = if place == 0 {
        "A tag such as en or pt-BR. This language is also for everybody whose language is not here."
    } else {
        "A tag such as de or pt-BR."
    };
    let mut fields = vec![field("language", "Language", Control::Text).limit(LONGEST_LANGUAGE).hint(hint)];
    if has_subject(channel) {
        let label = if channel == Medium::Email { "Subject" } else { "Title" };
        fields.push(field("subject", label, Control::Text));
    }
    if channel == Medium::Email {
        fields.push(
            field("html", "HTML", Control::Area)
                .hint("Values are escaped. Leave it empty for a message of text alone."),
        );
        fields.push(field("text", "Text", Control::Area).hint("Empty: it is made from the HTML."));
    } else {
        fields.push(field("text", "Text", Control::Area));
    }
    let language = sent.get(&format!("language-{place}"));
    let title = match (place, language) {
        (0, "") => "For everybody".to_owned(),
        (0, language) => format!("{language}, and for everybody else"),
        (_, "") => format!("Language {}", place + 1),
        (_, language) => language.to_owned(),
    };
    VariantFields { title, fields, remove: (count > 1).then(|| format!("remove-{place}")) }
}

/// Reads the form.
///
/// # Errors
/// What is wrong, at its fields.
pub fn parse(sent: &Pairs, channel: Medium) -> Result<Saved, Problems> {
    let mut problems = Problems::default();
    let name = TemplateName::new(sent.raw("name")).map_err(|rule| problems.add("name", rule));
    let kind = sent.parsed("kind").ok_or_else(|| problems.add("kind", "Choose a kind."));
    let topic = match sent.get("topic") {
        "" => Ok(None),
        key => {
            Topic::new(key).map(Some).map_err(|invalid| problems.add("topic", format!("The topic {}.", invalid.rule)))
        }
    };
    let mut variants: Vec<Variant> = Vec::new();
    for place in 0..count(sent) {
        let part = |part: &str| sent.raw(&format!("{part}-{place}")).replace("\r\n", "\n");
        let language = part("language").trim().to_owned();
        if let Err(rule) = check_language(&language, place, &variants) {
            problems.add(format!("language-{place}"), rule);
        }
        let mut words = Words { subject: part("subject").trim().to_owned(), text: part("text"), html: part("html") };
        if !has_subject(channel) {
            words.subject.clear();
        }
        if channel != Medium::Email {
            words.html.clear();
        }
        let is_bound = kind.is_ok_and(|kind| needs_link(channel, kind));
        if let Err((part, rule)) = check_words(&words, channel, is_bound) {
            problems.add(format!("{part}-{place}"), rule);
        }
        variants.push(Variant { language, words });
    }
    match (name, kind, topic) {
        (Ok(name), Ok(kind), Ok(topic)) if problems.is_empty() => Ok(Saved { name, kind, topic, variants }),
        _ => Err(problems),
    }
}

/// The rule for a tag that is none, or that another variant has.
fn check_language(language: &str, place: usize, before: &[Variant]) -> Result<(), &'static str> {
    if language.is_empty() {
        return if place == 0 { Ok(()) } else { Err("Enter the tag of the language, such as de or pt-BR.") };
    }
    let mut parts = language.split('-');
    let first = parts.next().unwrap_or_default();
    let is_tag = (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && language.len() <= LONGEST_LANGUAGE;
    if !is_tag {
        return Err("This is no tag of a language. Enter one such as de or pt-BR.");
    }
    let is_there = before.iter().any(|it| it.language.eq_ignore_ascii_case(language));
    if is_there { Err("This language is there already.") } else { Ok(()) }
}

/// What is wrong with the words, with the field.
fn check_words(words: &Words, channel: Medium, needs_link: bool) -> Result<(), (&'static str, String)> {
    let is_email = channel == Medium::Email;
    if is_email && words.subject.is_empty() {
        return Err(("subject", "Enter a subject.".to_owned()));
    }
    if words.text.trim().is_empty() && words.html.trim().is_empty() {
        let rule = if is_email { "Enter a text, HTML, or both." } else { "Enter a text." };
        return Err(("text", rule.to_owned()));
    }
    check(words, needs_link).map_err(|fault: Fault| {
        let part = match fault.part {
            Part::Subject => "subject",
            Part::Text => "text",
            Part::Html => "html",
        };
        (part, fault.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Pairs {
        Pairs::parse(b"name=Welcome&kind=service&language-0=en&subject-0=Hi&text-0=Hello&html-0=&language-1=de&subject-1=Hallo&text-1=Moin&html-1=")
    }

    #[test]
    fn languages_come_and_go_and_what_was_typed_stays() {
        let three = after(&sent().and("do", "add"), Wish::Add);
        assert_eq!((count(&three), three.raw("text-1"), three.raw("language-2")), (3, "Moin", ""));
        let one = after(&three, Wish::Remove(0));
        assert_eq!(
            (count(&one), one.raw("text-0"), one.raw("subject-0"), one.raw("name")),
            (2, "Moin", "Hallo", "Welcome")
        );
        assert_eq!(count(&after(&after(&one, Wish::Remove(1)), Wish::Remove(0))), 1, "one stays");
        assert_eq!(Wish::read(&Pairs::parse(b"do=remove-2")), Wish::Remove(2));
        assert_eq!(Wish::read(&Pairs::parse(b"do=remove-x")), Wish::Save);
    }

    #[test]
    fn a_form_is_read_or_says_where_it_is_wrong() {
        let saved = parse(&sent(), Medium::Email).unwrap();
        assert_eq!(saved.variants.iter().map(|it| it.language.as_str()).collect::<Vec<_>>(), ["en", "de"]);
        assert_eq!(parse(&sent(), Medium::Sms).unwrap().variants[0].words.subject, "", "it has none");
        for (name, value, field) in [
            ("name", "", "name"),
            ("kind", "x", "kind"),
            ("language-1", "EN", "language-1"),
            ("language-1", "", "language-1"),
            ("language-0", "English", "language-0"),
            ("subject-1", "", "subject-1"),
            ("text-0", "", "text-0"),
            ("text-0", "{% if %}", "text-0"),
            ("kind", "campaign", "text-0"),
        ] {
            let problems = parse(&sent().without(&[name]).and(name, value), Medium::Email).unwrap_err();
            assert_eq!(problems.0[0].field, field, "{name}={value}: {problems:?}");
        }
    }
}
