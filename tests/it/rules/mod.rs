//! Rules of the house that a machine can check.

mod documents;
mod floors;
mod migrations;
mod plans;
mod schema;
mod sources;
mod statements;
mod templates;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Files under a folder of the repository that end so, with their text.
fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_str().is_some_and(|path| path.ends_with(ending)) {
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), ending, &mut found);
    assert!(found.len() > 5, "{folder} has {} files that end in {ending}", found.len());
    found.sort();
    found
}

/// Fails with every line of these files that a rule refuses.
#[track_caller]
fn refuse(files: &[(PathBuf, String)], rule: &str, is_bad: impl Fn(&str) -> bool) {
    let mut found = Vec::new();
    for (path, text) in files {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| is_bad(line)) {
            found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
        }
    }
    assert!(found.is_empty(), "{rule}\n{}", found.join("\n"));
}
