//! Merges into a profile that can still be undone.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{etag, profile, read, reference};
use crate::{
    api::{Caller, Fault, path_part},
    db::ids::{ProfileKey, new_id},
    ingest::{self, Person, Undone},
    ledger::Batch,
    merges::{self, UNDO_DAYS},
    rejections::codes,
    state::AppState,
};

/// The newest merges into a profile.
pub async fn list(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let (environment, now) = (caller.environment(), caller.received_at);
    let found = state
        .senders
        .read(move |conn| match profile::find(conn, environment, &person)? {
            Some(profile) => merges::merged_from(conn, ProfileKey { environment, profile }, now).map(Some),
            None => Ok(None),
        })
        .await?;
    let rows = found.ok_or_else(profile::missing)?.into_iter().map(|merge| {
        json!({
            "id": merge.id.0, "profile": merge.profile, "identifier": merge.identifier, "merged_at": merge.at,
            "source": merge.source, "undo_until": merge.at + TimeDelta::days(UNDO_DAYS),
        })
    });
    Ok(HttpResponse::Ok().json(json!({"merges": rows.collect::<Vec<Value>>()})))
}

/// Undoes a merge into a profile. A repeat of a call that did so is answered as that call.
pub async fn undo(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let none = || Fault::new(codes::NOT_FOUND, "Nobody was merged into this profile by that merge.");
    let merge = Uuid::try_parse(&path_part(&request, "merge")?).map_err(|_| none())?;
    let caller = etag::held(&state, caller, &request, &person).await?;
    let (environment, now) = (caller.environment(), caller.received_at);
    let survivor = match person {
        // Not resolved to the survivor's survivor: that merge has to be undone first, as the answer says.
        Person::Profile(profile) => profile,
        person => {
            let found = state.senders.read(move |conn| profile::find(conn, environment, &person)).await?;
            found.ok_or_else(profile::missing)?
        }
    };
    let batch =
        Batch { environment, source: caller.source(), received_at: now, group: new_id(now), before: 0, reason: None };
    let seen = caller.seen;
    let undone = state.senders.work(move |db| ingest::undo_merge_as_seen(db, &batch, survivor, seen, merge)).await?;
    let restored = match undone {
        Undone::Restored(profile) => Ok(profile),
        Undone::Already(profile) if caller.is_repeat => Ok(profile),
        Undone::Missing => return Err(none()),
        Undone::Changed => return Err(etag::changed()),
        Undone::Already(_) => Err(codes::ALREADY_UNDONE),
        Undone::TooLate => Err(codes::UNDO_TOO_LATE),
        Undone::MergedSince => Err(codes::MERGED_SINCE),
    };
    let restored = restored.map_err(|code| Fault::new(code, code.meaning()))?;
    read::answer(&state, &caller, Person::Profile(restored)).await
}
