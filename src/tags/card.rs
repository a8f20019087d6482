//! The card of tags on the Info tab of a profile.

use std::collections::BTreeMap;

use askama::{Template, filters::HtmlSafe};

use super::{
    Colour,
    store::{Definition, OwnTags},
};
use crate::{console::Shell, db::ids::ProfileId, filter::Filter, web::pairs::Pairs};

/// A tag on the card.
struct Chip {
    name: String,
    colour: &'static str,
    description: String,
    address: String,
}

/// The card: the tags of a profile, a button to remove each, and a field to add one.
#[derive(Template)]
#[template(path = "tags/_card.html")]
pub struct TagCard {
    chips: Vec<Chip>,
    offered: Vec<String>,
    csrf: String,
    path: String,
    can_edit: bool,
}

impl HtmlSafe for TagCard {}

impl TagCard {
    pub fn new(shell: &Shell, profile: ProfileId, tags: OwnTags) -> Self {
        let definition = |(name, colour, description): (String, String, String)| {
            (name.clone(), Definition { name, colour: Colour::stored(&colour), description })
        };
        let mut known: BTreeMap<String, Definition> = tags.known.into_iter().map(definition).collect();
        let list = shell.scope.path("profiles");
        Self {
            chips: tags.names.iter().map(|name| chip(name, &mut known, &list)).collect(),
            offered: tags.offered,
            csrf: shell.csrf.clone(),
            path: shell.scope.path(&format!("profiles/{profile}")),
            can_edit: shell.scope.role.can_edit(),
        }
    }
}

fn chip(name: &str, known: &mut BTreeMap<String, Definition>, list: &str) -> Chip {
    let definition = known.remove(name);
    Chip {
        name: name.to_owned(),
        colour: definition.as_ref().map(|it| it.colour).unwrap_or_default().as_str(),
        description: definition.map(|it| it.description).unwrap_or_default(),
        address: having(list, name),
    }
}

/// Address of the list at `path`, filtered to profiles that have a tag.
pub fn having(path: &str, tag: &str) -> String {
    Pairs::default().with("q", &Filter::tagged(tag).to_string()).address(path)
}
