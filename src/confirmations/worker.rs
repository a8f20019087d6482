//! Asks for the messages by which people are asked to confirm their email, in the background.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};

use super::store::{self, Place, Request, Settled};
use crate::{
    clock::Clock,
    db::{
        Db, Decided, Turn,
        ids::{MessageId, ProfileId, SendingAccountId, SourceId, new_id, new_ids},
    },
    error::AppError,
    ledger::{self, Source},
    message_templates::{self, Person, Template},
    messages::{self, Asked, Content, Draft, Passes},
    preferences, sending_accounts,
    subscriptions::Medium,
    topics::{Catalogue, Confirmation},
    verdict::{self, Facts, Layer, MessageKind, Question, verdict},
};

/// People whom one transaction asks at most.
const AT_ONCE: usize = 100;
/// Days after which nobody is asked any more.
const PATIENCE: TimeDelta = TimeDelta::days(7);
/// When it is tried again, after something kept it back.
const AGAIN: TimeDelta = TimeDelta::minutes(10);

/// Asks for all messages that are due. Run every second; whoever runs it at the same time on another server asks nobody twice.
pub fn ask_now(db: &Db, clock: &Clock) -> Result<(), AppError> {
    let now = clock.now();
    for place in db.read_now(|conn| store::due(conn, now))? {
        let by = Source::job("confirmations", "kith, to have their email confirmed");
        let by = ledger::remembered_source(db, place.environment_id, &by, now)?;
        while db.tx_now(|conn| ask_some(db, conn, place, by, now))? == AT_ONCE {}
    }
    Ok(())
}

/// Asks some of those who are due. Returns how many these were.
fn ask_some(db: &Db, conn: &mut PgConnection, place: Place, by: SourceId, now: DateTime<Utc>) -> QueryResult<usize> {
    let environment = place.environment_id;
    if !Turn::Confirmations.take(conn, environment)? {
        return Ok(0);
    }
    let requests = store::waiting(conn, environment, now, AT_ONCE as i64)?;
    if requests.is_empty() {
        return Ok(0);
    }
    let mut known = Known::load(db, conn, place, &requests, now)?;
    let mut drafts: BTreeMap<(SourceId, &'static str), Vec<(MessageId, ProfileId)>> = BTreeMap::new();
    let mut settled = Vec::with_capacity(requests.len());
    for (request, message) in requests.iter().zip(new_ids(now, 0, requests.len())) {
        let Request { profile_id, id, .. } = *request;
        let row = Settled { profile_id, id, status: "asked", due_at: now, message_id: Some(message), why: None };
        settled.push(match known.decide(request) {
            Decision::Ask(language) => {
                let key = (request.source_id.unwrap_or(by), language);
                drafts.entry(key).or_default().push((MessageId(message), request.current));
                row
            }
            Decision::Wait(until, why) => {
                Settled { status: "waiting", due_at: until, message_id: None, why: Some(why), ..row }
            }
            Decision::Same => Settled { message_id: None, ..row },
            Decision::End(why) => Settled { status: "ended", message_id: None, why: Some(why.to_owned()), ..row },
        });
    }
    for ((by, language), people) in drafts {
        let Some(draft) = known.draft(language) else { continue };
        messages::ask(db, conn, Asked { environment, by, group: new_id(now), at: now }, &draft, &people)?;
    }
    store::settle(conn, environment, &settled, now)?;
    Ok(requests.len())
}

/// What is decided about somebody who is to be asked.
enum Decision {
    /// In this language, where kith's own words ask.
    Ask(&'static str),
    /// Not before this time, because of this, as the rest of a sentence.
    Wait(DateTime<Utc>, String),
    End(&'static str),
    /// They are asked as another profile that became this one.
    Same,
}

/// What is known of those who are to be asked.
struct Known {
    now: DateTime<Utc>,
    rule: Confirmation,
    catalogue: std::sync::Arc<Catalogue>,
    facts: HashMap<ProfileId, Facts>,
    people: HashMap<ProfileId, Person>,
    /// When addresses were asked within the last day.
    asked: HashMap<String, Vec<DateTime<Utc>>>,
    /// Whom this transaction asks.
    done: HashSet<ProfileId>,
    account: Option<SendingAccountId>,
    /// The template that asks, if it still can.
    template: Option<Template>,
}

impl Known {
    fn load(
        db: &Db,
        conn: &mut PgConnection,
        place: Place,
        requests: &[Request],
        now: DateTime<Utc>,
    ) -> QueryResult<Self> {
        let (environment, workspace) = (place.environment_id, place.workspace_id);
        let current: Vec<ProfileId> = requests.iter().map(|request| request.current).collect();
        let addresses: Vec<String> = requests.iter().map(|request| request.address.clone()).collect();
        let catalogue = Catalogue::remembered_by(conn, db, environment, now)?;
        let rule = catalogue.channel(Medium::Email).confirmation;
        let accounts = sending_accounts::store::usable(conn, workspace)?.remove(&Medium::Email).unwrap_or_default();
        let template = match rule.template {
            Some(id) => message_templates::store::find(conn, workspace, id)?,
            None => None,
        };
        let may_ask = |it: &Template| it.archived_at.is_none() && it.kind == MessageKind::Service && it.confirms();
        Ok(Self {
            now,
            rule,
            catalogue,
            facts: verdict::of_many(conn, environment, &current)?,
            people: message_templates::known(conn, environment, &current)?,
            asked: store::asked_within_a_day(conn, environment, &addresses, now)?,
            done: HashSet::new(),
            account: accounts.first().map(|it| it.id),
            template: template.filter(may_ask),
        })
    }

    fn decide(&mut self, request: &Request) -> Decision {
        let Some(since) = self.rule.since else { return Decision::End("the workspace does not ask for it any more") };
        let Some(facts) = self.facts.get(&request.current) else { return Decision::End("the person was erased") };
        let Some(said) = facts.awaits_confirmation(Some(since)) else {
            return Decision::End("there is nothing to confirm any more");
        };
        if facts.left_everything_since(said.at) {
            return Decision::End("they unsubscribed from everything since");
        }
        if facts.email.normalised != request.address {
            return Decision::End("they have another email now");
        }
        if self.now - request.wanted_at > PATIENCE {
            return Decision::End("that was not possible for seven days");
        }
        if let Some(why) = self.obstacle(facts) {
            return Decision::Wait(self.now + AGAIN, why.to_owned());
        }
        let asked = self.asked.entry(request.address.clone()).or_default();
        let most = usize::from(self.rule.most_a_day);
        if asked.len() >= most {
            let until = asked[asked.len() - most] + TimeDelta::days(1);
            return Decision::Wait(until, "this address was asked as often as it may be in a day".to_owned());
        }
        if !self.done.insert(request.current) {
            return Decision::Same;
        }
        asked.push(self.now);
        let language = self.people.get(&request.current).and_then(|person| person.language.as_deref());
        Decision::Ask(if self.template.is_some() { "" } else { preferences::confirmation_language(language) })
    }

    /// What keeps the message back, as the rest of a sentence.
    fn obstacle(&self, facts: &Facts) -> Option<&'static str> {
        let question = Question { channel: Medium::Email, kind: MessageKind::Service, topic: None, now: self.now };
        let verdict = verdict(facts, &self.catalogue.rules, &question);
        match messages::block(&verdict, Passes::Wishes) {
            Some(Layer::Disabled) => Some("all messages to this person are switched off"),
            Some(Layer::Suppressed) => Some("they are on the suppression list"),
            Some(Layer::Address) => Some("there is no email"),
            Some(_) => Some("their address takes no messages"),
            None if self.account.is_none() => Some("no sending account for email is on"),
            None => None,
        }
    }

    /// The message in a language. `None`: there is no account.
    fn draft(&self, language: &str) -> Option<Draft> {
        let (content, name) = match &self.template {
            Some(Template { id, version, name, .. }) => {
                (Content::Template { id: *id, version: *version }, name.as_str().to_owned())
            }
            None => {
                let words = preferences::confirmation_words(language);
                (Content::Own(words), "Confirmation of an email".to_owned())
            }
        };
        Some(Draft {
            channel: Medium::Email,
            account: self.account?,
            kind: MessageKind::Service,
            topic: None,
            content,
            name,
            event: Default::default(),
            due_at: self.now,
            unasked: None,
            is_confirmation: true,
        })
    }
}
