//! Shows what undoing would do before it is done: one change, a group's changes of one profile, and those of all profiles.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use askama::Template;
use chrono_tz::Tz;
use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::{
    current::{Standing, Step, Verdict},
    inverse::Refusal,
};
use crate::{
    console::Request,
    db::ids::ProfileKey,
    error::AppError,
    ingest,
    ledger::{ChangeId, ChangeKind, ChangeRow, GroupId, Teller, read},
    profile_page::{self, Tab, View},
    web::{Answer, Now, Timestamp, page, page_with, words::grouped},
};

/// Most changes of a group that are undone at once on one profile.
pub const AT_ONCE: usize = 5_000;
/// Most lines that are shown.
pub const SHOWN: usize = 500;

/// A step of a plan, in words.
pub struct PreviewLine {
    pub step: Step,
    /// What was changed.
    pub label: String,
    /// Value that the change set.
    pub after: Option<String>,
    /// Current value.
    pub now: Option<String>,
    /// Value after undoing.
    pub becomes: Option<String>,
    /// Why the change cannot be undone; `None` if it can.
    pub why: Option<String>,
    /// Address and text of a link to what can be done instead.
    pub instead: Option<(String, &'static str)>,
}

impl PreviewLine {
    /// Whether the former value is current already.
    pub fn is_done(&self) -> bool {
        matches!(self.step.verdict, Verdict::Done)
    }
}

/// The plan for undoing changes of one profile.
pub struct Plan {
    /// The newest change.
    pub row: ChangeRow,
    /// The steps, newest first.
    pub lines: Vec<PreviewLine>,
    /// Whether there are more changes than [`AT_ONCE`].
    pub has_more: bool,
    /// Number of profiles that the group changed; 1 if the operator may not undo on all of them.
    pub profiles: i64,
}

impl Plan {
    /// Numbers of changes that can and that cannot be undone.
    pub fn counts(&self) -> (usize, usize) {
        let open = self.lines.iter().filter(|line| line.step.is_open()).map(|line| line.step.count).sum();
        let stay = self.lines.iter().filter(|line| line.why.is_some()).map(|line| line.step.count).sum();
        (open, stay)
    }

    /// Number of profiles that the group changed, in words.
    fn profiles(&self) -> String {
        match self.profiles > read::COUNTED {
            true => format!("more than {}", grouped(read::COUNTED)),
            false => grouped(self.profiles),
        }
    }

    /// Name of the source that made the changes.
    pub fn who(&self) -> &str {
        &self.row.source.name
    }

    /// What the group is called: a form, an import, a call or a job.
    pub fn unit(&self) -> &'static str {
        self.row.source.actor.unit()
    }

    /// Source and time of the changes, as the reason in the ledger has them.
    pub fn in_the_ledger(&self) -> String {
        let now = Now::new(self.row.recorded_at, Tz::UTC);
        format!("by {} on {}", self.who(), Timestamp::new(self.row.recorded_at, now).exact())
    }
}

/// Plans the undoing of `rows` (newest first) of the profile in the address.
///
/// # Errors
/// [`AppError::NotFound`]: there are no such rows, or no such profile.
fn plan(
    request: &Request,
    conn: &mut PgConnection,
    rows: impl FnOnce(&mut PgConnection, ProfileKey) -> QueryResult<Vec<ChangeRow>>,
) -> Result<(View, Plan), AppError> {
    let view = profile_page::open(request, conn, Tab::History)?;
    let at = view.key();
    let mut rows = rows(conn, at)?;
    let has_more = rows.len() > AT_ONCE;
    rows.truncate(AT_ONCE);
    let (Some(row), Some(oldest)) = (rows.first().cloned(), rows.last()) else { return Err(AppError::NotFound) };
    let is = Standing::load(conn, ingest::REGISTERS, at.environment, &rows)?;
    let may_answer = request.scope().role.can_change_subscriptions();
    let steps: Vec<Step> = is.plan(&rows).into_iter().map(|step| step.only_if(may_answer)).collect();
    let is_newer = |step: &&Step| step.refusal() == Some(Refusal::Newer);
    let things: Vec<(ChangeKind, &str)> =
        steps.iter().filter(is_newer).map(|step| (step.whole.kind, step.whole.subject.as_str())).collect();
    let newest = read::newest(conn, at, &things, oldest.recorded_at)?;
    let told = || rows.iter().chain(newest.values());
    let teller = Teller::load(conn, at.environment, told(), &[])?;
    let preview = Preview { teller: &teller, newest: &newest, at: &view };
    let lines = steps.into_iter().map(|step| preview.line(&is, step)).collect();
    Ok((view, Plan { lines, has_more, profiles: 1, row }))
}

/// Teller, newest rows and page that put the lines of a plan into words.
struct Preview<'a> {
    teller: &'a Teller,
    newest: &'a BTreeMap<(ChangeKind, String), ChangeRow>,
    at: &'a View,
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

    /// Why a change cannot be undone; of a value changed again since: by whom, when and to what, if the ledger has that.
    fn why(&self, refusal: Refusal, row: &ChangeRow, label: &str) -> String {
        let Some(newest) = self.newest(row).filter(|_| refusal == Refusal::Newer) else { return refusal.words(label) };
        let (who, when) = (&newest.source.name, self.at.moment(&newest.recorded_at).exact());
        match (self.teller.value(newest, newest.after.as_ref()), self.teller.is_hidden(newest.kind, &newest.subject)) {
            (Some(value), false) => {
                format!("{label} was changed again on {when} by {who}, to {value}. Undo that change first.")
            }
            (Some(_), true) => format!("{label} was changed again on {when} by {who}. Undo that change first."),
            (None, _) => format!("{label} was removed on {when} by {who}. Undo that change first."),
        }
    }

    fn instead(&self, refusal: Refusal, row: &ChangeRow) -> Option<(String, &'static str)> {
        match refusal {
            Refusal::Newer => {
                let newest = self.newest(row)?;
                Some((format!("{}/{}/undo", self.at.path(), newest.change_id()), "Show that change"))
            }
            Refusal::NoteText => {
                Some((format!("{}/{}/history", self.at.frame.path(&Tab::Notes), row.subject), "Versions of the note"))
            }
            Refusal::Merge => Some((self.at.frame.path(&Tab::Info), "See “Merged from”")),
            _ => None,
        }
    }
}

/// The plan for the change in the address.
///
/// # Errors
/// [`AppError::NotFound`]: there is no such change or profile.
pub fn load_one(request: &Request, conn: &mut PgConnection) -> Result<(View, Plan), AppError> {
    let change: ChangeId = request.id()?;
    plan(request, conn, |conn, at| Ok(read::find(conn, at, change)?.into_iter().collect()))
}

/// The plan for the profile's changes by the group in the address.
///
/// # Errors
/// [`AppError::NotFound`]: the group did not change the profile, or there is no such profile.
pub fn load_group(request: &Request, conn: &mut PgConnection) -> Result<(View, Plan), AppError> {
    let group: GroupId = request.id()?;
    let (at, plan) = plan(request, conn, |conn, at| read::of_group(conn, at, group, AT_ONCE as i64 + 1))?;
    let (scope, can_manage) = (request.scope(), request.scope().role.can_manage());
    let profiles = if can_manage { read::count_profiles(conn, scope.environment, group)? } else { 1 };
    Ok((at, Plan { profiles, ..plan }))
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
    path: String,
    open: usize,
    stay: usize,
}

/// Beginning of the group's addresses.
fn path(at: &View, plan: &Plan) -> String {
    format!("{}/groups/{}", at.path(), plan.row.group)
}

impl GroupPage {
    fn listed(&self) -> String {
        format!("{}?group={}", self.at.path(), self.plan.row.group)
    }
}

#[derive(Template)]
#[template(path = "history/everybody.html")]
struct EverybodyPage {
    at: View,
    plan: Plan,
    path: String,
}

pub fn one(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    show_one(request, conn, StatusCode::OK)
}

/// Shows what undoing one change would do. Status 409 says that it was tried and is not possible. Fails as [`load_one`] does.
pub fn show_one(request: &Request, conn: &mut PgConnection, status: StatusCode) -> Result<Answer, AppError> {
    let (at, Plan { row, lines, .. }) = load_one(request, conn)?;
    let line = lines.into_iter().next().ok_or(AppError::NotFound)?;
    Ok(page_with(status, &OnePage { at, row, line }))
}

pub fn group(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (at, plan) = load_group(request, conn)?;
    let (open, stay) = plan.counts();
    Ok(page(&GroupPage { path: path(&at, &plan), at, plan, open, stay }))
}

pub fn everybody(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (at, plan) = load_group(request, conn)?;
    Ok(page(&EverybodyPage { path: path(&at, &plan), at, plan }))
}
