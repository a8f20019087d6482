//! Changes the id of a profile: an action with a ledger row of its own. The former id still finds the profile (V1.10, F1.5).

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{Identifier, Kind, claims, listed};
use crate::{
    console::Request,
    db::ids::{ProfileId, ProfileKey},
    error::AppError,
    ingest::{self, Item, Merge, Person, Statement, Trust},
    ledger::Effect,
    profile_page::{self, Tab, View},
    profiles::people,
    web::{
        Answer, Field, FormData,
        form::{Control, Problems},
        page_with,
        respond::see_other_saying,
    },
};

#[derive(Template)]
#[template(path = "identities/rename.html")]
struct RenamePage {
    at: View,
    current: Option<Identifier>,
    field: Field,
    problems: Problems,
    /// The other profile that has the typed id, with its name.
    taken_by: Option<(ProfileId, String)>,
}

impl RenamePage {
    fn path(&self) -> String {
        format!("{}/id", self.at.path())
    }
}

fn show(
    request: &Request,
    conn: &mut PgConnection,
    typed: &str,
    problems: Problems,
    taken_by: Option<(ProfileId, String)>,
) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Info)?;
    let current = listed::current_id(conn, at.key())?;
    let field = Field::new("id", "New ID", Control::Text)
        .required()
        .value(typed)
        .limit(255)
        .hint("The ID that your own systems use for this person. Only one profile can have it.")
        .problem(&problems.0);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &RenamePage { at, current, field, problems, taken_by }))
}

pub fn form(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    show(request, conn, request.unsent().map_or("", |sent| sent.raw("id")), Problems::default(), None)
}

/// The form as it was typed, with the problem and the profile that has the typed id.
fn again(
    request: &Request,
    sent: &FormData,
    problem: &str,
    taken_by: Option<&(ProfileId, String)>,
) -> Result<Answer, AppError> {
    request.read(|conn| {
        let mut problems = Problems::default();
        problems.add("id", problem);
        show(request, conn, sent.raw("id"), problems, taken_by.cloned())
    })
}

/// Current id of the profile, and the other profile that has the new id, with its name.
type Before = (Option<Identifier>, Option<(ProfileId, String)>);

fn before(conn: &mut PgConnection, at: ProfileKey, new: &Identifier) -> Result<Before, AppError> {
    let owner = claims(conn, at.environment, &[new])?.remove(new).map(|claim| claim.profile);
    let owner = owner.filter(|owner| *owner != at.profile);
    let known = people(conn, at.environment, &owner.into_iter().collect())?;
    let taken_by = owner.zip(owner.and_then(|owner| known.get(&owner)).map(|known| known.title().to_owned()));
    Ok((listed::current_id(conn, at)?, taken_by))
}

pub fn change(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (profile, scope) = (request.id()?, request.scope());
    let reading = request.read(|conn| Ok(request.reading(conn)?))?;
    let new = match Identifier::read(Kind::Id, sent.get("id"), reading) {
        Ok(new) => new,
        Err(wrong) => return again(request, sent, &format!("The ID {}.", wrong.rule), None),
    };
    let (current, taken_by) = request.read(|conn| before(conn, scope.key(profile), &new))?;
    if taken_by.is_some() {
        let environment = scope.kind.label().to_lowercase();
        let problem = format!("Another profile in the {environment} environment already has the ID {}.", new.value);
        return again(request, sent, &problem, taken_by.as_ref());
    } else if current.as_ref() == Some(&new) {
        return again(request, sent, "This is already the current ID.", None);
    }
    let (batch, had_one) = (request.batch()?, current.is_some());
    let (person, from) = match current {
        Some(former) => (Person::Identifiers(vec![new.clone()]), vec![former]),
        // A profile without an id is named by its own key and gets its first id.
        None => (Person::Profile(profile), vec![new.clone()]),
    };
    let statement = Statement::Merge(Merge { from, joins_known: false });
    let item = Item { person, as_of: batch.received_at, statement };
    let outcomes = ingest::submit_now(&request.state.db, &batch, &Trust::Operator, &[item])?;
    let problem = match outcomes.first().map(|outcome| outcome.effect) {
        Some(Effect::Changed | Effect::Created) => {
            let former = if had_one { " The former ID still finds this person." } else { "" };
            let path = scope.path(&format!("profiles/{profile}/identities"));
            return Ok(see_other_saying(&path, &format!("ID changed to {}.{former}", new.value)));
        }
        Some(Effect::Erased | Effect::Blocked | Effect::Unchanged) => {
            "Nothing changed. This ID belonged to a person who was erased and blocked."
        }
        _ => "Nothing changed. Another profile got this ID a moment ago.",
    };
    again(request, sent, problem, None)
}
