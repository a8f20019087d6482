//! Finds the server programs: `KITH_PG_BIN`, else `PATH` and the folders of the usual packages.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::geteuid;

use super::{Error, setting};

/// Oldest version that kith is tested with.
const OLDEST: u32 = 15;

/// Folder, start of the names in it, folder in those: where packages install versions side by side.
const PACKAGED: [(&str, &str, &str); 7] = [
    ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                   // postgresql.org's RPMs
    ("/usr/lib", "postgresql", "bin"),           // SUSE
    ("/usr/libexec", "postgresql", ""),          // Alpine
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
];

/// The programs of one installed version.
#[derive(Debug)]
pub(super) struct Programs {
    pub(super) folder: PathBuf,
    major: u32,
}

impl Programs {
    /// The newest version, or the one that wrote the cluster at `data`, if there is one.
    pub(super) fn find(data: &Path) -> Result<Self, Error> {
        choose(setting("KITH_PG_BIN").as_deref(), data)
    }

    /// The programs in `folder`. `postgres` may be a link or a stray wrapper: only a folder that has `initdb` beside it counts.
    fn at(folder: &Path) -> Option<Self> {
        let program = fs::canonicalize(folder.join("postgres")).ok()?;
        let folder = program.parent()?.to_owned();
        folder.join("initdb").is_file().then_some(())?;
        Some(Self { folder, major: major_of(&program)? })
    }
}

/// The major version of one of PostgreSQL's programs.
pub(super) fn major_of(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    // "postgres (PostgreSQL) 15.14 (Debian …)", "postgres (PostgreSQL) 19devel"
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().nth(2)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn choose(chosen: Option<&OsStr>, data: &Path) -> Result<Programs, Error> {
    let mut found: Vec<_> = folders(chosen).iter().filter_map(|folder| Programs::at(folder)).collect();
    found.sort_by_key(|programs| Reverse(programs.major));
    found.dedup_by_key(|programs| programs.major);

    let wanted = fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|text| text.trim().parse().ok());
    let fits = |programs: &Programs| wanted.map_or(programs.major >= OLDEST, |wanted| programs.major == wanted);
    let majors: Vec<_> = found.iter().map(|programs| programs.major.to_string()).collect();
    match (found.into_iter().find(fits), wanted) {
        (Some(programs), _) => Ok(programs),
        (None, Some(wanted)) if !majors.is_empty() => Err(Error::WrongVersion {
            home: data.to_owned(),
            wanted,
            found: majors.join(", "),
            install: install(Some(wanted)),
        }),
        (None, wanted) => {
            let place = match chosen {
                Some(folder) => format!("in {}, the folder KITH_PG_BIN names", folder.display()),
                None => "on this machine".to_owned(),
            };
            Err(Error::NoPrograms(format!(
                "PostgreSQL's server programs (postgres and initdb, version {OLDEST} or newer) were not found {place}. \
                 Install them: {}. Or set KITH_PG_BIN to the folder they are in, or DATABASE_URL to a server you already run.",
                install(wanted)
            )))
        }
    }
}

/// The folders in which programs are looked for: the chosen one, or all usual ones.
pub(super) fn folders(chosen: Option<&OsStr>) -> Vec<PathBuf> {
    if let Some(folder) = chosen {
        return vec![PathBuf::from(folder)];
    }
    let mut folders: Vec<_> = setting("PATH").iter().flat_map(std::env::split_paths).collect();
    for (parent, start, inner) in PACKAGED {
        let versions = fs::read_dir(parent).into_iter().flatten().flatten();
        let versions = versions.filter(|entry| entry.file_name().to_string_lossy().starts_with(start));
        folders.extend(versions.map(|entry| entry.path().join(inner)));
    }
    folders
}

/// The command that installs the server on this system.
fn install(major: Option<u32>) -> String {
    let (version, at) = major.map_or_else(Default::default, |major| (major.to_string(), format!("-{major}")));
    let brew = major.unwrap_or(17);
    let sudo = sudo();
    by_manager(
        [
            format!("{sudo}apt-get install postgresql{at}"),
            format!("{sudo}dnf install postgresql{version}-server postgresql{version}-contrib"),
            format!("{sudo}zypper install postgresql{version}-server postgresql{version}-contrib"),
            format!("{sudo}apk add postgresql{version} postgresql{version}-contrib"),
            format!("{sudo}pacman -S postgresql"),
            format!("brew install postgresql@{brew}"),
        ],
        "apt-get install postgresql (Debian), dnf install postgresql-server postgresql-contrib (Fedora), brew install postgresql@17 (macOS)",
    )
}

/// The command that installs the programs for backups alone, without a server.
pub(super) fn install_clients(major: u32) -> String {
    let sudo = sudo();
    by_manager(
        [
            format!("{sudo}apt-get install postgresql-client-{major}"),
            format!("{sudo}dnf install postgresql{major}"),
            format!("{sudo}zypper install postgresql{major}"),
            format!("{sudo}apk add postgresql{major}-client"),
            format!("{sudo}pacman -S postgresql"),
            format!("brew install postgresql@{major}"),
        ],
        "the package is called postgresql-client (Debian), postgresql (Fedora) or postgresql@17 (macOS)",
    )
}

fn sudo() -> &'static str {
    if geteuid().is_root() { "" } else { "sudo " }
}

/// The command of the package manager that this system has: of apt-get, dnf, zypper, apk, pacman and brew.
fn by_manager([apt, dnf, zypper, apk, pacman, brew]: [String; 6], otherwise: &str) -> String {
    let managers = [
        ("/usr/bin/apt-get", apt),
        ("/usr/bin/dnf", dnf),
        ("/usr/bin/zypper", zypper),
        ("/sbin/apk", apk),
        ("/usr/bin/pacman", pacman),
        ("/opt/homebrew/bin/brew", brew.clone()),
        ("/usr/local/bin/brew", brew),
    ];
    let found = managers.into_iter().find(|(program, _)| Path::new(program).exists());
    found.map_or_else(|| otherwise.to_owned(), |(_, command)| command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_programs_say_how_to_get_them() {
        let text = choose(Some(OsStr::new("/nowhere")), Path::new("/none")).expect_err("nothing is there").to_string();
        assert!(text.contains("not found in /nowhere, the folder KITH_PG_BIN names"), "{text}");
        assert!(text.contains(" install ") && text.contains("DATABASE_URL"), "{text}");
    }

    #[test]
    fn data_of_another_version_is_refused() {
        let data = tempfile::tempdir().expect("folder");
        fs::write(data.path().join("PG_VERSION"), "9\n").expect("write");
        let error = choose(None, data.path()).expect_err("nobody has version 9");
        assert!(matches!(error, Error::WrongVersion { wanted: 9, .. } | Error::NoPrograms(_)), "{error}");
    }
}
