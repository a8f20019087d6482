//! A CSV file that is sent piece by piece, as the rows are read.

use std::io;

use actix_web::{
    HttpResponse,
    http::header,
    rt,
    web::{Bytes, Data},
};
use diesel::{PgConnection, QueryResult};
use tokio::sync::mpsc;

use super::{Pieces, cell};
use crate::{db::keyset::Seek, state::AppState};

/// Rows of a file, of one page, and the place after which the next page begins, if there is one.
pub type Part<P> = (Vec<Vec<String>>, Option<P>);

/// Answers with a CSV file of this name, heading and rows. `read` reads the page at a place; the file ends with the last one. A piece waits
/// until the one before is taken, so a slow reader holds neither memory nor a connection. If a page cannot be read, the file ends in the
/// middle, and the browser says so. No cell is a formula.
pub fn csv<P: Copy + Send + 'static>(
    state: Data<AppState>,
    name: &str,
    heading: &[&str],
    read: impl Fn(&mut PgConnection, Seek<P>) -> QueryResult<Part<P>> + Clone + Send + 'static,
) -> HttpResponse {
    let (sender, receiver) = mpsc::channel(2);
    let heading = heading.iter().map(|name| (*name).to_owned()).collect();
    rt::spawn(send(state, heading, read, sender));
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(Pieces(receiver))
}

async fn send<P: Copy + Send + 'static>(
    state: Data<AppState>,
    heading: Vec<String>,
    read: impl Fn(&mut PgConnection, Seek<P>) -> QueryResult<Part<P>> + Clone + Send + 'static,
    sender: mpsc::Sender<io::Result<Bytes>>,
) {
    let (mut way, mut first) = (Seek::Start, Some(heading));
    loop {
        let read = read.clone();
        let (next, piece) = match state.db.read(move |conn| read(conn, way)).await {
            Ok((rows, next)) => (next, written(first.take().into_iter().chain(rows))),
            Err(error) => {
                error.log();
                (None, Err(io::Error::other("the rows could not be read")))
            }
        };
        let is_taken = sender.send(piece).await.is_ok();
        let Some(next) = next.filter(|_| is_taken) else { return };
        way = Seek::After(next);
    }
}

fn written(rows: impl Iterator<Item = Vec<String>>) -> io::Result<Bytes> {
    let mut file = csv::Writer::from_writer(Vec::new());
    for row in rows {
        file.write_record(row.iter().map(|text| cell(text).into_owned()))?;
    }
    file.into_inner().map(Bytes::from).map_err(|error| io::Error::other(error.to_string()))
}
