//! Makes a profile by hand: an id or an address is required, and likely duplicates are shown first (F1.4, F5.5, S10.2).

use actix_web::http::StatusCode;
use askama::Template;
use chrono::NaiveDate;
use diesel::PgConnection;

use super::{
    duplicates::{Candidate, Duplicate, duplicates},
    edit,
};
use crate::{
    attributes::{self, AttributeName, AttributeValue, Definition},
    console::{Request, Shell},
    error::AppError,
    identities::{Address, Addresses, Channel, Identifier, Kind, Reading},
    ingest::{self, Identify, Item, Person, Statement, Trust},
    ledger::Effect,
    registers::Fact,
    tags::Tag,
    web::{
        Answer, Field, FormData,
        form::{Control, Problems},
        page_with,
        respond::see_other_saying,
    },
};

/// Rows for attributes in the form.
const ROWS: usize = 5;

#[derive(Template)]
#[template(path = "profiles/new.html")]
struct NewPage {
    shell: Shell,
    fields: Vec<Field>,
    rows: Vec<[Field; 2]>,
    duplicates: Vec<Duplicate>,
    /// Whether the profile may be made despite the duplicates.
    may_go_on: bool,
    problems: Problems,
    known: Vec<Definition>,
}

/// The fields of the form: name, label, control, limit in characters, hint.
const FIELDS: [(&str, &str, Control, usize, &str); 6] = [
    ("id", "ID", Control::Text, 255, "The ID that your own systems use for this person."),
    ("email", "Email", Control::Email, 254, "If you leave ID empty, the email is also used as the ID."),
    ("phone", "Phone", Control::Text, 40, "Include the country code, such as +14155550123."),
    ("first_name", "First name", Control::Text, 256, ""),
    ("last_name", "Last name", Control::Text, 256, ""),
    ("tags", "Tags", Control::Text, 400, "Separate tags with spaces."),
];

fn show(
    request: &Request,
    conn: &mut PgConnection,
    sent: &FormData,
    (problems, duplicates, may_go_on): (Problems, Vec<Duplicate>, bool),
) -> Result<Answer, AppError> {
    let (shell, known) = (request.shell.clone(), attributes::options(conn, request.scope().environment)?);
    let field = |(name, label, control, limit, hint): (&'static str, &'static str, Control, usize, &'static str)| {
        let field = Field::new(name, label, control).value(sent.raw(name)).limit(limit).hint(hint).problem(&problems.0);
        if matches!(name, "id" | "tags") { field } else { field.short() }
    };
    let row = |place: usize| {
        let part = |part: &str, label: &str, control| {
            let (name, label) = (format!("{part}-{place}"), format!("{label} {}", place + 1));
            let value = sent.raw(&name).to_owned();
            Field::new(name, label, control).value(&value).problem(&problems.0)
        };
        [part("name", "Attribute", Control::Text).list("known").limit(256), part("value", "Value", Control::Text)]
    };
    let (fields, rows) = (FIELDS.map(field).into(), (0..ROWS).map(row).collect());
    let status = match () {
        () if !problems.is_empty() => StatusCode::UNPROCESSABLE_ENTITY,
        () if !duplicates.is_empty() => StatusCode::CONFLICT,
        () => StatusCode::OK,
    };
    Ok(page_with(status, &NewPage { shell, fields, rows, duplicates, may_go_on, problems, known }))
}

pub fn new(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let blank = FormData::default();
    show(request, conn, request.unsent().unwrap_or(&blank), (Problems::default(), Vec::new(), true))
}

/// A profile as the form describes it, checked.
struct Draft {
    candidate: Candidate,
    identifier: Identifier,
    said: Identify,
    tags: Vec<Tag>,
}

fn read(sent: &FormData, known: &Known<'_>, reading: Reading, problems: &mut Problems) -> Option<Draft> {
    let mut candidate = Candidate::default();
    if !sent.get("id").is_empty() {
        let id = Identifier::read(Kind::Id, sent.get("id"), reading);
        candidate.id = id.map_err(|wrong| problems.add("id", format!("The ID {}.", wrong.rule))).ok();
    }
    for (field, label, channel) in [("email", "The email", Channel::Email), ("phone", "The phone", Channel::Sms)] {
        if sent.get(field).is_empty() {
            continue;
        }
        let address = Address::read(channel, sent.get(field), reading);
        let address = address.map_err(|wrong| problems.add(field, format!("{label} {}.", wrong.rule)));
        candidate.addresses.extend(address.ok().map(|address| (channel, address)));
    }
    let mut said = Identify::default();
    for field in ["first_name", "last_name"] {
        set(&mut said, (field, sent.get(field), field.into()), known, problems);
    }
    for place in 0..ROWS {
        let (name, value) = (sent.get(&format!("name-{place}")), sent.get(&format!("value-{place}")));
        match (name.is_empty(), value.is_empty()) {
            (true, true) => {}
            (true, false) => problems.add(format!("name-{place}"), "Enter a name for this attribute."),
            (false, true) => problems.add(format!("value-{place}"), format!("Enter a value for {name}.")),
            (false, false) => set(&mut said, (name, value, format!("value-{place}")), known, problems),
        }
    }
    let tag = |tag: &str| Tag::typed(tag).map_err(|message| problems.add("tags", message)).ok();
    let tags: Vec<Tag> = sent.get("tags").split_whitespace().filter_map(tag).collect();
    let by_address = |(channel, address): &(Channel, Address)| {
        let kind = if *channel == Channel::Email { Kind::Id } else { Kind::Phone };
        Identifier::new(kind, &address.shown).ok()
    };
    let identifier = candidate.id.clone().or_else(|| candidate.addresses.first().and_then(by_address));
    if identifier.is_none() && problems.is_empty() {
        problems.add("id", "Enter an ID, an email or a phone number. At least one is needed.");
    }
    candidate.name = ingest::display_name(["", sent.get("first_name"), sent.get("last_name")]);
    let address = |(channel, address): &(Channel, Address)| Fact::new::<Addresses>(*channel, address.clone());
    said.facts = candidate.addresses.iter().map(address).collect();
    identifier.filter(|_| problems.is_empty()).map(|identifier| Draft { candidate, identifier, said, tags })
}

/// What typed attributes are read by.
struct Known<'a> {
    definitions: &'a [Definition],
    /// Today, for the operator.
    today: NaiveDate,
}

/// Adds an attribute to `said`, or its problem to `problems`.
fn set(said: &mut Identify, (name, typed, field): (&str, &str, String), known: &Known<'_>, problems: &mut Problems) {
    if typed.is_empty() {
        return;
    }
    let wrong = |rule: &str| format!("{name} {rule}.");
    let read = AttributeName::new(name).map_err(|it| it.rule).and_then(|name| {
        let definition = known.definitions.iter().find(|it| it.name == name.as_str());
        let value = edit::read(&name, typed, definition, known.today)?;
        Ok((AttributeValue::new(&name, value).map_err(|it| it.rule)?, name))
    });
    match read {
        Ok((value, name)) => said.attributes.push((name, Some(value))),
        Err(rule) => problems.add(field, wrong(rule)),
    }
}

/// Result of checking the form: a profile to make, or the form again with problems or duplicates.
enum Checked {
    Draft(Draft),
    Again(Answer),
}

/// Checks what was typed, and looks for duplicates.
fn check(request: &Request, conn: &mut PgConnection, sent: &FormData) -> Result<Checked, AppError> {
    let (scope, mut problems) = (request.scope(), Problems::default());
    let named: Vec<String> = (0..ROWS).map(|place| sent.get(&format!("name-{place}")).to_owned()).collect();
    let names: Vec<&str> = named.iter().map(String::as_str).chain(["first_name", "last_name"]).collect();
    let known: Vec<Definition> = attributes::definitions(conn, scope.environment, &names)?.into_values().collect();
    let known = Known { definitions: &known, today: request.now.day() };
    let Some(draft) = read(sent, &known, request.reading(conn)?, &mut problems) else {
        return show(request, conn, sent, (problems, Vec::new(), true)).map(Checked::Again);
    };
    let candidate = Candidate { id: Some(draft.identifier.clone()), ..draft.candidate.clone() };
    let (taken, found) = duplicates(conn, scope.environment, &candidate)?;
    if taken.is_some() {
        let place = scope.kind.label().to_lowercase();
        let field = match draft.identifier.kind {
            _ if draft.candidate.id.is_some() => "id",
            Kind::Phone => "phone",
            _ => "email",
        };
        let what = if draft.identifier.kind == Kind::Id { "with the ID" } else { "with the phone number" };
        problems.add(
            field,
            format!("A profile {what} {} already exists in the {place} environment.", draft.identifier.value),
        );
        return show(request, conn, sent, (problems, found, false)).map(Checked::Again);
    }
    if !found.is_empty() && sent.get("despite") != "yes" {
        return show(request, conn, sent, (problems, found, true)).map(Checked::Again);
    }
    Ok(Checked::Draft(draft))
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let draft = match request.read(|conn| check(request, conn, sent))? {
        Checked::Draft(draft) => draft,
        Checked::Again(answer) => return Ok(answer),
    };
    let Draft { identifier, said, tags, .. } = draft;
    let item =
        |statement| Item { person: Person::Identifiers(vec![identifier.clone()]), as_of: request.now.at, statement };
    let mut items = vec![item(Statement::Identify(said))];
    if !tags.is_empty() {
        items.push(item(Statement::Tags { add: tags, remove: Vec::new() }));
    }
    let outcomes = ingest::submit_now(&request.state.db, &request.batch()?, &Trust::Operator, &items)?;
    let outcome = outcomes.first().ok_or(AppError::NotFound)?;
    let profile = outcome
        .profile
        .ok_or(AppError::BadRequest("This person was erased and blocked. The profile cannot be created again."))?;
    let message = match outcome.effect {
        Effect::Created => "Profile created.",
        _ => "This person already had a profile. Your entries were added to it.",
    };
    Ok(see_other_saying(&request.scope().path(&format!("profiles/{profile}")), message))
}
