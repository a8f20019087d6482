//! The page that builds a filter from rows and groups of rows. All that it knows stands in its address and its fields.

mod rows;

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use self::rows::GroupView;
use super::filter::asking;
use crate::{
    attributes::{self, Definition},
    console::{Request, Shell},
    db::{
        Decided,
        ids::{EnvironmentId, SegmentId},
    },
    error::AppError,
    events,
    filter::{
        self,
        form::{Group, ROOT, is_field},
    },
    segments,
    topics::Catalogue,
    web::{Answer, form::Problems, page_with, pager, pairs::Pairs, see_other},
};

#[derive(Template)]
#[template(path = "profiles/filter.html")]
struct BuilderPage {
    shell: Shell,
    /// The query of the list without the filter.
    kept: Pairs,
    problems: Problems,
    group: GroupView,
    /// The filter as words and as text; `None` as long as something is missing.
    summary: Option<(String, String)>,
    names: Names,
}

impl BuilderPage {
    fn list(&self) -> String {
        self.shell.scope.path("profiles")
    }

    fn is_of_segment(&self) -> bool {
        !self.kept.get("segment").is_empty()
    }

    fn back(&self) -> String {
        let text = self.summary.as_ref().map_or("", |(_, text)| text.as_str());
        asking(&self.kept, text, &self.list())
    }
}

/// Names to choose from.
struct Names {
    attributes: Vec<Definition>,
    events: Vec<String>,
    topics: Vec<String>,
    segments: Vec<String>,
}

/// Names that are offered: two SQL statements, and those for names of events and topics that are not remembered.
fn names(request: &Request, conn: &mut PgConnection) -> Result<Names, AppError> {
    let (environment, now, db) = (request.scope().environment, request.now.at, &request.state.db);
    let attributes = attributes::options(conn, environment)?.into_iter().filter(|it| !it.is_sensitive).collect();
    let events = events::definitions::names(db, conn, environment, now)?.to_vec();
    let topics = Catalogue::remembered_by(conn, db, environment, now)?;
    let topics = topics.topics.iter().map(|it| it.topic.as_str().to_owned()).collect();
    let segments = segments::named(conn, environment)?.into_iter().map(|(_, name)| name).collect();
    Ok(Names { attributes, events, topics, segments })
}

/// The canonical text of the rows: one SQL statement for each catalogue that their conditions need.
///
/// # Errors
/// What is missing or wrong, at its row.
fn checked(
    form: &Group,
    conn: &mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> QueryResult<Result<String, Problems>> {
    let built = match form.build() {
        Ok(built) => built,
        Err(problems) => return Ok(Err(problems)),
    };
    let text = built.filter.to_string();
    // Limits of the whole, then names and types of the catalogues. A place in the text is that of a condition.
    let (error, row) = match filter::parse(&text) {
        Err(error) => (error, ROOT),
        Ok(parsed) => match parsed.check(conn, environment, now)? {
            Ok(_) => return Ok(Ok(text)),
            Err(error) => {
                let condition = parsed.places.iter().position(|place| *place == error.at);
                let row = condition.and_then(|condition| built.paths.get(condition)).map_or(ROOT, String::as_str);
                (error, row)
            }
        },
    };
    let instead = error.instead.map(|name| format!(" Did you mean {name}?")).unwrap_or_default();
    let mut problems = Problems::default();
    problems.add(row.to_owned(), error.message + &instead);
    Ok(Err(problems))
}

/// The form of the segment that the filter is for: a new one, or that with the id.
fn for_segment(request: &Request, text: &str) -> String {
    let asked = request.query.parsed::<SegmentId>("segment");
    let form = asked.map_or_else(|| "segments/new".to_owned(), |id| format!("segments/{id}/edit"));
    Pairs::default().with("q", text).address(&request.scope().path(&form))
}

pub fn build(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (query, environment) = (&request.query, request.scope().environment);
    let (typed, button, sent) = (query.get("q"), query.get("do"), Group::read(query));
    let kept: Pairs = pager::from_start(query).only(|name| !["q", "do", "open"].contains(&name) && !is_field(name));
    let is_asked = sent.is_some() && button == "show";
    let is_of_segment = !query.get("segment").is_empty();
    let mut form = sent.unwrap_or_else(|| Group::of_text(typed));
    let mut problems = Problems::default();
    if is_asked || !typed.is_empty() {
        match checked(&form, conn, environment, request.now.at)? {
            Ok(text) if is_asked && is_of_segment => {
                return Ok(see_other(&for_segment(request, &text)));
            }
            Ok(text) if is_asked => {
                return Ok(see_other(&asking(&kept, &text, &request.scope().path("profiles"))));
            }
            Ok(_) => {}
            Err(found) => problems = found,
        }
    }
    let status = if is_asked { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let new = form.edit(button);
    let names = names(request, conn)?;
    let label = |name: &str| {
        let known = names.attributes.iter().find(|known| known.name == name);
        known.map_or_else(|| name.to_owned(), Definition::label)
    };
    let summary = form.build().ok().map(|built| (built.filter.words(&label), built.filter.to_string()));
    let group = GroupView::new(&form, ROOT, new.as_deref(), &problems.0);
    Ok(page_with(status, &BuilderPage { shell: request.shell.clone(), kept, problems, group, summary, names }))
}
