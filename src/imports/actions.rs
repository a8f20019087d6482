//! Takes files, keeps what is chosen about them, and starts, stops and undoes imports. What comes, goes, or changes people is a line of the audit
//! log.

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    Checkpoint, Choices, Import, Options, Preview, Stage,
    form::{ChoicesForm, Wish, kept_name},
    pages::{self, LIST},
    preview::PREVIEW,
    store::{self, ImportKey, MOST_KEPT, NewImport, StoredImport},
};
use crate::{
    auth::{self, Action},
    console::{Request, Uploaded},
    db::ids::{ImportId, new_id},
    error::AppError,
    history::Undo,
    web::{Answer, FormData, form::Problems, respond::see_other_saying, see_other},
};

/// Said where a file should be and is not.
pub const GONE: &str = "The file is not on this server any more. Upload it again.";
const CHANGED: &str = "Somebody started or removed this import meanwhile.";

fn written(
    request: &Request,
    conn: &mut PgConnection,
    action: Action,
    (id, name): (ImportId, &str),
) -> QueryResult<()> {
    let detail = json!({ "import": id, "name": name });
    auth::audit(conn, &request.actor(), action, detail, request.now.at).map(drop)
}

fn address(request: &Request, id: ImportId) -> String {
    request.scope().path(&format!("{LIST}/{id}"))
}

/// What is understood of a file with these choices. `before` is what was understood at first: to find the encoding, all of a file is read.
fn look(
    request: &Request,
    path: &std::path::Path,
    choices: &Choices,
    before: Option<&Preview>,
) -> anyhow::Result<Preview> {
    let environment = request.scope().environment;
    let found = before.and_then(|before| before.as_found.encoding);
    let choices = Choices { encoding: choices.encoding.or(found), ..choices.clone() };
    let options = Options { environment, choices, rejects: path.to_owned(), writers: 1 };
    let preview = Import::new(&request.state.db, &request.state.clock, &options).preview(path)?;
    let as_found = before.map_or_else(|| preview.as_found.clone(), |before| before.as_found.clone());
    Ok(Preview { as_found, ..preview })
}

/// Takes a file.
pub fn upload(request: &Request, arrived: Result<Uploaded, &'static str>) -> Result<Answer, AppError> {
    let again = |problem: &str| request.read(|conn| pages::list(request, conn, Some(problem.to_owned())));
    let uploaded = match arrived {
        Ok(uploaded) => uploaded,
        Err(problem) => return again(problem),
    };
    let (id, name) = (ImportId(new_id(request.now.at)), uploaded.name.clone());
    let (size, fingerprint) = (i64::try_from(uploaded.size).unwrap_or(i64::MAX), uploaded.fingerprint.clone());
    let folder = pages::folder(request, id)?;
    folder.take(uploaded).map_err(|error| AppError::Unexpected(error.into()))?;
    let preview = match look(request, &folder.file(&name), &Choices::default(), None) {
        Ok(preview) => preview,
        Err(error) => {
            folder.remove()?;
            return again(&format!("{error:#}."));
        }
    };
    folder.keep(PREVIEW, &preview).map_err(AppError::Unexpected)?;
    let (scope, now) = (request.scope(), request.now.at);
    let meanings = preview.meanings();
    let new = NewImport {
        key: ImportKey { environment: scope.environment, import: id },
        file_name: &name,
        size,
        fingerprint: &fingerprint,
        operator: Some(scope.operator.id),
        by_name: scope.operator.name.as_str(),
        choices: &Choices::default(),
        understood: &preview.understood,
        meanings: &meanings,
        stage: Stage::Ready,
        reached: &Checkpoint::default(),
        created_at: now,
        times: [None, None],
    };
    request.state.db.tx_now(|conn| {
        store::insert(conn, &new)?;
        written(request, conn, Action::FileBrought, (id, &name))
    })?;
    Ok(see_other(&address(request, id)))
}

/// Keeps what is chosen about a file, and does with it what the button says.
pub fn choose(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let wish: Wish = sent.parsed("do").unwrap_or(Wish::Look);
    let import = request.read(|conn| pages::asked(request, conn))?;
    let back = address(request, import.id);
    if import.stage != Stage::Ready {
        return Ok(see_other_saying(&back, CHANGED));
    }
    let folder = pages::folder(request, import.id)?;
    let preview = folder.kept::<Preview>(PREVIEW).ok_or(AppError::BadRequest(GONE))?;
    let choices = match chosen(request, wish, &import, &preview, sent)? {
        Ok(choices) => choices,
        Err(problems) => return again(request, &import, sent, &problems),
    };
    let preview = match look(request, &folder.file(&import.file_name), &choices, Some(&preview)) {
        Ok(preview) => preview,
        Err(error) => {
            let mut problems = Problems::default();
            let field = if preview.as_found.sheet.is_some() { "sheet" } else { "encoding" };
            problems.add(field, format!("It cannot be read so: {error:#}."));
            return again(request, &import, sent, &problems);
        }
    };
    folder.keep(PREVIEW, &preview).map_err(AppError::Unexpected)?;
    folder.forget_report();
    let meanings = preview.meanings();
    let kept =
        request.state.db.tx_now(|conn| store::choose(conn, import.key(), &choices, &preview.understood, &meanings))?;
    match (wish, kept) {
        (_, 0) => Ok(see_other_saying(&back, CHANGED)),
        (Wish::Try | Wish::Import, _) if preview.obstacle.is_none() => begin(request, &import, wish),
        (Wish::Keep, _) => Ok(see_other_saying(&back, "The choices are kept.")),
        _ => Ok(see_other(&back)),
    }
}

/// What was chosen: in the form, or under a name.
fn chosen(
    request: &Request,
    wish: Wish,
    import: &StoredImport,
    preview: &Preview,
    sent: &FormData,
) -> Result<Result<Choices, Problems>, AppError> {
    let environment = import.environment_id;
    let problem = |field: &'static str, text: &str| {
        let mut problems = Problems::default();
        problems.add(field, text);
        Ok(Err(problems))
    };
    if wish == Wish::Use {
        let all = request.read(|conn| Ok(store::kept(conn, environment)?))?;
        let Some((_, mut choices)) = all.into_iter().find(|(name, _)| name == sent.get("kept")) else {
            return problem("kept", "Choose a name from the list.");
        };
        // It may have been another file, with other columns.
        let places = preview.columns.len();
        choices.columns.retain(|name, _| {
            let place = name.strip_prefix('#').and_then(|place| place.parse::<usize>().ok());
            preview.columns.iter().any(|column| column.head == *name) || place.is_some_and(|place| place <= places)
        });
        return Ok(Ok(choices));
    }
    let choices = match ChoicesForm::parse(preview, sent) {
        Ok(choices) => choices,
        Err(problems) => return Ok(Err(problems)),
    };
    if wish == Wish::Keep {
        let name = match kept_name(sent) {
            Ok(name) => name,
            Err(text) => return problem("name", text),
        };
        let all = request.read(|conn| Ok(store::kept(conn, environment)?))?;
        if all.len() >= MOST_KEPT && all.iter().all(|(known, _)| *known != name) {
            return problem("name", "There are 100 names, which is the limit. Use one of them again.");
        }
        request.state.db.tx_now(|conn| store::keep(conn, environment, &name, &choices))?;
    }
    Ok(Ok(choices))
}

fn again(request: &Request, import: &StoredImport, sent: &FormData, problems: &Problems) -> Result<Answer, AppError> {
    request.read(|conn| {
        pages::choose(request, conn, import.clone(), |_, preview| ChoicesForm::typed(preview, sent, problems.clone()))
    })
}

fn begin(request: &Request, import: &StoredImport, wish: Wish) -> Result<Answer, AppError> {
    let stage = if wish == Wish::Try { Stage::Trying } else { Stage::Importing };
    let begun = request.state.db.tx_now(|conn| {
        let begun = store::begin(conn, import, stage, request.now.at)?;
        if begun == 1 && stage == Stage::Importing {
            written(request, conn, Action::ImportBegun, (import.id, &import.file_name))?;
        }
        Ok(begun)
    })?;
    let back = address(request, import.id);
    Ok(if begun == 1 { see_other(&back) } else { see_other_saying(&back, CHANGED) })
}

/// Goes on with an import that was stopped, or failed.
pub fn resume(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let import = request.read(|conn| pages::asked(request, conn))?;
    if !matches!(import.stage, Stage::Stopped | Stage::Failed) || import.undone_by.is_some() {
        return Ok(see_other_saying(&address(request, import.id), CHANGED));
    }
    if !pages::folder(request, import.id)?.has(&import.file_name) {
        return Err(AppError::BadRequest(GONE));
    }
    begin(request, &import, Wish::Import)
}

/// Stops a dry run or an import.
pub fn stop(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let import = request.read(|conn| pages::asked(request, conn))?;
    let stopped = request.state.db.tx_now(|conn| {
        let stopped = store::stop(conn, import.key(), request.now.at)?;
        if stopped > 0 {
            written(request, conn, Action::ImportStopped, (import.id, &import.file_name))?;
        }
        Ok(stopped)
    })?;
    let said = if stopped > 0 { "Stopped." } else { "It had ended already." };
    Ok(see_other_saying(&address(request, import.id), said))
}

/// Removes a file that was not imported.
pub fn remove(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let import = request.read(|conn| pages::asked(request, conn))?;
    let removed = request.state.db.tx_now(|conn| {
        let removed = store::remove(conn, import.key())?;
        if removed == 1 {
            written(request, conn, Action::FileRemoved, (import.id, &import.file_name))?;
        }
        Ok(removed)
    })?;
    if removed == 0 {
        return Ok(see_other_saying(&address(request, import.id), CHANGED));
    }
    pages::folder(request, import.id)?.remove()?;
    Ok(see_other_saying(&request.scope().path(LIST), &format!("{} is removed.", import.file_name)))
}

/// Undoes an import, as a job.
pub fn undo(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let import = request.read(|conn| pages::asked(request, conn))?;
    let is_in_hand = request.read(|conn| Ok(import.is_in_hand(conn)?))?;
    if is_in_hand || import.stage.is_open() || import.stage == Stage::Ready || import.undone_by.is_some() {
        let said = "It goes on, is undone already, or was not imported yet.";
        return Ok(see_other_saying(&address(request, import.id), said));
    }
    let job = request.begin(&Undo { group: import.id.0 }, &format!("Undo of the import {}", import.file_name))?;
    request.state.db.tx_now(|conn| {
        store::undone(conn, import.key(), job.id.0)?;
        written(request, conn, Action::ImportUndone, (import.id, &import.file_name))
    })?;
    Ok(see_other(&request.scope().path(&format!("jobs/{}", job.id))))
}
