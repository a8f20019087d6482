//! Sends the file, and writes down that it was taken.

use actix_web::{HttpResponse, web::Bytes};
use diesel::PgConnection;
use serde_json::{Value, json};

use super::{form::ExportForm, pages, rows::rows};
use crate::{
    attributes,
    auth::{self, Action},
    console::Request,
    error::AppError,
    filter::FilterError,
    profiles::{by_id::ById, selection::Selection},
    web::{
        FormData,
        file::{self, Ended, File, Format},
        words::people,
    },
};

/// People that are in memory at once.
const AT_ONCE: usize = 1_000;

/// What is asked for, and whom it is of; or why the filter selects nobody.
type Asked = (ExportForm, Result<ById, FilterError>);

fn asked(request: &Request, conn: &mut PgConnection, sent: &FormData) -> Result<Asked, AppError> {
    let environment = request.scope().environment;
    let form = ExportForm::sent(sent, attributes::all(conn, environment)?, request.scope().role);
    // As the list, it takes for words what is no filter, if words find somebody.
    let reading = request.reading(conn)?;
    let (selection, wrong) = Selection::shown(conn, environment, &form.typed, reading, request.now.at)?;
    let by_id = ById::of(conn, selection)?;
    let finds_nobody = matches!(&by_id, ById::These(ids) if ids.is_empty());
    Ok((form, wrong.filter(|_| finds_nobody).map_or(Ok(by_id), Err)))
}

/// Answers with the file.
pub async fn download(request: Request, sent: FormData) -> Result<HttpResponse, AppError> {
    let (state, now, environment) = (request.state.clone(), request.now, request.scope().environment);
    let (actor, asking) = (request.actor(), request.clone());
    let db = state.db.clone();
    let (form, found) = db.work(move |_| asking.read(|conn| asked(&asking, conn, &sent))).await?;
    let by_id = match found {
        Ok(by_id) if form.problems.is_empty() => by_id,
        found => return Ok(pages::show(&request, form, found.err()).into()),
    };
    let columns = form.columns.clone();
    let named = columns.headings().len();
    let what =
        format!("{}, {named} columns{}", form.format.label(), if form.typed.is_empty() { "" } else { ", filtered" });
    let detail: Value = json!({
        "what": what, "filter": form.typed, "columns": columns.headings(), "sensitive": form.sensitive(),
    });
    let by = actor.clone();
    state.db.tx(move |conn| auth::audit(conn, &by, Action::ProfilesExported, detail.clone(), now.at)).await?;
    let (clock, format) = (state.clock.clone(), form.format);
    let ended = move |conn: &mut PgConnection, end: Ended| {
        let (action, rows) = match end {
            Ended::Complete(rows) => (Action::ExportFinished, rows),
            Ended::Broken(rows) => (Action::ExportBroken, rows),
        };
        let what = people(i64::try_from(rows).unwrap_or(i64::MAX));
        auth::audit(conn, &actor, action, json!({ "what": what, "rows": rows }), clock.now()).map(drop)
    };
    let head = match format {
        Format::Csv => file::lines(std::iter::once(columns.headings())),
        Format::Ndjson => Ok(Bytes::new()),
    };
    let file = File { name: format!("profiles-{}", now.day()), format, head };
    Ok(file::stream(
        state,
        file,
        move |conn, way| {
            let piece = by_id.next(conn, environment, way.place(), AT_ONCE)?;
            let found = rows(conn, environment, &piece.ids, &columns)?;
            let count = found.len();
            let lines = match format {
                Format::Csv => file::lines(found.iter().map(|row| columns.cells(row))),
                Format::Ndjson => {
                    Ok(found.iter().flat_map(|row| [columns.json(row), "\n".to_owned()]).collect::<String>().into())
                }
            };
            Ok((lines, count, piece.next))
        },
        ended,
    ))
}
