//! `docs/moving-in.md` is true: each of its files is imported by the command that stands below it, and prints what stands there.

use std::fs;

use super::Desk;
use crate::support::Program;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/moving-in.md");

/// Products, people in their files, and how many of them want no messages of some kind.
const PRODUCTS: [(&str, i64, i64); 13] = [
    ("Vero", 2, 1),
    ("Synerise", 2, 2),
    ("Yespo", 2, 1),
    ("Fyno", 2, 0),
    ("mParticle", 2, 0),
    ("Mailchimp", 3, 2),
    ("HubSpot", 2, 1),
    ("Klaviyo", 2, 2),
    ("Shopify", 2, 1),
    ("Salesforce", 2, 1),
    ("Google Contacts", 2, 0),
    ("Customer.io", 2, 1),
    ("kith", 2, 0),
];

/// A fenced block: what stands behind its fence, and its text.
struct Block {
    kind: String,
    text: String,
}

fn blocks(section: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            found.push(Block { kind: kind.to_owned(), text });
        }
    }
    found
}

#[test]
fn every_export_is_taken_as_the_document_says() {
    let document = fs::read_to_string(DOCUMENT).expect("the document");
    let sections: Vec<(&str, &str)> =
        document.split("\n## ").skip(1).map(|section| section.split_once('\n').expect("a heading")).collect();
    let named: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, PRODUCTS.map(|(name, ..)| name));
    for ((name, section), (_, people, without)) in sections.into_iter().zip(PRODUCTS) {
        let desk = Desk::new();
        let (mut said, mut printed) = (String::new(), String::new());
        for block in blocks(section) {
            match block.kind.split_once(' ') {
                Some(("csv", file)) => fs::write(desk.path(file), &block.text).expect("a file"),
                _ if block.kind == "sh" => {
                    for command in block.text.lines() {
                        let words: Vec<&str> = command.split(' ').skip(1).map(|word| word.trim_matches('\'')).collect();
                        let done =
                            Program::new(&words).env("DATABASE_URL", desk.db.url()).folder(desk.folder.path()).run();
                        assert!(done.err.is_empty(), "{name}: {}", done.err);
                        printed.push_str(&done.out);
                    }
                }
                _ => said.push_str(&block.text),
            }
        }
        assert_eq!(printed, said, "{name} prints");
        assert_eq!(desk.db.number("SELECT count(*) FROM profiles"), people, "{name}");
        let unsubscribed = "SELECT count(DISTINCT profile_id) FROM subscriptions WHERE state = 'unsubscribed'";
        assert_eq!(desk.db.number(unsubscribed), without, "{name}");
        assert_eq!(desk.db.number("SELECT count(*) FROM addresses WHERE address = 'ann@example.com'"), 1, "{name}");
    }
}
