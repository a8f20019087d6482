//! The list of topics, and the pages of one.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use crate::{
    console::{Request, Shell},
    db::{Decided, ids::TopicId},
    error::AppError,
    subscriptions::{Medium, Purpose, Topic},
    topics::{Catalogue, Section, TopicDefinition, form::TopicForm, store},
    web::{Answer, Now, Timestamp, form::Problems, page, page_with, pairs::Pairs},
};

#[derive(Template)]
#[template(path = "topics/index.html")]
struct IndexPage {
    shell: Shell,
    known: Catalogue,
    /// What people named and nobody defined.
    seen: Vec<Topic>,
    has_more_seen: bool,
    can_change: bool,
}

impl IndexPage {
    fn path(&self) -> String {
        self.shell.scope.path("topics")
    }

    /// Address of the form that defines a topic.
    fn define(&self, topic: &Topic) -> String {
        Pairs::default().with("key", topic.as_str()).address(&format!("{}/new", self.path()))
    }

    fn is_last(&self, section: &Section) -> bool {
        self.known.sections.last() == Some(section)
    }

    fn is_empty(&self) -> bool {
        self.known.sections.is_empty() && self.known.topics.is_empty()
    }
}

#[derive(Template)]
#[template(path = "topics/show.html")]
struct ShowPage {
    shell: Shell,
    own: TopicDefinition,
    known: Catalogue,
    now: Now,
    can_change: bool,
}

impl ShowPage {
    fn path(&self) -> String {
        self.shell.scope.path("topics")
    }

    fn section(&self) -> &str {
        let own = self.known.sections.iter().find(|section| Some(section.id) == self.own.section);
        own.map_or("None: after all sections", |section| &section.name)
    }

    /// What holds on each channel, in words.
    fn defaults(&self) -> Vec<(&'static str, &'static str)> {
        Medium::ALL.iter().map(|channel| (channel.label(), self.own.default_on(*channel).label())).collect()
    }

    fn since(&self) -> Option<Timestamp> {
        self.own.retired_at.map(|at| Timestamp::new(at, self.now))
    }

    fn purposes(&self) -> String {
        let names = self.own.rules.purposes.iter().map(|purpose: &Purpose| self.known.rules.purpose_name(purpose));
        names.collect::<Vec<_>>().join(", ")
    }
}

#[derive(Template)]
#[template(path = "topics/form.html")]
struct FormPage {
    shell: Shell,
    /// `None`: a new one.
    own: Option<TopicDefinition>,
    form: TopicForm,
}

impl FormPage {
    fn path(&self) -> String {
        self.shell.scope.path("topics")
    }

    /// Where the form is sent to.
    fn action(&self) -> String {
        self.own.as_ref().map_or(format!("{}/new", self.path()), |topic| format!("{}/{}/edit", self.path(), topic.id))
    }

    /// Where *Cancel* leads.
    fn back(&self) -> String {
        self.own.as_ref().map_or(self.path(), |topic| format!("{}/{}", self.path(), topic.id))
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let environment = request.scope().environment;
    let known = Catalogue::read(conn, environment)?;
    let mut seen = store::seen_topics(conn, environment, &known.topics)?;
    let has_more_seen = seen.len() > store::MOST_SEEN;
    seen.truncate(store::MOST_SEEN);
    let can_change = request.scope().role.can_change_settings();
    Ok(page(&IndexPage { shell: request.shell.clone(), known, seen, has_more_seen, can_change }))
}

fn find(request: &Request, known: &Catalogue) -> Result<TopicDefinition, AppError> {
    let id: TopicId = request.id()?;
    known.topics.iter().find(|topic| topic.id == id).cloned().ok_or(AppError::NotFound)
}

pub fn show_topic(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let known = Catalogue::read(conn, request.scope().environment)?;
    let own = find(request, &known)?;
    let can_change = request.scope().role.can_change_settings();
    Ok(page(&ShowPage { shell: request.shell.clone(), own, known, now: request.now, can_change }))
}

/// The form of a new topic; `key` in the address is what senders call it already, `section` where it is to stand.
pub fn new_topic(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let known = Catalogue::read(conn, request.scope().environment)?;
    let [key, section] = ["key", "section"].map(|name| request.query.get(name));
    let asked = Pairs::default().with("key", key).with("name", key).with("section", section);
    let typed = request.unsent().cloned().unwrap_or(crate::web::FormData(asked));
    let form = TopicForm::typed(&typed, &known, Problems::default());
    Ok(page(&FormPage { shell: request.shell.clone(), own: None, form }))
}

pub fn edit_topic(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let known = Catalogue::read(conn, request.scope().environment)?;
    let own = find(request, &known)?;
    let typed = request.unsent().map(|sent| TopicForm::typed(sent, &known, Problems::default()));
    let form = typed.unwrap_or_else(|| TopicForm::of(&own, &known));
    Ok(page(&FormPage { shell: request.shell.clone(), own: Some(own), form }))
}

/// The form again, with its problems.
pub fn topic_again(request: &Request, own: Option<TopicDefinition>, form: TopicForm) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { shell: request.shell.clone(), own, form })
}
