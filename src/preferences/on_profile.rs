//! Links of one person, for an admin who passes one on.

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    link::{CONFIRM_DAYS, Link, Use},
    store,
};
use crate::{
    auth::{self, Action},
    console::Request,
    db::{Decided, ids::ProfileKey},
    error::AppError,
    identities::{AddressRow, AddressRows, Channel},
    profile_page::{self, Tab, View},
    subscriptions::Line,
    topics::Catalogue,
    verdict::Facts,
    web::{Answer, FormData, Timestamp, page, respond::see_other_saying},
};

#[derive(Template)]
#[template(path = "preferences/links.html")]
struct LinksPage {
    at: View,
    /// Address of the person's preference page.
    preferences: String,
    /// Address of the page that confirms their email, and the end of its time; `None`: nothing waits for it.
    confirmation: Option<(String, Timestamp)>,
}

/// The link that confirms the email that somebody waits for; `None`: they wait for none.
fn confirmation(
    facts: &Facts,
    since: Option<DateTime<Utc>>,
    addresses: &[AddressRow],
    key: ProfileKey,
    now: DateTime<Utc>,
) -> Option<(Link, String)> {
    let said = facts.awaits_confirmation(since)?;
    let email = addresses.iter().find(|row| row.channel == Channel::Email)?;
    let used_for = Use::Confirmation { asked_at: said.at.timestamp_micros() };
    let link = Link { environment: key.environment, profile: key.profile, issued_at: now, used_for };
    Some((link, email.address.clone()))
}

/// Shows the links. It is an action and no page, since who has them can answer for the person: the audit log tells who looked.
pub fn show(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (key, now) = (request.scope().key(request.id()?), request.now.at);
    let answer = request.read(|conn| links_page(request, conn, key, now))?;
    note(request, key, Action::LinkShown, |_| Ok(()))?;
    Ok(answer)
}

fn links_page(
    request: &Request,
    conn: &mut PgConnection,
    key: ProfileKey,
    now: DateTime<Utc>,
) -> Result<Answer, AppError> {
    let (at, (AddressRows(addresses),)) = profile_page::open_with::<(AddressRows,)>(request, conn, Tab::Subscriptions)?;
    let signing = store::signing_key(conn)?;
    let address = |link: &Link, email: &str, rest: &str| {
        format!("{}/preferences/{}{rest}", request.state.config.server.site.origin(), link.sign(&signing, email))
    };
    let used_for = Use::Preferences(Line::everything());
    let link = Link { environment: key.environment, profile: key.profile, issued_at: now, used_for };
    let catalogue = Catalogue::remembered_by(conn, &request.state.db, key.environment, now)?;
    let waiting = confirmation(&at.frame.facts, catalogue.rules.confirms_since, &addresses, key, now);
    let confirmation = waiting.map(|(link, email)| {
        let until = link.issued_at + TimeDelta::days(CONFIRM_DAYS);
        (address(&link, &email, "/confirm"), at.moment(&until))
    });
    Ok(page(&LinksPage { preferences: address(&link, "", ""), confirmation, at }))
}

/// Makes all links of the person that were ever given out worth nothing.
pub fn revoke(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (key, now) = (request.scope().key(request.id()?), request.now.at);
    request.read(|conn| profile_page::open(request, conn, Tab::Subscriptions).map(drop))?;
    note(request, key, Action::LinksRevoked, |conn| store::revoke(conn, key, now).map(drop))?;
    let tab = request.scope().path(&format!("profiles/{}/subscriptions", key.profile));
    Ok(see_other_saying(&tab, "Links revoked. None that was given out so far works any more."))
}

/// Does something about the person's links and writes it into the audit log.
fn note(
    request: &Request,
    key: ProfileKey,
    action: Action,
    act: impl Fn(&mut PgConnection) -> QueryResult<()>,
) -> Result<(), AppError> {
    let about = json!({ "profile": key.profile });
    request.state.db.tx_now(|conn| {
        act(conn)?;
        auth::audit::audit(conn, &request.actor(), action, about.clone(), request.now.at).map(drop)
    })
}
