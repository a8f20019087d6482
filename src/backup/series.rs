//! A folder of backups whose names tell when they were made: `kith-2026-11-28T2117Z-0051.dump`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, NaiveDateTime, Utc};

use super::part;

const TIME: &str = "%Y-%m-%dT%H%MZ";

/// The file of a backup that is made at this time, of a database with this newest migration.
pub fn name(at: DateTime<Utc>, migration: &str) -> String {
    format!("kith-{}-{migration}.dump", at.format(TIME))
}

/// Whether a file's name is one of ours; other files in the folder are nobody's business.
fn is_ours(name: &str) -> bool {
    let inner = name.strip_prefix("kith-").and_then(|rest| rest.strip_suffix(".dump"));
    inner.and_then(|inner| inner.rsplit_once('-')).is_some_and(|(time, migration)| {
        NaiveDateTime::parse_from_str(time, TIME).is_ok()
            && !migration.is_empty()
            && migration.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Removes all backups of the folder but the newest `keep`, and what killed runs left. Returns how many backups it removed.
///
/// # Errors
/// The folder cannot be read, or a file not be removed.
pub fn keep(folder: &Path, keep: usize) -> io::Result<usize> {
    let mut ours: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if is_ours(name) {
            ours.push(path);
        } else if let Some(whole) = name.strip_suffix(".part").filter(|whole| is_ours(whole)) {
            part::sweep(&path.with_file_name(whole));
        }
    }
    // The names sort as the times do.
    ours.sort_unstable();
    let old = &ours[..ours.len().saturating_sub(keep)];
    old.iter().try_for_each(fs::remove_file)?;
    Ok(old.len())
}

/// Backups from before upgrades that stay beside a new one.
const KEPT_BEFORE: usize = 2;

/// The number in the name of a backup from before an upgrade: `before-0052.dump`.
fn before(name: &str) -> Option<u64> {
    let number = name.strip_prefix("before-")?.strip_suffix(".dump")?;
    number.parse().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Removes all backups from before upgrades but that of this number, which is new, and the [`KEPT_BEFORE`] others with the highest
/// numbers: they are the way back from the last upgrades, and hold people who have been erased since.
///
/// # Errors
/// The folder cannot be read, or a file not be removed.
pub fn keep_before(folder: &Path, new: &str) -> io::Result<usize> {
    let mut others: Vec<(u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| name.to_str()).and_then(before);
        others.extend(number.filter(|number| Some(*number) != new.parse().ok()).map(|number| (number, path)));
    }
    others.sort_unstable();
    let old = &others[..others.len().saturating_sub(KEPT_BEFORE)];
    old.iter().try_for_each(|(_, path)| fs::remove_file(path))?;
    Ok(old.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_oldest_of_our_own_go() {
        let folder = tempfile::tempdir().unwrap();
        let days = (1..=5).map(|day| format!("2026-11-{day:02}T21:17:59Z").parse().unwrap());
        let names: Vec<String> = days.map(|at| name(at, "0051")).collect();
        assert_eq!(names[0], "kith-2026-11-01T2117Z-0051.dump");
        let others = ["kith.dump", "kith-2026-11-01-0051.dump", "kith-2026-11-01T2117Z-0051.dump.gpg", "kith-x.dump"];
        for name in names.iter().map(String::as_str).chain(others).chain(["kith-2026-10-01T2117Z-0051.dump.part"]) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(keep(folder.path(), 2).unwrap(), 3);
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        left.sort();
        let mut expected: Vec<&str> = names[3..].iter().map(String::as_str).chain(others).collect();
        expected.sort_unstable();
        assert_eq!(left, expected);
        assert_eq!(keep(folder.path(), 2).unwrap(), 0);
    }

    #[test]
    fn three_backups_from_before_upgrades_stay_and_the_new_one_is_among_them() {
        let folder = tempfile::tempdir().unwrap();
        let ours = ["before-0040.dump", "before-0045.dump", "before-0051.dump", "before-0052.dump"];
        let others = ["before-it.dump", "before-0039.dump.gpg", "before-.dump", "kith.dump"];
        for name in ours.iter().chain(&others) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let left = || ours.into_iter().filter(|name| folder.path().join(name).exists()).collect::<Vec<_>>();
        // Somebody went back, and upgrades once more.
        assert_eq!(keep_before(folder.path(), "0040").unwrap(), 1);
        assert_eq!(left(), ["before-0040.dump", "before-0051.dump", "before-0052.dump"]);
        fs::write(folder.path().join("before-0056.dump"), "").unwrap();
        assert_eq!(keep_before(folder.path(), "0056").unwrap(), 1);
        assert_eq!(left(), ["before-0051.dump", "before-0052.dump"]);
        assert!(folder.path().join("before-0056.dump").exists());
        assert!(others.iter().all(|name| folder.path().join(name).exists()));
    }
}
