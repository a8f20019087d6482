use std::collections::BTreeSet;

use super::{files, refuse};

#[test]
fn templates_hold_nothing_that_runs_and_no_style() {
    let templates = files("templates", ".html");
    for (sign, rule) in [
        ("<script", "no script reaches the browser"),
        ("javascript:", "no script reaches the browser"),
        ("style=", "styles belong in static/console.css"),
        ("<style", "styles belong in static/console.css"),
        ("|safe", "what is escaped stays escaped"),
        ("| safe", "what is escaped stays escaped"),
        ("autoescape", "what is escaped stays escaped"),
        ("http://", "nothing comes from elsewhere"),
        ("https://", "nothing comes from elsewhere"),
    ] {
        refuse(&templates, rule, |line| line.to_lowercase().contains(sign));
    }
    refuse(&templates, "no inline handlers", |line| {
        line.split_whitespace().any(|word| word.starts_with("on") && word.contains("=\""))
    });
}

#[test]
fn every_form_that_posts_carries_the_token() {
    // Whoever has a link of a person needs nothing else.
    let of_links = ["preferences/index.html", "preferences/question.html"];
    let others =
        files("templates", ".html").into_iter().filter(|(path, _)| !of_links.iter().any(|it| path.ends_with(it)));
    for (path, text) in others {
        for form in
            text.split("<form").skip(1).filter(|form| form.split('>').next().is_some_and(|tag| tag.contains("post")))
        {
            let form = form.split("</form>").next().unwrap_or_default();
            assert!(form.contains(r#"name="csrf""#), "{}: <form{form}", path.display());
        }
    }
}

/// A type that renders itself unescaped is a component or cleaned HTML, and there are few.
#[test]
fn few_types_may_render_unescaped() {
    let safe: Vec<String> = files("src", ".rs")
        .iter()
        .flat_map(|(_, text)| {
            text.lines()
                .filter(|line| line.contains("HtmlSafe for"))
                .map(str::trim)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    for line in &safe {
        let name = line.split("HtmlSafe for ").nth(1).unwrap_or_default().trim_end_matches(" {}").to_owned();
        let is_template = files("src", ".rs").iter().any(|(_, text)| {
            text.split("#[derive(").any(|part| {
                part.split(')').next().is_some_and(|derived| derived.contains("Template"))
                    && part.split('{').next().is_some_and(|head| {
                        ["struct", "enum"].iter().any(|sort| {
                            head.contains(&format!("{sort} {}", name.split('<').next().unwrap_or_default()))
                        })
                    })
            }) || text.contains(&format!("pub struct {name}(pub Vec<Problem>)"))
        });
        assert!(is_template || name == "Html", "{name} is no template, so nothing escapes what it holds");
    }
}

/// What belongs to a room is found under its name.
#[test]
fn folders_of_templates_and_tests_are_named_after_rooms() {
    let folders = |of: &str| -> BTreeSet<String> {
        let all = std::fs::read_dir(format!("{}/{of}", env!("CARGO_MANIFEST_DIR"))).expect("the folder is there");
        let folders = all.map(|entry| entry.expect("it can be read")).filter(|entry| entry.path().is_dir());
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let mut known = folders("src");
    known.extend(["layout", "ui", "rules", "site_map", "support"].map(str::to_owned));
    for of in ["templates", "tests/it"] {
        assert_eq!(folders(of).difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "in {of}");
    }
}
