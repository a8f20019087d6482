//! Imports go down only. Every file stands on a floor; what it names must lie on its own floor or below, and no circle of imports
//! runs through two rooms. Re-exports are followed to the file that defines what they name, so a `mod.rs` hides nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::files;

/// The floors from the ground up, each with the rooms that stand on it. An area has two storeys: see [`UPPER`].
const FLOORS: [(&str, &[&str]); 16] = [
    ("ground", &["clock", "config", "db", "error", "json", "text", "trace", "words"]),
    ("web", &["state", "web"]),
    ("ledger", &["ledger"]),
    ("accounts", &["auth", "workspaces"]),
    ("registers", &["registers"]),
    ("areas, lower storey", &[]),
    ("teller", &[]),
    ("ingest", &["ingest"]),
    ("jobs", &["jobs"]),
    ("console", &["console"]),
    ("profile page", &["profile_page"]),
    ("areas, upper storey", &["account", "help"]),
    ("profiles, upper storey", &[]),
    ("senders and files", &["api", "demo", "developers", "generate", "imports", "simulate", "status"]),
    ("app", &["app", "lib"]),
    ("commands", &["backup", "cli", "housekeeping"]),
];

/// Rooms with two storeys.
const AREAS: &str = "\
    activity attributes audit confirmations data_requests events feedback history identities keys membership_attributes merges message_templates messages notes operators organisation outputs \
    preferences profiles rejections restrictions screen_views segments sending_accounts settings stream subscriptions tags topics \
    views";
/// Areas that so far have nothing above `ingest`.
const LOWER_AREAS: [&str; 2] = ["filter", "verdict"];
/// Files and folders of an area that stand on `console` and `ingest`; all others lie below both.
const UPPER: &str = "\
    actions bar bulk by_hand card choices compare comparison compose create current edit entry erase evidence \
    export facts form info inverse list matrix messages neighbour on_profile pages person preview raw recover rename \
    renderer retag retype routes row settle show synchronise take tell timeline undo_job worker";
/// Files of the ledger that put rows into words, with what areas know.
const TELLER: [&str; 3] = ["hidden", "sentence", "teller"];

fn named_in(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|it| it == name)
}

fn floor(module: &str) -> usize {
    let mut parts = module.split('/');
    let room = parts.next().filter(|room| !room.is_empty()).unwrap_or("lib");
    let rest: Vec<&str> = parts.collect();
    let named = |name: &str| FLOORS.iter().position(|(floor, _)| *floor == name).expect("a floor of that name");
    let is_upper = rest.iter().any(|part| named_in(UPPER, part));
    match room {
        "ledger" if rest.iter().any(|part| TELLER.contains(part)) => named("teller"),
        "jobs" if is_upper => named("areas, upper storey"),
        "profiles" if is_upper => named("profiles, upper storey"),
        area if named_in(AREAS, area) && is_upper => named("areas, upper storey"),
        area if named_in(AREAS, area) || LOWER_AREAS.contains(&area) => named("areas, lower storey"),
        _ => FLOORS
            .iter()
            .position(|(_, rooms)| rooms.contains(&room))
            .unwrap_or_else(|| panic!("src/{room} has no floor; give it one in {}", file!())),
    }
}

type Path = Vec<String>;

/// What one file says of names.
#[derive(Default)]
struct Source {
    /// The whole path of each name that it imports or exports on.
    names: BTreeMap<String, Path>,
    exported: BTreeSet<String>,
    children: BTreeSet<String>,
    /// Paths of two names or more in its code.
    paths: BTreeSet<Path>,
}

/// All files by the path of their module.
struct House(BTreeMap<Path, Source>);

fn path(text: &str) -> Path {
    text.split("::").map(|part| part.trim().to_owned()).collect()
}

const TESTS: &str = "#[cfg(test)]\n";

/// Code without comments, texts and test modules.
fn plain(text: &str) -> String {
    let opens = |at: &usize| {
        let rest = text[at + TESTS.len()..].trim_start_matches("pub ");
        rest.starts_with("mod ") && rest.find('{') < rest.find(';')
    };
    let end = text.match_indices(TESTS).map(|(at, _)| at).find(opens).unwrap_or(text.len());
    let text = &text[..end];
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(c) = rest.chars().next() {
        let hashes = rest.strip_prefix('r').map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
        let is_raw = rest[1.min(rest.len())..].trim_start_matches('#').starts_with('"')
            && c == 'r'
            && !plain.ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let taken = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => {
                let mut at = 1;
                while !rest[at..].starts_with('"') {
                    at += if rest[at..].starts_with('\\') {
                        2
                    } else {
                        rest[at..].chars().next().map_or(1, char::len_utf8)
                    };
                }
                at + 1
            }
            _ if is_raw => {
                let end = format!("\"{}", "#".repeat(hashes));
                let start = hashes + 2;
                rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
            }
            '\'' if rest[1..].starts_with("\\'") || rest[1..].starts_with("'") => 4.min(rest.len()),
            '\'' if rest.chars().nth(2) == Some('\'') => 1 + rest[1..].chars().next().map_or(0, char::len_utf8) + 1,
            _ => {
                plain.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    plain
}

/// The names of a `use` tree, each with its whole path.
fn expand(tree: &str, before: &[String], found: &mut Vec<(String, Path)>) {
    let tree = tree.trim();
    let Some((head, inner)) = tree.split_once('{') else {
        let (whole, alias) = tree.split_once(" as ").map_or((tree, None), |(whole, alias)| (whole, Some(alias.trim())));
        let mut whole = [before, &path(whole)].concat();
        if whole.last().is_some_and(|last| last == "self") && whole.len() > 1 {
            whole.pop();
        }
        let name = alias.map_or_else(|| whole.last().cloned().unwrap_or_default(), str::to_owned);
        return found.push((name, whole));
    };
    let head = head.trim().trim_end_matches("::");
    let before = if head.is_empty() { before.to_vec() } else { [before, &path(head)].concat() };
    let (mut depth, mut start) = (0, 0);
    let inner = &inner[..inner.rfind('}').unwrap_or(inner.len())];
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..at].trim().is_empty() {
                    expand(&inner[start..at], &before, found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

fn read(file: &str, text: &str) -> Source {
    let (mut source, plain) = (Source::default(), plain(text));
    let mut code = String::new();
    let mut rest = plain.as_str();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(at) = rest.find("use ") {
        let is_use = !rest[..at].ends_with(is_word);
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        if !is_use {
            code.push_str(&rest[..at + 4]);
            rest = &rest[at + 4..];
            continue;
        }
        let is_exported = rest[..at].trim_end().ends_with("pub");
        code.push_str(&rest[..at]);
        let mut found = Vec::new();
        expand(&rest[at + 4..end], &[], &mut found);
        for (name, whole) in found {
            let is_ours = ["crate", "self", "super"].contains(&whole[0].as_str());
            assert!(name != "*" || !is_ours, "{file}: name what is imported, not {}", &rest[at..end]);
            if is_exported {
                source.exported.insert(name.clone());
            }
            source.names.insert(name, whole);
        }
        rest = &rest[end..];
    }
    code.push_str(rest);
    for declared in code.match_indices("mod ").filter(|(at, _)| !code[..*at].ends_with(is_word)) {
        if let Some((name, _)) = code[declared.0 + 4..].split_once(';')
            && name.chars().all(is_word)
        {
            source.children.insert(name.to_owned());
        }
    }
    let is_part = |c: char| is_word(c) || c == ':';
    let words = code.split(|c| !is_part(c)).map(|word| word.trim_matches(':')).filter(|word| word.contains("::"));
    source.paths.extend(words.map(path));
    source
}

impl House {
    /// A path as seen from the root; none if it leads out of the house.
    fn absolute(&self, module: &Path, path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        let source = self.0.get(module)?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module.as_slice(), rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                Some([module.get(..module.len().checked_sub(ups)?)?, &path[ups..]].concat())
            }
            child if source.children.contains(child) => Some([module.as_slice(), path].concat()),
            name => {
                let whole = source.names.get(name).filter(|whole| whole.as_slice() != path)?;
                if whole.first() == Some(first) {
                    return None;
                }
                Some([self.absolute(module, whole)?.as_slice(), rest].concat())
            }
        }
    }

    /// The module that defines what a path names; none for a module itself.
    fn home(&self, whole: &[String], depth: usize) -> Option<Path> {
        let length = (0..=whole.len()).take_while(|length| self.0.contains_key(&whole[..*length])).last()?;
        let (module, rest) = whole.split_at(length);
        let (name, after) = rest.split_first()?;
        match self.0.get(module)?.names.get(name) {
            Some(on) if depth < 12 => {
                let on = self.absolute(&module.to_vec(), on)?;
                self.home(&[on.as_slice(), after].concat(), depth + 1)
            }
            _ => Some(module.to_vec()),
        }
    }

    /// Which file names something that which other one defines.
    fn imports(&self) -> BTreeSet<(String, String)> {
        let mut all = BTreeSet::new();
        for (module, source) in &self.0 {
            let imported = source.names.iter().filter(|(name, _)| !source.exported.contains(*name)).map(|(_, it)| it);
            for path in imported.chain(&source.paths) {
                let home = self.absolute(module, path).and_then(|whole| self.home(&whole, 0));
                if let Some(home) = home.filter(|home| home != module) {
                    all.insert((module.join("/"), home.join("/")));
                }
            }
        }
        all
    }
}

fn house(sources: impl IntoIterator<Item = (String, String)>) -> House {
    let sources: Vec<(String, String)> = sources.into_iter().collect();
    // Whole files of tests, as their folder declares them.
    let declared = |(name, text): &(String, String)| -> Vec<String> {
        let folder = name.trim_end_matches(".rs").trim_end_matches("/mod");
        let children = text.split(TESTS).skip(1).filter_map(|rest| rest.strip_prefix("mod ")?.split_once(';'));
        children.filter(|(child, _)| !child.contains('{')).map(|(child, _)| format!("{folder}/{child}")).collect()
    };
    let of_tests: Vec<String> = sources.iter().flat_map(declared).collect();
    let is_of_tests = |name: &str| {
        of_tests.iter().any(|tests| name.strip_prefix(tests.as_str()).is_some_and(|rest| rest.starts_with(['.', '/'])))
    };
    let module = |name: &str| -> Path {
        let name = name.trim_end_matches(".rs").trim_end_matches("/mod");
        if matches!(name, "lib") { Vec::new() } else { name.split('/').map(str::to_owned).collect() }
    };
    let read = |(name, text): &(String, String)| (!is_of_tests(name)).then(|| (module(name), read(name, text)));
    House(sources.iter().filter_map(read).collect())
}

fn whole_house() -> House {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/");
    let named = files("src", ".rs").into_iter().filter_map(|(path, text)| {
        let name = path.to_str()?.strip_prefix(root)?.to_owned();
        (name != "main.rs").then_some((name, text))
    });
    house(named)
}

fn upwards(imports: &BTreeSet<(String, String)>) -> Vec<String> {
    let up = imports.iter().filter(|(from, to)| floor(to) > floor(from));
    up.map(|(from, to)| format!("{from} ({}) names what {to} ({}) defines", FLOORS[floor(from)].0, FLOORS[floor(to)].0))
        .collect()
}

/// Rooms that lie on one circle of imports, where these are several.
fn circles(imports: &BTreeSet<(String, String)>) -> BTreeSet<BTreeSet<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in imports {
        next.entry(from).or_default().push(to);
    }
    let reached = |from: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(at) = open.pop() {
            for to in next.get(at.as_str()).into_iter().flatten() {
                if seen.insert((*to).to_owned()) {
                    open.push((*to).to_owned());
                }
            }
        }
        seen
    };
    let all: BTreeMap<&str, BTreeSet<String>> = next.keys().map(|file| (*file, reached(file))).collect();
    let on_circle = |file: &str| -> BTreeSet<String> {
        let goes_back = |other: &&String| all.get(other.as_str()).is_some_and(|seen| seen.contains(file));
        all[file].iter().filter(goes_back).map(|other| other.split('/').next().unwrap_or_default().to_owned()).collect()
    };
    all.keys().map(|file| on_circle(file)).filter(|rooms| rooms.len() > 1).collect()
}

#[test]
fn imports_go_down_only() {
    let found = upwards(&whole_house().imports());
    assert!(found.is_empty(), "{} imports go up:\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_circle_of_imports_runs_through_two_rooms() {
    let imports = whole_house().imports();
    assert!(imports.len() > 500, "only {} imports were found", imports.len());
    assert_eq!(circles(&imports), BTreeSet::new());
}

#[test]
fn re_exports_aliases_and_paths_are_followed() {
    let files = [
        ("lib.rs", "pub mod web;\npub mod notes;"),
        ("web/mod.rs", "mod form;\npub use form::Field as Input;"),
        ("web/form.rs", "// use crate::notes::pages::X;\npub struct Field; const A: &str = \"crate::notes::Y\";"),
        ("notes/mod.rs", "mod pages;\nmod store;\npub use pages::show;\npub use store::{self, Row};"),
        ("notes/pages.rs", "use super::Row;\nuse crate::web::Input;\npub fn show() {}"),
        ("notes/store.rs", "use crate::notes;\npub struct Row; fn f() { notes::show(); crate::web::Input; }"),
    ];
    let imports = house(files.map(|(name, text)| (name.to_owned(), text.to_owned()))).imports();
    let expected = [
        ("notes/pages", "notes/store"),
        ("notes/pages", "web/form"),
        ("notes/store", "notes/pages"),
        ("notes/store", "web/form"),
    ];
    assert_eq!(imports, expected.map(|(from, to)| (from.to_owned(), to.to_owned())).into());
    assert_eq!(upwards(&imports).len(), 1, "{:?}", upwards(&imports));
    assert_eq!(circles(&imports), BTreeSet::new(), "one room may go round in itself");
    let more = imports.into_iter().chain([("web/form".to_owned(), "notes/pages".to_owned())]).collect();
    assert_eq!(circles(&more).len(), 1);
}
