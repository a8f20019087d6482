//! The stream as a page whose answer continues for a while, without a script.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    sync::Arc,
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{self, ContentEncoding},
    },
    rt,
    web::{Bytes, Data},
};
use askama::Template;
use chrono_tz::Tz;
use tokio::sync::mpsc;

use super::{
    Arrived, CallId, Ring,
    row::{self, Place, Row},
};
use crate::{
    auth::Session,
    console::{Request, Shell},
    db::ids::{EnvironmentId, KeyId, ProfileId, WorkspaceId},
    error::AppError,
    json, keys,
    ledger::Sensitive,
    profiles::people,
    rejections::{Fate, Refused},
    state::AppState,
    web::{Answer, Now, Pieces, Query, Timestamp, page, pairs::Pairs},
};

/// Length of one answer.
const LENGTH: Duration = Duration::from_secs(600);
/// Interval at which something is sent, so that a closed page is noticed, and at which the session is checked.
const BEAT: Duration = Duration::from_secs(3);
/// Calls that arrive within this time are sent together, so that a busy stream does not check the session for each call.
const GATHER: Duration = Duration::from_secs(1);
/// Calls shown at first, and at once.
const MOST: usize = 50;
/// Place in the page where new calls are inserted.
const MARK: &str = "<!-- live -->";
/// Place in the page where the reason of its end is inserted.
const END: &str = "<!-- end -->";

/// Filter of the calls.
#[derive(Clone, Default)]
struct Filter {
    key: Option<KeyId>,
    kind: String,
    profile: Option<ProfileId>,
}

impl Filter {
    fn wants(&self, environment: EnvironmentId, call: &Arrived) -> bool {
        call.environment == environment
            && self.key.is_none_or(|key| key == call.key)
            && (self.kind.is_empty() || call.items.iter().any(|item| item.kind == self.kind))
            && (self.profile.is_none() || call.items.iter().any(|item| item.profile == self.profile))
    }

    fn is_empty(&self) -> bool {
        self.key.is_none() && self.kind.is_empty() && self.profile.is_none()
    }
}

#[derive(Template)]
#[template(path = "stream/index.html")]
struct StreamPage {
    shell: Shell,
    query: Query,
    filter: Filter,
    keys: Vec<(KeyId, String)>,
    /// Kinds of items to choose from: those that arrived, so that what is offered is what the rows say.
    kinds: BTreeSet<String>,
    /// The calls; the newest last where more are added, else first.
    calls: Vec<Row>,
    is_paused: bool,
}

impl StreamPage {
    fn path(&self) -> String {
        self.shell.scope.path("stream")
    }

    /// Address of all calls, paused if this is.
    fn unfiltered(&self) -> String {
        self.query.without(&["key", "kind", "profile"]).address(&self.path())
    }

    /// Address of the same page, live or paused.
    fn with_pause(&self, pause: &str) -> String {
        self.query.with("pause", pause).address(&self.path())
    }
}

/// Why the page ended, and links to go on.
#[derive(Template)]
#[template(path = "stream/_end.html")]
struct End {
    is_signed_out: bool,
    is_stopping: bool,
    again: String,
}

impl End {
    fn sign_in(&self) -> String {
        Pairs::default().with("next", &self.again).address("/sign-in")
    }
}

pub async fn index(
    asked: HttpRequest,
    ring: Data<Ring>,
    session: Session,
    request: Request,
) -> Result<HttpResponse, AppError> {
    let Request { shell, query, now, state, .. } = request;
    let (environment, workspace) = (shell.scope.environment, shell.scope.workspace.id);
    let filter =
        Filter { key: query.parsed("key"), kind: query.get("kind").to_owned(), profile: query.parsed("profile") };
    let (last, calls) = ring.after(0, MOST, |call| filter.wants(environment, call));
    let (kinds, senders) = ring.seen(environment);
    let (asked_about, inside) = (row::profiles_of(&calls), state.clone());
    let (known, people) = state
        .db
        .read(move |conn| {
            let known = row::key_names(&inside.db, conn, environment, now.at)?;
            Ok((known, people(conn, environment, &asked_about)?))
        })
        .await?;
    let mut keys: Vec<(KeyId, String)> =
        senders.into_iter().filter(|(id, _)| known.iter().all(|it| it.0 != *id)).collect();
    keys.extend(known);
    keys.sort_by(|one, other| one.1.cmp(&other.1));
    let at = Place { base: shell.scope.path(""), query: query.0.clone() };
    let mut calls: Vec<Row> = calls.into_iter().map(|call| Row::new(call, now, &at, &people)).collect();
    let is_paused = !query.get("pause").is_empty() || asked.method() == Method::HEAD;
    if is_paused {
        calls.reverse();
    }
    let chosen = Some(filter.kind.clone()).filter(|kind| !kind.is_empty());
    let kinds = kinds.into_iter().map(str::to_owned).chain(chosen).collect();
    let page_so_far = StreamPage { calls, filter: filter.clone(), shell, query, keys, kinds, is_paused };
    if is_paused {
        return Ok(page(&page_so_far).into());
    }
    let html = page_so_far.render().map_err(|error| AppError::Unexpected(error.into()))?;
    let (head, tail) = html.split_once(MARK).unwrap_or((&html, ""));
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(4);
    let following = Following {
        session: session.token_hash,
        workspace,
        environment,
        filter,
        last,
        at,
        again: page_so_far.with_pause(""),
        zone: now.zone,
    };
    rt::spawn(follow(state, ring, following, sender, [head.to_owned(), tail.to_owned()]));
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A compressor would wait for more data.
        .insert_header(ContentEncoding::Identity)
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Pieces(receiver)))
}

struct Following {
    session: Vec<u8>,
    workspace: WorkspaceId,
    environment: EnvironmentId,
    filter: Filter,
    last: u64,
    at: Place,
    again: String,
    zone: Tz,
}

impl Following {
    /// Whether the operator may still see the stream.
    async fn may_go_on(&self, state: &AppState) -> Result<bool, AppError> {
        let (session, workspace) = (self.session.clone(), self.workspace);
        let (limits, now) = (state.config.sessions, state.clock.now());
        let role = state.db.read(move |conn| Session::role_in(conn, &session, workspace, limits, now)).await?;
        Ok(role.is_some_and(|role| role.can(crate::stream::PERMISSION)))
    }

    /// Rows of new calls.
    async fn rows(&self, state: &AppState, calls: Vec<Arc<Arrived>>) -> Result<String, AppError> {
        let (environment, asked) = (self.environment, row::profiles_of(&calls));
        let people = match asked.is_empty() {
            true => HashMap::new(),
            false => state.db.read(move |conn| people(conn, environment, &asked)).await?,
        };
        let now = Now::new(state.clock.now(), self.zone);
        Ok(calls.into_iter().filter_map(|call| Row::new(call, now, &self.at, &people).render().ok()).collect())
    }
}

/// Sends new calls until the time is over, the session has ended, or the connection is closed.
async fn follow(
    state: Data<AppState>,
    ring: Data<Ring>,
    mut at: Following,
    sender: mpsc::Sender<io::Result<Bytes>>,
    [head, tail]: [String; 2],
) {
    let (mut news, mut is_signed_out) = (ring.watch(), false);
    let mut looked = rt::time::Instant::now();
    let end = looked + LENGTH;
    if sender.send(Ok(Bytes::from(head))).await.is_err() {
        return;
    }
    while !is_signed_out && !ring.is_closed() && rt::time::Instant::now() < end {
        // Calls between the page and this loop are in the ring already.
        let has_news = rt::time::timeout(BEAT, news.wait_for(|last| *last > at.last)).await.is_ok();
        if has_news && !ring.is_closed() {
            rt::time::sleep_until(looked + GATHER).await;
        }
        let (last, calls) = ring.after(at.last, MOST, |call| at.filter.wants(at.environment, call));
        // These calls arrived before the check, so an operator who passes it may see them.
        let answer = at.may_go_on(&state).await;
        looked = rt::time::Instant::now();
        let mut html = String::from("\n");
        match answer {
            Ok(true) => match at.rows(&state, calls).await {
                Ok(rows) => {
                    at.last = last;
                    html.push_str(&rows);
                }
                Err(error) => error.log(),
            },
            Ok(false) => is_signed_out = true,
            // While the check fails, nothing is shown.
            Err(error) => error.log(),
        }
        if sender.send(Ok(Bytes::from(html))).await.is_err() {
            return;
        }
    }
    // The rest of the page has the links to go on.
    let why = End { is_signed_out, is_stopping: ring.is_closed(), again: at.again }.render().unwrap_or_default();
    let _ = sender.send(Ok(Bytes::from(tail.replacen(END, &why, 1)))).await;
}

#[derive(Template)]
#[template(path = "stream/show.html")]
struct CallPage {
    shell: Shell,
    call: Arc<Arrived>,
    at: Timestamp,
    sensitive: Sensitive,
    /// Address of the stream as it was.
    back: String,
}

impl CallPage {
    fn pretty(&self, raw: &str) -> String {
        let Ok(mut item) = json::parse(raw) else { return self.sensitive.text(raw).to_owned() };
        keys::hide_secrets(&mut item);
        self.sensitive.hide_in(&mut item);
        serde_json::to_string_pretty(&item).unwrap_or_default()
    }

    fn message(&self, reason: &Refused) -> String {
        self.sensitive.message(&reason.field, &keys::without_secrets(&reason.message)).into_owned()
    }
}

pub async fn show(ring: Data<Ring>, request: Request) -> Result<Answer, AppError> {
    let CallId(id) = request.id()?;
    let Request { shell, query, now, state, .. } = request;
    let environment = shell.scope.environment;
    let back = query.address(&shell.scope.path("stream"));
    let call = ring.find(environment, id).ok_or(AppError::NotFound)?;
    let sensitive = state.db.read(move |conn| Sensitive::load(conn, environment)).await?;
    Ok(page(&CallPage { at: Timestamp::new(call.at, now), shell, call, sensitive, back }))
}
