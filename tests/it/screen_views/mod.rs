//! Screen views: who is shown what, and why.

mod api;
mod pages;
mod profile;

use chrono::{DateTime, Utc};
use kith::{
    db::ids::{EnvironmentId, ScreenViewId, new_id},
    screen_views::{self, By, Content, ContentKind, Priority, Run, ScreenViewName, Wish},
};

use crate::support::App;

/// A wish for a screen view that begins at once and has no end.
pub fn wish(name: &str, (kind, content): (ContentKind, &str), audience: &str, priority: &str) -> Wish {
    Wish {
        name: ScreenViewName::typed(name).expect("a name"),
        content: Content::new(kind, content).expect("content"),
        audience: audience.to_owned(),
        run: Run::default(),
        priority: Priority::typed(priority).expect("a priority"),
    }
}

/// Stores a screen view of an environment.
pub fn store_in(app: &App, environment: EnvironmentId, wish: &Wish) -> ScreenViewId {
    let (id, at) = (ScreenViewId(new_id(app.clock.now())), app.clock.now());
    let by = By { name: "Ada Moreau", at };
    let made = screen_views::create(&mut app.db.connect(), environment, id, wish, by).expect("stored");
    made.unwrap_or_else(|wrong| panic!("{}: {wrong:?}", wish.audience));
    id
}

/// Stores a text in the live environment.
pub fn text(app: &App, name: &str, content: &str, audience: &str, priority: &str) -> ScreenViewId {
    store_in(app, app.live, &wish(name, (ContentKind::Text, content), audience, priority))
}

/// A time as another one says.
fn during(wish: Wish, from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Wish {
    Wish { run: Run::new(from, until).expect("a time"), ..wish }
}

/// What stands in addresses of screen views. The person of the site is in its audience.
pub fn parts(app: &App) -> [(&'static str, String); 1] {
    text(app, "Not for them", "Hello", "-tag:vip", "1");
    let content = "{\"title\": \"Hello {{ user.first_name }}\"}";
    let id = store_in(app, app.live, &wish("Hello", (ContentKind::Json, content), "tag:vip", "100"));
    [("{screen_view}", id.to_string())]
}

/// Those that the examples of the API tell of.
pub fn of_examples(app: &App) {
    let content = "{\"title\": \"Welcome back, {{ user.first_name }}\", \"button\": {\"text\": \"See what is new\", \"href\": \"/new\"}}";
    let until = "2026-12-24T18:00:00Z".parse().expect("a time");
    let back = wish("Welcome back", (ContentKind::Json, content), "", "500");
    store_in(app, app.live, &during(back, None, Some(until)));
    text(app, "Points", "{{ 1000 | divided_by: 0 }} points", "", "100");
}
