//! Fields of the form for editing: what they show, what was typed, and the corrections that follow.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{rules, store::Present};
use crate::{
    attributes::{AttributeName, AttributeType, AttributeValue, Attributes, Definition},
    identities::{Address, Addresses, Channel},
    ledger,
    registers::Correction,
    web::{Field, FormData, Problem, form::Control},
};

/// Most fields of one form.
pub const MOST: usize = 100;

/// What a field edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Address(Channel),
    Attribute(AttributeName),
}

impl Subject {
    fn parse(sent: &str) -> Option<Self> {
        match sent.split_once(' ')? {
            ("address", channel) => Channel::from_stored(channel).map(Self::Address),
            ("attribute", name) => AttributeName::new(name).ok().map(Self::Attribute),
            _ => None,
        }
    }

    /// The subject as the form sends it back.
    pub fn sent(&self) -> String {
        match self {
            Self::Address(channel) => format!("address {}", channel.as_str()),
            Self::Attribute(name) => format!("attribute {}", name.as_str()),
        }
    }

    /// Label for people.
    pub fn label(&self, now: &Present) -> String {
        match self {
            Self::Address(channel) => channel.label().to_owned(),
            Self::Attribute(name) => now
                .definitions
                .get(name.as_str())
                .map_or_else(|| AttributeName::humanise(name.as_str()), Definition::label),
        }
    }

    /// Whether the value is shown only on request.
    pub fn is_hidden(&self, now: &Present) -> bool {
        matches!(self, Self::Attribute(name) if ledger::is_hidden(now.definitions.get(name.as_str())))
    }

    /// Why nobody may change the value by hand; `None` if people may.
    pub fn why_fixed(&self, now: &Present) -> Option<&'static str> {
        let Self::Attribute(name) = self else { return None };
        now.definitions.get(name.as_str()).and_then(|it| it.origin.why_fixed())
    }

    fn kind(&self, now: &Present) -> AttributeType {
        let Self::Attribute(name) = self else { return AttributeType::Text };
        let definition = now.definitions.get(name.as_str());
        let chosen = definition.filter(|it| it.is_typed).map(|it| it.kind);
        let found = now.values.get(name.as_str()).and_then(AttributeType::of);
        // A value that is no date though its attribute is one is edited as text.
        let told = || definition.map_or_else(|| rules::kind(name.as_str()), |it| it.kind);
        chosen.or(found).unwrap_or_else(told)
    }

    /// Whether both texts say the same: a phone number may be written in several ways.
    fn is_same(&self, one: &str, other: &str) -> bool {
        let is_same_address = || match self {
            Self::Address(channel) => {
                Address::new(*channel, one).is_ok_and(|it| Address::new(*channel, other).is_ok_and(|other| it == other))
            }
            Self::Attribute(_) => false,
        };
        normal(one) == normal(other) || is_same_address()
    }

    /// Whether values of that type are short enough for half a line.
    fn is_short(&self, kind: AttributeType) -> bool {
        match self {
            Self::Address(_) => true,
            Self::Attribute(name) => {
                rules::is_short(name.as_str())
                    || matches!(kind, AttributeType::Number | AttributeType::Date | AttributeType::Boolean)
            }
        }
    }

    /// The present value as people would type it.
    pub fn typed(&self, now: &Present) -> String {
        match self {
            Self::Address(channel) => now.address(*channel).map(|row| row.address.clone()).unwrap_or_default(),
            Self::Attribute(name) => {
                now.values.get(name.as_str()).map(|value| self.kind(now).typed(value)).unwrap_or_default()
            }
        }
    }
}

/// First 8 bytes of a hash, by which a form recognises the value that it showed without containing it twice.
fn digest(typed: &str) -> String {
    let hash = Sha256::digest(normal(typed).as_bytes());
    crate::text::hexadecimal(&hash[..8])
}

fn normal(typed: &str) -> String {
    typed.trim().replace("\r\n", "\n")
}

/// The field of a hidden value carries this in place of a digest: it shows nothing, and changes the value only if filled in.
const HIDDEN: &str = "hidden";

#[derive(Clone, Debug)]
pub struct Sent {
    /// What the field edits.
    pub of: Subject,
    /// Digest of the value that the form showed, or [`HIDDEN`].
    base: String,
    pub typed: String,
    /// Whether the form said that somebody else had changed the value meanwhile.
    pub was_contested: bool,
}

impl Sent {
    /// Name of the control at an index.
    pub fn field(place: usize) -> String {
        format!("value-{place}")
    }

    /// All fields of a form, at most [`MOST`].
    pub fn all(form: &FormData) -> Vec<Self> {
        let one = |place: usize| {
            let of = Subject::parse(form.get(&format!("of-{place}")))?;
            let base = form.get(&format!("base-{place}")).to_owned();
            let was_contested = form.get(&format!("contested-{place}")) == "yes";
            Some(Self { of, base, typed: form.raw(&Self::field(place)).to_owned(), was_contested })
        };
        (0..MOST).map_while(one).collect()
    }

    /// The field with an empty text, which removes the value.
    pub fn emptied(self) -> Self {
        Self { typed: String::new(), ..self }
    }

    /// The field with the present value, as somebody else saved it.
    pub fn taking_theirs(&mut self, now: &Present) {
        self.typed = if self.of.is_hidden(now) { String::new() } else { self.of.typed(now) };
        self.was_contested = false;
    }

    /// Whether the typed text differs from what the form showed.
    pub fn is_touched(&self) -> bool {
        if self.base == HIDDEN { !normal(&self.typed).is_empty() } else { digest(&self.typed) != self.base }
    }

    /// Compares a field with the present value: nothing to do, a correction, or why not. `place` is the field's index.
    pub fn judge(&self, now: &Present, place: usize, is_removal: bool) -> Verdict {
        let current = self.of.typed(now);
        // The value became hidden since the form was made: the answer must not tell whether the typed text equals it.
        let is_new_secret = self.base != HIDDEN && self.of.is_hidden(now);
        let is_same = self.base != HIDDEN && !is_new_secret && self.of.is_same(&self.typed, &current);
        if !(self.is_touched() || is_removal) || is_same {
            return Verdict::Nothing;
        }
        if let Some(why) = self.of.why_fixed(now) {
            return self.wrong(now, place, why);
        }
        if is_new_secret || self.base != HIDDEN && digest(&current) != self.base {
            return Verdict::Conflict;
        }
        match self.fix(now) {
            Ok(fix) => Verdict::Fix(fix),
            Err(rule) => self.wrong(now, place, rule),
        }
    }

    fn wrong(&self, now: &Present, place: usize, rule: &str) -> Verdict {
        let message = format!("{} {rule}.", self.of.label(now));
        Verdict::Wrong(Problem { field: Self::field(place).into(), message })
    }

    fn fix(&self, now: &Present) -> Result<Correction, &'static str> {
        match &self.of {
            Subject::Address(channel) => {
                let address = |text: &str| Address::read(*channel, text, now.reading).map_err(|wrong| wrong.rule);
                let was = now.address(*channel).and_then(|row| address(&row.address).ok());
                let typed = self.typed.trim();
                let becomes = if typed.is_empty() { None } else { Some(address(typed)?) };
                Ok(Correction::new::<Addresses>(*channel, Some(&was), becomes))
            }
            Subject::Attribute(name) => {
                let checked = |value: &Value| AttributeValue::new(name, value.clone()).map_err(|wrong| wrong.rule);
                let had = now.values.get(name.as_str());
                let written = rules::written(name.as_str(), self.typed.trim(), now.at.now.day())?;
                let typed = self.of.kind(now).read(&written)?;
                let becomes = typed.map(|value| like(had, value)).as_ref().map(checked).transpose()?;
                let was = had.cloned().map(AttributeValue::stored);
                Ok(Correction::new::<Attributes>(name.clone(), Some(&was), becomes))
            }
        }
    }
}

/// Converts typed entries to numbers if the list had only numbers.
fn like(had: Option<&Value>, typed: Value) -> Value {
    let were_numbers =
        had.and_then(Value::as_array).is_some_and(|had| !had.is_empty() && had.iter().all(Value::is_number));
    match typed {
        Value::Array(entries) if were_numbers => {
            let number = |entry: Value| AttributeType::Number.convert(&entry).unwrap_or(entry);
            entries.into_iter().map(number).collect()
        }
        typed => typed,
    }
}

/// What follows from a sent field.
pub enum Verdict {
    /// Nothing: the text equals the present value, or what the form showed.
    Nothing,
    Fix(Correction),
    /// Nothing is saved, because somebody else changed the value since the form was made.
    Conflict,
    /// Nothing is saved, because the text breaks a rule.
    Wrong(Problem),
}

pub struct Row {
    /// Subject of the field, for the form to send back.
    pub of: String,
    /// Digest of the shown value, or [`HIDDEN`].
    pub base: String,
    pub field: Field,
    /// Id of the suggestions of the field.
    pub list: Option<&'static str>,
    /// Whether somebody else changed the value while the form was open.
    pub is_contested: bool,
}

impl Row {
    /// The field for a subject at an index, with the typed text in it, else the present value.
    pub fn new(of: &Subject, place: usize, now: &Present, typed: Option<&str>, problems: &[Problem]) -> Self {
        let (shown, is_hidden) = (of.typed(now), of.is_hidden(now));
        let name = Sent::field(place);
        let base = if is_hidden { HIDDEN.to_owned() } else { digest(&shown) };
        let kind = of.kind(now);
        let shown = if is_hidden { String::new() } else { shown };
        let value = typed.map_or(shown, str::to_owned);
        let mut field = Field::new(name, of.label(now), control(kind, &value)).value(&value).problem(problems);
        if kind == AttributeType::Boolean {
            let options = [("", "Not set"), ("yes", "Yes"), ("no", "No")];
            field = field.options(options.map(|(sent, shown)| (sent.to_owned(), shown.to_owned())));
        }
        let field = match of {
            Subject::Address(channel) => field.limit(channel.longest()).hint(match channel {
                Channel::Email => "",
                Channel::Sms => "Include the country code, such as +14155550123.",
                Channel::Whatsapp => "Only if it is not the phone number. Include the country code.",
                Channel::Slack => "A user ID, such as U02ABCDEF, a channel ID or an email.",
                Channel::Discord => "A user ID or a channel ID.",
                Channel::Teams => "The name of a channel, without spaces.",
            }),
            Subject::Attribute(_) if is_hidden => {
                field.hint("The value is hidden. Type to replace it, or leave it empty to keep it.")
            }
            Subject::Attribute(name) => field.hint(match kind {
                AttributeType::List => "Put each entry on its own line.",
                AttributeType::Object => "JSON.",
                _ => rules::hint(name.as_str()),
            }),
        };
        let list = if let Subject::Attribute(name) = of { rules::suggestions(name.as_str()) } else { None };
        let field = if of.is_short(kind) { field.short() } else { field };
        let field = list.map_or(field.clone(), |list| field.list(list));
        Self { of: of.sent(), base, field, list, is_contested: false }
    }
}

/// A control that can hold the value: a browser empties a control that cannot, and saving would then remove the value.
fn control(kind: AttributeType, value: &str) -> Control {
    match kind {
        AttributeType::Boolean if matches!(value, "" | "yes" | "no") => Control::Select,
        AttributeType::Number => Control::Number,
        AttributeType::Date if value.is_empty() || value.len() == 10 && value.parse::<chrono::NaiveDate>().is_ok() => {
            Control::Date
        }
        AttributeType::List | AttributeType::Object => Control::Area,
        AttributeType::Text if value.contains('\n') || value.len() > 80 => Control::Area,
        AttributeType::Text | AttributeType::Date | AttributeType::Boolean => Control::Text,
    }
}
