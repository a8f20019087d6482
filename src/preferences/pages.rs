//! Pages for whoever has a link.

use std::{future::Future, pin::Pin};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    error::InternalError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    web::Data,
};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{
    choices::{Choices, shortened},
    form::{LONGEST, Leaving, Pause},
    link::Use,
    store::{self, Brand, Opened},
    texts::{ALL, Texts, with},
};
use crate::{
    data_requests::RequestKind,
    db::Decided,
    error::AppError,
    identities::Channel,
    state::{self, AppState},
    subscriptions::{Line, Medium},
    topics::Catalogue,
    verdict::{Agreement, Facts},
    web::{Answer, Visits, client_address, page_with, pairs::Pairs, respond::Flash},
};

const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// What all these pages begin with.
pub(super) struct Frame {
    pub texts: &'static Texts,
    pub brand: Brand,
    /// Address of the person's page.
    pub path: String,
    /// The language that was chosen in the address; empty: none.
    pub lang: String,
    pub said: Option<String>,
}

impl Frame {
    /// Address of another page of the link, in the chosen language.
    pub fn address(&self, rest: &str) -> String {
        Pairs::default().with("lang", &self.lang).address(&format!("{}{rest}", self.path))
    }

    /// All languages, with the address of the person's page in each.
    fn languages(&self) -> impl Iterator<Item = (&'static Texts, String)> {
        let address = |texts: &&'static Texts| Pairs::default().with("lang", texts.code).address(&self.path);
        ALL.into_iter().map(move |texts| (texts, address(&texts)))
    }

    /// The frame of a page of nobody.
    fn unbranded(texts: &'static Texts, path: String, lang: String) -> Self {
        Self { texts, brand: Brand::default(), path, lang, said: None }
    }

    fn text(&self, text: &str) -> String {
        with(text, &self.brand.name)
    }
}

#[derive(Template)]
#[template(path = "preferences/index.html")]
struct PreferencesPage {
    at: Frame,
    choices: Choices,
    has_stopped: bool,
    paused: Option<String>,
    asked: Vec<RequestKind>,
}

impl PreferencesPage {
    fn pauses(&self) -> Vec<(&'static str, &'static str)> {
        let texts = self.at.texts;
        let label = |pause| match pause {
            Pause::Week => texts.pause_week,
            Pause::Month => texts.pause_month,
            Pause::Quarter => texts.pause_quarter,
            Pause::End => texts.pause_end,
        };
        let is_offered = |pause: &Pause| *pause != Pause::End || self.paused.is_some();
        Pause::ALL.into_iter().filter(is_offered).map(|pause| (pause.as_str(), label(pause))).collect()
    }

    fn leaving(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        Leaving::ALL.map(Leaving::as_str).into_iter().zip(self.at.texts.leaving)
    }

    fn has_asked(&self, kind: RequestKind) -> bool {
        self.asked.contains(&kind)
    }
}

/// A page with one question, and the button that answers it; or one that says what was done.
#[derive(Template)]
#[template(path = "preferences/question.html")]
struct QuestionPage {
    at: Frame,
    title: String,
    about: String,
    /// The button, with the address that it posts to; `None`: it is done.
    button: Option<(&'static str, String)>,
    is_danger: bool,
    /// Whether the page leads to the other choices.
    has_choices: bool,
}

impl QuestionPage {
    /// A page without a question.
    fn told(at: Frame, title: String, about: String) -> Self {
        Self { at, title, about, button: None, is_danger: false, has_choices: false }
    }
}

/// A link as a request brought it.
pub(super) struct Arrived {
    pub opened: Opened,
    pub frame: Frame,
    pub now: DateTime<Utc>,
}

impl FromRequest for Arrived {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let arrived = arrive(&request).await?;
            arrived.map_err(|over| InternalError::from_response("a link that does not work", over.into()).into())
        })
    }
}

/// Opens the link of a request; `Err`: the page of a link that does not work.
async fn arrive(request: &HttpRequest) -> Result<Result<Arrived, Answer>, AppError> {
    let (state, visits) = (state::data::<AppState>(request)?, state::data::<Visits>(request)?);
    let (sent, now) = (request.match_info().get("link").unwrap_or_default().to_owned(), state.clock.now());
    let path = format!("/preferences/{sent}");
    let lang = Pairs::parse(request.query_string().as_bytes()).get("lang").to_owned();
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if let Err(AppError::TooMany(seconds)) = visits.count(&sent, now) {
        let texts = Texts::choose(&lang, None, accepted);
        let (title, about) = (texts.title.to_owned(), texts.too_many.to_owned());
        let page = QuestionPage::told(Frame::unbranded(texts, path, String::new()), title, about);
        let answer = shown(StatusCode::TOO_MANY_REQUESTS, &page);
        return Ok(Err(answer.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))));
    }
    let opened = state.db.read(move |conn| store::open(conn, &sent, now)).await?;
    let known = opened.as_ref().and_then(|(opened, _)| opened.language.as_deref());
    let texts = Texts::choose(&lang, known, accepted);
    let lang = if lang == texts.code { lang } else { String::new() };
    let said = request.extensions().get::<Flash>().map(|flash| flash.text.clone());
    let Some((opened, brand)) = opened else {
        visits.count_broken(client_address(request, &state.config.server.proxies), now)?;
        let (title, about) = (texts.over.to_owned(), texts.over_about.to_owned());
        let page = QuestionPage::told(Frame::unbranded(texts, path, lang), title, about);
        return Ok(Err(shown(StatusCode::NOT_FOUND, &page)));
    };
    Ok(Ok(Arrived { opened, frame: Frame { texts, brand, path, lang, said }, now }))
}

/// A page that no search engine keeps.
fn shown(status: StatusCode, page: &impl Template) -> Answer {
    page_with(status, page).with_header(ROBOTS, HeaderValue::from_static("noindex, nofollow"))
}

pub async fn show(state: Data<AppState>, arrived: Arrived) -> Result<Answer, AppError> {
    let Arrived { opened, frame, now } = arrived;
    let catalogue = Catalogue::remembered(&state.db, opened.key.environment, now).await?;
    let choices = Choices::of(&opened, &catalogue, frame.texts, now);
    let no = opened.facts.lines.get(&Line::everything());
    let has_stopped = matches!(no, Some((Agreement::No(_), _)));
    let paused = opened.facts.paused.filter(|(until, _)| *until > now);
    let paused = paused.map(|(until, _)| with(frame.texts.paused, &frame.texts.day(until)));
    Ok(shown(StatusCode::OK, &PreferencesPage { at: frame, choices, has_stopped, paused, asked: opened.asked }))
}

/// What a one-click unsubscribe is about: a topic, or everything of a channel or of the company.
pub(super) fn subject(link: &Use) -> Option<&Line> {
    match link {
        Use::Preferences(line) => Some(line),
        Use::Confirmation { .. } => None,
    }
}

pub async fn unsubscribe(arrived: Arrived) -> Result<Answer, AppError> {
    let Arrived { opened, frame, .. } = arrived;
    let line = subject(&opened.link.used_for).ok_or(AppError::NotFound)?;
    let texts = frame.texts;
    let (title, about) = match &line.topic {
        Some(topic) => (with(texts.one, topic.as_str()), with(texts.one_about, topic.as_str())),
        None => (frame.text(texts.one), frame.text(texts.one_all_about)),
    };
    let button = Some((texts.one_button, frame.address("/unsubscribe")));
    Ok(shown(StatusCode::OK, &QuestionPage { at: frame, title, about, button, is_danger: false, has_choices: true }))
}

/// That a one-click unsubscribe was taken.
pub(super) fn unsubscribed(frame: Frame, line: &Line) -> Answer {
    let texts = frame.texts;
    let (title, about) = match &line.topic {
        Some(topic) => (with(texts.one, topic.as_str()), with(texts.one_done, topic.as_str())),
        None => (frame.text(texts.one), frame.text(texts.one_all_done)),
    };
    shown(StatusCode::OK, &QuestionPage { at: frame, title, about, button: None, is_danger: false, has_choices: true })
}

/// Where the confirmation of an address stands, for the link that asked for it.
pub(super) enum Confirming {
    /// It was asked for, and they did not opt out since.
    Asked,
    /// It was confirmed, or email is received anyway.
    Confirmed,
    /// Email is not wanted any more, or was asked for anew.
    Over,
}

impl Confirming {
    pub fn of(opened: &Opened) -> Self {
        let Use::Confirmation { asked_at } = opened.link.used_for else { return Self::Over };
        let Facts { lines, email, .. } = &opened.facts;
        let is_used = email.confirmed_at.is_some_and(|at| at >= opened.link.issued_at);
        let is_over = email.begun.no.is_some_and(|no| no > asked_at);
        match lines.get(&Line::channel(Medium::Email)) {
            Some((Agreement::Awaiting, _)) if !is_used && !is_over => Self::Asked,
            Some((Agreement::Yes, _)) if !is_over && email.confirmed_at.is_none() => Self::Asked,
            Some((Agreement::Yes, _)) if email.confirmed_at.is_some() => Self::Confirmed,
            _ => Self::Over,
        }
    }
}

pub async fn confirm(arrived: Arrived) -> Result<Answer, AppError> {
    let Arrived { opened, frame, .. } = arrived;
    let texts = frame.texts;
    let email = opened.addresses.iter().find(|row| row.channel == Channel::Email);
    let address = email.map_or_else(String::new, |row| shortened(&row.address));
    let (title, about, button, status) = match Confirming::of(&opened) {
        Confirming::Asked => {
            let button = Some((texts.confirm_button, frame.address("/confirm")));
            (texts.confirm, with(texts.confirm_about, &address), button, StatusCode::OK)
        }
        Confirming::Confirmed => (texts.confirm, with(texts.confirmed, &address), None, StatusCode::OK),
        Confirming::Over => (texts.over, texts.over_about.to_owned(), None, StatusCode::NOT_FOUND),
    };
    let title = title.to_owned();
    Ok(shown(status, &QuestionPage { at: frame, title, about, button, is_danger: false, has_choices: false }))
}

pub async fn forget(arrived: Arrived) -> Result<Answer, AppError> {
    let Arrived { frame, .. } = arrived;
    let (title, about) = (frame.texts.forget.to_owned(), frame.text(frame.texts.forget_about));
    let button = Some((frame.texts.forget_button, frame.address("/forget")));
    Ok(shown(StatusCode::OK, &QuestionPage { at: frame, title, about, button, is_danger: true, has_choices: true }))
}
