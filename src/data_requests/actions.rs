//! Notes answers to requests.

use serde_json::json;

use super::store::{self, RequestKind};
use crate::{
    auth::{self, Action},
    console::Request,
    db::ids::ProfileId,
    error::AppError,
    web::{Answer, FormData, respond::see_other_saying},
};

/// Notes that somebody got what they asked for.
pub fn answer(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let profile: ProfileId = sent.parsed("profile").ok_or(AppError::NotFound)?;
    let kind: RequestKind = sent.parsed("kind").ok_or(AppError::NotFound)?;
    let (key, now) = (request.scope().key(profile), request.now.at);
    let is_answered = request.state.db.tx_now(|conn| {
        let is_answered = store::answer(conn, key, kind, now)?;
        if is_answered {
            let about = json!({ "profile": profile, "request": kind.as_str() });
            auth::audit::audit(conn, &request.actor(), Action::RequestAnswered, about, now)?;
        }
        Ok(is_answered)
    })?;
    let told = if is_answered { "Marked as answered." } else { "Somebody else has answered this already." };
    Ok(see_other_saying(&request.scope().path("requests"), told))
}
