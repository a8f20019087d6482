//! Rows and groups of the form as they are shown: which fields each kind of condition has.

use std::borrow::Cow;

use askama::{Template, filters::HtmlSafe};

use crate::{
    filter::{
        ast::{Compare, Figure, Known, Said},
        form::{Fields, Group, Kind, Line, Matches, Op, ROOT, Row, When, inside},
    },
    identities::Channel,
    subscriptions::Medium,
    web::{
        Field, Problem,
        form::Control::{Date, Number, Select, Text},
    },
};

/// Longest text of a field, in characters.
const LONGEST: usize = 1_000;

/// A group of rows.
#[derive(Template)]
#[template(path = "profiles/_filter_group.html")]
pub struct GroupView {
    path: String,
    join: Field,
    rows: Vec<RowView>,
    problem: Option<String>,
}

impl HtmlSafe for GroupView {}

enum RowView {
    Line(Box<LineView>),
    Group(Box<GroupView>),
}

/// A row with one condition.
#[derive(Template)]
#[template(path = "profiles/_filter_line.html")]
struct LineView {
    path: String,
    /// Its place, as people count.
    number: String,
    /// The kind, and whether it is the opposite.
    kind: [Field; 2],
    fields: Vec<Field>,
    /// Conditions on properties, each with whether it is new.
    properties: Vec<(Vec<Field>, bool)>,
    has_properties: bool,
    is_new: bool,
    problem: Option<String>,
}

impl HtmlSafe for LineView {}

fn problem(path: &str, problems: &[Problem]) -> Option<String> {
    problems.iter().find(|problem| problem.field == path).map(|problem| problem.message.clone())
}

fn number(path: &str) -> String {
    let places = path.trim_start_matches(ROOT).split('-').filter_map(|place| place.parse::<usize>().ok());
    places.map(|place| (place + 1).to_string()).collect::<Vec<_>>().join(".")
}

impl GroupView {
    /// The group at a path; the row at `new` was just added.
    pub fn new(group: &Group, path: &str, new: Option<&str>, problems: &[Problem]) -> Self {
        let row = |(place, row): (usize, &Row)| {
            let path = inside(path, place);
            match row {
                Row::Group(group) => RowView::Group(Box::new(Self::new(group, &path, new, problems))),
                Row::Line(line) => RowView::Line(Box::new(LineView::new(line, path, new, problems))),
            }
        };
        let is_offered = |matches: &Matches| path != ROOT || matches!(matches, Matches::All | Matches::Any);
        let options = Matches::ALL.into_iter().filter(is_offered).map(|it| (it.as_str(), it.label()));
        Self {
            path: path.to_owned(),
            join: select(path, "join", "Match", group.matches().as_str(), options),
            rows: group.rows.iter().enumerate().map(row).collect(),
            problem: problem(path, problems),
        }
    }

    fn is_root(&self) -> bool {
        self.path == ROOT
    }

    fn number(&self) -> String {
        number(&self.path)
    }
}

impl LineView {
    fn new(line: &Line, path: String, new: Option<&str>, problems: &[Problem]) -> Self {
        let kinds = Kind::ALL.into_iter().map(|kind| (kind.as_str(), kind.label()));
        let kind = line.kind.map_or("", Kind::as_str);
        let kind = select(&path, "kind", "Condition", kind, std::iter::once(("", "Choose…")).chain(kinds));
        let is_not = if line.is_not { "yes" } else { "" };
        let opposite = select(&path, "not", "Match", is_not, [("", "is true"), ("yes", "is not true")]);
        let has_properties = line.kind.is_some_and(Kind::has_properties);
        let show = |fields: Vec<Field>| fields.into_iter().map(|field| field.problem(problems)).collect::<Vec<_>>();
        let property = |(place, fields): (usize, &Fields)| {
            let path = format!("{path}.with{place}");
            let name = text(&path, "property", "Property", fields);
            let is_new = new == Some(path.as_str());
            (show(std::iter::once(name).chain(test(&path, fields, &ALL_TESTS)).collect()), is_new)
        };
        Self {
            number: number(&path),
            kind: [kind, opposite],
            fields: line.kind.map(|kind| show(fields(kind, &path, &line.fields))).unwrap_or_default(),
            properties: line.with.iter().enumerate().filter(|_| has_properties).map(property).collect(),
            has_properties,
            is_new: new == Some(path.as_str()),
            problem: problem(&path, problems),
            path,
        }
    }
}

const ALL_TESTS: [Op; 9] =
    [Op::Is, Op::Any, Op::Contains, Op::Begins, Op::AtLeast, Op::AtMost, Op::More, Op::Less, Op::Between];

fn name(path: &str, field: &str) -> Cow<'static, str> {
    Cow::Owned(format!("{path}.{field}"))
}

fn text(path: &str, field: &'static str, label: &'static str, fields: &Fields) -> Field {
    Field::new(name(path, field), label, Text).value(fields.get(field)).limit(LONGEST)
}

fn select(
    path: &str,
    field: &'static str,
    label: &'static str,
    chosen: &str,
    options: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> Field {
    let options = options.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned()));
    Field::new(name(path, field), label, Select).value(chosen).options(options)
}

/// What is asked of a value, with the value, and the end of a range.
fn test(path: &str, fields: &Fields, ops: &[Op]) -> Vec<Field> {
    let options = ops.iter().map(|op| (op.as_str(), op.label()));
    let mut shown = vec![select(path, "op", "Test", fields.get("op"), options), text(path, "value", "Value", fields)];
    if ops.contains(&Op::Between) {
        shown.push(text(path, "to", "To", fields));
    }
    shown
}

fn when(path: &str, fields: &Fields, times: &[When]) -> Vec<Field> {
    let options = times.iter().map(|when| (when.as_str(), when.label()));
    let of = |field, label, control| Field::new(name(path, field), label, control).value(fields.get(field));
    vec![
        select(path, "when", "When", fields.get("when"), options),
        of("span", "How many", Number).limit(6),
        of("from", "First day", Date),
        of("until", "Last day", Date),
    ]
}

const DURING: [When; 4] = [When::Any, When::LastDays, When::LastHours, When::Days];
const EVER: [When; 6] = [When::Any, When::LastDays, When::LastHours, When::BeforeDays, When::BeforeHours, When::Days];

fn channels(path: &str, fields: &Fields, with_all: bool) -> Field {
    let all = with_all.then_some(("", "All channels"));
    let options = all.into_iter().chain(Medium::ALL.iter().map(|channel| (channel.as_str(), channel.label())));
    select(path, "channel", "Channel", fields.get("channel"), options)
}

/// The fields of a condition.
fn fields(kind: Kind, path: &str, given: &Fields) -> Vec<Field> {
    let text = |field, label| text(path, field, label, given);
    let select = |field, label, options: Vec<(&'static str, &'static str)>| {
        select(path, field, label, given.get(field), options)
    };
    let test = |ops: &[Op]| test(path, given, ops);
    let when = |times: &[When]| when(path, given, times);
    let event = || text("name", "Event").list("events");
    match kind {
        Kind::Words => vec![text("value", "Part of it")],
        Kind::Text => vec![text("value", "Filter").hint("As in the search box, for example plan:pro OR tag:vip.")],
        Kind::Attribute => [vec![text("name", "Attribute").list("attributes")], test(&ALL_TESTS)].concat(),
        Kind::Tag => test(&[Op::Is, Op::Any]),
        Kind::Segment => vec![text("value", "Segment").list("segments")],
        Kind::Created => when(&EVER[1..]),
        Kind::Seen => when(&EVER),
        Kind::Status => {
            vec![select(
                "value",
                "State",
                vec![("disabled", "all messages are off"), ("enabled", "messages are not off")],
            )]
        }
        Kind::Known => vec![select("value", "State", Known::ALL.map(|it| (it.as_str(), it.label())).into())],
        Kind::Answer => {
            let topic = text("topic", "Topic").list("topics").hint("Empty for all messages of the channel.");
            vec![channels(path, given, true), topic, said(path, given)]
        }
        Kind::Address => {
            let channels = Channel::ALL.map(|it| (it.as_str(), it.label()));
            let channel = select("channel", "Address", channels.into());
            [vec![channel], test(&[Op::Is, Op::Any, Op::Contains, Op::Blocked])].concat()
        }
        Kind::Can => vec![channels(path, given, false)],
        Kind::Did => {
            let compare = select("compare", "How often", Compare::ALL.map(|it| (it.as_str(), it.label())).into());
            let count = given.get("count");
            let count =
                Field::new(name(path, "count"), "Times", Number).value(if count.is_empty() { "1" } else { count });
            [vec![event(), compare, count.limit(10)], when(&DURING)].concat()
        }
        Kind::Figure => {
            let figure = select("figure", "Figure", Figure::ALL.map(|it| (it.as_str(), it.label())).into());
            [vec![figure, text("property", "Property"), event()], test(&ALL_TESTS), when(&DURING)].concat()
        }
        Kind::Was => {
            let statuses = text("value", "Status").hint("For example delivered, opened.");
            [vec![statuses], when(&DURING)].concat()
        }
        Kind::Source => vec![text("value", "By").hint("For example import, or the name of an API key.")],
        Kind::Device => test(&[Op::Is, Op::Any]),
        Kind::Identifier => {
            let kind = text("name", "Kind").hint("For example id or email. Empty for any kind.");
            [vec![kind], test(&[Op::Is, Op::Any])].concat()
        }
        Kind::Note => test(&[Op::Contains, Op::Any]),
    }
}

/// What people said; more than one answer is offered where it was written.
fn said(path: &str, fields: &Fields) -> Field {
    let chosen = fields.get("said");
    let mut options: Vec<(String, String)> =
        Said::ALL.map(|said| (said.as_str().to_owned(), said.label().to_owned())).into();
    if !chosen.is_empty() && options.iter().all(|(word, _)| word != chosen) {
        options.push((chosen.to_owned(), chosen.replace(',', " or ")));
    }
    Field::new(name(path, "said"), "Said", Select).value(chosen).options(options)
}
