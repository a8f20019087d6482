//! A console with something at every address.

use actix_web::web::Data;
use kith::{
    account::SetupToken,
    auth::Role,
    console::{Entry, assets},
    db::ids::ProfileId,
    identities::Kind,
    subscriptions::SubscriptionState::Pending,
};
use serde_json::json;

use crate::support::{
    App, Person,
    app::NOW,
    sender::{MadeKey, server},
};

/// A console with something at every address.
pub struct Site {
    pub app: App,
    pub profile: ProfileId,
    definition: String,
    note: String,
    pub key: MadeKey,
    pub call: String,
    pub merge: String,
    token: String,
    pub change: String,
    pub group: String,
    job: String,
    others: Vec<(&'static str, String)>,
    /// Paths of the person's links: to the preferences, and to a confirmation.
    links: [String; 2],
}

impl Site {
    pub fn new() -> Self {
        let (token, text) = SetupToken::new();
        let app = App::with(|console| console.setup = Data::new(Some(token)));
        let person = Person::new("c-1").name("Priya", "Nair").email("priya@example.com").tag("vip");
        let event = json!({"total": 12.5, "currency": "EUR", "products": [{"name": "Tea", "price": 12.5}]});
        let person = person.wants("email", Pending);
        let profile = app.add(person.event("Order Completed", "2026-11-20T10:00:00Z", event));
        let mut support = app.browser(Role::Support);
        support.visit(&app.profile(profile, "/notes"));
        support.submit("Add note", &[("New note", "Prefers the phone")]).expect(303);
        let note = app.db.one("SELECT id FROM notes");
        let definition = app.db.one("SELECT id FROM event_definitions");
        let merge = Self::merge(&app, profile);
        app.add(Person::known_by(Kind::Email, "nair@example.com").name("Priya", "N."));
        app.add(Person::new("c-1").also(Kind::Email, "nair@example.com"));
        assert_eq!(app.db.number("SELECT count(*) FROM merge_suggestions"), 1);
        let key = app.key(server());
        let event = json!({"userId": "c-1", "event": "Visit", "messageId": "m-1"});
        app.post(&key, "/v1/track", &event).expect(200);
        // That a key was used is noted in the background.
        app.until(|| app.db.number("SELECT count(*) FROM api_keys WHERE last_used_at IS NULL") == 0);
        let call = app.console.stream.after(0, 1, |_| true).1[0].id.to_string();
        let of_address = format!("FROM changes WHERE kind = 'address' AND profile_id = '{profile}'");
        let place = "(extract(epoch FROM recorded_at) * 1000000)::bigint || '-' || replace(id::text, '-', '')";
        let change = app.db.one(&format!("SELECT {place} {of_address}"));
        let group = app.db.one(&format!("SELECT group_id {of_address}"));
        app.db.run(&format!(
            "INSERT INTO jobs (environment_id, id, task, title, source_id, created_at, finished_at) \
             SELECT {}, '{group}', '{{}}', 'Undo', min(id), '{NOW}', '{NOW}' FROM sources",
            app.live
        ));
        let job = app.db.one("SELECT id FROM jobs");
        let (others, token) = (
            [
                &crate::operators::parts(&app)[..],
                &crate::organisation::parts(&app),
                &crate::topics::parts(&app),
                &crate::message_templates::parts(&app),
                &crate::messages::parts(&app),
                &crate::outputs::parts(&app),
                &crate::restrictions::parts(&app),
                &crate::profiles::views::parts(&app),
                &crate::profiles::parts(&app),
                &crate::segments::parts(&app),
                &crate::screen_views::parts(&app),
                &crate::membership_attributes::parts(&app),
                &crate::imports::parts(&app),
                &crate::sending_accounts::parts(&app),
                &crate::feedback::parts(&app),
            ]
            .concat(),
            text,
        );
        // Everybody was here before, so that no page notes where they are now.
        app.db.run("UPDATE operators SET last_workspace_id = 1");
        let links = crate::preferences::links(&app, profile).try_into().expect("two links");
        Self { links, app, profile, definition, note, merge, key, call, token, change, group, job, others }
    }

    /// Makes somebody part of that profile, and returns the merge's id.
    fn merge(app: &App, profile: ProfileId) -> String {
        let other = app.add(Person::new("c-0").name("Priya", "Old"));
        let mut admin = app.browser(Role::Admin);
        admin.visit(&app.profile(profile, &format!("/merge?with={other}")));
        admin.submit("Merge into Priya Nair", &[]).expect(303);
        app.db.one("SELECT id FROM merges")
    }

    /// The route's address with real ids in it.
    pub fn address(&self, entry: &Entry) -> String {
        let [preferences, confirm] = &self.links;
        if let Some(rest) = entry.path.strip_prefix("/preferences/{link}") {
            return if rest == "/confirm" { confirm.clone() } else { format!("{preferences}{rest}") };
        }
        let style: Vec<&str> = assets::style().split('/').collect();
        let parts = [
            ("{workspace}", self.app.workspace.slug.as_str()),
            ("{environment}", "live"),
            ("{profile}", &self.profile.to_string()),
            ("{tag}", "vip"),
            ("{definition}", &self.definition),
            ("{note}", &self.note),
            ("{key}", &self.key.id.to_string()),
            ("{call}", &self.call),
            ("{id}", "c-1"),
            ("{merge}", &self.merge),
            ("{change}", &self.change),
            ("{group}", &self.group),
            ("{job}", &self.job),
            ("{setting}", "country"),
            ("{token}", &self.token),
            ("{purpose}", "news"),
            ("{mark}", style[2]),
            ("{name}", style[3]),
        ];
        let address = parts.iter().fold(entry.path.to_owned(), |path, (part, value)| path.replace(part, value));
        let address = self.others.iter().fold(address, |path, (part, value)| path.replace(part, value));
        assert!(!address.contains('{'), "{address}: say in Site::address what stands there");
        // A name of an attribute may hold anything, so it is no part of the path.
        if entry.path.contains("/attributes/") {
            return format!("{address}?name=first_name");
        }
        if entry.path.ends_with("/activity/raw") {
            let place =
                "'e' || (extract(epoch FROM occurred_at) * 1000000)::bigint || '-' || replace(id::text, '-', '')";
            let place = self.app.db.one(&format!("SELECT {place} FROM events ORDER BY occurred_at LIMIT 1"));
            return format!("{address}?entry={place}");
        }
        if entry.path.ends_with("/profiles/bulk") {
            return format!("{address}?do=tag&id={}", self.profile);
        }
        if entry.path.ends_with("/restrictions") {
            return format!("{address}?do=turn-off");
        }
        if entry.path.ends_with("/subscriptions/change") {
            return format!("{address}?line=email&to=unsubscribe");
        }
        // Else it would go on for minutes.
        if entry.path.ends_with("/stream") { format!("{address}?pause=yes") } else { address }
    }

    /// What no answer of this test may change; sessions note the last click.
    pub fn digest(&self) -> Vec<String> {
        let others = "SELECT rel FROM table_placement WHERE rel NOT IN ('sessions', 'audit_log') ORDER BY rel";
        let mut tables = self.app.db.column(others);
        assert!(tables.len() > 10, "{tables:?}");
        // What was refused is written down.
        tables.push("(SELECT * FROM audit_log WHERE NOT is_refusal)".to_owned());
        self.app.db.digest(&tables.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// All that the workspace "Acme" has.
    pub fn digest_of_acme(&self) -> Vec<String> {
        let owned = "SELECT table_name || ' WHERE ' || CASE column_name WHEN 'workspace_id' THEN 'workspace_id = 1' \
                     ELSE 'environment_id IN (SELECT id FROM environments WHERE workspace_id = 1)' END \
                     FROM information_schema.columns JOIN table_placement ON rel = table_name \
                     WHERE column_name IN ('environment_id', 'workspace_id') ORDER BY table_name";
        let tables: Vec<String> =
            self.app.db.column(owned).iter().map(|table| format!("(SELECT * FROM {table})")).collect();
        assert!(tables.len() > 20, "{tables:?}");
        self.app.db.digest(&tables.iter().map(String::as_str).collect::<Vec<_>>())
    }
}
