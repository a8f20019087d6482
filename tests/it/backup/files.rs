//! Where backups lie, under which names, and who may read them.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{Place, counted, files, folder, mode, text};
use crate::support::{Program, TestDb};

/// A folder with a `pg_dump` that does this after it has said its version.
fn programs(folder: &Path, script: &str) -> PathBuf {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).expect("a folder");
    let script = format!("#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.1' && exit\n{script}\n");
    for name in ["pg_dump", "pg_restore"] {
        fs::write(bin.join(name), &script).expect("a file");
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("its mode");
    }
    bin
}

#[test]
fn a_folder_of_backups_keeps_the_newest_and_what_is_not_ours() {
    let db = TestDb::new();
    let folder = folder();
    let to = folder.path().join("backups");
    let place = Place::Url(&db);
    place.fill("5", "5");
    let command = ["backup", "--to", text(&to), "--keep", "2"];
    let done = place.kith(&command).run().expect(1);
    assert!(done.err.contains("there is no folder") && !to.exists(), "{}", done.err);

    fs::create_dir(&to).expect("a folder");
    let old = ["kith-2026-01-01T0000Z-0040.dump", "kith-2026-01-02T0000Z-0041.dump", "kith-2026-01-03T0000Z-0041.dump"];
    for name in old.iter().chain(&["mine.dump", "kith-2026-01-01T0000Z-0040.dump.part"]) {
        fs::write(to.join(name), "").expect("a file");
    }
    let failing = programs(
        folder.path(),
        "echo half; echo 'pg_dump: error: could not write to output file: No space left on device' >&2; exit 1",
    );
    let before = files(&to);
    let done = place.kith(&command).env("KITH_PG_BIN", &failing).run().expect(1);
    assert!(done.err.contains("No space left on device") && done.err.contains("was not written"), "{}", done.err);
    assert_eq!(files(&to), before, "nothing goes when there is no new one, and nothing half is left");

    let done = place.kith(&command).run().expect(0);
    assert!(done.out.contains("2 older backups are removed"), "{}", done.out);
    let left = files(&to);
    assert_eq!(left[0], old[2]);
    assert!(left[1].starts_with("kith-2") && left[1].ends_with(".dump") && left[1].len() == old[0].len(), "{left:?}");
    assert_eq!((left[2].as_str(), left.len()), ("mine.dump", 3));
    assert_eq!(mode(&to.join(&left[1])), 0o600);
    counted(&to.join(&left[1]));
}

#[test]
fn a_backup_on_standard_output_is_the_same() {
    let db = TestDb::new();
    let folder = folder();
    let file = folder.path().join("kith.dump");
    Place::Url(&db).fill("5", "5");
    let kith = format!("{} backup - > {}", env!("CARGO_BIN_EXE_kith"), file.display());
    let done =
        std::process::Command::new("sh").args(["-c", &kith]).env("DATABASE_URL", db.url()).output().expect("a shell");
    assert!(done.status.success() && String::from_utf8_lossy(&done.stderr).contains("It holds everything until"));
    assert!(counted(&file).contains("5 people, 5 events"));
}

#[test]
fn what_cannot_be_backed_up_is_said_and_makes_nothing() {
    let (folder, blank) = (folder(), TestDb::blank());
    let (home, file) = (folder.path().join("home"), folder.path().join("kith.dump"));
    let refused = |program: Program, told: &str| {
        let done = program.run().expect(1);
        assert!(done.err.contains(told) && !done.err.contains("panicked"), "{told} in {}", done.err);
        assert_eq!(files(folder.path()), Vec::<String>::new());
    };
    refused(Place::Home(&home).kith(&["backup", text(&file)]), "there is no kith in");
    refused(Place::Url(&blank).kith(&["backup", text(&file)]), "no tables of kith");
    refused(
        Program::new(&["backup", text(&file)]).env("DATABASE_URL", "postgresql://127.0.0.1:1/kith"),
        "cannot be reached",
    );
    let full = TestDb::new();
    refused(Place::Url(&full).kith(&["backup", "/dev/null/kith.dump"]), "/dev/null/kith.dump.part cannot be written");
    refused(Place::Url(&full).kith(&["backup", text(folder.path())]), "is a folder: name a file in it, or say --to");
    let none = Place::Url(&full).kith(&["backup", text(&file)]).env("KITH_PG_BIN", "/nowhere");
    refused(none, "needs pg_dump and pg_restore of version");
    Program::new(&["backup"]).run().expect(2);
    Program::new(&["backup", "a", "--to", "b"]).run().expect(2);
    Program::new(&["backup", "a", "--keep", "3"]).run().expect(2);
}

#[test]
fn a_password_is_no_argument_of_pg_dump() {
    let db = TestDb::new();
    let folder = folder();
    let told = folder.path().join("told");
    let bin =
        programs(folder.path(), &format!("echo \"$@\" > {0}; echo \"password $PGPASSWORD\" >> {0}", told.display()));
    let url = db.url().replace("postgresql://", "postgresql://kith:hunter2@");
    let program = Program::new(&["backup", "-"]).env("DATABASE_URL", url).env("KITH_PG_BIN", bin);
    program.run().expect(0);
    let told = fs::read_to_string(told).expect("it ran");
    let (arguments, rest) = told.split_once('\n').expect("two lines");
    assert!(arguments.contains("--dbname postgresql://kith@") && !arguments.contains("hunter2"), "{arguments}");
    assert_eq!(rest, "password hunter2\n");
}
