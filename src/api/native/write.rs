//! Calls that change a profile, or store events.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde_json::json;

use super::{etag, profile, read, reference};
use crate::{
    api::{
        Body, Caller, Fault,
        formats::{Call, Entry, native},
        path_part, take,
    },
    ingest::{Item, Person},
    keys::Format,
    rejections::{Fate, Refused, codes},
    state::AppState,
    web::pairs::Pairs,
};

/// Declares a handler of a body about one profile.
macro_rules! about {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $read:expr) => {
        $(#[$doc])*
        pub async fn $name(
            state: Data<AppState>,
            caller: Caller,
            request: HttpRequest,
            body: Body,
        ) -> Result<HttpResponse, Fault> {
            let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
            let read: fn(&HttpRequest, Person, &str, &Call) -> Result<Result<Vec<Item>, Refused>, Fault> = $read;
            let caller = etag::held(&state, caller, &request, &person).await?;
            let said = read(&request, person.clone(), &body.0, &caller.call())?;
            say(&state, &caller, $kind, sent(&request, &body.0), said).await?;
            read::answer(&state, &caller, person).await
        }
    };
}

about!(
    /// Sets everything about a profile; creates it if missing.
    profile, "profile", |_, person, body, call| Ok(native::read_profile(person, body, call))
);
about!(
    /// Sets attributes, or deletes them.
    attributes, "attributes", |_, person, body, call| Ok(native::read_attributes(person, body, call))
);
about!(
    /// Adds and removes tags.
    tags, "tags", |_, person, body, call| Ok(native::read_tags(person, body, call))
);
about!(
    /// Sets a subscription.
    subscription, "subscription", |_, person, body, call| Ok(native::read_subscription(person, body, call))
);
about!(
    /// Restricts messages to somebody, or lifts that.
    restriction, "restriction", |_, person, body, call| Ok(native::read_restriction(person, body, call))
);
about!(
    /// Sets the facts of a device.
    device, "device", |request, person, body, call| {
        Ok(native::read_device(person, &path_part(request, "token")?, body, call))
    }
);
about!(
    /// Sets a consent.
    consent, "consent", |request, person, body, call| {
        Ok(native::read_consent(person, &path_part(request, "purpose")?, body, call))
    }
);
about!(
    /// Merges another profile into this one.
    merge, "merge", |_, person, body, call| Ok(native::read_merge(person, body, call))
);

/// Removes a device of somebody who exists: what takes something away makes nobody. A page is not told who exists.
pub async fn remove_device(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let person = reference::person(&state, &caller, &path_part(&request, "id")?).await?;
    let said = native::remove_device(person.clone(), &path_part(&request, "token")?, &caller.call());
    let (now, said) = match etag::version(&state, &caller, &person).await? {
        None if !caller.is_browser() => return Err(profile::missing()),
        None => (None, said.map(|_| Vec::new())),
        now => (now, said),
    };
    let caller = etag::held_to(&state, caller, &request, now).await?;
    say(&state, &caller, "device", sent(&request, ""), said).await?;
    read::answer(&state, &caller, person).await
}

/// Deletes a profile for good. A repeat of a call that did so finds nobody, and is answered as that call.
pub async fn delete(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let block = match Pairs::parse(request.query_string().as_bytes()).get("block") {
        "" | "false" => false,
        "true" => true,
        other => {
            let rule = format!("block must be true or false; got {other:?}");
            return Err(Fault::new(codes::INVALID_VALUE, rule).field("block"));
        }
    };
    let done = || HttpResponse::Accepted().json(json!({}));
    let person = match reference::person(&state, &caller, &path_part(&request, "id")?).await {
        Err(fault) if caller.is_repeat && fault.is(codes::NOT_FOUND) => return Ok(done()),
        person => person?,
    };
    let caller = match etag::version(&state, &caller, &person).await? {
        None if caller.is_repeat => caller,
        None => return Err(profile::missing()),
        now => etag::held_to(&state, caller, &request, now).await?,
    };
    let said = native::delete(person, block, &caller.call());
    say(&state, &caller, "delete", sent(&request, ""), said).await?;
    Ok(done())
}

/// Restricts messages to everybody who is reached at an address, now and later, or lifts that.
pub async fn restriction_of_address(state: Data<AppState>, caller: Caller, body: Body) -> Result<HttpResponse, Fault> {
    let said = native::read_restriction_of_address(&body.0, &caller.call());
    say(&state, &caller, "restriction", body.0, said).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Stores one event.
pub async fn event(state: Data<AppState>, caller: Caller, body: Body) -> Result<HttpResponse, Fault> {
    let entries = native::read_event(&body.0, &caller.call())?;
    match take(&state, &caller, Format::Native, entries).await?.pop() {
        Some(Fate::Rejected(refused)) => Err(refused.into()),
        fate => Ok(HttpResponse::Accepted().json(json!({"duplicate": fate == Some(Fate::Duplicate)}))),
    }
}

/// Stores up to a thousand items; each is answered on its own.
pub async fn batch(state: Data<AppState>, caller: Caller, body: Body) -> Result<HttpResponse, Fault> {
    let call = caller.call();
    let entries = crate::api::receive::read(body, move |body| native::read_batch(body, &call)).await?;
    let fates = take(&state, &caller, Format::Native, entries).await?;
    Ok(fates_of(&fates))
}

/// The answer of a call with several items: what became of each.
pub(super) fn fates_of(fates: &[Fate]) -> HttpResponse {
    let (mut accepted, mut duplicates, mut rejected, mut kept) = (0, 0, Vec::new(), Vec::new());
    let told = |index: usize, why: &Refused| json!({"index": index, "code": why.code, "field": why.field, "message": why.message});
    for (index, fate) in fates.iter().enumerate() {
        match fate {
            Fate::Accepted => accepted += 1,
            Fate::KeptStricter(why) => {
                accepted += 1;
                kept.push(told(index, why));
            }
            Fate::Duplicate => duplicates += 1,
            Fate::Rejected(why) => rejected.push(told(index, why)),
        }
    }
    HttpResponse::Ok().json(json!({
        "accepted": accepted, "duplicates": duplicates, "rejected": rejected, "kept_stricter": kept,
    }))
}

/// What was sent, for the list of rejected items and the live stream: the body, and before it what the path says, in which stands whose it
/// is.
pub(super) fn sent(request: &HttpRequest, body: &str) -> String {
    let parts = [("profile", "id"), ("token", "token"), ("purpose", "purpose"), ("segment", "segment")];
    let of_path = parts.iter().filter_map(|(name, part)| Some((*name, path_part(request, part).ok()?)));
    let of_path = of_path.filter(|(_, value)| !value.is_empty());
    let of_path: Vec<String> = of_path.map(|(name, value)| format!("{}:{}", json!(name), json!(value))).collect();
    let of_path = of_path.join(",");
    match body.trim().strip_prefix('{').map(str::trim_start) {
        // An attribute may have the name of a part.
        Some(rest) if rest.contains("\"profile\"") => body.to_owned(),
        Some(rest) if rest.starts_with('}') => format!("{{{of_path}{rest}"),
        Some(rest) => format!("{{{of_path},{rest}"),
        None if body.is_empty() => format!("{{{of_path}}}"),
        None => body.to_owned(),
    }
}

/// Stores the statements of a body, or keeps its rejection.
pub(super) async fn say(
    state: &AppState,
    caller: &Caller,
    kind: &'static str,
    raw: String,
    said: Result<Vec<Item>, Refused>,
) -> Result<(), Fault> {
    let entry = Entry { kind, raw, said, warnings: Vec::new() };
    match take(state, caller, Format::Native, vec![entry]).await?.pop() {
        Some(Fate::Rejected(refused)) => Err(refused.into()),
        _ => Ok(()),
    }
}
