//! Colours that can be read: contrast by WCAG 2.2, computed from the style sheet.

use std::collections::HashMap;

use kith::{auth::Role, workspaces::Accent};

use super::save;
use crate::support::{App, Person};

/// The colours in a block of the style sheet by name, in light and dark.
fn colours(css: &str, block: &str) -> HashMap<String, [String; 2]> {
    let start = css
        .find(&format!("{block} {{"))
        .or_else(|| css.find(&format!("{block}  {{")))
        .unwrap_or_else(|| panic!("no {block}"));
    let body = css[start..].split('}').next().unwrap_or_default();
    let mut found = HashMap::new();
    for part in body.split("--").skip(1) {
        let Some((name, value)) = part.split_once(':') else { continue };
        let Some(pair) = value.trim().strip_prefix("light-dark(#") else { continue };
        let pair = pair.split(')').next().unwrap_or_default();
        let Some((light, dark)) = pair.split_once(", #") else { continue };
        found.insert(name.to_owned(), [light, dark].map(str::to_owned));
    }
    found
}

fn luminance(hex: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("a colour")) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_colour_can_be_read_in_light_and_dark() {
    let css = include_str!("../../../static/console.css");
    assert!((contrast("ffffff", "000000") - 21.0).abs() < 0.01);
    let root = colours(css, ":root");
    for accent in Accent::ALL {
        let own = match accent {
            Accent::Indigo => root.clone(),
            _ => colours(css, &format!(".accent-{}", accent.as_str())),
        };
        for mode in [0, 1] {
            let (text, ink, wash) = (&own["accent"][mode], &own["accent-ink"][mode], &own["accent-wash"][mode]);
            let grounds = ["paper", "surface", "raised"].map(|name| &root[name][mode]);
            for ground in grounds.into_iter().chain([ink, wash]) {
                let ratio = contrast(text, ground);
                assert!(ratio >= 4.5, "{accent:?}: {text} on {ground} is {ratio:.2}");
            }
            let ratio = contrast(&root["ink"][mode], wash);
            assert!(ratio >= 4.5, "{accent:?}: text on {wash} is {ratio:.2}");
        }
    }
}

#[test]
fn the_console_of_the_workspace_wears_its_colour() {
    let app = App::new();
    let profile = app.add(Person::new("c-1"));
    let mut mara = app.browser(Role::Marketer);
    assert_eq!(mara.visit(&app.path("profiles")).attr("body", "class"), "accent-indigo");
    save(&app, "colour", &[("Teal", "yes")]);
    assert_eq!(mara.visit(&app.path("profiles")).attr("body", "class"), "accent-teal");
    assert_eq!(mara.visit(&app.profile(profile, "")).attr("body", "class"), "accent-teal");
}
