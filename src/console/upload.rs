//! A form with a file: its token comes first, then the file, which is written to the data directory as it arrives.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    future::poll_fn,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    pin::Pin,
};

use actix_multipart::{Field, Multipart};
use actix_web::{
    HttpRequest,
    dev::Payload,
    http::header,
    web::{self, Bytes},
};
use futures_core::Stream;
use sha2::{Digest, Sha256};

use super::{Request, guard};
use crate::{
    db::ids::new_id,
    error::{AppError, RefusedForm},
    text::hexadecimal,
    web::{Answer, inbound::FileBody},
};

/// An action of a form with a file: as [`super::Action`], with the file that arrived, or what was wrong with it.
pub type UploadAction = fn(&Request, Result<Uploaded, &'static str>) -> Result<Answer, AppError>;

/// Largest file, in bytes.
const LARGEST: u64 = 2 << 30;
/// Bytes that are written at a time.
const AT_ONCE: usize = 1 << 20;
/// Bytes of a form token, at most.
const TOKEN: usize = 1 << 10;
/// Characters of a file's name.
const LONGEST_NAME: usize = 200;

const TOO_LARGE: &str = "The file is larger than 2 GB. Split it, or import it with the command kith import.";
const NO_FILE: &str = "Choose a file.";

/// A file that arrived. Unless it is kept, it goes when this is dropped.
#[derive(Debug)]
pub struct Uploaded {
    /// Its name, without folders.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal digits.
    pub fingerprint: String,
    place: PathBuf,
}

impl Uploaded {
    /// Moves the file to `path`, which lies in the data directory.
    ///
    /// # Errors
    /// It cannot be moved.
    pub fn keep(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.place, path)
    }
}

impl Drop for Uploaded {
    fn drop(&mut self) {
        // It is there no more if it was kept.
        let _ = fs::remove_file(&self.place);
    }
}

/// Reads a form with a token and a file.
///
/// # Errors
/// - `RefusedForm`: the token is not that of the session.
/// - `TooLate`, `BadRequest`: only a part arrived.
/// - `Unexpected`: it cannot be written.
pub(super) async fn receive(
    raw: &HttpRequest,
    payload: Payload,
    request: &Request,
) -> Result<Result<Uploaded, &'static str>, AppError> {
    let said = raw.headers().get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|bytes| bytes > LARGEST + AT_ONCE as u64) {
        return Ok(Err(TOO_LARGE));
    }
    let mut form = Multipart::new(raw.headers(), FileBody::new(payload));
    let wrong = || AppError::RefusedForm(RefusedForm::WrongToken);
    let first = next_field(&mut form).await.map_err(|_| wrong())?;
    let mut token = first.filter(|field| field.name() == Some(guard::TOKEN_FIELD)).ok_or_else(wrong)?;
    let sent = token.bytes(TOKEN).await.map_err(|_| wrong())?.map_err(|_| wrong())?;
    drop(token);
    if !guard::is_token(str::from_utf8(&sent).unwrap_or_default(), &request.shell.csrf) {
        return Err(wrong());
    }
    let Some(field) = next_field(&mut form).await?.filter(|field| field.name() == Some("file")) else {
        return Ok(Err(NO_FILE));
    };
    let named = field.content_disposition().and_then(|it| it.get_filename()).unwrap_or_default().to_owned();
    let name = bare(&named);
    if name.is_empty() {
        return Ok(Err(NO_FILE));
    }
    let home = request.state.config.database.home.clone();
    let home =
        home.ok_or(AppError::BadRequest("There is no directory for files. Set KITH_DATA and start kith again."))?;
    let place = home.join("arriving").join(new_id(request.now.at).to_string());
    write(field, name, place).await
}

async fn next_field(form: &mut Multipart) -> Result<Option<Field>, AppError> {
    let next = poll_fn(|context| Pin::new(&mut *form).poll_next(context)).await;
    next.transpose().map_err(|_| AppError::BadRequest("Only part of this form arrived. Go back and send it again."))
}

/// The name of a file without folders and what cannot be seen; not longer than file systems allow, with its ending.
fn bare(named: &str) -> String {
    let name = named.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim().trim_start_matches('.');
    let surplus = name.chars().count().saturating_sub(LONGEST_NAME);
    name.chars().skip(surplus).collect()
}

/// Writes a file as it arrives, a piece at a time off the web threads.
async fn write(mut field: Field, name: String, place: PathBuf) -> Result<Result<Uploaded, &'static str>, AppError> {
    // Drops what was written if the rest does not come.
    let mut uploaded = Uploaded { name, size: 0, fingerprint: String::new(), place };
    let place = uploaded.place.clone();
    let mut file = off_thread(move || create(&place)).await?;
    let mut hasher = Sha256::new();
    let mut is_whole = false;
    while !is_whole {
        let mut pieces: Vec<Bytes> = Vec::new();
        let mut length = 0;
        while length < AT_ONCE && !is_whole {
            match poll_fn(|context| Pin::new(&mut field).poll_next(context)).await {
                Some(Ok(piece)) => {
                    length += piece.len();
                    pieces.push(piece);
                }
                Some(Err(_)) => return Err(AppError::BadRequest("Only part of the file arrived. Send it again.")),
                None => is_whole = true,
            }
        }
        uploaded.size += length as u64;
        if uploaded.size > LARGEST {
            return Ok(Err(TOO_LARGE));
        }
        (file, hasher) = off_thread(move || {
            for piece in pieces {
                hasher.update(&piece);
                file.write_all(&piece)?;
            }
            Ok((file, hasher))
        })
        .await?;
    }
    uploaded.fingerprint = hexadecimal(&hasher.finalize());
    Ok(if uploaded.size == 0 { Err("The file is empty.") } else { Ok(uploaded) })
}

/// Makes a folder for its owner alone.
///
/// # Errors
/// It cannot be made.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn create(place: &Path) -> io::Result<File> {
    private_folder(place.parent().unwrap_or(place))?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(place)
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, AppError> {
    let done = web::block(work).await.map_err(|error| AppError::Unexpected(error.into()))?;
    done.map_err(|error| AppError::Unexpected(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_bare() {
        for (named, name) in [
            ("people.csv", "people.csv"),
            ("C:\\Users\\ann\\Kunden.CSV", "Kunden.CSV"),
            ("../../etc/passwd", "passwd"),
            ("..", ""),
            (" a\u{0}b\n.csv ", "ab.csv"),
            ("客户.xlsx", "客户.xlsx"),
        ] {
            assert_eq!(bare(named), name, "{named:?}");
        }
        let long = bare(&format!("{}.csv", "x".repeat(300)));
        assert!(long.chars().count() == LONGEST_NAME && long.ends_with(".csv"));
    }
}
