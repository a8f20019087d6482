//! What the machine says: room on the disk of the data directory.

use std::{io, path::Path};

use nix::{
    sys::statvfs::statvfs,
    unistd::{AccessFlags, access},
};

/// The disk that a folder is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Bytes that are free to us.
    pub free: i64,
    /// Its bytes in all.
    pub size: i64,
    /// Whether we may write into the folder.
    pub is_writable: bool,
}

/// Looks at the disk of a folder.
///
/// # Errors
/// The folder is not there, or may not be looked at.
pub fn disk(folder: &Path) -> io::Result<Disk> {
    let found = statvfs(folder)?;
    let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(found.fragment_size())).unwrap_or(i64::MAX);
    Ok(Disk {
        free: bytes(found.blocks_available()),
        size: bytes(found.blocks()),
        is_writable: access(folder, AccessFlags::W_OK | AccessFlags::X_OK).is_ok(),
    })
}
