//! Who is in a segment that a system keeps: one person, or up to a thousand in one call. It says the same as items of a batch.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde_json::json;

use super::{etag, profile, reference, segments, write};
use crate::{
    api::{
        Body, Caller, Fault,
        formats::{
            Entry,
            native::{MembersSaid, is_in},
        },
        path_part, take,
    },
    ingest::Item,
    keys::Format,
    rejections::{Refused, codes},
    state::AppState,
};

/// Name of such items in the list of rejected ones.
const KIND: &str = "segment";

/// A page is not told who exists, nor is it asked who is in a segment.
fn for_servers(caller: &Caller) -> Result<(), Fault> {
    let rule = "A key for browsers puts nobody into a segment. Use a key for servers.";
    if caller.is_browser() { Err(Fault::new(codes::PROTECTED, rule)) } else { Ok(()) }
}

/// Puts somebody into the segment.
pub async fn put(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    say(&state, &caller, &request, true).await
}

/// Takes somebody out who exists: what takes something away makes nobody.
pub async fn remove(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    say(&state, &caller, &request, false).await
}

async fn say(state: &AppState, caller: &Caller, request: &HttpRequest, is_member: bool) -> Result<HttpResponse, Fault> {
    for_servers(caller)?;
    let person = reference::person(state, caller, &path_part(request, "id")?).await?;
    let statement = is_in(segments::asked(request)?, is_member);
    if !is_member && etag::version(state, caller, &person).await?.is_none() {
        return Err(profile::missing());
    }
    let said = Ok(vec![Item { person, as_of: caller.received_at, statement }]);
    let raw = write::sent(request, &json!({"member": is_member}).to_string());
    write::say(state, caller, KIND, raw, said).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Puts people in and takes others out, each for themselves.
pub async fn change(
    state: Data<AppState>,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Fault> {
    for_servers(&caller)?;
    let MembersSaid { people, as_of } = MembersSaid::read(&body.0, &caller.call())?;
    let segment = segments::asked(&request)?;
    let given = people.iter().map(|(given, _)| given.clone()).collect();
    let found = reference::people(&state, &caller, given).await?;
    let entry = |((given, is_member), found): ((String, bool), Result<_, Refused>)| {
        let said = found.map(|(person, is_known)| {
            let item = Item { person, as_of, statement: is_in(segment, is_member) };
            Some(item).filter(|_| is_member || is_known).into_iter().collect()
        });
        let raw = json!({"type": KIND, "profile": given, "segment": segment, "member": is_member}).to_string();
        Entry { kind: KIND, raw, said, warnings: Vec::new() }
    };
    let entries = people.into_iter().zip(found).map(entry).collect();
    Ok(write::fates_of(&take(&state, &caller, Format::Native, entries).await?))
}
