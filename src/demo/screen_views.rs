//! What the shop's site shows to some of its customers.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};

use crate::{
    db::ids::{EnvironmentId, ScreenViewId, new_id},
    screen_views::{self, By, Content, ContentKind, Priority, Run, ScreenViewName, Wish},
};

/// Name, kind, content, audience, priority, and for how many days from now, if not for good.
type View = (&'static str, ContentKind, &'static str, &'static str, &'static str, Option<i64>);

const VIEWS: [View; 2] = [
    (
        "Welcome back",
        ContentKind::Json,
        "{\n  \"title\": \"{{ user.first_name | default: \\\"Hello\\\" }}, the kettle is on\",\n  \"text\": \"{% if user.city %}New lanterns leave for {{ user.city }} every Friday.{% else %}New lanterns leave the workshop every Friday.{% endif %}\",\n  \"button\": {\"label\": \"See what is new\", \"href\": \"/new\"}\n}",
        "did:\"Order Completed\" in:365d",
        "500",
        Some(21),
    ),
    (
        "First order",
        ContentKind::Text,
        "{% if user.first_name %}{{ user.first_name }}, your{% else %}Your{% endif %} first order travels free.",
        "segment:\"Never ordered\"",
        "300",
        None,
    ),
];

/// Defines them. What exists by that name stays as it is.
pub fn define(conn: &mut PgConnection, environment: EnvironmentId, by: &str, now: DateTime<Utc>) -> QueryResult<()> {
    for (name, kind, content, audience, priority, days) in VIEWS {
        let until = days.map(|days| now + TimeDelta::days(days));
        let (Ok(name), Ok(content)) = (ScreenViewName::typed(name), Content::new(kind, content)) else { continue };
        let (Ok(run), Ok(priority)) = (Run::new(None, until), Priority::typed(priority)) else { continue };
        let wish = Wish { name, content, audience: audience.to_owned(), run, priority };
        let _is_new =
            screen_views::create(conn, environment, ScreenViewId(new_id(now)), &wish, By { name: by, at: now })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_can_be_made() {
        for (name, kind, content, _, priority, _) in VIEWS {
            assert!(ScreenViewName::typed(name).is_ok() && Priority::typed(priority).is_ok());
            assert_eq!(Content::new(kind, content).map(drop), Ok(()), "{name}");
        }
    }
}
