//! A file that is written beside its place and put there when it is whole.

use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use nix::fcntl::OFlag;

/// A file that is being written; dropped unfinished, it goes away.
pub struct Part {
    file: File,
    place: PathBuf,
    path: PathBuf,
    is_kept: bool,
}

impl Part {
    /// Begins the file that is to stand at `place`. From its beginning nobody but its owner may read it.
    ///
    /// # Errors
    /// It cannot be made there, or another kith is writing it.
    pub fn begin(place: &Path) -> anyhow::Result<Self> {
        if place.is_dir() {
            bail!("{} is a folder: name a file in it, or say --to {}", place.display(), place.display());
        }
        let path = beside(place);
        let open = || -> io::Result<File> {
            let file = File::options()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .custom_flags(OFlag::O_NOFOLLOW.bits())
                .open(&path)?;
            file.set_permissions(Permissions::from_mode(0o600))?;
            Ok(file)
        };
        let file = open().with_context(|| format!("{} cannot be written", path.display()))?;
        // Whoever is killed leaves the file, but not the lock.
        if file.try_lock().is_err() || !is_at(&file, &path) {
            bail!("another kith is writing {}: wait until it is done", path.display());
        }
        let part = Self { file, place: place.to_owned(), path, is_kept: false };
        part.file.set_len(0).with_context(|| format!("{} cannot be written", part.path.display()))?;
        Ok(part)
    }

    /// What is written to.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Puts the file into its place, in the place of one that is there; afterwards a power cut takes neither. Returns its size.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn finish(mut self) -> anyhow::Result<u64> {
        let put = || -> io::Result<u64> {
            self.file.sync_all()?;
            fs::rename(&self.path, &self.place)?;
            File::open(folder(&self.place))?.sync_all()?;
            Ok(self.file.metadata()?.len())
        };
        let size = put().with_context(|| format!("{} cannot be written", self.place.display()))?;
        self.is_kept = true;
        Ok(size)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_kept {
            // The failure that is told is the one before.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what a killed kith left of this file.
pub fn sweep(place: &Path) {
    let path = beside(place);
    let left = File::options().write(true).custom_flags(OFlag::O_NOFOLLOW.bits()).open(&path);
    if left.is_ok_and(|left| left.try_lock().is_ok() && is_at(&left, &path)) {
        let _ = fs::remove_file(&path);
    }
}

/// Name of the file while it is written.
fn beside(place: &Path) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// The folder of a file; a bare name lies in the present one.
pub fn folder(place: &Path) -> &Path {
    place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn is_at(file: &File, path: &Path) -> bool {
    let [open, there] = [file.metadata(), fs::symlink_metadata(path)].map(|about| about.map(|it| (it.dev(), it.ino())));
    open.is_ok_and(|open| there.is_ok_and(|there| open == there))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_is_there_when_it_is_whole_and_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("kith.dump");
        fs::write(&place, "old").unwrap();
        // What somebody else left, for everybody to read.
        fs::write(beside(&place), "left over, and longer").unwrap();
        let part = Part::begin(&place).unwrap();
        let mode = || fs::metadata(beside(&place)).unwrap().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        assert!(Part::begin(&place).is_err_and(|error| error.to_string().contains("another kith")));
        part.file().unwrap().write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "old");
        sweep(&place);
        assert_eq!(part.finish().unwrap(), 3);
        assert_eq!(fs::read_to_string(&place).unwrap(), "new");
        assert_eq!(fs::metadata(&place).unwrap().mode() & 0o777, 0o600);

        drop(Part::begin(&place).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "what is not finished goes away");
        fs::write(beside(&place), "left over").unwrap();
        sweep(&place);
        assert!(!beside(&place).exists());
    }
}
