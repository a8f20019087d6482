//! A line of the audit log as people read it: a sentence, with links to what it is about.

use std::collections::{BTreeSet, HashMap};

use diesel::{PgConnection, QueryResult};
use serde_json::Value;

use super::store::Line;
use crate::{
    console::Scope,
    db::ids::{EnvironmentId, ProfileId},
    profiles::{PersonLabel, people},
    settings::Setting,
    web::{pairs::Pairs, words::counted},
    workspaces::{self, EnvironmentKind},
};

/// Names of what lines are about.
pub struct Names {
    /// Address of the workspace, such as `/acme`.
    base: String,
    environments: HashMap<i64, EnvironmentKind>,
    people: HashMap<(i64, ProfileId), PersonLabel>,
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    /// Address of the page about it, if there is one.
    pub address: Option<String>,
}

impl Names {
    /// The names of what these lines are about, with one statement for each environment in which they name people.
    pub fn load(conn: &mut PgConnection, scope: &Scope, lines: &[Line]) -> QueryResult<Self> {
        let kinds = workspaces::environments(conn, scope.workspace.id)?;
        let mut known = HashMap::new();
        for (environment, _) in &kinds {
            let of = lines.iter().filter(|line| environment_of(&line.detail) == Some(environment.0.into()));
            let asked: BTreeSet<ProfileId> = of.flat_map(|line| profiles_of(&line.detail)).collect();
            let found = people(conn, *environment, &asked)?;
            known.extend(found.into_iter().map(|(id, label)| ((environment.0.into(), id), label)));
        }
        let environments = kinds.into_iter().map(|(EnvironmentId(id), kind)| (i64::from(id), kind)).collect();
        Ok(Self { base: format!("/{}", scope.workspace.slug), environments, people: known })
    }

    /// The names that lines about the organisation need: they say them themselves.
    pub fn none() -> Self {
        Self { base: String::new(), environments: HashMap::new(), people: HashMap::new() }
    }

    /// The environment that a line is about; none if it is about the workspace.
    pub fn environment(&self, line: &Line) -> Option<EnvironmentKind> {
        self.environments.get(&environment_of(&line.detail)?).copied()
    }

    /// What a line says.
    pub fn sentence(&self, line: &Line) -> Vec<Part> {
        let mut said = vec![text(line.action.label())];
        let word = |name: &str| line.detail.get(name).and_then(Value::as_str).filter(|word| !word.is_empty());
        let path = |rest: &str| self.environment(line).map(|kind| format!("{}/{}/{rest}", self.base, kind.as_str()));
        let about = |label: &str, rest: &str| Part { text: label.to_owned(), address: path(rest) };
        // The team is that of both environments.
        if let Some(id) = word("operator") {
            let team = format!("{}/{}/operators/{id}", self.base, EnvironmentKind::Live.as_str());
            said.push(Part { text: word("name").unwrap_or("somebody").to_owned(), address: Some(team) });
        }
        if word("invitation").is_some() {
            said.push(text(word("name").unwrap_or("somebody")));
        }
        said.extend(["admin", "backup"].into_iter().filter_map(word).map(text));
        match (word("workspace"), word("group")) {
            (Some(workspace), Some(group)) => said.push(text(&format!("{workspace} ({group})"))),
            (workspace, group) => said.extend(workspace.or(group).map(text)),
        }
        if let (None, Some((before, after))) = (word("setting"), word("before").zip(word("after"))) {
            said.push(text(&format!("from {before} to {after}")));
        }
        if let Some(name) = word("attribute") {
            said.push(about(name, &Pairs::default().with("name", name).address("attributes/show")));
        }
        if let Some(name) = word("tag") {
            said.push(about(name, &format!("tags/{name}/edit")));
        }
        if let Some(id) = line.detail.get("event").and_then(Value::as_i64) {
            said.push(about(word("name").unwrap_or("an event"), &format!("events/{id}")));
        }
        if let Some(id) = word("import") {
            said.push(about(word("name").unwrap_or("a file"), &format!("imports/{id}")));
        }
        if word("key").is_some() {
            said.push(about(word("name").unwrap_or("a key"), "keys"));
        }
        if let Some(id) = word("webhook") {
            said.push(about(word("name").unwrap_or("a webhook"), &format!("webhooks/{id}")));
        }
        if let Some(id) = word("screen_view") {
            said.push(about(word("name").unwrap_or("a screen view"), &format!("screen-views/{id}")));
        }
        // Both environments share the accounts.
        if let Some(id) = word("sending_account") {
            let address = format!("{}/live/sending/{id}", self.base);
            said.push(Part { text: word("name").unwrap_or("a sending account").to_owned(), address: Some(address) });
        }
        if let Some(id) = word("template") {
            let address = format!("{}/live/templates/{id}", self.base);
            said.push(Part { text: word("name").unwrap_or("a template").to_owned(), address: Some(address) });
        }
        if let Some(setting) = word("setting").and_then(Setting::from_stored) {
            let address = format!("{}/live/settings", self.base);
            said.push(Part { text: setting.label().to_owned(), address: Some(address) });
            let [before, after] = ["before", "after"].map(|name| word(name).unwrap_or_default());
            said.push(text(&format!("from “{before}” to “{after}”")));
        }
        let of_messages = |label: &str, rest: &str| Part {
            text: label.to_owned(),
            address: Some(format!("{}/live/topics{rest}", self.base)),
        };
        if let Some(id) = line.detail.get("topic").and_then(Value::as_i64) {
            said.push(of_messages(word("name").unwrap_or("a topic"), &format!("/{id}")));
        }
        for (name, rest) in [("section", ""), ("purpose", "/purposes"), ("channel", "/channels")] {
            said.extend(word(name).map(|label| of_messages(label, rest)));
        }
        said.extend(word("view").map(|name| about(name, "views")));
        said.extend(word("segment").map(|name| about(name, "segments")));
        said.extend(word("what").map(|what| text(&format!("({what})"))));
        if let Some(id) = word("job") {
            said.push(about(word("title").unwrap_or("a job"), &format!("jobs/{id}")));
        }
        for (place, profile) in profiles_of(&line.detail).enumerate() {
            match (place, line.detail.get("profiles").is_some()) {
                (_, false) => said.push(text("of")),
                (0, true) => {}
                (_, true) => said.push(text("with")),
            }
            said.push(self.person(line, profile, path(&format!("profiles/{profile}"))));
        }
        said.extend(word("permission").map(text));
        said.extend(word("role").map(|role| text(&format!("as {role}"))));
        match line.detail.get("days") {
            Some(Value::Number(days)) => {
                said.push(text(&format!("for {}", counted(days.as_i64().unwrap_or(0), "day", "days"))));
            }
            Some(_) => said.push(text("forever")),
            None => {}
        }
        if let Some(count) = line.detail.get("left_out_before").and_then(Value::as_i64) {
            let were = if count == 1 { "was" } else { "were" };
            said.push(text(&format!("({} before this {were} not recorded)", counted(count, "refusal", "refusals"))));
        }
        said
    }

    /// A profile by its name. Nothing is known any more of one that was erased.
    fn person(&self, line: &Line, profile: ProfileId, address: Option<String>) -> Part {
        let known = environment_of(&line.detail).and_then(|environment| self.people.get(&(environment, profile)));
        match known {
            Some(label) => Part { text: label.title().to_owned(), address },
            None => text("somebody who was deleted"),
        }
    }
}

fn text(text: &str) -> Part {
    Part { text: text.to_owned(), address: None }
}

fn environment_of(detail: &Value) -> Option<i64> {
    detail.get("environment").and_then(Value::as_i64)
}

/// The profiles that a detail names, two at most.
fn profiles_of(detail: &Value) -> impl Iterator<Item = ProfileId> {
    let several = detail.get("profiles").and_then(Value::as_array).into_iter().flatten().take(2);
    detail.get("profile").into_iter().chain(several).filter_map(|id| id.as_str()?.parse().ok())
}
