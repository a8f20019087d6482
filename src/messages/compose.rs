//! The page on which a message to one person is written: first what it is to be, then the form with the verdict beside it.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use askama::Template as Page;
use diesel::PgConnection;

use super::{
    Draft,
    draft::block,
    form::{Chosen, MessageForm},
    renderer::{Renderer, Wanted},
    take::Lane,
};
use crate::{
    console::Request,
    db::{
        Decided,
        ids::{MessageId, MessageTemplateId, new_id},
    },
    error::AppError,
    ledger,
    message_templates::{self, Template, store::Listed},
    profile_page::{self, Tab, View},
    sending_accounts::{self, Account},
    subscriptions::Medium,
    topics::Catalogue,
    verdict::{MessageKind, Question, Terms, Told, Verdict, verdict},
    web::{Answer, FormData, form::Problems, page, page_with, pairs::Pairs},
};

/// A channel by which something can be sent.
struct ChannelChoice {
    channel: Medium,
    told: Told,
    templates: Vec<Listed>,
}

#[derive(Page)]
#[template(path = "messages/choose.html")]
struct ChoosePage {
    at: View,
    channels: Vec<ChannelChoice>,
}

impl ChoosePage {
    fn link(&self, channel: &Medium, template: &str) -> String {
        let pairs = Pairs::default().with("channel", channel.as_str()).with("template", template);
        pairs.address(&format!("{}/new", self.at.path()))
    }
}

/// How a message would look.
struct Preview {
    subject: String,
    text: String,
}

#[derive(Page)]
#[template(path = "messages/compose.html")]
struct ComposePage {
    at: View,
    channel: Medium,
    template: Option<Template>,
    accounts: Vec<Account>,
    form: MessageForm,
    /// The verdict on what the form says.
    told: Told,
    /// Whether it keeps the message from being sent, and the operator tried to.
    is_blocked: bool,
    preview: Option<Result<Preview, String>>,
    may_skip: bool,
}

/// What a form is about, as read from the database.
struct About {
    channel: Medium,
    template: Option<Template>,
    accounts: Vec<Account>,
    topics: Vec<(String, String)>,
    may_skip: bool,
}

impl About {
    fn load(request: &Request, conn: &mut PgConnection, asked: &Pairs) -> Result<Self, AppError> {
        let (scope, now) = (request.scope(), request.now.at);
        let channel = Medium::parse(asked.get("channel")).map_err(|_| AppError::NotFound)?;
        let accounts = sending_accounts::store::usable(conn, scope.workspace.id)?.remove(&channel).unwrap_or_default();
        let template = match asked.parsed::<MessageTemplateId>("template") {
            Some(id) => Some(message_templates::store::find(conn, scope.workspace.id, id)?.ok_or(AppError::NotFound)?),
            None => None,
        };
        let catalogue = Catalogue::remembered_by(conn, &request.state.db, scope.environment, now)?;
        let offered = catalogue.offered();
        let topics =
            offered.iter().flat_map(|(_, topics)| topics).map(|it| (it.topic.as_str().to_owned(), it.name.clone()));
        let may_skip = scope.role.can_change_settings();
        Ok(Self { channel, template, accounts, topics: topics.collect(), may_skip })
    }

    fn chosen(&self) -> Chosen<'_> {
        let Self { channel, template, accounts, topics, may_skip } = self;
        Chosen { channel: *channel, template: template.as_ref(), accounts, topics, may_skip: *may_skip }
    }

    /// The question about a form that cannot be read yet.
    fn question(&self, typed: &FormData, request: &Request) -> Question {
        let kind = MessageKind::from_stored(typed.get("kind")).unwrap_or(MessageKind::Service);
        let kind = self.template.as_ref().map_or(kind, |template| template.kind);
        Question { channel: self.channel, kind, topic: None, now: request.now.at }
    }
}

/// The verdicts about the person of a page, each with its words.
fn told<'q>(
    request: &Request,
    conn: &mut PgConnection,
    at: &View,
    questions: impl Iterator<Item = &'q Question>,
) -> Result<Vec<(Verdict, Told)>, AppError> {
    let catalogue = Catalogue::remembered_by(conn, &request.state.db, request.scope().environment, request.now.at)?;
    let of = |question: &'q Question| (question, verdict(&at.frame.facts, &catalogue.rules, question));
    let verdicts: Vec<(&Question, Verdict)> = questions.map(of).collect();
    let sources: BTreeSet<_> = verdicts.iter().flat_map(|(_, verdict)| verdict.sources()).collect();
    let names = ledger::source_names(&request.state.db, conn, &sources, request.now.at)?;
    let (name, day) = (|source| names.get(&source).cloned().unwrap_or_default(), |time| at.moment(&time).date());
    let terms = Terms { day: &day, source: &name, rules: &catalogue.rules };
    let in_words = |(question, verdict): (&Question, Verdict)| {
        let told = verdict.told(question, &terms);
        (verdict, told)
    };
    Ok(verdicts.into_iter().map(in_words).collect())
}

/// [`told`] of one question.
fn told_of(
    request: &Request,
    conn: &mut PgConnection,
    at: &View,
    question: &Question,
) -> Result<(Verdict, Told), AppError> {
    told(request, conn, at, std::iter::once(question))?.pop().ok_or(AppError::NotFound)
}

/// The page that asks what to send, or the form for it.
pub fn new(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let typed = request.unsent().map(|unsent| FormData(unsent.0.clone()));
    match typed.or_else(|| Some(FormData(request.query.0.clone())).filter(|asked| !asked.get("channel").is_empty())) {
        Some(typed) => form(request, conn, &typed),
        None => choose(request, conn),
    }
}

fn choose(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (workspace, now) = (request.scope().workspace.id, request.now.at);
    let at = profile_page::open(request, conn, Tab::Messages)?;
    let accounts = sending_accounts::store::usable(conn, workspace)?;
    let mut templates: BTreeMap<Medium, Vec<Listed>> = BTreeMap::new();
    for template in message_templates::store::list(conn, workspace, None)?.into_iter().filter(|it| !it.is_archived) {
        templates.entry(template.channel).or_default().push(template);
    }
    let question = |channel: &Medium| Question { channel: *channel, kind: MessageKind::Service, topic: None, now };
    let questions: Vec<Question> = accounts.keys().map(question).collect();
    let told = told(request, conn, &at, questions.iter())?;
    let choice = |(question, (_, told)): (&Question, (Verdict, Told))| ChannelChoice {
        channel: question.channel,
        told,
        templates: templates.remove(&question.channel).unwrap_or_default(),
    };
    let channels = questions.iter().zip(told).map(choice).collect();
    Ok(page(&ChoosePage { at, channels }))
}

/// The form as it was typed, before anything comes of it.
fn form(request: &Request, conn: &mut PgConnection, typed: &FormData) -> Result<Answer, AppError> {
    let about = About::load(request, conn, typed)?;
    let at = profile_page::open(request, conn, Tab::Messages)?;
    let id = typed.parsed("id").unwrap_or_else(|| MessageId(new_id(request.now.at)));
    let form = MessageForm::typed(id, typed, &about.chosen(), Problems::default(), request.now);
    let (_, told) = told_of(request, conn, &at, &about.question(typed, request))?;
    let About { channel, template, accounts, may_skip, .. } = about;
    let is_blocked = false;
    Ok(page(&ComposePage { at, channel, template, accounts, form, told, is_blocked, preview: None, may_skip }))
}

/// What a form that was sent amounts to.
pub enum Composed {
    Ready(Box<Draft>),
    /// The page again: with a problem, a preview, or the verdict.
    Again(Answer),
}

/// Reads the form, and asks the verdict.
pub fn read(request: &Request, conn: &mut PgConnection, id: MessageId, sent: &FormData) -> Result<Composed, AppError> {
    let about = About::load(request, conn, sent)?;
    let at = profile_page::open(request, conn, Tab::Messages)?;
    let is_preview = sent.get("do") == "preview";
    let parsed = MessageForm::parse(id, sent, &about.chosen(), request.now);
    let usual = || about.question(sent, request);
    let question = parsed.as_ref().map_or_else(|_| usual(), Draft::question);
    let (verdict, told) = told_of(request, conn, &at, &question)?;
    let (form, is_blocked, preview) = match parsed {
        Err(form) => (*form, false, None),
        Ok(draft) => {
            let is_blocked = block(&verdict, draft.passes()).is_some();
            if !is_preview && !is_blocked {
                return Ok(Composed::Ready(Box::new(draft)));
            }
            let form = MessageForm::typed(id, sent, &about.chosen(), Problems::default(), request.now);
            (form, is_blocked && !is_preview, Some(preview(request, conn, &at, &draft)?))
        }
    };
    let status = if is_preview { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let About { channel, template, accounts, may_skip, .. } = about;
    let shown = ComposePage { at, channel, template, accounts, form, told, is_blocked, preview, may_skip };
    Ok(Composed::Again(page_with(status, &shown)))
}

/// How a message would look to the person of the page.
fn preview(
    request: &Request,
    conn: &mut PgConnection,
    at: &View,
    draft: &Draft,
) -> Result<Result<Preview, String>, AppError> {
    let scope = request.scope();
    let wanted = Wanted {
        profile: at.frame.id,
        content: draft.content.clone(),
        event: draft.event.clone(),
        is_campaign: draft.kind == MessageKind::Campaign,
        topic: draft.topic.clone(),
        confirms: None,
    };
    let lane = Lane {
        workspace: scope.workspace.id,
        environment: scope.environment,
        kind: scope.kind,
        account: draft.account,
    };
    let renderer = Renderer { origin: request.state.config.server.site.origin() };
    let mut done = renderer.render(conn, lane, draft.channel, &[wanted], request.now.at)?;
    let done = done.pop().unwrap_or_else(|| Err("There is nothing to show.".to_owned()));
    Ok(done.map(|done| Preview { subject: done.kept.subject, text: done.kept.text }))
}
