//! What to do to several people, the question before it, and what became of them.

use std::collections::{BTreeSet, HashMap};

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;
use uuid::Uuid;

use super::{
    BulkId,
    change::{Became, What},
    form::{BulkForm, Chosen},
    sending::{LOOKED_AT, Sending},
    store::{self, Bulk, Target},
};
use crate::{
    attributes,
    console::{Request, Shell},
    db::{
        ids::ProfileId,
        keyset::{Page, Seek},
    },
    error::AppError,
    jobs::{self, Job},
    message_templates,
    messages::{self, Forecast, Timing},
    profiles::people::{PersonLabel, people as labels},
    segments, tags,
    web::{
        Answer, Field, Now, Timestamp,
        form::{Choice, Choices, Control, Problems},
        page, page_with,
        pager::{self, Pager},
        words::{grouped, people},
    },
};

/// People shown before the change.
const SAMPLES: usize = 10;
/// Rows of a page of results.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "profiles/bulk/choose.html")]
struct ChoosePage {
    shell: Shell,
    chosen: Chosen,
    choices: Choices,
}

#[derive(Template)]
#[template(path = "profiles/bulk/form.html")]
struct FormPage {
    shell: Shell,
    chosen: Chosen,
    form: BulkForm,
    fields: Vec<Field>,
    timing: Option<Timing>,
    /// Tags or attributes to choose from.
    known: Vec<String>,
}

/// What to do, or the particulars of it.
pub fn question(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let chosen = Chosen::read(&request.query);
    let what: Option<What> = request.query.parsed("do");
    if let Some(what) = what.filter(|_| !chosen.is_nobody()) {
        request.require(what.permission())?;
        let typed = request.unsent().map_or(&request.query.0, |sent| &sent.0);
        return form(request, conn, &chosen, BulkForm::typed(what, typed));
    }
    let role = request.scope().role;
    let offered = What::ALL.into_iter().filter(|what| role.can(what.permission()));
    let choice =
        |what: What| Choice { value: what.as_str(), label: what.label(), hint: what.about(), is_on: what == What::Tag };
    let choices = Choices::one("do", "What to change", offered.map(choice).collect());
    Ok(page(&ChoosePage { shell: request.shell.clone(), chosen, choices }))
}

/// The form of a change.
pub fn form(request: &Request, conn: &mut PgConnection, chosen: &Chosen, form: BulkForm) -> Result<Answer, AppError> {
    let environment = request.scope().environment;
    let known = match form.what {
        What::Tag | What::Untag => tags::names(conn, environment, 200)?,
        What::Set => {
            let said = attributes::options(conn, environment)?.into_iter();
            said.filter(|it| it.origin.why_fixed().is_none()).map(|it| it.name).collect()
        }
        _ => Vec::new(),
    };
    let segments = match form.what {
        What::Choose | What::Unchoose => segments::chosen(conn, environment)?,
        _ => Vec::new(),
    };
    let templates = match form.what {
        What::Send => {
            let all = message_templates::store::list(conn, request.scope().workspace.id, None)?;
            all.into_iter().filter(|template| !template.is_archived).collect()
        }
        _ => Vec::new(),
    };
    let status = if form.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (fields, timing) = (form.fields(&segments, &templates), form.timing(request.now));
    let (shell, chosen) = (request.shell.clone(), chosen.clone());
    Ok(page_with(status, &FormPage { shell, chosen, form, fields, timing, known }))
}

/// One of the people, in a row.
struct Row {
    target: Target,
    label: Option<PersonLabel>,
}

impl Row {
    /// Their name; `None`: nothing is known of them any more.
    fn title(&self) -> Option<&str> {
        self.label.as_ref().map(PersonLabel::title)
    }
}

fn rows(request: &Request, conn: &mut PgConnection, targets: Vec<Target>) -> Result<Vec<Row>, AppError> {
    let ids: BTreeSet<ProfileId> = targets.iter().map(|target| ProfileId(target.profile)).collect();
    let mut known: HashMap<ProfileId, PersonLabel> = labels(conn, request.scope().environment, &ids)?;
    let row = |target: Target| Row { label: known.remove(&ProfileId(target.profile)), target };
    Ok(targets.into_iter().map(row).collect())
}

#[derive(Template)]
#[template(path = "profiles/bulk/preview.html")]
struct PreviewPage {
    shell: Shell,
    now: Now,
    bulk: Bulk,
    samples: Vec<Row>,
    /// Of a message: how many may be sent it, and who of the samples, in a sentence each.
    forecast: Option<Forecast>,
    sentences: HashMap<ProfileId, String>,
    confirm: Option<Field>,
    problems: Problems,
}

impl PreviewPage {
    fn title(&self) -> String {
        format!("{} {}", self.bulk.change.begins(), people(self.bulk.people))
    }

    fn number(&self, number: &i64) -> String {
        grouped(*number)
    }

    fn changing(&self) -> String {
        people(self.bulk.people - self.bulk.already - self.bulk.kept)
    }

    fn is_final(&self) -> bool {
        self.bulk.change.what() == What::Erase
    }

    /// What is to become of one of them.
    fn will(&self, row: &Row) -> &str {
        match (row.target.left_alone(&self.bulk.change), self.sentences.get(&row.target.id())) {
            (Some(Became::Already), _) => "Already so",
            (Some(why), _) => why.label(),
            (None, Some(sentence)) => sentence,
            (None, None) => "Will change",
        }
    }

    /// Of how many people it was asked whether they may be sent a message, where that is not all of them.
    fn looked_at(&self) -> Option<String> {
        let most = i64::try_from(LOOKED_AT).unwrap_or(i64::MAX);
        (self.bulk.people > most).then(|| grouped(most))
    }

    /// The page of the template that is sent.
    fn template(&self, sending: &Sending) -> String {
        self.shell.scope.path(&format!("templates/{}", sending.template))
    }

    /// When a message is sent, if not at once.
    fn later(&self, sending: &Sending) -> Option<Timestamp> {
        (sending.due_at > self.now.at).then(|| Timestamp::new(sending.due_at, self.now))
    }
}

#[derive(Template)]
#[template(path = "profiles/bulk/results.html")]
struct ResultsPage {
    shell: Shell,
    bulk: Bulk,
    job: Job,
    counts: Vec<(Became, i64)>,
    chosen: Option<Became>,
    rows: Vec<Row>,
    pager: Pager,
    /// Where all of it is undone; `None`: it cannot be, or nothing was changed.
    undo: Option<String>,
    /// Whether messages wait that can be cancelled.
    may_cancel: bool,
}

impl ResultsPage {
    /// The page of the segment that people are chosen for.
    fn segment(&self) -> Option<String> {
        Some(self.shell.scope.path(&format!("segments/{}", self.bulk.change.segment()?)))
    }

    fn number(&self, number: &i64) -> String {
        grouped(*number)
    }

    fn is_chosen(&self, became: &Became) -> bool {
        self.chosen == Some(*became)
    }
}

/// The question before the change is begun, then how far it is, and what became of whom.
pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    show_again(request, conn, "", Problems::default())
}

/// [`show`] with what was typed to confirm, and what is wrong.
pub fn show_again(
    request: &Request,
    conn: &mut PgConnection,
    typed: &str,
    problems: Problems,
) -> Result<Answer, AppError> {
    let (environment, id): (_, BulkId) = (request.scope().environment, request.id()?);
    let bulk = store::find(conn, environment, id)?.ok_or(AppError::NotFound)?;
    request.require(bulk.change.what().permission())?;
    if let Some(job) = jobs::find(conn, id.job(environment))? {
        return results(request, conn, bulk, job);
    }
    let samples = store::targets(conn, environment, id, &bulk.change, None, Seek::Start, SAMPLES)?;
    let (mut forecast, mut sentences) = (None, HashMap::new());
    if let Some(sending) = bulk.change.sending() {
        forecast = Some(sending.forecast(request, conn, id)?);
        sentences = sending.sentences(request, conn, &samples.rows)?;
    }
    let samples = rows(request, conn, samples.rows)?;
    let count = grouped(bulk.people);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let confirm = (bulk.change.what() == What::Erase).then(|| {
        Field::new("confirm", format!("Type {count} to confirm"), Control::Number).value(typed).problem(&problems.0)
    });
    let (shell, now) = (request.shell.clone(), request.now);
    Ok(page_with(status, &PreviewPage { shell, now, bulk, samples, forecast, sentences, confirm, problems }))
}

fn results(request: &Request, conn: &mut PgConnection, bulk: Bulk, job: Job) -> Result<Answer, AppError> {
    let (environment, query) = (request.scope().environment, &request.query);
    let is_done = job.finished_at.is_some();
    let counts = if is_done { store::results(conn, environment, bulk.id)? } else { Vec::new() };
    let chosen: Option<Became> = query.parsed("result");
    let found = store::targets(conn, environment, bulk.id, &bulk.change, chosen, pager::way::<Uuid>(query), ROWS)?;
    let path = request.scope().path(&format!("profiles/bulk/{}", bulk.id.0));
    let pager = Pager::new(&found, &path, query, |target: &Target| target.profile, ["Previous", "Next"]);
    let undo = undo(request, conn, &bulk, is_done)?;
    let is_sending = bulk.change.sending().is_some();
    let may_cancel = is_sending && (!is_done || messages::any_waits(conn, environment, bulk.id.0)?);
    let Page { rows: targets, .. } = found;
    let rows = rows(request, conn, targets)?;
    let shell = request.shell.clone();
    let answer = page(&ResultsPage { shell, bulk, job, counts, chosen, rows, pager, undo, may_cancel });
    Ok(if is_done { answer } else { answer.again_soon() })
}

/// History undoes a group from the tab of anybody whom it changed, for admins.
fn undo(request: &Request, conn: &mut PgConnection, bulk: &Bulk, is_done: bool) -> Result<Option<String>, AppError> {
    if !is_done || matches!(bulk.change.what(), What::Send | What::Erase) || !request.scope().role.can_manage() {
        return Ok(None);
    }
    let environment = request.scope().environment;
    let first = store::targets(conn, environment, bulk.id, &bulk.change, Some(Became::Changed), Seek::Start, 1)?;
    let path = |target: &Target| {
        let rest = format!("profiles/{}/history/groups/{}/everybody", target.profile, bulk.id.0);
        request.scope().path(&rest)
    };
    Ok(first.rows.first().map(path))
}
