//! Undoing: what was looked at is looked at once more, said as what it was, and refused by `ingest` where it changed meanwhile.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};

use super::{
    Undo,
    current::Step,
    preview::{self, Plan},
};
use crate::{
    console::{self, Shell},
    db::ids::ProfileId,
    error::AppError,
    ingest::{self, Item},
    jobs,
    ledger::{Batch, ChangeId, Effect, GroupId},
    state::AppState,
    web::{PathId, respond::see_other_saying, see_other},
};

const DONE_ALREADY: &str = "Nothing changed: it is as it was before already.";

/// Says what takes these steps back, and returns how many changes are undone and how many stay.
async fn say(state: &AppState, shell: &Shell, plan: &Plan, reason: String) -> Result<(usize, usize), AppError> {
    let (_, mut stay) = plan.counts();
    let batch = Batch { reason: Some(reason), ..console::batch(state, &shell.scope).await? };
    let open: Vec<&Step> = plan.lines.iter().map(|line| &line.step).filter(|step| step.is_open()).collect();
    let items: Vec<Item> = open.iter().filter_map(|step| step.item(batch.received_at)).collect();
    if items.is_empty() {
        return Ok((0, stay));
    }
    let mut undone = 0;
    let outcomes = ingest::submit(&state.db, batch, items).await?;
    for (step, outcome) in open.iter().zip(outcomes) {
        match outcome.effect {
            Effect::Changed | Effect::Created => undone += step.count,
            // An id that they went by before is theirs all along, and only becomes the one that they go by.
            Effect::Unchanged if step.is_former_id() => undone += step.count,
            Effect::Unchanged => {}
            _ => stay += step.count,
        }
    }
    Ok((undone, stay))
}

/// "12 changes undone, 2 left as they are."
fn told(undone: usize, stay: usize) -> String {
    let changes = |count: usize| format!("{count} {}", if count == 1 { "change" } else { "changes" });
    match (undone, stay) {
        (0, 0) => DONE_ALREADY.to_owned(),
        (0, stay) => {
            format!("Nothing was undone: {} left as {}.", changes(stay), if stay == 1 { "it is" } else { "they are" })
        }
        (undone, 0) => format!("{} undone.", changes(undone)),
        (undone, 1) => format!("{} undone, 1 left as it is.", changes(undone)),
        (undone, stay) => format!("{} undone, {stay} left as they are.", changes(undone)),
    }
}

pub async fn one(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let (id, change) = (ProfileId::from_path(&request)?, ChangeId::from_path(&request)?);
    let (now, scope) = (shell.now(&state.clock), shell.scope.clone());
    let plan = state.db.read(move |conn| preview::load_one(conn, &scope, (id, change), now)).await?;
    let plan = plan.ok_or(AppError::NotFound)?;
    let reason = format!("Undo of the change {}", plan.in_the_ledger());
    let tab = shell.scope.path(&format!("profiles/{id}/history"));
    match say(&state, &shell, &plan, reason).await? {
        (0, 0) => Ok(see_other_saying(&tab, DONE_ALREADY)),
        (0, _) => preview::show_one(&request, &state, shell, StatusCode::CONFLICT).await,
        _ => Ok(see_other_saying(&tab, "The change is undone.")),
    }
}

pub async fn group(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let (id, group) = (ProfileId::from_path(&request)?, GroupId::from_path(&request)?);
    let (now, scope) = (shell.now(&state.clock), shell.scope.clone());
    let plan = state.db.read(move |conn| preview::load_group(conn, &scope, (id, group), now)).await?;
    let plan = plan.ok_or(AppError::NotFound)?;
    let reason = format!("Undo of the {} {}", plan.unit(), plan.in_the_ledger());
    let (undone, stay) = say(&state, &shell, &plan, reason).await?;
    Ok(see_other_saying(&shell.scope.path(&format!("profiles/{id}/history")), &told(undone, stay)))
}

/// Undoes it wherever it changed something.
pub async fn everybody(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    let (id, group) = (ProfileId::from_path(&request)?, GroupId::from_path(&request)?);
    let (now, scope) = (shell.now(&state.clock), shell.scope.clone());
    let plan = state.db.read(move |conn| preview::load_group(conn, &scope, (id, group), now)).await?;
    let plan = plan.ok_or(AppError::NotFound)?;
    let title = format!("Undo of the {} {}", plan.unit(), plan.in_the_ledger());
    let job =
        jobs::begin(&state, (shell.scope.environment, shell.scope.source()), &Undo { group: group.0 }, title).await?;
    if job.finished_at.is_none() || job.failure.is_some() {
        return Ok(see_other(&shell.scope.path(&format!("jobs/{}", job.id))));
    }
    let [changed, refused] = [job.changed, job.refused].map(|count| usize::try_from(count).unwrap_or(0));
    Ok(see_other_saying(&shell.scope.path(&format!("profiles/{id}/history")), &told(changed, refused)))
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn what_was_done_is_counted_in_words() {
        assert_eq!(told(12, 2), "12 changes undone, 2 left as they are.");
        assert_eq!(told(1, 1), "1 change undone, 1 left as it is.");
        assert_eq!(told(0, 1), "Nothing was undone: 1 change left as it is.");
        assert_eq!(told(3, 0), "3 changes undone.");
    }
}
