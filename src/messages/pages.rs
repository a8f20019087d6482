//! Pages of messages: the tab of a person, the log of the workspace, and one message.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::PgConnection;

use super::{Asks, Content, Message, Row, Status, log, store};
use crate::{
    console::{Request, Shell},
    db::{
        ids::{ProfileId, SourceId},
        keyset::Page,
    },
    error::AppError,
    ledger,
    merges::store::FirstParts,
    profile_page::{self, Tab, View},
    profiles::{PersonLabel, people},
    sending_accounts::{self, Account},
    subscriptions::Medium,
    topics::Catalogue,
    verdict::MessageKind,
    web::{
        Answer, Now, Query, Timestamp, page,
        pager::{self, Pager},
        words::counted,
    },
};

/// Messages of a page of a log.
const PAGE: usize = 50;

/// The filters above a log, as they are asked for.
#[derive(Clone, Debug)]
pub struct Filters {
    query: Query,
    channel: Option<Medium>,
    status: Option<Status>,
}

impl Filters {
    fn read(query: &Query) -> Self {
        let channel = Some(query.get("channel")).filter(|it| !it.is_empty()).and_then(|it| Medium::parse(it).ok());
        Self { query: query.clone(), channel, status: Status::from_stored(query.get("status")) }
    }

    fn asks(&self, people: Option<Vec<ProfileId>>, now: Now) -> Asks {
        let day = |name| self.query.get(name).parse::<NaiveDate>().ok();
        let from = day("from").map(|day| now.start_of(day));
        let until = day("to").and_then(|day| day.succ_opt()).map(|day| now.start_of(day));
        Asks { people, channel: self.channel, status: self.status, from, until }
    }

    fn is_narrow(&self) -> bool {
        ["channel", "status", "from", "to"].iter().any(|name| !self.query.get(name).is_empty())
    }

    fn is_channel(&self, channel: &Medium) -> bool {
        self.channel == Some(*channel)
    }

    fn is_status(&self, status: &Status) -> bool {
        self.status == Some(*status)
    }

    fn day(&self, name: &str) -> &str {
        self.query.get(name)
    }
}

/// Rows of a log, with the names in them.
struct Log {
    page: Page<Row>,
    sources: HashMap<SourceId, String>,
    pager: Pager,
}

impl Log {
    fn load(
        request: &Request,
        conn: &mut PgConnection,
        path: &str,
        filters: &Filters,
        people: Option<Vec<ProfileId>>,
    ) -> Result<Self, AppError> {
        let (environment, query) = (request.scope().environment, &request.query);
        let page = log::page(conn, environment, &filters.asks(people, request.now), pager::way(query), PAGE)?;
        let sources = ledger::source_names(&request.state.db, conn, &Row::sources(&page.rows), request.now.at)?;
        let pager = Pager::new(&page, path, query, |row| row.id.0, ["Newer", "Older"]);
        Ok(Self { page, sources, pager })
    }

    fn by(&self, row: &Row) -> &str {
        self.sources.get(&row.by).map_or("", String::as_str)
    }
}

#[derive(Template)]
#[template(path = "messages/tab.html")]
struct TabPage {
    at: View,
    filters: Filters,
    log: Log,
}

impl TabPage {
    fn message(&self, row: &Row) -> String {
        self.at.shell.scope.path(&format!("messages/{}", row.id))
    }
}

/// The tab of a person: their messages, and those of the parts that they were merged of.
pub fn tab(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (at, (FirstParts(parts),)) = profile_page::open_with(request, conn, Tab::Messages)?;
    let people = std::iter::once(at.frame.id).chain(parts).collect();
    let filters = Filters::read(&request.query);
    let log = Log::load(request, conn, &at.path(), &filters, Some(people))?;
    Ok(page(&TabPage { at, filters, log }))
}

#[derive(Template)]
#[template(path = "messages/index.html")]
struct LogPage {
    shell: Shell,
    now: Now,
    filters: Filters,
    log: Log,
    people: HashMap<ProfileId, PersonLabel>,
    accounts: Vec<Account>,
    waiting: Vec<log::Waiting>,
}

impl LogPage {
    fn path(&self) -> String {
        self.shell.scope.path("messages")
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn person(&self, profile: &ProfileId) -> Option<(&str, String)> {
        let label = self.people.get(profile)?;
        Some((label.title(), self.shell.scope.path(&format!("profiles/{profile}/messages"))))
    }

    /// What is due and waits: the account, how many in words, and since when.
    fn queues(&self) -> impl Iterator<Item = (&str, String, Timestamp)> {
        self.waiting.iter().filter_map(|it| {
            let account = self.accounts.iter().find(|account| account.id == it.account)?;
            let more = if it.count == log::MOST_WAITING { "at least " } else { "" };
            let count = format!("{more}{}", counted(it.count, "message waits", "messages wait"));
            Some((account.name.as_str(), count, self.moment(&it.oldest)))
        })
    }

    /// Accounts that fail, so that what waits does not wait unseen.
    fn failing(&self) -> impl Iterator<Item = (&Account, &str)> {
        self.accounts.iter().filter_map(|account| Some((account, account.failing.as_ref()?.1.as_str())))
    }
}

/// The log of all messages of the environment.
pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let filters = Filters::read(&request.query);
    let log = Log::load(request, conn, &request.scope().path("messages"), &filters, None)?;
    let named: BTreeSet<ProfileId> = log.page.rows.iter().map(|row| row.profile).collect();
    let people = people(conn, request.scope().environment, &named)?;
    let accounts = sending_accounts::store::list(conn, request.scope().workspace.id)?;
    let waiting = log::waiting(conn, request.scope().environment, request.now.at)?;
    Ok(page(&LogPage { shell: request.shell.clone(), now: request.now, filters, log, people, accounts, waiting }))
}

#[derive(Template)]
#[template(path = "messages/show.html")]
struct MessagePage {
    shell: Shell,
    now: Now,
    message: Message,
    person: Option<PersonLabel>,
    by: String,
    /// Name of its account, and whether the account is still there.
    account: Option<(String, bool)>,
    topic: Option<String>,
}

impl MessagePage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("messages/{}", self.message.id))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// The page of the person.
    fn profile(&self) -> String {
        self.shell.scope.path(&format!("profiles/{}/messages", self.message.profile))
    }

    /// Whether it waits, and the operator may cancel it.
    fn may_cancel(&self) -> bool {
        self.message.status == Status::Queued && self.shell.scope.role.can_send()
    }

    /// Whether it waits for a time that somebody chose or that a retry has.
    fn is_later(&self) -> bool {
        self.message.status == Status::Queued && self.message.due_at > self.now.at + TimeDelta::seconds(5)
    }

    /// The template that it was made from, with its address.
    fn template(&self) -> Option<(i32, String)> {
        match self.message.content {
            Some(Content::Template { id, version }) => {
                Some((version, self.shell.scope.path(&format!("templates/{id}/versions/{version}"))))
            }
            _ => None,
        }
    }
}

/// One message: every step, the text as it was sent, and what the verdict said.
pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let scope = request.scope();
    let message = store::find(conn, scope.environment, request.id()?)?.ok_or(AppError::NotFound)?;
    let person = people(conn, scope.environment, &BTreeSet::from([message.profile]))?.remove(&message.profile);
    let sources = ledger::source_names(&request.state.db, conn, &BTreeSet::from([message.by]), request.now.at)?;
    let account = sending_accounts::store::name(conn, scope.workspace.id, message.account)?;
    let catalogue = crate::db::Decided::remembered_by(conn, &request.state.db, scope.environment, request.now.at)?;
    let catalogue: &Catalogue = &catalogue;
    let is_moving = !message.status.is_over() && message.due_at <= request.now.at + TimeDelta::seconds(5);
    let shown = page(&MessagePage {
        shell: request.shell.clone(),
        now: request.now,
        by: sources.get(&message.by).cloned().unwrap_or_default(),
        account,
        topic: message.topic.as_ref().map(|topic| catalogue.rules.topic_name(topic).to_owned()),
        person,
        message,
    });
    Ok(if is_moving { shown.again_soon() } else { shown })
}
