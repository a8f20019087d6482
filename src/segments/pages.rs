//! Pages of segments.

use std::{cmp::Reverse, collections::BTreeMap};

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    figures::{self, Recently},
    form::{SegmentForm, Trial},
    progress::Overall,
    segment::{Segment, SegmentKind},
    store,
    users::Users,
};
use crate::{
    auth,
    console::{Request, Shell},
    db::ids::SegmentId,
    error::AppError,
    filter::Filter,
    web::{
        Answer, Now, Timestamp,
        form::Problems,
        page, page_with,
        pairs::Pairs,
        words::{grouped, tenths},
    },
    words::words,
};

pub use super::show::show;

words! {
    /// Orders of the list.
    enum Sort {
        Name = "name", "Name";
        Size = "size", "Members";
        Joined = "joined", "Joined in 24 hours";
        Left = "left", "Left in 24 hours";
        JoinedWeek = "joined-7d", "Joined in 7 days";
        LeftWeek = "left-7d", "Left in 7 days";
        Volatility = "volatility", "Volatility";
        Updated = "updated", "Changed";
    }
}

/// Kind of a new segment that a form or an address asks for.
pub fn kind(asked: &Pairs) -> SegmentKind {
    asked.parsed("kind").unwrap_or(SegmentKind::Live)
}

/// The list of profiles with these members.
pub fn members(shell: &Shell, name: &str) -> String {
    let filter = Filter::in_segment(name).to_string();
    Pairs::default().with("q", &filter).address(&shell.scope.path("profiles"))
}

/// A segment in the list.
pub struct Line {
    pub segment: Segment,
    pub recently: Recently,
}

impl Line {
    fn volatility(&self) -> Option<i64> {
        self.recently.volatility(self.segment.count.size)
    }

    fn size(&self) -> String {
        self.segment.count.size.map_or_else(|| "…".to_owned(), grouped)
    }

    fn volatility_words(&self) -> String {
        self.volatility().map_or_else(String::new, tenths)
    }
}

#[derive(Template)]
#[template(path = "segments/index.html")]
struct IndexPage {
    shell: Shell,
    /// Segments by folder, those without one first.
    folders: BTreeMap<String, Vec<Line>>,
    archived: Vec<Segment>,
    /// How many are counted; nothing if all are.
    progress: Option<Overall>,
    sort: Sort,
    now: Now,
}

impl IndexPage {
    fn path(&self) -> String {
        self.shell.scope.path("segments")
    }

    fn by(&self, sort: &Sort) -> String {
        Pairs::default().with("sort", sort.as_str()).address(&self.path())
    }

    fn members(&self, name: &str) -> String {
        members(&self.shell, name)
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let environment = request.scope().environment;
    let recently = figures::recently(conn, environment, request.now.at)?;
    let sort = request.query.get("sort").parse().unwrap_or(Sort::Name);
    let (mut lines, mut archived) = (Vec::new(), Vec::new());
    let all = store::all(conn, environment)?;
    let progress = Overall::of(&all, request.now.at);
    let is_due = progress.is_some();
    for segment in all {
        let recently = recently.get(&segment.id).copied().unwrap_or_default();
        if segment.archived_at.is_some() { archived.push(segment) } else { lines.push(Line { segment, recently }) }
    }
    match sort {
        Sort::Name => {}
        Sort::Size => lines.sort_by_key(|line| Reverse(line.segment.count.size)),
        Sort::Joined => lines.sort_by_key(|line| Reverse(line.recently.day.entered)),
        Sort::Left => lines.sort_by_key(|line| Reverse(line.recently.day.left)),
        Sort::JoinedWeek => lines.sort_by_key(|line| Reverse(line.recently.week.entered)),
        Sort::LeftWeek => lines.sort_by_key(|line| Reverse(line.recently.week.left)),
        Sort::Volatility => lines.sort_by_key(|line| Reverse(line.volatility())),
        Sort::Updated => lines.sort_by_key(|line| Reverse(line.segment.updated_at)),
    }
    let mut folders: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in lines {
        folders.entry(line.segment.folder.clone()).or_default().push(line);
    }
    let answer = page(&IndexPage { shell: request.shell.clone(), folders, archived, progress, sort, now: request.now });
    Ok(if is_due { answer.again_soon() } else { answer })
}

#[derive(Template)]
#[template(path = "segments/form.html")]
struct FormPage {
    shell: Shell,
    /// The segment that is changed; `None`: a new one.
    segment: Option<Segment>,
    form: SegmentForm,
    /// Folders that there are, to choose from.
    folders: Vec<String>,
}

impl FormPage {
    fn path(&self) -> String {
        let end = self.segment.as_ref().map_or_else(|| "new".to_owned(), |segment| format!("{}/edit", segment.id));
        self.shell.scope.path(&format!("segments/{end}"))
    }

    fn back(&self) -> String {
        let end = self.segment.as_ref().map_or_else(String::new, |segment| format!("/{}", segment.id));
        self.shell.scope.path(&format!("segments{end}"))
    }

    /// The same definition as rows of fields.
    fn builder(&self) -> String {
        let of = self.segment.as_ref().map_or_else(|| "new".to_owned(), |segment| segment.id.to_string());
        let asked = Pairs::default().with("q", &self.form.typed).with("segment", &of);
        asked.address(&self.shell.scope.path("profiles/filter"))
    }

    /// Whom the definition selects, as the list of profiles.
    fn list(&self, text: &str) -> String {
        Pairs::default().with("q", text).address(&self.shell.scope.path("profiles"))
    }
}

fn form(
    request: &Request,
    conn: &mut PgConnection,
    segment: Option<Segment>,
    sent: &Pairs,
    problems: Problems,
    trial: Option<Trial>,
) -> Result<Answer, AppError> {
    let scope = request.scope();
    let team = auth::of_workspace(conn, scope.workspace.id)?;
    let all = store::all(conn, scope.environment)?;
    let mut folders: Vec<String> = all.into_iter().map(|it| it.folder).filter(|folder| !folder.is_empty()).collect();
    folders.sort();
    folders.dedup();
    let kind = segment.as_ref().map_or_else(|| kind(sent), |segment| segment.kind);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = SegmentForm { trial, ..SegmentForm::typed(sent, kind, &team, problems) };
    Ok(page_with(status, &FormPage { shell: request.shell.clone(), segment, form, folders }))
}

pub fn new(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let me = request.scope().operator.id.to_string();
    let asked = request.unsent().map_or_else(
        || {
            Pairs::default()
                .with("kind", request.query.get("kind"))
                .with("definition", request.query.get("q"))
                .with("owner", &me)
                .with("on_profiles", "yes")
        },
        |sent| sent.0.clone(),
    );
    form(request, conn, None, &asked, Problems::default(), None)
}

/// The form of a new segment again, with its problems or with what its definition comes to.
pub fn new_again(
    request: &Request,
    sent: &Pairs,
    problems: Problems,
    trial: Option<Trial>,
) -> Result<Answer, AppError> {
    request.read(|conn| form(request, conn, None, sent, Problems(problems.0.clone()), trial.clone()))
}

/// The segment in the address.
pub fn find(request: &Request, conn: &mut PgConnection) -> Result<Segment, AppError> {
    let id: SegmentId = request.id()?;
    store::find(conn, request.scope().environment, id)?.ok_or(AppError::NotFound)
}

pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let segment = find(request, conn)?;
    let stored = SegmentForm::pairs(&segment);
    let asked = match (request.unsent(), request.query.get("q")) {
        (Some(sent), _) => sent.0.clone(),
        // As it was built from rows.
        (None, built) if request.query.names().any(|name| name == "q") => stored.with("definition", built),
        _ => stored,
    };
    form(request, conn, Some(segment), &asked, Problems::default(), None)
}

/// The form again, with its problems or with what its definition comes to.
pub fn edit_again(
    request: &Request,
    segment: &Segment,
    sent: &Pairs,
    problems: Problems,
    trial: Option<Trial>,
) -> Result<Answer, AppError> {
    request.read(|conn| form(request, conn, Some(segment.clone()), sent, Problems(problems.0.clone()), trial.clone()))
}

#[derive(Template)]
#[template(path = "segments/archive.html")]
struct ArchivePage {
    shell: Shell,
    segment: Segment,
    users: Users,
}

impl ArchivePage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("segments/{}", self.segment.id))
    }
}

pub fn archive(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (segment, scope) = (find(request, conn)?, request.scope());
    let all = store::all(conn, scope.environment)?;
    let users = Users::load(conn, scope.environment, scope.operator.id, (&all, &segment))?;
    Ok(page(&ArchivePage { shell: request.shell.clone(), segment, users }))
}
