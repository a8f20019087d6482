//! The page on which a message to one person is written: first what it is to be, then the form with the verdict beside it.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use askama::Template as Page;
use diesel::PgConnection;

use super::{
    Draft,
    draft::block,
    form::{Chosen, MessageForm},
    render::{Renderer, Wanted},
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
    verdict::{MessageKind, Question, Terms, Told, verdict},
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
        let all = sending_accounts::store::list(conn, scope.workspace.id)?;
        let accounts: Vec<Account> = usable(all).remove(&channel).unwrap_or_default();
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
}

/// Accounts that are on, by channel, the default of each first.
fn usable(accounts: Vec<Account>) -> BTreeMap<Medium, Vec<Account>> {
    let mut by_channel: BTreeMap<Medium, Vec<Account>> = BTreeMap::new();
    for account in accounts.into_iter().filter(|account| account.is_on) {
        let those = by_channel.entry(account.channel).or_default();
        if account.is_default { those.insert(0, account) } else { those.push(account) }
    }
    by_channel
}

/// The verdict about the person of a page, in words, and the layer that blocks.
fn told(
    request: &Request,
    conn: &mut PgConnection,
    at: &View,
    question: &Question,
    is_unasked: bool,
) -> Result<(Told, bool), AppError> {
    let catalogue = Catalogue::remembered_by(conn, &request.state.db, request.scope().environment, request.now.at)?;
    let verdict = verdict(&at.frame.facts, &catalogue.rules, question);
    let sources: BTreeSet<_> = verdict.sources().collect();
    let names = ledger::source_names(&request.state.db, conn, &sources, request.now.at)?;
    let (name, day) = (|source| names.get(&source).cloned().unwrap_or_default(), |time| at.moment(&time).date());
    let told = verdict.told(question, &Terms { day: &day, source: &name, rules: &catalogue.rules });
    Ok((told, block(&verdict, is_unasked).is_some()))
}

/// The page that asks what to send, or the form for it.
pub fn new(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let id = MessageId(new_id(request.now.at));
    if let Some(unsent) = request.unsent() {
        return show(request, conn, StatusCode::OK, unsent.parsed("id").unwrap_or(id), unsent, Shown::Form);
    }
    if !request.query.get("channel").is_empty() {
        return show(request, conn, StatusCode::OK, id, &FormData(request.query.0.clone()), Shown::Form);
    }
    let at = profile_page::open(request, conn, Tab::Messages)?;
    let accounts = usable(sending_accounts::store::list(conn, request.scope().workspace.id)?);
    let mut templates: BTreeMap<Medium, Vec<Listed>> = BTreeMap::new();
    for template in message_templates::store::list(conn, request.scope().workspace.id, None)? {
        if !template.is_archived {
            templates.entry(template.channel).or_default().push(template);
        }
    }
    let mut channels = Vec::with_capacity(accounts.len());
    for channel in accounts.into_keys() {
        let question = Question { channel, kind: MessageKind::Service, topic: None, now: request.now.at };
        let (told, _) = told(request, conn, &at, &question, false)?;
        channels.push(ChannelChoice { channel, told, templates: templates.remove(&channel).unwrap_or_default() });
    }
    Ok(page(&ChoosePage { at, channels }))
}

/// What a form that was sent amounts to.
pub enum Composed {
    Ready(Box<Draft>),
    /// The page has to be shown again: a problem, a preview, or the verdict.
    Again,
}

/// Reads the form, and asks the verdict.
pub fn read(request: &Request, conn: &mut PgConnection, id: MessageId, sent: &FormData) -> Result<Composed, AppError> {
    let about = About::load(request, conn, sent)?;
    let Ok(draft) = MessageForm::parse(id, sent, &about.chosen(), request.now) else { return Ok(Composed::Again) };
    if sent.get("do") == "preview" {
        return Ok(Composed::Again);
    }
    let at = profile_page::open(request, conn, Tab::Messages)?;
    let (_, is_blocked) = told(request, conn, &at, &draft.question(), draft.unasked.is_some())?;
    Ok(if is_blocked { Composed::Again } else { Composed::Ready(Box::new(draft)) })
}

/// What the page shows besides the form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Form,
    Result,
}

/// The page with the form as it was typed, and what came of it.
pub fn again(request: &Request, conn: &mut PgConnection, id: MessageId, sent: &FormData) -> Result<Answer, AppError> {
    let is_preview = sent.get("do") == "preview";
    let status = if is_preview { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    show(request, conn, status, id, sent, Shown::Result)
}

fn show(
    request: &Request,
    conn: &mut PgConnection,
    status: StatusCode,
    id: MessageId,
    sent: &FormData,
    shown: Shown,
) -> Result<Answer, AppError> {
    let about = About::load(request, conn, sent)?;
    let at = profile_page::open(request, conn, Tab::Messages)?;
    let parsed = match shown {
        Shown::Form => None,
        Shown::Result => Some(MessageForm::parse(id, sent, &about.chosen(), request.now)),
    };
    let typed = |problems| MessageForm::typed(id, sent, &about.chosen(), problems, request.now);
    let (form, draft) = match parsed {
        None => (typed(Problems::default()), None),
        Some(Ok(draft)) => (typed(Problems::default()), Some(draft)),
        Some(Err(form)) => (*form, None),
    };
    let usual = Question { channel: about.channel, kind: kind(&about, sent), topic: None, now: request.now.at };
    let question = draft.as_ref().map_or(usual, Draft::question);
    let is_unasked = draft.as_ref().is_some_and(|draft| draft.unasked.is_some());
    let (told, blocks) = told(request, conn, &at, &question, is_unasked)?;
    let preview = draft.as_ref().map(|draft| preview(request, conn, &at, draft)).transpose()?;
    let is_blocked = blocks && sent.get("do") == "send";
    // Of two ways to say it one is enough.
    let status = if status == StatusCode::UNPROCESSABLE_ENTITY && draft.is_some() && !is_blocked {
        StatusCode::OK
    } else {
        status
    };
    let About { channel, template, accounts, may_skip, .. } = about;
    Ok(page_with(status, &ComposePage { at, channel, template, accounts, form, told, is_blocked, preview, may_skip }))
}

fn kind(about: &About, sent: &FormData) -> MessageKind {
    let typed = MessageKind::from_stored(sent.get("kind")).unwrap_or(MessageKind::Service);
    about.template.as_ref().map_or(typed, |template| template.kind)
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
