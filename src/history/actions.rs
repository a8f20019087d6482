//! Undoes changes: plans the undoing once more, submits it, and lets `ingest` refuse what changed meanwhile.

use actix_web::http::StatusCode;

use super::{
    Undo,
    current::Step,
    preview::{self, Plan},
};
use crate::{
    console::Request,
    error::AppError,
    ingest::{self, Item, Trust},
    ledger::{Batch, Effect},
    web::{Answer, FormData, respond::see_other_saying, see_other},
};

const DONE_ALREADY: &str = "Nothing changed. It is already as it was before.";

/// Submits a plan's steps; returns the numbers of changes that are undone and of those that stay.
fn say(request: &Request, plan: &Plan, reason: String) -> Result<(usize, usize), AppError> {
    let (_, mut stay) = plan.counts();
    let batch = Batch { reason: Some(reason), ..request.batch()? };
    let open: Vec<&Step> = plan.lines.iter().map(|line| &line.step).filter(|step| step.is_open()).collect();
    let items: Vec<Item> = open.iter().filter_map(|step| step.item(batch.received_at)).collect();
    if items.is_empty() {
        return Ok((0, stay));
    }
    let mut undone = 0;
    let outcomes = ingest::submit_now(&request.state.db, &batch, &Trust::Operator, &items)?;
    for (step, outcome) in open.iter().zip(outcomes) {
        match outcome.effect {
            Effect::Changed | Effect::Created => undone += step.count,
            // A former id still belongs to the profile, and becomes its current id again.
            Effect::Unchanged if step.is_former_id() => undone += step.count,
            Effect::Unchanged => {}
            _ => stay += step.count,
        }
    }
    Ok((undone, stay))
}

/// Result in words: "12 changes undone, 2 left as they are."
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

pub fn one(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (at, plan) = request.read(|conn| preview::load_one(request, conn))?;
    let reason = format!("Undo of the change {}", plan.in_the_ledger());
    let tab = at.path();
    match say(request, &plan, reason)? {
        (0, 0) => Ok(see_other_saying(&tab, DONE_ALREADY)),
        (0, _) => request.read(|conn| preview::show_one(request, conn, StatusCode::CONFLICT)),
        _ => Ok(see_other_saying(&tab, "Change undone.")),
    }
}

pub fn group(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (at, plan) = request.read(|conn| preview::load_group(request, conn))?;
    let reason = format!("Undo of the {} {}", plan.unit(), plan.in_the_ledger());
    let (undone, stay) = say(request, &plan, reason)?;
    Ok(see_other_saying(&at.path(), &told(undone, stay)))
}

/// Undoes a group on all profiles, as a job.
pub fn everybody(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (at, plan) = request.read(|conn| preview::load_group(request, conn))?;
    let title = format!("Undo of the {} {}", plan.unit(), plan.in_the_ledger());
    let job = request.begin(&Undo { group: plan.row.group }, &title)?;
    if job.finished_at.is_none() || job.failure.is_some() {
        return Ok(see_other(&request.scope().path(&format!("jobs/{}", job.id))));
    }
    let [changed, refused] = [job.changed, job.refused].map(|count| usize::try_from(count).unwrap_or(0));
    Ok(see_other_saying(&at.path(), &told(changed, refused)))
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
