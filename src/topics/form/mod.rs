//! What is typed about topics, purposes and channels.

mod channel;
mod purpose;
mod section;
mod topic;

pub use channel::{ChannelForm, Templates};
pub use purpose::PurposeForm;
pub use section::SectionForm;
pub use topic::TopicForm;

use askama::{Template, filters::HtmlSafe};
use std::collections::BTreeSet;

use super::Catalogue;
use crate::{
    subscriptions::Purpose,
    web::form::Control,
    web::{Field, FormData, form::Problems},
};

/// Longest name, in characters.
const LONGEST_NAME: usize = 80;
/// Longest description, in characters.
const LONGEST: usize = 300;

/// Boxes for the purposes that must have been agreed to.
#[derive(Clone, Debug, Template)]
#[template(path = "topics/_purposes.html")]
pub struct Ticks(Vec<(String, String, bool)>);

impl HtmlSafe for Ticks {}

impl Ticks {
    fn new(known: &Catalogue, sent: &FormData) -> Self {
        let ticked = ticked(known, sent);
        let tick = |purpose: &super::PurposeDefinition| {
            (purpose.purpose.to_string(), purpose.name.clone(), ticked.contains(&purpose.purpose))
        };
        // An opt-out of a sale is asked about where a topic is one.
        Self(known.purposes.iter().filter(|purpose| !purpose.purpose.is_opt_out()).map(tick).collect())
    }
}

/// The purposes that were ticked, if they are defined.
fn ticked(known: &Catalogue, sent: &FormData) -> BTreeSet<Purpose> {
    let of = |key: &str| known.purposes.iter().find(|it| it.purpose.as_str() == key).map(|it| it.purpose.clone());
    sent.all("purpose").filter_map(of).filter(|purpose| !purpose.is_opt_out()).collect()
}

fn name_field(sent: &FormData, hint: &'static str, problems: &Problems) -> Field {
    Field::new("name", "Name", Control::Text)
        .required()
        .limit(LONGEST_NAME)
        .hint(hint)
        .value(sent.raw("name"))
        .problem(&problems.0)
}

fn description_field(sent: &FormData, hint: &'static str, problems: &Problems) -> Field {
    Field::new("description", "Description", Control::Text)
        .limit(LONGEST)
        .hint(hint)
        .value(sent.raw("description"))
        .problem(&problems.0)
}

/// The typed name.
fn name(sent: &FormData, problems: &mut Problems) -> String {
    let typed = sent.get("name");
    if !(1..=LONGEST_NAME).contains(&typed.chars().count()) || typed.contains(char::is_control) {
        problems.add("name", "Enter a name of 1 to 80 characters.");
    }
    typed.to_owned()
}

/// The typed description.
fn description(sent: &FormData, problems: &mut Problems) -> String {
    let typed = sent.get("description");
    if typed.chars().count() > LONGEST || typed.contains(char::is_control) {
        problems.add("description", "Enter a description of at most 300 characters on one line.");
    }
    typed.to_owned()
}
