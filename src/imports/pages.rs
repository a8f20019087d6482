//! Pages of imports: the list, what was understood of a file, progress, receipts, and questions.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    Preview, Report, Summary,
    actions::GONE,
    columns::Column,
    files::{Files, Folder},
    form::{ChoicesForm, ENCODINGS},
    preview::PREVIEW,
    rehearsal::REPORT,
    store::{self, ImportKey, REJECTS_DAYS, Stage, StoredImport, WAITS_DAYS},
};
use crate::{
    attributes,
    console::{Request, Shell},
    db::{ids::ImportId, keyset::Cursor},
    error::AppError,
    web::{
        Answer, Now, PathId, Timestamp,
        form::Problems,
        page, page_with,
        pager::{self, Pager},
        time,
        words::{counted, grouped},
    },
};

/// Address of the list, and with an id that of one import, within the scope.
pub const LIST: &str = "imports";

impl PathId for ImportId {
    const PART: &str = "import";
}

#[derive(Template)]
#[template(path = "imports/index.html")]
struct IndexPage {
    shell: Shell,
    rows: Vec<StoredImport>,
    pager: Pager,
    problem: Option<String>,
    now: Now,
}

impl IndexPage {
    fn path(&self) -> String {
        self.shell.scope.path(LIST)
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}

#[derive(Template)]
#[template(path = "imports/choose.html")]
struct ChoosePage {
    shell: Shell,
    import: StoredImport,
    preview: Preview,
    form: ChoicesForm,
    report: Option<Report>,
    /// Attributes to suggest.
    attributes: Vec<String>,
    /// Names of choices that are kept.
    kept: Vec<String>,
}

impl ChoosePage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("{LIST}/{}", self.import.id))
    }

    fn zones(&self) -> impl Iterator<Item = &'static str> {
        time::zone_names()
    }

    fn profile(&self, whom: &super::rehearsal::Whom) -> String {
        self.shell.scope.path(&format!("profiles/{}", whom.profile))
    }
}

#[derive(Template)]
#[template(path = "imports/receipt.html")]
struct ReceiptPage {
    shell: Shell,
    import: StoredImport,
    summary: Summary,
    /// Of a hundred, how much of the file was read.
    percent: u64,
    time_left: Option<String>,
    has_rejects: bool,
    now: Now,
}

impl ReceiptPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("{LIST}/{}", self.import.id))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// Whether it can go on where it was.
    fn can_resume(&self) -> bool {
        matches!(self.import.stage, Stage::Stopped | Stage::Failed) && self.import.undone_by.is_none()
    }

    /// Whether something was stored that can be undone.
    fn can_undo(&self) -> bool {
        !self.import.stage.is_open() && self.summary.written > 0 && self.import.undone_by.is_none()
    }
}

#[derive(Template)]
#[template(path = "imports/question.html")]
struct QuestionPage {
    shell: Shell,
    import: StoredImport,
    is_undo: bool,
    written: String,
}

impl QuestionPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("{LIST}/{}", self.import.id))
    }
}

/// "1.2 MB".
fn bytes(size: &i64) -> String {
    match *size {
        size @ ..1_000 => counted(size, "byte", "bytes"),
        size @ 1_000..1_000_000 => format!("{} KB", size / 1_000),
        size => format!("{}.{} MB", grouped(size / 1_000_000), size / 100_000 % 10),
    }
}

/// A number of lines or people.
fn number(count: &u64) -> String {
    grouped(i64::try_from(*count).unwrap_or(i64::MAX))
}

/// The colour of a stage's chip.
fn tone(stage: &Stage) -> &'static str {
    match stage {
        Stage::Done => "good",
        Stage::Failed => "bad",
        Stage::Trying | Stage::Importing | Stage::Stopped => "warn",
        Stage::Ready => "",
    }
}

/// The time that the rest takes at the speed so far.
fn time_left(import: &StoredImport, now: DateTime<Utc>) -> Option<String> {
    let (read, all) = (import.read_bytes, import.size);
    let took = (now - import.began_at?).num_seconds();
    if read == 0 || took < 3 || read >= all {
        return None;
    }
    let left = i128::from(took) * i128::from(all - read) / i128::from(read);
    let left = i64::try_from(left).ok()?;
    Some(if left < 60 {
        counted(left.max(1), "second", "seconds")
    } else {
        counted(left / 60 + 1, "minute", "minutes")
    })
}

/// The import in the address.
pub fn asked(request: &Request, conn: &mut PgConnection) -> Result<StoredImport, AppError> {
    let key = ImportKey { environment: request.scope().environment, import: request.id()? };
    store::find(conn, key)?.ok_or(AppError::NotFound)
}

/// The folder of an import.
pub fn folder(request: &Request, id: ImportId) -> Result<Folder, AppError> {
    let none = AppError::BadRequest("There is no directory for files. Set KITH_DATA and start kith again.");
    Ok(Files::of(&request.state.config).ok_or(none)?.folder(id))
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    list(request, conn, None)
}

/// The list, with what was wrong with a file.
pub fn list(request: &Request, conn: &mut PgConnection, problem: Option<String>) -> Result<Answer, AppError> {
    let (scope, query) = (request.scope(), &request.query);
    let found = store::page(conn, scope.environment, pager::way::<Cursor>(query))?;
    let pager = Pager::new(&found, &scope.path(LIST), query, StoredImport::place, ["Newer", "Older"]);
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = IndexPage { shell: request.shell.clone(), rows: found.rows, pager, problem, now: request.now };
    Ok(page_with(status, &shown))
}

/// A file that waits, or the receipt of an import.
pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let import = asked(request, conn)?;
    if import.stage == Stage::Ready {
        return choose(request, conn, import, |import, preview| match request.unsent() {
            Some(sent) => ChoicesForm::typed(preview, sent, Problems::default()),
            None => ChoicesForm::stored(import, preview),
        });
    }
    let summary = import.reached().summary;
    let percent = u64::try_from(import.read_bytes.saturating_mul(100) / import.size.max(1)).unwrap_or(0).min(100);
    let has_rejects = summary.has_rejects() && folder(request, import.id)?.rejects().is_file();
    let time_left = time_left(&import, request.now.at);
    let is_open = import.stage.is_open();
    let shell = request.shell.clone();
    let answer = page(&ReceiptPage { shell, import, summary, percent, time_left, has_rejects, now: request.now });
    Ok(if is_open { answer.again_soon() } else { answer })
}

/// The page of a file that waits, with a form.
pub fn choose(
    request: &Request,
    conn: &mut PgConnection,
    import: StoredImport,
    form: impl Fn(&StoredImport, &Preview) -> ChoicesForm,
) -> Result<Answer, AppError> {
    let (environment, folder) = (request.scope().environment, folder(request, import.id)?);
    let preview = folder.kept::<Preview>(PREVIEW).ok_or(AppError::BadRequest(GONE))?;
    let form = form(&import, &preview);
    let status = if form.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = ChoosePage {
        report: folder.kept(REPORT).filter(|_| form.problems.is_empty()),
        attributes: attributes::all(conn, environment)?.into_iter().map(|it| it.name).collect(),
        kept: store::kept(conn, environment)?.into_iter().map(|(name, _)| name).collect(),
        shell: request.shell.clone(),
        import,
        preview,
        form,
    };
    Ok(page_with(status, &shown))
}

/// Whether to remove a file that waits.
pub fn remove(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    question(request, conn, false)
}

/// Whether to undo an import.
pub fn undo(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    question(request, conn, true)
}

fn question(request: &Request, conn: &mut PgConnection, is_undo: bool) -> Result<Answer, AppError> {
    let import = asked(request, conn)?;
    let written = i64::try_from(import.reached().summary.written).unwrap_or(i64::MAX);
    let written = counted(written, "row", "rows");
    Ok(page(&QuestionPage { shell: request.shell.clone(), import, is_undo, written }))
}
