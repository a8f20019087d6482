//! Who is meant and what is to be done, as an address or a form says it.

use diesel::PgConnection;
use serde_json::Value;
use uuid::Uuid;

use super::{
    change::{Change, What},
    sending::Sending,
};
use crate::{
    attributes::{self, AttributeName, AttributeValue},
    auth::Permission,
    console::Request,
    db::ids::{SegmentId, new_id},
    error::AppError,
    message_templates::store::Listed,
    messages::Timing,
    profiles::{edit, selection::Selection},
    segments::{self, SegmentName},
    subscriptions::{ALL, ChangeForm, Line, Medium},
    tags::Tag,
    text::fold,
    web::{
        Field, FormData, Now,
        form::{Control, Problems},
        pairs::Pairs,
        words::people,
    },
};

/// In place of a segment: a new one.
pub const NEW: &str = "new";
/// People who can be ticked at once: more than a page of the list has.
const MOST_TICKED: usize = 500;

/// Whom somebody chose on the list.
#[derive(Clone, Debug)]
pub enum Chosen {
    /// Those who were ticked; of several pages, too.
    Ticked(Vec<Uuid>),
    /// All that the filter selects.
    All(String),
}

impl Chosen {
    /// Reads `id` of each, or `all` and the filter `q`.
    pub fn read(pairs: &Pairs) -> Self {
        if pairs.get("all") == "yes" {
            return Self::All(pairs.get("q").to_owned());
        }
        let mut ids: Vec<Uuid> = pairs.all("id").filter_map(|id| id.parse().ok()).take(MOST_TICKED).collect();
        ids.sort_unstable();
        ids.dedup();
        Self::Ticked(ids)
    }

    pub fn is_nobody(&self) -> bool {
        matches!(self, Self::Ticked(ids) if ids.is_empty())
    }

    /// Names and values for the next form.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Ticked(ids) => ids.iter().map(|id| ("id", id.to_string())).collect(),
            Self::All(typed) => vec![("all", "yes".to_owned()), ("q", typed.clone())],
        }
    }

    /// "3 people", "everybody who matches “tag:vip”".
    pub fn words(&self) -> String {
        match self {
            Self::Ticked(ids) => people(i64::try_from(ids.len()).unwrap_or(i64::MAX)),
            Self::All(typed) if typed.is_empty() => "everybody".to_owned(),
            Self::All(typed) => format!("everybody who matches “{typed}”"),
        }
    }

    /// The profiles, as the list finds them.
    pub fn selection(&self, request: &Request, conn: &mut PgConnection) -> Result<Selection, AppError> {
        match self {
            Self::Ticked(ids) => Ok(Selection::These(ids.clone())),
            Self::All(typed) => {
                let (environment, reading) = (request.scope().environment, request.reading(conn)?);
                Ok(Selection::shown(conn, environment, typed, reading, request.now.at)?.0)
            }
        }
    }
}

/// The particulars of a change, as they were typed.
#[derive(Clone, Debug)]
pub struct BulkForm {
    pub what: What,
    tag: String,
    name: String,
    value: String,
    channel: String,
    segment: String,
    template: String,
    /// When a message is sent, as it was typed.
    timing: Pairs,
    why: ChangeForm,
    pub problems: Problems,
}

impl BulkForm {
    pub fn typed(what: What, sent: &Pairs) -> Self {
        let typed = |name| sent.raw(name).to_owned();
        let why = ChangeForm::typed(&FormData(sent.clone()));
        let (tag, name, value, channel) = (typed("tag"), typed("name"), typed("value"), typed("channel"));
        let (segment, template, timing) = (typed("segment"), typed("template"), sent.clone());
        Self { what, tag, name, value, channel, segment, template, timing, why, problems: Problems::default() }
    }

    /// The change and its reason, or the form with its problems.
    pub fn parse(
        request: &Request,
        conn: &mut PgConnection,
        what: What,
        sent: &FormData,
    ) -> Result<Result<(Change, String), Box<Self>>, AppError> {
        let mut form = Self::typed(what, sent);
        let change = match what {
            What::Tag => form.tag().map(|tag| Change::Tag { tag }),
            What::Untag => form.tag().map(|tag| Change::Untag { tag }),
            What::Set => form.attribute(request, conn)?.map(|(name, value)| Change::Set { name, value }),
            What::Choose if form.segment == NEW => form.new_segment(request, conn)?,
            What::Choose => {
                let chosen = form.known_segment(request, conn)?;
                chosen.map(|(segment, name)| Change::Choose { segment, name, is_new: false })
            }
            What::Unchoose => {
                let chosen = form.known_segment(request, conn)?;
                chosen.map(|(segment, name)| Change::Unchoose { segment, name })
            }
            What::Unsubscribe => form.channel().map(|channel| Change::Unsubscribe { channel }),
            What::Send => form.message(request, conn)?.map(Change::Send),
            What::Suppress => form.channel().map(|channel| Change::Suppress { channel }),
            What::TurnOff => Some(Change::TurnOff),
            What::TurnOn => Some(Change::TurnOn),
            What::Erase => Some(Change::Erase),
        };
        let reason = match ChangeForm::parse(sent, false) {
            _ if !what.needs_reason() => Some(String::new()),
            Ok(reason) => Some(reason),
            Err(wrong) => {
                form.problems.0.extend(wrong.problems.0.iter().cloned());
                form.why = wrong;
                None
            }
        };
        Ok(change.zip(reason).ok_or_else(|| Box::new(form)))
    }

    fn tag(&mut self) -> Option<String> {
        let tag = Tag::typed(&self.tag).map_err(|problem| self.problems.add("tag", problem));
        tag.ok().map(|tag| tag.to_string())
    }

    /// One of the segments of chosen people.
    fn known_segment(
        &mut self,
        request: &Request,
        conn: &mut PgConnection,
    ) -> Result<Option<(SegmentId, String)>, AppError> {
        let known = segments::chosen(conn, request.scope().environment)?;
        let found = known.into_iter().find(|(id, _)| id.to_string() == self.segment);
        if found.is_none() {
            self.problems.add("segment", "Choose a segment.");
        }
        Ok(found)
    }

    /// A segment that is made when the change begins.
    fn new_segment(&mut self, request: &Request, conn: &mut PgConnection) -> Result<Option<Change>, AppError> {
        request.require(Permission::ManageSegments)?;
        let named = segments::named(conn, request.scope().environment)?;
        let is_taken = |name: &SegmentName| named.iter().any(|(_, known)| fold(known) == fold(name.as_str()));
        match SegmentName::typed(&self.name) {
            Ok(name) if is_taken(&name) => self.problems.add("name", segments::TAKEN),
            Ok(name) => {
                let (segment, name) = (SegmentId(new_id(request.now.at)), name.as_str().to_owned());
                return Ok(Some(Change::Choose { segment, name, is_new: true }));
            }
            Err(rule) => self.problems.add("name", rule),
        }
        Ok(None)
    }

    fn channel(&mut self) -> Option<Option<Medium>> {
        let channel = Line::read_channel(&self.channel).ok();
        if channel.is_none() {
            self.problems.add("channel", "Choose a channel.");
        }
        channel
    }

    fn message(&mut self, request: &Request, conn: &mut PgConnection) -> Result<Option<Sending>, AppError> {
        let due_at = Timing::parse(&self.timing, request.now).map_err(|rule| self.problems.add("due_at", rule)).ok();
        let Ok(template) = self.template.parse() else {
            self.problems.add("template", "Choose a template.");
            return Ok(None);
        };
        let at = due_at.unwrap_or(request.now.at);
        let sending = Sending::from_template(request, conn, template, at)?;
        let sending = sending.map_err(|rule| self.problems.add("template", rule)).ok();
        Ok(sending.filter(|_| due_at.is_some()))
    }

    fn attribute(&mut self, request: &Request, conn: &mut PgConnection) -> Result<Option<(String, Value)>, AppError> {
        let name = match AttributeName::new(&self.name) {
            Ok(name) => name,
            Err(_) => {
                self.problems.add("name", "Enter the name of an attribute, in at most 256 characters.");
                return Ok(None);
            }
        };
        let known = attributes::definitions(conn, request.scope().environment, &[name.as_str()])?;
        let value = edit::read(&name, &self.value, known.get(name.as_str()), request.now.day());
        let value = value.and_then(|value| AttributeValue::new(&name, value).map_err(|wrong| wrong.rule));
        match value {
            Ok(value) => Ok(Some((name.to_string(), value.json().clone()))),
            Err(rule) => {
                let message = if self.value.trim().is_empty() {
                    "Enter a value.".to_owned()
                } else {
                    format!("The value {rule}.")
                };
                self.problems.add("value", message);
                Ok(None)
            }
        }
    }

    /// When a message is sent.
    pub fn timing(&self, now: Now) -> Option<Timing> {
        (self.what == What::Send).then(|| Timing::typed(&self.timing, &self.problems, now))
    }

    /// The fields of the change, with the segments and the templates that can be chosen.
    pub fn fields(&self, segments: &[(SegmentId, String)], templates: &[Listed]) -> Vec<Field> {
        let mut fields = match self.what {
            What::Tag | What::Untag => vec![
                Field::new("tag", "Tag", Control::Text)
                    .required()
                    .limit(40)
                    .list("known")
                    .value(&self.tag)
                    .hint("1 to 20 letters (a–z), digits, hyphens and underscores."),
            ],
            What::Set => vec![
                Field::new("name", "Attribute", Control::Text)
                    .required()
                    .limit(256)
                    .list("known")
                    .value(&self.name)
                    .hint("Choose an existing attribute or type a new name."),
                Field::new("value", "Value", Control::Area)
                    .required()
                    .value(&self.value)
                    .hint("For a list, put each entry on its own line."),
            ],
            What::Choose => vec![
                self.segments(Some((NEW.to_owned(), "A new segment".to_owned())), segments),
                Field::new("name", "Name of a new segment", Control::Text)
                    .limit(SegmentName::LONGEST)
                    .value(&self.name)
                    .hint("Only for a new one. It is made when the change begins."),
            ],
            What::Unchoose => vec![self.segments(None, segments)],
            What::Unsubscribe => vec![self.channels("Everything")],
            What::Send => vec![self.templates(templates)],
            What::Suppress => vec![self.channels("All channels")],
            What::TurnOff | What::TurnOn | What::Erase => Vec::new(),
        };
        fields = fields.into_iter().map(|field| field.problem(&self.problems.0)).collect();
        if self.what.needs_reason() {
            fields.extend([self.why.cause(), self.why.details(false)]);
        }
        fields
    }

    fn segments(&self, new: Option<(String, String)>, known: &[(SegmentId, String)]) -> Field {
        let first = [(String::new(), "Choose a segment".to_owned())];
        let known = known.iter().map(|(id, name)| (id.to_string(), name.clone()));
        Field::new("segment", "Segment", Control::Select)
            .required()
            .options(first.into_iter().chain(new).chain(known))
            .value(&self.segment)
    }

    fn templates(&self, all: &[Listed]) -> Field {
        let label = |it: &Listed| format!("{} ({}, {})", it.name.as_str(), it.channel.label(), it.kind.label());
        let first = [(String::new(), "Choose a template".to_owned())];
        Field::new("template", "Template", Control::Select)
            .required()
            .options(first.into_iter().chain(all.iter().map(|it| (it.id.to_string(), label(it)))))
            .value(&self.template)
            .hint("Its newest version, by the default account of its channel.")
    }

    fn channels(&self, all: &str) -> Field {
        let first = [(String::new(), "Choose a channel".to_owned()), (ALL.to_owned(), all.to_owned())];
        let rest = Medium::ALL.iter().map(|channel| (channel.as_str().to_owned(), channel.label().to_owned()));
        Field::new("channel", "Channel", Control::Select)
            .required()
            .options(first.into_iter().chain(rest))
            .value(&self.channel)
    }
}
