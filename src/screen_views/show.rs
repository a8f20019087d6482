//! The page of one screen view: what it shows to whom, and what it names.

use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    SHOWING, audience,
    pages::{Labels, find},
    screen_view::{ScreenView, Showing},
};
use crate::{
    auth::Permission,
    console::{Request, Shell},
    error::AppError,
    message_templates::undefined,
    profiles::{self, Count},
    views::Ready,
    web::{Answer, Now, Timestamp, page, pairs::Pairs},
};

#[derive(Template)]
#[template(path = "screen_views/show.html")]
struct ShowPage {
    shell: Shell,
    view: ScreenView,
    /// The audience in words.
    words: String,
    /// How many people are in it, or why it cannot be asked.
    size: Result<Count, String>,
    /// Names that the content uses.
    names: Vec<String>,
    /// Attributes among them that nobody has.
    undefined: Vec<String>,
    can_manage: bool,
    now: Now,
}

impl ShowPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("screen-views/{}", self.view.listed.id))
    }

    /// The list of those in the audience.
    fn people(&self) -> String {
        let (typed, path) = (self.view.listed.typed(), self.shell.scope.path("profiles"));
        // Without any parameter, the list would open with the reader's own view.
        let asked = if typed.is_empty() { Ready::Everyone.query() } else { Pairs::default().with("q", &typed) };
        asked.address(&path)
    }

    fn showing(&self) -> Showing {
        self.view.listed.showing(self.now.at)
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (view, scope, now) = (find(request, conn)?, request.scope(), request.now);
    let labels = Labels::load(conn, scope.environment, view.listed.audience.iter())?;
    let asked = audience::asked(conn, scope.environment, vec![view.listed.clone()], now.at)?.pop();
    let size = match asked.ok_or(AppError::NotFound)?.audience {
        Ok((filter, predicate)) => {
            Ok(profiles::count(&request.state.db, conn, &predicate, &filter.to_string(), now.at)?)
        }
        Err(why) => Err(why),
    };
    let names = view.content.names();
    Ok(page(&ShowPage {
        shell: request.shell.clone(),
        words: labels.words(&view.listed.audience),
        size,
        undefined: undefined(conn, scope.environment, names.iter().cloned())?,
        names: names.into_iter().collect(),
        can_manage: scope.role.can(Permission::ManageSegments),
        view,
        now,
    }))
}
