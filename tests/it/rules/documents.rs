//! Documents that name what the code has.

use std::{collections::BTreeSet, fs, path::Path};

use kith::{app::routes, console::Access};

#[test]
fn the_list_of_open_addresses_is_complete() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("SECURITY.md");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let promise = text.lines().find(|line| line.contains("Nobody comes in")).expect("the promise");
    let listed: BTreeSet<&str> = promise.split('`').filter(|part| part.starts_with('/')).collect();
    let routes = routes();
    let open = routes.entries().iter().filter(|entry| entry.guard() == Some(&Access::Public));
    assert_eq!(
        listed.iter().copied().filter(|path| !["/preferences", "/hooks"].contains(path)).collect::<BTreeSet<_>>(),
        open.map(|entry| entry.path).collect()
    );
    let of_links = routes.entries().iter().filter(|entry| entry.guard() == Some(&Access::Link));
    assert!(listed.contains("/preferences") && listed.contains("/hooks"));
    let of_hooks = routes.entries().iter().filter(|entry| entry.guard() == Some(&Access::Hook));
    assert_eq!(of_hooks.map(|entry| entry.path).collect::<Vec<_>>(), ["/hooks/{account}/{secret}"]);
    assert_eq!(of_links.filter(|entry| !entry.path.starts_with("/preferences/{link}")).count(), 0);
}
