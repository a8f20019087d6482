//! Another id for somebody: an action of its own, with a row of its own in the ledger. The former id still finds them (V1.10, F1.5).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;

use super::{Identifier, Kind, claims, listed};
use crate::{
    console::{self, Shell},
    db::ids::{EnvironmentId, ProfileId},
    error::AppError,
    ingest::{self, Item, Merge, Person, Statement},
    ledger::Effect,
    profile_page::{self, Header, Tab, View},
    profiles::people,
    state::AppState,
    web::{
        Field, FormData, PathId,
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
    /// Who has the id that was typed.
    taken_by: Option<(ProfileId, String)>,
}

impl RenamePage {
    fn path(&self) -> String {
        format!("{}/id", self.at.path())
    }
}

async fn show(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
    typed: &str,
    (problems, taken_by): (Problems, Option<(ProfileId, String)>),
) -> Result<HttpResponse, AppError> {
    let (id, now, scope) = (ProfileId::from_path(request)?, shell.now(&state.clock), shell.scope.clone());
    let loaded = state.db.read(move |conn| {
        let frame = Header::load(conn, &scope, id, Tab::Info, now)?;
        Ok(frame.zip(Some(listed::current_id(conn, (scope.environment, id))?)))
    });
    let Some((frame, current)) = loaded.await? else {
        return profile_page::redirect_if_merged(state, &shell, id, Tab::Info).await;
    };
    let field = Field::new("id", "New ID", Control::Text)
        .value(typed)
        .limit(255)
        .hint("What your own systems call this person, such as a database key. Only one profile can have it.")
        .problem(&problems.0);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page_with(status, &RenamePage { at: View { shell, frame, now }, current, field, problems, taken_by }))
}

pub async fn form(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    show(&request, &state, shell, "", (Problems::default(), None)).await
}

/// What stands before a change: the present id, and who has the new one.
type Before = (Option<Identifier>, Option<(ProfileId, String)>);

async fn before(
    state: &AppState,
    environment: EnvironmentId,
    profile: ProfileId,
    new: &Identifier,
) -> Result<Before, AppError> {
    let asked = new.clone();
    let found = state.db.read(move |conn| {
        let owner = claims(conn, environment, &[&asked])?.remove(&asked).map(|claim| claim.profile);
        let owner = owner.filter(|owner| *owner != profile);
        let known = people(conn, environment, &owner.into_iter().collect())?;
        let taken_by = owner.zip(owner.and_then(|owner| known.get(&owner)).map(|known| known.title().to_owned()));
        Ok((listed::current_id(conn, (environment, profile))?, taken_by))
    });
    found.await
}

pub async fn change(
    request: HttpRequest,
    state: Data<AppState>,
    shell: Shell,
    sent: FormData,
) -> Result<HttpResponse, AppError> {
    let (profile, mut problems) = (ProfileId::from_path(&request)?, Problems::default());
    let new = match Identifier::new(Kind::Id, sent.get("id")) {
        Ok(new) => new,
        Err(wrong) => {
            problems.add("id", format!("The ID {}.", wrong.rule));
            return show(&request, &state, shell, sent.raw("id"), (problems, None)).await;
        }
    };
    let (current, taken_by) = before(&state, shell.scope.environment, profile, &new).await?;
    if taken_by.is_some() {
        let environment = shell.scope.kind.label().to_lowercase();
        problems.add("id", format!("Another profile of the {environment} environment has the ID {}.", new.value));
    } else if current.as_ref() == Some(&new) {
        problems.add("id", "This is the ID already.");
    }
    if !problems.is_empty() {
        return show(&request, &state, shell, sent.raw("id"), (problems, taken_by)).await;
    }
    let (batch, had_one) = (console::batch(&state, &shell.scope).await?, current.is_some());
    let (person, from) = match current {
        Some(former) => (Person::Identifiers(vec![new.clone()]), vec![former]),
        // Somebody without an id is named by their profile, and gets their first one.
        None => (Person::Profile(profile), vec![new.clone()]),
    };
    let statement = Statement::Merge(Merge { from, joins_known: false });
    let outcomes = ingest::submit(&state.db, batch.clone(), vec![Item { person, as_of: batch.received_at, statement }]);
    match outcomes.await?.first().map(|outcome| outcome.effect) {
        Some(Effect::Changed | Effect::Created) => {
            let former = if had_one { " The former one still finds this person." } else { "" };
            let path = shell.scope.path(&format!("profiles/{profile}/identities"));
            return Ok(see_other_saying(&path, &format!("The ID is {} now.{former}", new.value)));
        }
        Some(Effect::Erased | Effect::Unchanged) => {
            problems
                .add("id", "Nothing was changed: this ID belonged to somebody who was erased and may not come back.");
        }
        _ => problems.add("id", "Somebody else took this ID a moment ago. Nothing was changed."),
    }
    show(&request, &state, shell, sent.raw("id"), (problems, None)).await
}
