//! Downloads of what an import or a dry run left beside its file.

use std::{io::Read, path::PathBuf};

use actix_web::{HttpResponse, http::header, rt, web::Bytes};
use tokio::sync::mpsc;

use super::{
    files::{Files, Folder},
    store::{self, ImportKey},
};
use crate::{console::Request, db::ids::ImportId, error::AppError, web::Pieces};

/// Bytes that are in memory at once.
const PIECE: usize = 1 << 16;

/// Lines that were not imported.
pub async fn rejects(request: Request) -> Result<HttpResponse, AppError> {
    download(request, "rejects", Folder::rejects).await
}

/// All changes that a dry run found.
pub async fn changes(request: Request) -> Result<HttpResponse, AppError> {
    download(request, "changes", Folder::changes).await
}

/// Lines that a dry run would not import.
pub async fn refused(request: Request) -> Result<HttpResponse, AppError> {
    download(request, "rejects", Folder::refused).await
}

async fn download(request: Request, what: &str, path: fn(&Folder) -> PathBuf) -> Result<HttpResponse, AppError> {
    let key = ImportKey { environment: request.scope().environment, import: request.id::<ImportId>()? };
    let files = Files::of(&request.state.config).ok_or(AppError::NotFound)?;
    let found = request.state.db.work(move |db| {
        db.read_now(|conn| store::find(conn, key))?.ok_or(AppError::NotFound)?;
        Folder::open(&path(&files.folder(key.import))).ok_or(AppError::NotFound)
    });
    let mut file = found.await?;
    let (sender, receiver) = mpsc::channel(2);
    rt::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece).map(|length| {
                piece.truncate(length);
                Bytes::from(piece)
            });
            let is_last = !read.as_ref().is_ok_and(|piece| !piece.is_empty());
            if read.as_ref().is_ok_and(Bytes::is_empty) || sender.blocking_send(read).is_err() || is_last {
                return;
            }
        }
    });
    let name = format!("{what}-{}.csv", request.now.day());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(Pieces(receiver)))
}
