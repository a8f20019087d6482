//! The Subscriptions tab: what can be sent to this person now and why, and what they said about it.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    FirstConsents, FirstSubscriptions, Line, Medium, Subscription, SubscriptionState,
    form::{Change, ChangeForm, Wish},
};
use crate::{
    console::Request,
    db::ids::SourceId,
    error::AppError,
    identities::AddressRows,
    ledger::{self, Stamp},
    profile_page::{self, Tab, View},
    restrictions::{InForce, RestrictionCard},
    topics,
    verdict::{Terms, of_channel},
    web::{Answer, Timestamp, page_with, pairs::Pairs},
};

/// Where something that was said comes from.
struct From {
    source: String,
    when: Timestamp,
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
}

/// A topic on one channel or on all.
struct TopicRow {
    line: Line,
    state: &'static str,
    from: From,
    change: Option<(Wish, String)>,
}

struct ConsentRow {
    purpose: String,
    answer: &'static str,
    document: String,
    from: From,
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
    topics: Vec<TopicRow>,
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
    /// What stands there now, and where it comes from.
    present: Option<(Subscription, From)>,
    needs_words: bool,
    /// Whether somebody changed it while the form was open.
    is_stale: bool,
    form: ChangeForm,
}

impl ChangePage {
    /// The line within a sentence.
    fn line(&self) -> String {
        self.change.line.in_a_sentence()
    }
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
        stamps: impl Iterator<Item = &'a Stamp>,
    ) -> Result<Self, AppError> {
        let asked = stamps.map(|stamp| stamp.source).collect();
        Ok(Self { names: ledger::source_names(&request.state.db, conn, &asked, request.now.at)?, at })
    }

    fn name(&self, source: SourceId) -> String {
        self.names.get(&source).cloned().unwrap_or_default()
    }

    fn from(&self, stamp: &Stamp) -> From {
        From { source: self.name(stamp.source), when: self.at.moment(&stamp.time()) }
    }
}

/// What can be done to a line where `present` stands.
fn offered(at: &View, line: &Line, present: Option<&Subscription>) -> Option<(Wish, String)> {
    let is_on = present.is_none_or(|said| said.state == SubscriptionState::Subscribed);
    let wish = if is_on { Wish::Unsubscribe } else { Wish::Subscribe };
    let change = Change { line: line.clone(), wish };
    at.shell.scope.role.can_change_subscriptions().then(|| (wish, change.address(&at.path())))
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (at, own) = profile_page::open_with::<Own>(request, conn, Tab::Subscriptions)?;
    let (AddressRows(addresses), FirstSubscriptions(lines), FirstConsents(consents), InForce(restrictions)) = own;
    let stamps = lines.iter().map(|(.., stamp)| stamp).chain(consents.iter().map(|(.., stamp)| stamp));
    let stamps = stamps.chain(restrictions.iter().map(|it| &it.stamp));
    let sources = Sources::of(request, conn, &at, stamps)?;
    let said = |line: &Line| lines.iter().find(|(known, ..)| known == line).map(|(_, said, stamp)| (said, stamp));
    let (name, day) = (|source| sources.name(source), |time| at.moment(&time).date());
    let catalogue = topics::remembered_by(conn, &request.state.db, request.scope().environment, request.now.at)?;
    let rules = &catalogue.rules;
    let terms = Terms { day: &day, source: &name, rules };
    let row = |channel: &Medium| {
        let line = Line::channel(*channel);
        let verdict = of_channel(&at.frame.facts, rules, *channel, request.now.at);
        let block = verdict.first_block().map(|(_, it)| (it.sentence(*channel, &terms), it.lift()));
        let known = said(&line);
        let address = channel.address(|used| addresses.iter().find(|row| row.channel == used));
        let has_device = channel.is_device() && at.frame.facts.reach.contains_key(channel);
        ChannelRow {
            channel: *channel,
            address: address.map(|row| row.address.clone()).or(has_device.then(|| "a device".to_owned())),
            said: known.map(|(said, stamp)| (said.state.label(), sources.from(stamp))),
            blocked: block,
            change: offered(&at, &line, known.map(|(said, _)| said)),
        }
    };
    let is_shown = |channel: &&Medium| {
        matches!(channel, Medium::Email | Medium::Sms | Medium::Push)
            || at.frame.facts.reach.contains_key(*channel)
            || said(&Line::channel(**channel)).is_some()
    };
    let channels = Medium::ALL.iter().filter(is_shown).map(row).collect();
    let topics = lines.iter().filter(|(line, ..)| line.topic.is_some()).map(|(line, said, stamp)| TopicRow {
        line: line.clone(),
        state: said.state.label(),
        from: sources.from(stamp),
        change: offered(&at, line, Some(said)),
    });
    let topics = topics.collect();
    let consents = consents.iter().map(|(purpose, consent, stamp)| ConsentRow {
        purpose: purpose.to_string(),
        answer: consent.label(purpose),
        document: consent.document.clone().unwrap_or_default(),
        from: sources.from(stamp),
    });
    let consents = consents.collect();
    let all = Line::everything();
    let everything = said(&all).map(|(said, stamp)| (*said, sources.from(stamp)));
    let change = offered(&at, &all, said(&all).map(|(said, _)| said));
    let ledger = Pairs::default().with("kind", "restriction").address(&at.frame.path(&Tab::History));
    let restrictions = RestrictionCard::new(&restrictions, ledger, request.now, |stamp| sources.name(stamp.source));
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
    let (at, (FirstSubscriptions(lines),)) =
        profile_page::open_with::<(FirstSubscriptions,)>(request, conn, Tab::Subscriptions)?;
    let known = lines.into_iter().find(|(line, ..)| *line == change.line);
    let sources = Sources::of(request, conn, &at, known.iter().map(|(.., stamp)| stamp))?;
    let present = known.as_ref().map(|(_, said, stamp)| (*said, sources.from(stamp)));
    let needs_words = change.needs_words(present.as_ref().map(|(said, _)| said));
    let status = match (is_stale, form.problems.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    Ok(page_with(status, &ChangePage { present, change, needs_words, is_stale, form, at }))
}

/// The question before a change.
pub fn question(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let change = Change::read(&request.query).ok_or(AppError::NotFound)?;
    change_page(request, conn, change, ChangeForm::default(), false)
}
