//! Sharing segments as attributes, and synchronising them. Changes are lines of the audit log, in both workspaces.

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    form::{ShareForm, Wish},
    membership_attribute::{MembershipAttribute, Rhythm, source_name},
    pages::{self, LIST, Shareable},
    store::{self, New, NotShared},
    synchronise::{self, Begun, Synchronise, Which},
};
use crate::{
    attributes::{self, AttributeName},
    auth::{self, Action, Actor, Place},
    console::Request,
    db::ids::{EnvironmentId, MembershipAttributeId, new_id},
    error::AppError,
    jobs,
    web::{
        Answer, FormData,
        form::Problems,
        respond::see_other_saying,
        words::{grouped, profiles},
    },
};

/// Writes what was done to the audit log of the workspace that has the attribute, and to that of the workspace that has the segment.
fn written(
    request: &Request,
    conn: &mut PgConnection,
    action: Action,
    it: &MembershipAttribute,
    what: Option<&str>,
) -> QueryResult<()> {
    let by = |environment| Actor { place: Place::Environment(environment), ..request.actor() };
    let what = what.map_or_else(|| format!("{} of {}", it.segment_name, it.from_workspace.name), str::to_owned);
    let detail = json!({ "attribute": it.attribute.as_str(), "what": what });
    auth::audit(conn, &by(it.environment), action, detail, request.now.at)?;
    if it.from != it.environment {
        let detail = json!({ "segment": it.segment_name, "what": format!("with {}", it.workspace.name) });
        auth::audit(conn, &by(it.from), action, detail, request.now.at)?;
    }
    Ok(())
}

pub fn share(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let found = request.read(|conn| Shareable::asked(request, conn))?;
    let wish = match ShareForm::parse(&found.places, sent) {
        Ok(wish) => wish,
        Err(problems) => return Ok(pages::share_again(request, found, sent, problems)),
    };
    if found.segment.archived_at.is_some() {
        return Err(AppError::BadRequest("The segment is archived. Bring it back first."));
    }
    let new = New {
        id: MembershipAttributeId(new_id(request.now.at)),
        environment: wish.environment,
        attribute: AttributeName::stored(source_name(&request.scope().workspace.name, found.segment.id)),
        from: request.scope().environment,
        segment: found.segment.id,
        segment_name: found.segment.name.clone(),
        label: wish.label.clone(),
        rhythm: wish.rhythm,
    };
    match request.state.db.tx_now(|conn| insert(request, conn, &new))? {
        Ok(begun) => {
            attributes::forget(&request.state.db, wish.environment);
            let done = format!("{} is shared with {}.", new.segment_name, wish.place.name);
            said(request, new.id, begun, &done)
        }
        Err(not_shared) => Ok(pages::share_again(request, found, sent, problem(&not_shared, &wish))),
    }
}

/// What is wrong with a wish, at its field.
fn problem(not_shared: &NotShared, wish: &Wish) -> Problems {
    let (mut problems, place) = (Problems::default(), &wish.place.name);
    match not_shared {
        NotShared::Full => {
            problems.add("with", format!("{place} has {} such attributes, which is the limit.", store::MOST));
        }
        NotShared::Called(taken) => {
            problems.add("label", format!("The attribute {taken} is called that already. Enter another name."));
        }
        NotShared::Already => problems.add("with", format!("It is shared with {place} already.")),
    }
    problems
}

fn insert(request: &Request, conn: &mut PgConnection, new: &New) -> QueryResult<Result<Begun, NotShared>> {
    let now = request.now.at;
    if let Err(not_shared) = store::create(conn, new, now)? {
        return Ok(Err(not_shared));
    }
    let Some(it) = store::find(conn, new.environment, new.id)? else { return Ok(Ok(Begun::Nothing)) };
    written(request, conn, Action::MembershipShared, &it, None)?;
    synchronise::begin(conn, new.environment, Which::One(new.id), now).map(Ok)
}

/// The page of an attribute, as soon as its synchronisation is over, or a little later.
fn said(request: &Request, id: MembershipAttributeId, begun: Begun, done: &str) -> Result<Answer, AppError> {
    let came_to = outcome(request, begun)?;
    Ok(see_other_saying(&request.scope().path(&format!("{LIST}/{id}")), format!("{done} {came_to}").trim()))
}

fn outcome(request: &Request, begun: Begun) -> Result<String, AppError> {
    let at = match begun {
        Begun::Job(at) => at,
        Begun::Running => return Ok("Another synchronisation is running. This one follows it.".to_owned()),
        Begun::Nothing => return Ok("It has to wait. See why below.".to_owned()),
    };
    let job = jobs::run_for_a_moment::<Synchronise>(&request.state.db, &request.state.clock, at)?;
    Ok(match job.finished_at {
        Some(_) => format!("Synchronised: {} updated.", profiles(job.changed)),
        None => format!("Synchronising: {} updated so far.", grouped(job.changed)),
    })
}

/// Synchronises one attribute now.
pub fn synchronise(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let it = request.read(|conn| pages::asked(request, conn))?;
    let begun = begin(request, it.environment, Which::One(it.id))?;
    said(request, it.id, begun, "")
}

/// Synchronises all attributes of the environment now.
pub fn synchronise_all(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let begun = begin(request, request.scope().environment, Which::All)?;
    Ok(see_other_saying(&request.scope().path(LIST), &outcome(request, begun)?))
}

fn begin(request: &Request, environment: EnvironmentId, which: Which) -> Result<Begun, AppError> {
    let by = Actor { place: Place::Environment(environment), ..request.actor() };
    request.state.db.tx_now(|conn| {
        let begun = synchronise::begin(conn, environment, which, request.now.at)?;
        if let Begun::Job(at) = begun {
            let detail = json!({ "job": at.job, "title": synchronise::TITLE });
            auth::audit(conn, &by, Action::JobBegun, detail, request.now.at)?;
        }
        Ok(begun)
    })
}

/// Changes how often an attribute is synchronised.
pub fn edit(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let it = request.read(|conn| pages::asked(request, conn))?;
    let rhythm: Rhythm = sent.parsed("rhythm").ok_or(AppError::BadRequest("Choose one of the answers on the page."))?;
    request.state.db.tx_now(|conn| {
        store::set_rhythm(conn, &it, rhythm, request.now.at)?;
        written(request, conn, Action::MembershipChanged, &it, Some(rhythm.label()))
    })?;
    let message = format!("It is synchronised {} from now on.", rhythm.label().to_lowercase());
    Ok(see_other_saying(&request.scope().path(&format!("{LIST}/{}", it.id)), &message))
}

/// Stops sharing a segment.
pub fn stop(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let it = request.read(|conn| pages::asked(request, conn))?;
    request.state.db.tx_now(|conn| {
        if store::delete(conn, &it)? == 1 {
            attributes::release_membership(conn, it.environment, &it.attribute, request.now.at)?;
            written(request, conn, Action::MembershipStopped, &it, None)?;
        }
        Ok(())
    })?;
    attributes::forget(&request.state.db, it.environment);
    let message = format!("{} is not shared with {} any more.", it.segment_name, it.workspace.name);
    let back = if it.environment == request.scope().environment {
        LIST.to_owned()
    } else {
        format!("segments/{}/share", it.segment)
    };
    Ok(see_other_saying(&request.scope().path(&back), &message))
}
