//! Pages of attributes that follow a segment.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    form::{self, ShareForm},
    membership_attribute::{MembershipAttribute, Place, Sync, SyncState},
    store, syncs,
};
use crate::{
    attributes,
    console::{Request, Shell},
    db::ids::{EnvironmentId, SegmentId},
    error::AppError,
    segments::{self, Segment},
    web::{
        Answer, FormData, Now, Timestamp,
        form::{Choices, Problems},
        page, page_with,
        words::grouped,
    },
};

/// Address of the list, and with an id that of one attribute, within the scope.
pub const LIST: &str = "attributes/memberships";

#[derive(Template)]
#[template(path = "membership_attributes/index.html")]
struct IndexPage {
    shell: Shell,
    all: Vec<MembershipAttribute>,
    now: Now,
}

impl IndexPage {
    fn path(&self) -> String {
        self.shell.scope.path(LIST)
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn is_running(&self) -> bool {
        self.all.iter().any(|it| it.last.as_ref().is_some_and(|last| last.state.is_running()))
    }
}

#[derive(Template)]
#[template(path = "membership_attributes/show.html")]
struct ShowPage {
    shell: Shell,
    it: MembershipAttribute,
    syncs: Vec<Sync>,
    rhythm: Choices,
    now: Now,
}

impl ShowPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("{LIST}/{}", self.it.id))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// Whether the attribute is one of this workspace; else the segment is.
    fn is_here(&self) -> bool {
        self.it.environment == self.shell.scope.environment
    }

    fn attribute(&self) -> Option<String> {
        self.is_here().then(|| attributes::address(&self.shell.scope, "show", self.it.attribute.as_str()))
    }

    fn segment(&self) -> Option<String> {
        let is_here = self.it.from == self.shell.scope.environment;
        is_here.then(|| self.shell.scope.path(&format!("segments/{}", self.it.segment)))
    }
}

#[derive(Template)]
#[template(path = "membership_attributes/stop.html")]
struct StopPage {
    shell: Shell,
    it: MembershipAttribute,
}

impl StopPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("{LIST}/{}", self.it.id))
    }
}

#[derive(Template)]
#[template(path = "membership_attributes/share.html")]
struct SharePage {
    shell: Shell,
    segment: Segment,
    /// Attributes that follow it already.
    shared: Vec<MembershipAttribute>,
    /// `None`: every workspace that could get it has it.
    form: Option<ShareForm>,
    now: Now,
}

impl SharePage {
    fn segment_path(&self) -> String {
        self.shell.scope.path(&format!("segments/{}", self.segment.id))
    }

    fn path(&self, it: &MembershipAttribute) -> String {
        self.shell.scope.path(&format!("{LIST}/{}", it.id))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}

/// How a synchronisation ended, for its chip.
fn state(sync: &Sync) -> (&'static str, &'static str) {
    match sync.state {
        SyncState::Running(_) => ("warn", "Running"),
        SyncState::Finished(_) => ("good", "Done"),
        SyncState::Failed(_) => ("bad", "Stopped"),
    }
}

/// How long a synchronisation took.
fn took(sync: &Sync) -> Option<String> {
    let SyncState::Finished(at) = sync.state else { return None };
    let ms = (at - sync.began_at).num_milliseconds().max(0);
    Some(match ms {
        0..1_000 => "under 1 s".to_owned(),
        1_000..60_000 => format!("{} s", ms / 1000),
        _ => format!("{} min {} s", ms / 60_000, ms / 1000 % 60),
    })
}

/// How long it is until a synchronisation.
fn until(due: DateTime<Utc>, now: Now) -> String {
    match (due - now.at).num_minutes() {
        ..1 => "within a minute".to_owned(),
        minutes @ 1..60 => format!("in {minutes} min"),
        minutes => format!("in {} h", minutes / 60),
    }
}

/// Members that were found, of those that the segment has.
fn found(it: &MembershipAttribute, sync: &Sync) -> String {
    match it.segment_size {
        Some(size) if it.from != it.environment => format!("{} of {}", grouped(sync.members), grouped(size)),
        _ => grouped(sync.members),
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let all = store::all(conn, request.scope().environment)?;
    Ok(page(&IndexPage { shell: request.shell.clone(), all, now: request.now }))
}

/// The attribute in the address: its values are of this environment, or its segment is.
pub fn asked(request: &Request, conn: &mut PgConnection) -> Result<MembershipAttribute, AppError> {
    store::find(conn, request.scope().environment, request.id()?)?.ok_or(AppError::NotFound)
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let it = asked(request, conn)?;
    let syncs = syncs::of(conn, &it)?;
    let rhythm = form::rhythms(it.rhythm);
    Ok(page(&ShowPage { shell: request.shell.clone(), it, syncs, rhythm, now: request.now }))
}

pub fn stop(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let it = asked(request, conn)?;
    Ok(page(&StopPage { shell: request.shell.clone(), it }))
}

/// The segment in the address, what follows it, and the workspaces that could get it yet.
pub struct Shareable {
    pub segment: Segment,
    pub shared: Vec<MembershipAttribute>,
    pub places: Vec<(EnvironmentId, Place)>,
}

impl Shareable {
    pub fn asked(request: &Request, conn: &mut PgConnection) -> Result<Self, AppError> {
        let (id, environment): (SegmentId, _) = (request.id()?, request.scope().environment);
        let segment = segments::find(conn, environment, id)?.ok_or(AppError::NotFound)?;
        let shared = store::of_segment(conn, environment, id)?;
        let mut places = store::places(conn, environment)?;
        places.retain(|(place, _)| shared.iter().all(|it| it.environment != *place));
        Ok(Self { segment, shared, places })
    }
}

pub fn share(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let found = Shareable::asked(request, conn)?;
    let form = match request.unsent() {
        Some(sent) => ShareForm::typed(&found.places, sent, Problems::default()),
        None => ShareForm::blank(&found.places, &request.scope().workspace.name, &found.segment.name),
    };
    Ok(page(&share_page(request, found, form)))
}

/// The form again, with its problems.
pub fn share_again(request: &Request, found: Shareable, sent: &FormData, problems: Problems) -> Answer {
    let form = ShareForm::typed(&found.places, sent, problems);
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &share_page(request, found, form))
}

fn share_page(request: &Request, found: Shareable, form: ShareForm) -> SharePage {
    let Shareable { segment, shared, places } = found;
    // A form that came back says why.
    let form = (!places.is_empty() || !form.problems.is_empty()).then_some(form);
    SharePage { shell: request.shell.clone(), segment, shared, form, now: request.now }
}
