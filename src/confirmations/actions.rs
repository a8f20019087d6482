//! Asks somebody again to confirm their email.

use super::store::{self, Again};
use crate::{
    console::Request,
    db::{Decided, ids::ProfileId},
    error::AppError,
    topics::Catalogue,
    verdict,
    web::{Answer, FormData, respond::see_other_saying},
};

/// Asks somebody again, within the limit of messages a day.
pub fn again(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (profile, now) = (request.id::<ProfileId>()?, request.now.at);
    let (environment, by) = (request.scope().environment, request.batch()?.source);
    let known = request.read(|conn| {
        let facts = verdict::of_many(conn, environment, &[profile])?.remove(&profile);
        Ok((facts, Catalogue::remembered_by(conn, &request.state.db, environment, now)?))
    })?;
    let (Some(facts), catalogue) = known else { return Err(AppError::NotFound) };
    let rule = catalogue.channel(crate::subscriptions::Medium::Email).confirmation;
    let told = match facts.is_to_confirm(rule.since) {
        None => "There is nothing to confirm. Nothing was sent.",
        Some(said) => {
            let wanted = store::Wanted { environment, profile, address: &facts.email.normalised, said_at: said.at };
            match request.state.db.tx_now(|conn| store::again(conn, &wanted, by, rule.most_a_day, now))? {
                Again::Wanted => "The message that asks for a confirmation is on its way.",
                Again::TooMany => "This address was asked as often as it may be in a day. Try again tomorrow.",
            }
        }
    };
    Ok(see_other_saying(&request.scope().path(&format!("profiles/{profile}/subscriptions")), told))
}
