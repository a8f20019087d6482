//! What one person is shown in sites and apps, with why, and what not, with why not.

use askama::Template;
use diesel::PgConnection;

use super::{
    audience::{self, Told},
    content::Rendered,
    screen_view::Listed,
    store,
};
use crate::{
    console::Request,
    db::ids::ScreenViewId,
    error::AppError,
    filter::Trace,
    ingest::load_people,
    ledger::Sensitive,
    message_templates::known,
    profile_page::{self, Tab, View},
    segments::{Step, TOLD, WhyNot},
    web::{Answer, page, words::counted},
};

/// A screen view that the person is shown.
struct Seen {
    view: Listed,
    why: Step,
    /// As they get it, with sensitive values hidden; why they get none.
    content: Result<Rendered, String>,
}

/// One that they are not shown.
struct Unseen {
    view: Listed,
    /// Why the audience cannot be asked.
    why: Result<Step, String>,
}

#[derive(Template)]
#[template(path = "screen_views/on_profile.html")]
struct ProfileContent {
    at: View,
    seen: Vec<Seen>,
    unseen: Vec<Unseen>,
}

impl ProfileContent {
    fn page(&self, view: &Listed) -> String {
        self.at.shell.scope.path(&format!("screen-views/{}", view.id))
    }

    fn others(&self) -> String {
        counted(i64::try_from(self.unseen.len()).unwrap_or(i64::MAX), "screen view", "screen views")
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Segments)?;
    let (environment, now, profile) = (request.scope().environment, request.now, at.frame.id);
    let told = audience::told(conn, environment, profile, now.at)?;
    if told.is_empty() {
        return Ok(page(&ProfileContent { at, seen: Vec::new(), unseen: Vec::new() }));
    }
    let state = load_people(conn, TOLD, environment, &[profile])?.remove(&profile).ok_or(AppError::NotFound)?;
    let traces: Vec<Trace> = told.iter().filter_map(|it| it.traced.clone().ok()).collect();
    let mut steps = WhyNot { request, at: &at, state: &state }.explain(conn, &traces)?.into_iter();
    let theirs = told.iter().filter(|it| it.traced.as_ref().is_ok_and(Trace::is_met)).map(|it| it.view.id);
    let mut contents = store::contents(conn, environment, &theirs.collect::<Vec<ScreenViewId>>())?;
    let person = known(conn, environment, &[profile])?.remove(&profile).ok_or(AppError::NotFound)?;
    let person = person.hidden(&Sensitive::load(conn, environment)?);
    let with = person.with(&request.scope().workspace, None, None, now.at);
    let (mut seen, mut unseen) = (Vec::new(), Vec::new());
    for Told { view, traced } in told {
        let why = traced.and_then(|_| steps.next().ok_or_else(|| "It cannot be put into words.".to_owned()));
        match (why, contents.remove(&view.id)) {
            (Ok(why), Some(content)) => seen.push(Seen { content: content.render(&with), view, why }),
            (why, _) => unseen.push(Unseen { view, why }),
        }
    }
    Ok(page(&ProfileContent { at, seen, unseen }))
}
