//! What undoing would do, before it is done: one change, all of one form, import or call, and the same for everybody.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono_tz::Tz;
use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::{
    current::{Standing, Step, Verdict},
    inverse::Refusal,
};
use crate::{
    console::{Scope, Shell},
    db::ids::ProfileId,
    error::AppError,
    ingest,
    ledger::{self, ChangeId, ChangeKind, ChangeRow, GroupId, Teller, read},
    profile_page::{self, Header, Tab, View},
    profiles,
    state::AppState,
    web::{Now, PathId, Timestamp, page, page_with},
};

/// Changes of one form, import or call that are undone at once on one profile.
pub const AT_ONCE: usize = 5_000;
/// Lines of them that are shown.
pub const SHOWN: usize = 500;

/// A change with what can be done about it, in words.
pub struct PreviewLine {
    /// What can be done.
    pub step: Step,
    /// What it is about.
    pub label: String,
    /// What it made of it.
    pub after: Option<String>,
    /// What that is now.
    pub now: Option<String>,
    /// What it would be.
    pub becomes: Option<String>,
    /// Why it stays, if it does.
    pub why: Option<String>,
    /// Where to go instead.
    pub instead: Option<(String, &'static str)>,
}

impl PreviewLine {
    /// It is as it was before already.
    pub fn is_done(&self) -> bool {
        matches!(self.step.verdict, Verdict::Done)
    }
}

/// Changes of one profile with what can be done about them.
pub struct Plan {
    /// Whose they are.
    pub frame: Header,
    /// The newest of them.
    pub row: ChangeRow,
    /// Each of them, the newest first.
    pub lines: Vec<PreviewLine>,
    /// There are more of them.
    pub has_more: bool,
    /// How many profiles were changed with it.
    pub profiles: i64,
}

impl Plan {
    /// How many of the changes can be undone, and how many stay.
    pub fn counts(&self) -> (usize, usize) {
        let open = self.lines.iter().filter(|line| line.step.is_open()).map(|line| line.step.count).sum();
        let stay = self.lines.iter().filter(|line| line.why.is_some()).map(|line| line.step.count).sum();
        (open, stay)
    }

    /// By whom they were made.
    pub fn who(&self) -> &str {
        &self.row.source.name
    }

    /// What they were made by: a form, an import, a call.
    pub fn unit(&self) -> &'static str {
        self.row.source.actor.unit()
    }

    /// By whom and when they were made, for everybody who reads the ledger.
    pub fn in_the_ledger(&self) -> String {
        let now = Now::new(self.row.recorded_at, Tz::UTC);
        format!("by {} on {}", self.who(), Timestamp::new(self.row.recorded_at, now).exact())
    }
}

/// Holds some rows of a profile, the newest first, against how things are; none if there are no rows, or no such profile.
fn plan(
    conn: &mut PgConnection,
    scope: &Scope,
    id: ProfileId,
    rows: impl FnOnce(&mut PgConnection) -> QueryResult<Vec<ChangeRow>>,
    now: Now,
) -> QueryResult<Option<Plan>> {
    let Some(frame) = Header::load(conn, scope, id, Tab::History, now)? else { return Ok(None) };
    let mut rows = rows(conn)?;
    let has_more = rows.len() > AT_ONCE;
    rows.truncate(AT_ONCE);
    let (Some(row), Some(oldest)) = (rows.first().cloned(), rows.last()) else { return Ok(None) };
    let at = (scope.environment, id);
    let is = Standing::load(conn, ingest::REGISTERS, at.0, &rows)?;
    let steps = is.plan(&rows);
    let is_newer = |step: &&Step| step.refusal() == Some(Refusal::Newer);
    let things: Vec<(ChangeKind, &str)> =
        steps.iter().filter(is_newer).map(|step| (step.whole.kind, step.whole.subject.as_str())).collect();
    let newest = read::newest(conn, at, &things, oldest.recorded_at)?;
    let told = || rows.iter().chain(newest.values());
    let people = profiles::names(conn, at.0, &ledger::people_in(told()))?;
    let teller = Teller::load(conn, at.0, told(), people)?;
    let preview = Preview { teller: &teller, newest: &newest, tab: frame.path(&Tab::History), frame: &frame, now };
    let lines = steps.into_iter().map(|step| preview.line(&is, step)).collect();
    Ok(Some(Plan { lines, has_more, profiles: 1, frame, row }))
}

/// What the lines of a plan are told with.
struct Preview<'a> {
    teller: &'a Teller,
    newest: &'a BTreeMap<(ChangeKind, String), ChangeRow>,
    frame: &'a Header,
    tab: String,
    now: Now,
}

impl Preview<'_> {
    fn line(&self, is: &Standing, step: Step) -> PreviewLine {
        let row = &step.whole;
        let said = |value: Option<&Value>| self.teller.value(row, value);
        let label = self.teller.label(row);
        let why = step.refusal().map(|refusal| self.why(refusal, row, &label));
        PreviewLine {
            after: said(row.after.as_ref()),
            now: said(is.value(row).as_ref()),
            becomes: said(row.before.as_ref()),
            instead: step.refusal().and_then(|refusal| self.instead(refusal, row)),
            label,
            why,
            step,
        }
    }

    fn newest(&self, row: &ChangeRow) -> Option<&ChangeRow> {
        self.newest.get(&(row.kind, row.subject.clone())).filter(|newest| newest.place() != row.place())
    }

    /// Who changed it again, when, and to what, where the ledger has that.
    fn why(&self, refusal: Refusal, row: &ChangeRow, label: &str) -> String {
        let Some(newest) = self.newest(row).filter(|_| refusal == Refusal::Newer) else { return refusal.words(label) };
        let (who, when) = (&newest.source.name, Timestamp::new(newest.recorded_at, self.now).exact());
        match (self.teller.value(newest, newest.after.as_ref()), self.teller.is_hidden(newest.kind, &newest.subject)) {
            (Some(value), false) => {
                format!("{label} was changed again on {when} by {who}, to {value}. Undo that first.")
            }
            (Some(_), true) => format!("{label} was changed again on {when} by {who}. Undo that first."),
            (None, _) => format!("{label} was taken away on {when} by {who}. Undo that first."),
        }
    }

    fn instead(&self, refusal: Refusal, row: &ChangeRow) -> Option<(String, &'static str)> {
        match refusal {
            Refusal::Newer => {
                let newest = self.newest(row)?;
                Some((format!("{}/{}/undo", self.tab, newest.change_id()), "Look at that change"))
            }
            Refusal::NoteText => {
                Some((format!("{}/{}/history", self.frame.path(&Tab::Notes), row.subject), "Texts of the note"))
            }
            Refusal::Merge => Some((self.frame.path(&Tab::Info), "Look under “Merged from”")),
            _ => None,
        }
    }
}

/// One change of a profile.
pub fn load_one(
    conn: &mut PgConnection,
    scope: &Scope,
    (id, change): (ProfileId, ChangeId),
    now: Now,
) -> QueryResult<Option<Plan>> {
    let at = (scope.environment, id);
    plan(conn, scope, id, |conn| Ok(read::find(conn, at, change)?.into_iter().collect()), now)
}

/// What one form, import, call or job did to a profile.
pub fn load_group(
    conn: &mut PgConnection,
    scope: &Scope,
    (id, group): (ProfileId, GroupId),
    now: Now,
) -> QueryResult<Option<Plan>> {
    let at = (scope.environment, id);
    let rows = |conn: &mut PgConnection| read::of_group(conn, at, group, AT_ONCE as i64 + 1);
    let Some(plan) = plan(conn, scope, id, rows, now)? else { return Ok(None) };
    let profiles = if scope.role.can_manage() { read::count_profiles(conn, at.0, group)? } else { 1 };
    Ok(Some(Plan { profiles, ..plan }))
}

#[derive(Template)]
#[template(path = "history/undo.html")]
struct OnePage {
    at: View,
    row: ChangeRow,
    line: PreviewLine,
}

#[derive(Template)]
#[template(path = "history/group.html")]
struct GroupPage {
    at: View,
    plan: Plan,
    open: usize,
    stay: usize,
}

impl GroupPage {
    /// How many profiles were changed with it, as far as they were counted.
    fn profiles(&self) -> String {
        match self.plan.profiles > read::COUNTED {
            true => format!("more than {}", read::COUNTED),
            false => self.plan.profiles.to_string(),
        }
    }

    /// Its own address.
    fn path(&self) -> String {
        format!("{}/groups/{}", self.at.path(), self.plan.row.group)
    }

    fn listed(&self) -> String {
        format!("{}?group={}", self.at.path(), self.plan.row.group)
    }
}

#[derive(Template)]
#[template(path = "history/everybody.html")]
struct EverybodyPage {
    at: View,
    plan: Plan,
    /// The way back.
    path: String,
    profiles: String,
}

pub async fn one(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    show_one(&request, &state, shell, StatusCode::OK).await
}

/// What undoing one change would do; with 409 where it was asked for and cannot be.
pub async fn show_one(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (id, change) = (ProfileId::from_path(request)?, ChangeId::from_path(request)?);
    let (now, scope) = (shell.now(&state.clock), shell.scope.clone());
    let Some(plan) = state.db.read(move |conn| load_one(conn, &scope, (id, change), now)).await? else {
        return profile_page::redirect_if_merged(state, &shell, id, Tab::History).await;
    };
    let Plan { frame, row, lines, .. } = plan;
    let line = lines.into_iter().next().ok_or(AppError::NotFound)?;
    Ok(page_with(status, &OnePage { at: View { shell, frame, now }, row, line }))
}

async fn loaded(
    request: &HttpRequest,
    state: &AppState,
    shell: Shell,
) -> Result<Result<GroupPage, HttpResponse>, AppError> {
    let (id, group) = (ProfileId::from_path(request)?, GroupId::from_path(request)?);
    let (now, scope) = (shell.now(&state.clock), shell.scope.clone());
    let Some(plan) = state.db.read(move |conn| load_group(conn, &scope, (id, group), now)).await? else {
        return profile_page::redirect_if_merged(state, &shell, id, Tab::History).await.map(Err);
    };
    let (open, stay) = plan.counts();
    Ok(Ok(GroupPage { at: View { shell, frame: plan.frame.clone(), now }, plan, open, stay }))
}

pub async fn group(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    Ok(match loaded(&request, &state, shell).await? {
        Ok(about) => page(&about),
        Err(elsewhere) => elsewhere,
    })
}

pub async fn everybody(request: HttpRequest, state: Data<AppState>, shell: Shell) -> Result<HttpResponse, AppError> {
    Ok(match loaded(&request, &state, shell).await? {
        Ok(about) => {
            let (path, profiles) = (about.path(), about.profiles());
            page(&EverybodyPage { at: about.at, plan: about.plan, path, profiles })
        }
        Err(elsewhere) => elsewhere,
    })
}
