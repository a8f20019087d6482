//! The page of a webhook: what it sends, and the log of its messages.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use uuid::Uuid;

use super::{
    Delivery, State, Switch, Webhook,
    deliveries::{self, KEPT_DAYS},
    pages,
    retry::ATTEMPTS,
};
use crate::{
    console::{Request, Shell},
    db::{
        ids::{ProfileId, WebhookKey},
        keyset::Page,
    },
    error::AppError,
    profiles::{PersonLabel, people},
    web::{
        Answer, Now, Query, Timestamp, page,
        pager::{self, Pager},
    },
};

/// Spans of messages to send again: hours, and the label.
const SPANS: [(&str, &str); 4] =
    [("1", "the last hour"), ("24", "the last day"), ("168", "the last 7 days"), ("720", "the last 30 days")];

#[derive(Template)]
#[template(path = "outputs/show.html")]
struct WebhookPage {
    shell: Shell,
    webhook: Webhook,
    state: Option<State>,
    query: Query,
    log: Page<Delivery>,
    people: HashMap<ProfileId, PersonLabel>,
    pager: Pager,
    now: Now,
}

impl WebhookPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("webhooks/{}", self.webhook.id))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// The log with messages of that state only.
    fn link(&self, state: Option<State>) -> String {
        let word = state.map_or("", State::as_str);
        pager::from_start(&self.query).with("state", word).address(&self.path())
    }

    fn is_shown(&self, state: Option<State>) -> bool {
        self.state == state
    }

    /// The sign of a state.
    fn colour(&self, delivery: &Delivery) -> &'static str {
        match delivery.state {
            State::Delivered => "good",
            State::Failed => "bad",
            State::Waiting if delivery.attempts > 0 => "warn",
            State::Waiting => "",
        }
    }

    /// Name and address of a profile; `None` if it is gone.
    fn person(&self, profile: &ProfileId) -> Option<(&str, String)> {
        let label = self.people.get(profile)?;
        Some((label.title(), self.shell.scope.path(&format!("profiles/{profile}"))))
    }

    /// "in 5 min", of a message that is sent later.
    fn wait(&self, delivery: &Delivery) -> Option<String> {
        let minutes = (delivery.due_at - self.now.at).num_minutes();
        (delivery.state == State::Waiting && self.webhook.is_on()).then(|| match minutes {
            ..1 => "in a moment".to_owned(),
            1..60 => format!("in {minutes} min"),
            _ => format!("in {} h", minutes / 60),
        })
    }

    /// The end of the former secret's time, while it signs.
    fn old_until(&self) -> Option<Timestamp> {
        let (_, until) = self.webhook.secrets.old.as_ref()?;
        (*until > self.now.at).then(|| Timestamp::new(*until, self.now))
    }
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let webhook = pages::asked(request, conn)?;
    let (environment, query) = (request.scope().environment, &request.query);
    let key = WebhookKey { environment, webhook: webhook.id };
    let state = State::from_stored(query.get("state"));
    let log = deliveries::page(conn, key, state, pager::way::<Uuid>(query))?;
    let named: BTreeSet<ProfileId> = log.rows.iter().filter_map(|row| Some(row.about.as_ref()?.profile)).collect();
    let path = request.scope().path(&format!("webhooks/{}", webhook.id));
    Ok(page(&WebhookPage {
        pager: Pager::new(&log, &path, query, |row| row.id.0, ["Newer", "Older"]),
        people: people(conn, environment, &named)?,
        shell: request.shell.clone(),
        query: query.clone(),
        now: request.now,
        webhook,
        state,
        log,
    }))
}
