//! What a file is by its first bytes and its name, and its content unpacked, within bounds.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context, bail, ensure};
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use zip::{CompressionMethod, ZipArchive};

/// Bytes that are read of a file at a time.
const CHUNK: usize = 1 << 17;

/// Times that a packed file may grow by unpacking; tables shrink by five to fifty.
const MOST_GROWTH: u64 = 200;

/// Bytes that any file may grow to by unpacking.
const FREE_GROWTH: u64 = 64 << 20;

/// Entries of an archive.
const MOST_ENTRIES: usize = 10_000;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Records of text with delimiters.
    Records,
    /// Objects of JSON.
    Objects,
    /// A workbook of Excel.
    Xlsx,
    /// A workbook of OpenDocument.
    Ods,
}

/// A file to be read.
pub struct Source {
    path: PathBuf,
    /// Its name without the ending of a packed file.
    pub name: String,
    pub kind: Kind,
    packing: Packing,
    size: u64,
}

#[derive(Clone, Copy)]
enum Packing {
    None,
    Gzip,
    /// One file in an archive: where its bytes begin, and how many there are.
    Zip {
        start: u64,
        length: u64,
        is_deflated: bool,
    },
}

impl Source {
    /// Looks at a file.
    ///
    /// # Errors
    /// It cannot be opened, or is none that can be read.
    pub fn new(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let mut file = File::open(path).with_context(|| format!("{shown} cannot be opened"))?;
        let about = file.metadata()?;
        ensure!(about.is_file(), "{shown} is no file: it is read twice, so save what it gives first");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut start = Vec::new();
        file.by_ref().take(8).read_to_end(&mut start)?;
        let source = |name: &str, kind, packing| Self {
            path: path.to_owned(),
            name: name.to_owned(),
            kind,
            packing,
            size: about.len(),
        };
        let bare = |ending| strip_ending(&name, ending).unwrap_or(&name);
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            let mut archive = ZipArchive::new(BufReader::new(file))
                .with_context(|| format!("{name} is a damaged archive or workbook"))?;
            ensure!(archive.len() <= MOST_ENTRIES, "{name} is an archive of more than {MOST_ENTRIES} files");
            if archive.index_for_name("xl/workbook.xml").is_some() {
                return Ok(source(&name, Kind::Xlsx, Packing::None));
            }
            if archive.index_for_name("content.xml").is_some() && archive.index_for_name("mimetype").is_some() {
                return Ok(source(&name, Kind::Ods, Packing::None));
            }
            let (inner, packing) = only_file(&mut archive, &name)?;
            let kind = text_kind(&inner).or_else(|| text_kind(bare(".zip")));
            let Some(kind) = kind else {
                bail!(
                    "{name} holds {inner}, which is none of .csv, .tsv, .txt, .ndjson, .jsonl or .json; unpack it first"
                )
            };
            return Ok(source(bare(".zip"), kind, packing));
        }
        if start.starts_with(b"\xd0\xcf\x11\xe0") {
            bail!("{name} is a workbook with a password or an old one (.xls); save it as .xlsx without a password")
        }
        let packing = if start.starts_with(b"\x1f\x8b") { Packing::Gzip } else { Packing::None };
        match text_kind(bare(".gz")) {
            Some(kind) => Ok(source(bare(".gz"), kind, packing)),
            None if [".xlsx", ".ods", ".zip"].iter().any(|ending| strip_ending(&name, ending).is_some()) => {
                bail!("{name} is not what its name says: no workbook and no archive")
            }
            None => bail!(
                "{name} must end in .csv, .tsv, .txt, .xlsx or .ods (profiles), or in .ndjson, .jsonl or .json (events and notes); texts also with .gz or .zip"
            ),
        }
    }

    /// Opens its content; counts the bytes of the file as they are read.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(&self, progress: Arc<AtomicU64>) -> anyhow::Result<Box<dyn Read + Send>> {
        let mut file = self.file()?;
        if let Packing::Zip { start, .. } = self.packing {
            file.seek(SeekFrom::Start(start))?;
        }
        let counted = BufReader::with_capacity(CHUNK, Counted(file, progress));
        let room = FREE_GROWTH.max(self.size.saturating_mul(MOST_GROWTH));
        Ok(match self.packing {
            Packing::None => Box::new(counted),
            Packing::Gzip => Box::new(Bounded { unpacked: MultiGzDecoder::new(counted), room }),
            Packing::Zip { length, is_deflated: false, .. } => Box::new(counted.take(length)),
            Packing::Zip { length, .. } => {
                Box::new(Bounded { unpacked: DeflateDecoder::new(counted.take(length)), room })
            }
        })
    }

    /// Opens the file itself.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn file(&self) -> anyhow::Result<File> {
        File::open(&self.path).with_context(|| format!("{} cannot be opened", self.path.display()))
    }
}

/// The only file of an archive, besides what Finder adds.
fn only_file(archive: &mut ZipArchive<BufReader<File>>, name: &str) -> anyhow::Result<(String, Packing)> {
    let mut found = None;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        let inner = entry.name()?.into_owned();
        if entry.is_dir() || inner.starts_with("__MACOSX/") || inner.ends_with(".DS_Store") {
            continue;
        }
        ensure!(found.is_none(), "{name} holds several files; unpack it and import them one by one");
        ensure!(!entry.encrypted(), "{name} has a password; unpack it first");
        let is_deflated = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => bail!("{name} is packed by {other}, which cannot be read; unpack it first"),
        };
        let start = entry.data_start().with_context(|| format!("{name} is a damaged archive"))?;
        found = Some((inner, Packing::Zip { start, length: entry.compressed_size(), is_deflated }));
    }
    found.with_context(|| format!("{name} holds no file"))
}

fn text_kind(name: &str) -> Option<Kind> {
    let has = |endings: &[&str]| endings.iter().any(|ending| strip_ending(name, ending).is_some());
    match () {
        () if has(&[".csv", ".tsv", ".txt"]) => Some(Kind::Records),
        () if has(&[".ndjson", ".jsonl", ".json"]) => Some(Kind::Objects),
        () => None,
    }
}

/// The name without its ending, in whatever case that is.
fn strip_ending<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let (bare, end) = name.split_at_checked(name.len().checked_sub(ending.len())?)?;
    end.eq_ignore_ascii_case(ending).then_some(bare)
}

/// Counts the bytes of the file as they are read, for the progress bar.
struct Counted<R>(R, Arc<AtomicU64>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Refuses to unpack more than `room` bytes.
struct Bounded<R> {
    unpacked: R,
    room: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.unpacked.read(buffer)?;
        self.room = self.room.checked_sub(read as u64).ok_or_else(|| {
            io::Error::other(format!("it unpacks to more than {MOST_GROWTH} times its size; unpack it first"))
        })?;
        Ok(read)
    }
}
