//! Writes down whom a change is of, and starts it.

use super::{
    BulkId, BulkJob,
    change::{Change, What},
    form::{BulkForm, Chosen},
    pages,
    store::{self, Bulk, MOST},
};
use crate::{
    console::Request,
    db::ids::new_id,
    error::AppError,
    jobs, messages, segments,
    web::{
        Answer, FormData,
        form::Problems,
        respond::see_other_saying,
        see_other,
        words::{counted, grouped, people},
    },
};

/// Writes down everybody who is meant, and leads to the question whether to change them.
pub fn choose(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let what: What = sent.parsed("do").ok_or(AppError::NotFound)?;
    let (chosen, environment) = (Chosen::read(sent), request.scope().environment);
    let parsed = request.read(|conn| {
        request.require(what.permission())?;
        BulkForm::parse(request, conn, what, sent)
    })?;
    let (change, reason) = match parsed {
        Ok(said) => said,
        Err(form) => return request.read(|conn| pages::form(request, conn, &chosen, (*form).clone())),
    };
    let selection = request.read(|conn| chosen.selection(request, conn))?;
    let id = BulkId(new_id(request.now.at));
    let written = request.state.db.tx_now(|conn| {
        let people = store::freeze(conn, environment, id, &selection)?;
        if people == 0 || people > MOST {
            return Ok(people);
        }
        let (already, kept) = store::count(conn, environment, id, &change)?;
        let (change, reason, created_at) = (change.clone(), reason.clone(), request.now.at);
        store::insert(conn, environment, &Bulk { id, change, reason, created_at, people, already, kept })?;
        Ok(people)
    })?;
    let mut form = BulkForm::typed(what, sent);
    match written {
        0 => form.problems.add("people", format!("Nobody was found: {}. Go back to the list.", chosen.words())),
        people if people > MOST => {
            request.state.db.tx_now(|conn| store::forget(conn, environment, id))?;
            let most = grouped(MOST);
            form.problems.add("people", format!("These are more than {most} people. Choose fewer with a filter."));
        }
        _ => return Ok(see_other(&request.scope().path(&format!("profiles/bulk/{}", id.0)))),
    }
    request.read(|conn| pages::form(request, conn, &chosen, form.clone()))
}

/// Time that a request cancels messages at most.
const CANCELLING: std::time::Duration = std::time::Duration::from_secs(10);

/// Cancels the messages that wait.
pub fn cancel(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (scope, id): (_, BulkId) = (request.scope(), request.id()?);
    let bulk = request.read(|conn| store::find(conn, scope.environment, id)?.ok_or(AppError::NotFound))?;
    request.require(bulk.change.what().permission())?;
    if bulk.change.sending().is_none() {
        return Err(AppError::NotFound);
    }
    let words = format!("Cancelled by {}.", scope.operator.name);
    // Nobody more is asked for from here on.
    request.state.db.tx_now(|conn| jobs::stop(conn, id.job(scope.environment), &words, request.now.at))?;
    let (until, mut cancelled) = (std::time::Instant::now() + CANCELLING, 0);
    while std::time::Instant::now() < until {
        let now = request.now.at;
        let some = request.state.db.tx_now(|conn| messages::cancel_some(conn, scope.environment, id.0, &words, now))?;
        cancelled += i64::try_from(some).unwrap_or_default();
        if some == 0 {
            break;
        }
    }
    let page = scope.path(&format!("profiles/bulk/{}", id.0));
    Ok(see_other_saying(&page, &format!("{} cancelled.", counted(cancelled, "message", "messages"))))
}

/// Starts the change. Asked again it starts nothing.
pub fn confirm(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (environment, id): (_, BulkId) = (request.scope().environment, request.id()?);
    let bulk = request.read(|conn| {
        let bulk = store::find(conn, environment, id)?.ok_or(AppError::NotFound)?;
        request.require(bulk.change.what().permission())?;
        Ok(bulk)
    })?;
    let wrong = |(field, rule): (&'static str, String)| {
        let mut problems = Problems::default();
        problems.add(field, rule);
        request.read(|conn| pages::show_again(request, conn, sent.get("confirm"), Problems(problems.0.clone())))
    };
    let typed: String = sent.get("confirm").chars().filter(char::is_ascii_digit).collect();
    if bulk.change.what() == What::Erase && typed != bulk.people.to_string() {
        return wrong(("confirm", format!("Type {}, the number of people, or cancel.", grouped(bulk.people))));
    }
    if let Change::Choose { segment, name, is_new: true } = &bulk.change
        && let Some(rule) = segments::make_chosen(request, *segment, name)?
    {
        return wrong(("effect", rule.to_owned()));
    }
    let title = format!("{} {}", bulk.change.begins(), people(bulk.people));
    let title = if bulk.reason.is_empty() { title } else { format!("{title}. {}", bulk.reason) };
    let task = BulkJob { bulk: id.0, change: bulk.change };
    let (state, source) = (&request.state, request.batch()?.source);
    jobs::begin_as(&state.db, &state.clock, id.job(environment), source, &task, &title, &request.actor())?;
    Ok(see_other(&request.scope().path(&format!("profiles/bulk/{}", id.0))))
}
