//! The Subscriptions tab: what can be sent to this person now and why, and what they said about it.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    Consent, FirstConsents, FirstSubscriptions, Line, Medium, Purpose, Subscription, SubscriptionState,
    form::{Change, ChangeForm, Wish},
    matrix::{Matrix, Person, State, said_about_topics},
    store,
};
use crate::{
    console::Request,
    db::{Decided, ids::SourceId},
    error::AppError,
    identities::AddressRows,
    ledger::{self, Stamp},
    profile_page::{self, Tab, View},
    restrictions::{self, InForce, Key, RestrictionCard},
    topics::Catalogue,
    verdict::{Layer, Said, Terms, Why, of_channel},
    web::{Answer, Timestamp, page_with, pairs::Pairs},
};

/// Where something that was said comes from.
pub struct From {
    pub source: String,
    pub when: Timestamp,
}

/// A channel on the tab.
struct ChannelRow {
    channel: Medium,
    /// The address, or that there is a device; `None`: neither.
    address: Option<String>,
    /// What was said about the channel; `None`: nothing.
    said: Option<(&'static str, From)>,
    /// Why nothing can be sent, and who can change that; `None`: it can.
    blocked: Option<(String, &'static str)>,
    /// What an admin can do, with its address.
    change: Option<(Wish, String)>,
    /// Address at which an admin has them asked again to confirm it.
    again: Option<String>,
}

struct ConsentRow {
    name: String,
    /// The key, where a name hides it.
    key: Option<String>,
    /// `None`: nobody recorded one.
    answer: Option<(&'static str, From)>,
    document: String,
}

#[derive(Template)]
#[template(path = "subscriptions/index.html")]
struct SubscriptionsPage {
    at: View,
    everything: Option<(Subscription, From)>,
    /// What an admin can do about everything, with its address.
    change: Option<(Wish, String)>,
    restrictions: RestrictionCard,
    channels: Vec<ChannelRow>,
    topics: Matrix,
    consents: Vec<ConsentRow>,
}

impl SubscriptionsPage {
    /// Address of the ledger of what was said about subscriptions or consents.
    fn ledger(&self, kind: &str) -> String {
        Pairs::default().with("kind", kind).address(&self.at.frame.path(&Tab::History))
    }
}

#[derive(Template)]
#[template(path = "subscriptions/change.html")]
struct ChangePage {
    at: View,
    change: Change,
    /// The line within a sentence.
    line: String,
    /// What stands there now, and where it comes from.
    present: Option<(Subscription, From)>,
    needs_words: bool,
    /// Whether somebody changed it while the form was open.
    is_stale: bool,
    form: ChangeForm,
}

type Own = (AddressRows, FirstSubscriptions, FirstConsents, InForce);

struct Sources<'a> {
    names: HashMap<SourceId, String>,
    at: &'a View,
}

impl<'a> Sources<'a> {
    fn of(
        request: &Request,
        conn: &mut PgConnection,
        at: &'a View,
        asked: impl Iterator<Item = SourceId>,
    ) -> Result<Self, AppError> {
        let asked = asked.collect();
        Ok(Self { names: ledger::source_names(&request.state.db, conn, &asked, request.now.at)?, at })
    }

    fn name(&self, source: SourceId) -> String {
        self.names.get(&source).cloned().unwrap_or_default()
    }

    fn from(&self, said: impl Into<Said>) -> From {
        let said = said.into();
        From { source: self.name(said.by), when: self.at.moment(&said.at) }
    }
}

/// What can be done to a line where `present` stands. `is_usual`: messages are sent while nothing was said.
fn offered(at: &View, line: &Line, present: Option<&Subscription>, is_usual: bool) -> Option<(Wish, String)> {
    let is_on = present.map_or(is_usual, |said| said.state == SubscriptionState::Subscribed);
    let wish = if is_on { Wish::Unsubscribe } else { Wish::Subscribe };
    let change = Change { line: line.clone(), wish };
    at.shell.scope.role.can_change_subscriptions().then(|| (wish, change.address(&at.path())))
}

/// The purposes that are defined, then others for which this person answered.
fn consent_rows(said: &[(Purpose, Consent, Stamp)], catalogue: &Catalogue, sources: &Sources<'_>) -> Vec<ConsentRow> {
    let row = |purpose: &Purpose| {
        let found = said.iter().find(|(known, ..)| known == purpose);
        let name = catalogue.rules.purpose_name(purpose).to_owned();
        ConsentRow {
            key: Some(purpose.to_string()).filter(|key| *key != name),
            name,
            answer: found.map(|(_, consent, stamp)| (consent.label(purpose), sources.from(stamp))),
            document: found.and_then(|(_, consent, _)| consent.document.clone()).unwrap_or_default(),
        }
    };
    let others = said.iter().map(|(purpose, ..)| purpose).filter(|purpose| catalogue.purpose(purpose).is_none());
    catalogue.purposes.iter().map(|known| &known.purpose).chain(others).map(row).collect()
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (at, own) = profile_page::open_with::<Own>(request, conn, Tab::Subscriptions)?;
    let (AddressRows(addresses), FirstSubscriptions(lines), FirstConsents(consents), InForce(restrictions)) = own;
    let stamps = lines.iter().map(|(.., stamp)| stamp).chain(consents.iter().map(|(.., stamp)| stamp));
    let stamps = stamps.chain(restrictions.iter().map(|it| &it.stamp));
    let about_topics = said_about_topics(&at.frame.facts).map(|said| said.by);
    let asked = stamps.map(|stamp| stamp.source).chain(about_topics);
    let sources = Sources::of(request, conn, &at, asked)?;
    let said = |line: &Line| lines.iter().find(|(known, ..)| known == line).map(|(_, said, stamp)| (said, stamp));
    let (name, day) = (|source| sources.name(source), |time| at.moment(&time).date());
    let catalogue = Catalogue::remembered_by(conn, &request.state.db, request.scope().environment, request.now.at)?;
    let rules = &catalogue.rules;
    let terms = Terms { day: &day, source: &name, rules };
    let (tab, can_change) = (at.path(), at.shell.scope.role.can_change_subscriptions());
    let row = |channel: &Medium| {
        let line = Line::channel(*channel);
        let verdict = of_channel(&at.frame.facts, rules, *channel, request.now.at);
        let block = verdict.first_block().map(|(_, it)| (it.sentence(*channel, &terms), it.lift()));
        let awaits = matches!(verdict.obstacle(Layer::Channel), Some(Why::NotConfirmed(..)));
        let known = said(&line);
        let address = channel.address(|used| addresses.iter().find(|row| row.channel == used));
        let has_device = channel.is_device() && at.frame.facts.reach.contains_key(channel);
        ChannelRow {
            channel: *channel,
            address: address.map(|row| row.address.clone()).or(has_device.then(|| "a device".to_owned())),
            said: known.map(|(said, stamp)| {
                let state = if awaits { "Awaiting confirmation since" } else { said.state.label() };
                (state, sources.from(stamp))
            }),
            blocked: block,
            change: offered(
                &at,
                &line,
                known.map(|(said, _)| said).filter(|_| !awaits),
                !rules.asks_first(*channel) && !awaits,
            ),
            again: (awaits && can_change).then(|| at.frame.path(&Tab::Info) + "/confirmations"),
        }
    };
    let is_shown = |channel: &&Medium| {
        matches!(channel, Medium::Email | Medium::Sms | Medium::Push)
            || at.frame.facts.reach.contains_key(*channel)
            || said(&Line::channel(**channel)).is_some()
    };
    let channels: Vec<ChannelRow> = Medium::ALL.iter().filter(is_shown).map(row).collect();
    let shown: Vec<Medium> = channels.iter().map(|row| row.channel).collect();
    let person = Person {
        facts: &at.frame.facts,
        catalogue: &catalogue,
        from: &|said| sources.from(said),
        tab: can_change.then_some(tab.as_str()),
    };
    let topics = Matrix::new(&person, &shown);
    let consents = consent_rows(&consents, &catalogue, &sources);
    let all = Line::everything();
    let everything = said(&all).map(|(said, stamp)| (*said, sources.from(stamp)));
    let change = offered(&at, &all, said(&all).map(|(said, _)| said), true);
    let ledger = Pairs::default().with("kind", "restriction").address(&at.frame.path(&Tab::History));
    let lift = |key: &Key| {
        can_change.then(|| restrictions::Wish::Lift(key.id(at.frame.id)).address(&at.frame.path(&Tab::Info)))
    };
    let restrictions =
        RestrictionCard::new(&restrictions, ledger, request.now, |stamp| sources.name(stamp.source), lift);
    Ok(page_with(
        StatusCode::OK,
        &SubscriptionsPage { everything, change, restrictions, channels, topics, consents, at },
    ))
}

pub fn change_page(
    request: &Request,
    conn: &mut PgConnection,
    change: Change,
    form: ChangeForm,
    is_stale: bool,
) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Subscriptions)?;
    let known = store::of_line(conn, request.scope().key(at.frame.id), &change.line)?;
    let sources = Sources::of(request, conn, &at, known.iter().map(|(_, stamp)| stamp.source))?;
    let present = known.as_ref().map(|(said, stamp)| (*said, sources.from(stamp)));
    let catalogue = Catalogue::remembered_by(conn, &request.state.db, request.scope().environment, request.now.at)?;
    let line = catalogue.in_a_sentence(&change.line);
    let needs_words = change.needs_words(present.as_ref().map(|(said, _)| said));
    let status = match (is_stale, form.problems.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    Ok(page_with(status, &ChangePage { line, present, change, needs_words, is_stale, form, at }))
}

/// The question before a change.
pub fn question(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let change = Change::read(&request.query).ok_or(AppError::NotFound)?;
    change_page(request, conn, change, ChangeForm::default(), false)
}
