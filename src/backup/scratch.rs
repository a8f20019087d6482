//! A private server that lives as long as it is looked at.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use nix::unistd::{geteuid, mkdtemp};

use crate::db::local::{Server, Speed};

/// How the names of the folders begin.
const PREFIX: &str = "kith-check-";

/// A server in a temporary folder; both go when this is dropped.
pub struct Scratch {
    // Stopped before its folder goes.
    server: Option<Server>,
    folder: PathBuf,
}

impl Scratch {
    /// Starts one, with an empty database.
    ///
    /// # Errors
    /// PostgreSQL's programs are not there, or there is no room.
    pub fn start() -> anyhow::Result<Self> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let pattern = parent.join(format!("{PREFIX}XXXXXX"));
        let folder = mkdtemp(&pattern).with_context(|| format!("no folder could be made as {}", pattern.display()))?;
        let mut scratch = Self { server: None, folder };
        // The server's account, which is not ours under root, must pass; its own folders are its alone.
        let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
        fs::set_permissions(&scratch.folder, fs::Permissions::from_mode(mode))?;
        scratch.server = Some(Server::start(&scratch.folder, Speed::Throwaway)?);
        Ok(scratch)
    }

    /// Address of its database.
    pub fn url(&self) -> String {
        self.server.as_ref().map(Server::url).unwrap_or_default()
    }
}

/// Removes what killed runs left: whoever is alive holds the lock of its server.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let lock = || File::options().write(true).open(entry.path().join("owner.lock")).ok();
        if let Some(lock) = is_ours.then(lock).flatten()
            && lock.try_lock().is_ok()
        {
            // What cannot be removed is somebody else's.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(self.server.take());
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %error, "remove this folder: it holds what was in the backup");
        }
    }
}
