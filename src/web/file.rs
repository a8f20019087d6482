//! A file that is sent piece by piece, as the rows are read.

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
use crate::{db::keyset::Seek, state::AppState, words::words};

words! {
    /// Format of a file.
    pub enum Format {
        Csv = "csv", "CSV, for spreadsheets";
        /// One JSON object a line.
        Ndjson = "ndjson", "NDJSON, for programs";
    }
}

impl Format {
    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// A file before its rows.
#[derive(Debug)]
pub struct File {
    /// Name without its ending.
    pub name: String,
    pub format: Format,
    /// What stands before the rows.
    pub head: io::Result<Bytes>,
}

/// How a file ended, and how many rows were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Complete(usize),
    /// A page could not be read, or nobody took the rest.
    Broken(usize),
}

/// Rows of a file, of one page, and the place after which the next page begins, if there is one.
pub type Part<P> = (Vec<Vec<String>>, Option<P>);

/// A page as it is sent, how many rows that are, and the place after which the next page begins, if there is one.
pub type Written<P> = (io::Result<Bytes>, usize, Option<P>);

/// Answers with a CSV file of this name, heading and rows, as [`stream`] does. No cell is a formula.
pub fn csv<P: Copy + Send + 'static>(
    state: Data<AppState>,
    name: &str,
    heading: &[&str],
    read: impl Fn(&mut PgConnection, Seek<P>) -> QueryResult<Part<P>> + Clone + Send + 'static,
) -> HttpResponse {
    let heading = heading.iter().map(|name| (*name).to_owned()).collect();
    let file = File { name: name.to_owned(), format: Format::Csv, head: lines(std::iter::once(heading)) };
    let written = move |conn: &mut PgConnection, way| {
        let (rows, next) = read(conn, way)?;
        let count = rows.len();
        Ok((lines(rows.into_iter()), count, next))
    };
    stream(state, file, written, |_, _| Ok(()))
}

/// Answers with a file. `read` reads the page at a place; the file ends with the last one, and `ended` is told. A piece waits until the one
/// before is taken, so a slow reader holds neither memory nor a connection. If a page cannot be read, the file ends in the middle, and the
/// browser says so.
pub fn stream<P: Copy + Send + 'static>(
    state: Data<AppState>,
    File { name, format, head }: File,
    read: impl Fn(&mut PgConnection, Seek<P>) -> QueryResult<Written<P>> + Clone + Send + 'static,
    ended: impl Fn(&mut PgConnection, Ended) -> QueryResult<()> + Send + 'static,
) -> HttpResponse {
    let (sender, receiver) = mpsc::channel(2);
    rt::spawn(async move {
        let end = send(&state, head, read, sender).await;
        if let Err(error) = state.db.tx(move |conn| ended(conn, end)).await {
            error.log();
        }
    });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format.content_type()))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{}\"", format.as_str())))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(Pieces(receiver))
}

async fn send<P: Copy + Send + 'static>(
    state: &AppState,
    head: io::Result<Bytes>,
    read: impl Fn(&mut PgConnection, Seek<P>) -> QueryResult<Written<P>> + Clone + Send + 'static,
    sender: mpsc::Sender<io::Result<Bytes>>,
) -> Ended {
    let (mut way, mut sent) = (Seek::Start, 0);
    if !is_taken(&sender, head).await {
        return Ended::Broken(sent);
    }
    loop {
        let read = read.clone();
        let (piece, rows, next) = match state.db.read(move |conn| read(conn, way)).await {
            Ok(written) => written,
            Err(error) => {
                error.log();
                (Err(io::Error::other("the rows could not be read")), 0, None)
            }
        };
        if !is_taken(&sender, piece).await {
            return Ended::Broken(sent);
        }
        sent += rows;
        let Some(next) = next else { return Ended::Complete(sent) };
        way = Seek::After(next);
    }
}

/// Sends a piece; false if it is an error, or nobody takes it. An empty one is not sent: it would be the end of the answer.
async fn is_taken(sender: &mpsc::Sender<io::Result<Bytes>>, piece: io::Result<Bytes>) -> bool {
    let is_good = piece.is_ok();
    let is_empty = piece.as_ref().is_ok_and(Bytes::is_empty);
    is_empty || (sender.send(piece).await.is_ok() && is_good)
}

/// Lines of a CSV file. No cell is a formula.
///
/// # Errors
/// The lines have different numbers of cells.
pub fn lines(rows: impl Iterator<Item = Vec<String>>) -> io::Result<Bytes> {
    let mut file = csv::Writer::from_writer(Vec::new());
    for row in rows {
        file.write_record(row.iter().map(|text| cell(text).into_owned()))?;
    }
    file.into_inner().map(Bytes::from).map_err(|error| io::Error::other(error.to_string()))
}
