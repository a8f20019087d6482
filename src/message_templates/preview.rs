//! The page of a template: what one person would get, whether they may get it, and its versions.

use askama::Template as Page;
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use super::{
    Fault, Links, Person, Rendered, Template, known, names,
    pages::{find, languages},
    render_variant,
    store::{self, Version},
    undefined,
};
use crate::{
    console::{Request, Shell},
    db::{
        Decided,
        ids::{EnvironmentId, ProfileId, SourceId},
        schema,
    },
    error::AppError,
    ledger::{self, Sensitive},
    profiles,
    subscriptions::Medium,
    text::title,
    topics::Catalogue,
    verdict::{Question, Terms, of_many, verdict},
    web::{Answer, Now, Timestamp, page, pairs::Pairs, respond::framed_page},
};

/// What one person would get.
struct Preview {
    profile: ProfileId,
    /// Name of the person, else an id.
    title: String,
    /// Language of the words; empty: none is said.
    language: String,
    rendered: Result<Rendered, Fault>,
    /// Names that the event of a message fills in.
    of_event: Vec<String>,
    may_send: bool,
    verdict: String,
}

#[derive(Page)]
#[template(path = "message_templates/show.html")]
struct ShowPage {
    shell: Shell,
    template: Template,
    topic: Option<String>,
    /// What was typed to look somebody up.
    typed: String,
    /// `None`: nobody is there, or nobody was found.
    preview: Option<Preview>,
    /// Attributes that the words name and nobody has.
    undefined: Vec<String>,
    versions: Vec<Version>,
    can_change: bool,
    now: Now,
}

impl ShowPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("templates/{}", self.template.id))
    }

    fn frame(&self, preview: &Preview) -> String {
        Pairs::default().with("profile", &preview.profile.to_string()).address(&format!("{}/preview", self.path()))
    }

    fn person(&self, preview: &Preview) -> String {
        self.shell.scope.path(&format!("profiles/{}", preview.profile))
    }

    fn languages(&self, version: &Version) -> String {
        languages(version.languages.iter().map(String::as_str))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }
}

/// The person whom the address asks for: by id, by what the search box takes, or the newest of the environment.
fn asked(request: &Request, conn: &mut PgConnection) -> Result<Option<ProfileId>, AppError> {
    let environment = request.scope().environment;
    if let Some(profile) = request.query.parsed("profile") {
        return Ok(Some(profile));
    }
    let typed = request.query.get("q");
    if typed.is_empty() {
        return Ok(newest(conn, environment)?);
    }
    let reading = request.reading(conn)?;
    Ok(profiles::find(conn, environment, typed, reading)?.0.first().map(|row| ProfileId(row.id)))
}

fn newest(conn: &mut PgConnection, environment: EnvironmentId) -> QueryResult<Option<ProfileId>> {
    use schema::profiles::dsl as p;
    p::profiles
        .filter(p::environment_id.eq(environment.0).and(p::merged_into.is_null()))
        .order((p::created_at.desc(), p::id.desc()))
        .select(p::id)
        .first(conn)
        .optional()
}

/// A person, and the words for them.
type Shown = (Person, Result<Rendered, Fault>);

/// The person, and the words for them; `None`: there is no such person.
fn rendered(
    request: &Request,
    conn: &mut PgConnection,
    template: &Template,
    profile: ProfileId,
) -> Result<Option<Shown>, AppError> {
    let environment = request.scope().environment;
    let Some(person) = known(conn, environment, &[profile])?.remove(&profile) else { return Ok(None) };
    let person = person.hidden(&Sensitive::load(conn, environment)?);
    let links = Some(Links::examples(request.state.config.server.site.origin()));
    let with = person.with(&request.scope().workspace, None, links, request.now.at);
    let rendered = render_variant(template.variant(person.language.as_deref()), &with);
    Ok(Some((person, rendered)))
}

fn preview(
    request: &Request,
    conn: &mut PgConnection,
    (template, topics): (&Template, &Catalogue),
    profile: ProfileId,
) -> Result<Option<Preview>, AppError> {
    let Some((person, mut rendered)) = rendered(request, conn, template, profile)? else { return Ok(None) };
    let unknown = rendered.as_mut().map(|it| std::mem::take(&mut it.unknown)).unwrap_or_default();
    let (of_event, unknown) = unknown.into_iter().partition(|name| name.starts_with("event."));
    if let Ok(rendered) = &mut rendered {
        rendered.unknown = unknown;
    }
    let (environment, now) = (request.scope().environment, request.now);
    let facts = of_many(conn, environment, &[profile])?.remove(&profile).unwrap_or_default();
    let question =
        Question { channel: template.channel, kind: template.kind, topic: template.topic.clone(), now: now.at };
    let answer = verdict(&facts, &topics.rules, &question);
    let asked = answer.first_block().and_then(|(_, it)| it.said).map(|said| said.by).into_iter().collect();
    let sources = ledger::source_names(&request.state.db, conn, &asked, now.at)?;
    let (day, source) = (
        |at: DateTime<Utc>| Timestamp::new(at, now).date(),
        |source: SourceId| sources.get(&source).cloned().unwrap_or_default(),
    );
    let sentence = answer.sentence(&question, &Terms { day: &day, source: &source, rules: &topics.rules });
    let identifier = person.id.clone().or(person.email.clone()).unwrap_or_else(|| profile.short());
    Ok(Some(Preview {
        profile,
        title: title([person.name.as_str(), identifier.as_str()]).to_owned(),
        language: template.variant(person.language.as_deref()).language.clone(),
        rendered,
        of_event,
        may_send: answer.may_send(),
        verdict: sentence,
    }))
}

/// Names that its words use.
fn used(template: &Template) -> impl Iterator<Item = String> + '_ {
    template.variants.iter().filter_map(|variant| names(&variant.words).ok()).flatten()
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (template, scope) = (find(request, conn)?, request.scope());
    let topics = Catalogue::remembered_by(conn, &request.state.db, scope.environment, request.now.at)?;
    let preview = match asked(request, conn)? {
        Some(profile) => preview(request, conn, (&template, &topics), profile)?,
        None => None,
    };
    let answer = page(&ShowPage {
        shell: request.shell.clone(),
        topic: template.topic.as_ref().map(|topic| topics.rules.topic_name(topic).to_owned()),
        typed: request.query.get("q").to_owned(),
        preview,
        undefined: undefined(conn, scope.environment, used(&template))?,
        versions: store::versions(conn, scope.workspace.id, template.id)?,
        can_change: scope.role.can(crate::auth::Permission::ManageTemplates),
        now: request.now,
        template,
    });
    Ok(answer.framing())
}

/// The HTML of a message alone, for the frame of the page. It has a document of its own, since the console allows no inline styles and mails
/// have no others; its policy allows them, and no script, no form and nothing from elsewhere.
pub fn framed(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let template = find(request, conn)?;
    let profile = asked(request, conn)?.ok_or(AppError::NotFound)?;
    let (_, rendered) = rendered(request, conn, &template, profile)?.ok_or(AppError::NotFound)?;
    let html = rendered.ok().and_then(|rendered| rendered.html).ok_or(AppError::NotFound)?;
    Ok(framed_page(html))
}
