//! Every combination of what can be known of a person, asked in every way, against a second and plainer statement of the rules.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::{
    db::ids::SourceId,
    restrictions::Cause,
    subscriptions::{Begun, Line, Medium, Purpose, Reason, Topic},
};

fn now() -> DateTime<Utc> {
    "2026-11-29T12:00:00Z".parse().expect("a time")
}

fn said(days: i64) -> Said {
    Said { at: now() - TimeDelta::days(days), by: SourceId(1) }
}

/// What somebody said: nothing, yes, that they were asked, no.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Nothing,
    Yes,
    Asked,
    No,
}

const WORDS: [Word; 4] = [Word::Nothing, Word::Yes, Word::Asked, Word::No];

impl Word {
    fn agreement(self) -> Option<Agreement> {
        match self {
            Self::Nothing => None,
            Self::Yes => Some(Agreement::Yes),
            Self::Asked => Some(Agreement::Awaiting),
            Self::No => Some(Agreement::No(Reason::User)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Listed {
    No,
    Here,
    /// On another channel, and on this one until now.
    ElsewhereOrOver,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Reached {
    No,
    Yes,
    Blocked,
}

/// A topic's default, what was said of it on this channel two days ago, and on all channels three, two or one days ago.
type Topical = Option<(TopicDefault, Word, Option<(Word, i64)>)>;

/// What matters where the workspace has new subscriptions to email confirmed. What was said of the channel was said three days ago.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Confirmed {
    /// It does not.
    NotAsked,
    /// It does since yesterday.
    SinceLater,
    /// It does since then, and they did not.
    No,
    /// They did.
    Yes,
    /// They did not, but were subscribed before.
    Before,
    /// And they had unsubscribed once.
    BeforeAndOut,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    channel: Medium,
    /// What the workspace decided about the channel: whether messages need a yes first; `None`: nothing.
    asks_first: Option<bool>,
    kind: MessageKind,
    disabled: bool,
    listed: Listed,
    reached: Reached,
    everything: Word,
    is_paused: bool,
    on_channel: Word,
    confirmed: Confirmed,
    topic: Topical,
    /// Whether a purpose is tied to the channel, and the answer.
    tied: Option<Option<bool>>,
    /// Whether the topic is a sale, and whether the person opted out of sales.
    sale: Option<Option<bool>>,
}

/// The rules once more, layer by layer, in the words of the table in `docs/messaging.md`.
fn plainly(known: &Known) -> [bool; 9] {
    let campaign = known.kind == MessageKind::Campaign;
    let default = known.topic.map(|(default, ..)| default);
    let mut on_topic = known.topic.map_or(Word::Nothing, |(_, here, _)| here);
    if let Some((_, here, Some((everywhere, days)))) = known.topic
        && everywhere != Word::Nothing
    {
        let is_stricter = (everywhere == Word::No && here != Word::No)
            || (everywhere == Word::Asked && here == Word::Yes)
            || here == Word::Nothing;
        if here == Word::Nothing || days < 2 || (days == 2 && is_stricter) {
            on_topic = everywhere;
        }
    }
    let asks_first = match known.channel {
        Medium::Whatsapp => true,
        channel => known.asks_first.unwrap_or(channel == Medium::Sms),
    };
    [
        known.disabled,
        known.listed == Listed::Here,
        known.reached == Reached::No,
        known.reached == Reached::Blocked,
        known.everything == Word::No && (campaign || default != Some(TopicDefault::Required)),
        campaign && known.is_paused,
        campaign
            && match known.on_channel {
                Word::Yes => {
                    known.channel == Medium::Email && matches!(known.confirmed, Confirmed::No | Confirmed::BeforeAndOut)
                }
                Word::Asked | Word::No => true,
                Word::Nothing => asks_first,
            },
        match default {
            None => false,
            Some(TopicDefault::Required) => campaign,
            Some(TopicDefault::On) => on_topic == Word::No || on_topic == Word::Asked,
            Some(TopicDefault::Off) => on_topic != Word::Yes,
        },
        campaign && (known.tied.is_some_and(|answer| answer != Some(true)) || known.sale == Some(Some(true))),
    ]
}

fn facts(known: &Known, topic: &Topic, purpose: &Purpose, sale: &Purpose) -> Facts {
    let mut facts = Facts { disabled: known.disabled.then(|| said(1)), ..Facts::default() };
    let entry = |channel, until| Suppression { channel, cause: Cause::List, until, said: said(9) };
    facts.suppressions = match known.listed {
        Listed::No => vec![],
        Listed::Here => vec![entry(None, Some(now() + TimeDelta::seconds(1)))],
        Listed::ElsewhereOrOver => vec![entry(Some(Medium::Teams), None), entry(Some(known.channel), Some(now()))],
    };
    let reach = |block: Option<Block>| {
        BTreeMap::from([(known.channel, Reach { blocked: block.map(|block| (block, said(4))) })])
    };
    facts.reach = match known.reached {
        Reached::No => BTreeMap::from([(Medium::Teams, Reach::default())]),
        Reached::Yes => reach(None),
        Reached::Blocked => reach(Some(Block { cause: Cause::Complaint, words: None })),
    };
    let micros = |days| said(days).at.timestamp_micros();
    facts.email.confirmed_at = (known.confirmed == Confirmed::Yes).then(|| said(1).at);
    facts.email.begun = match known.confirmed {
        Confirmed::Before => Begun { yes: Some(micros(5)), ..Begun::default() },
        Confirmed::BeforeAndOut => Begun { yes: Some(micros(5)), no: Some(micros(4)), ..Begun::default() },
        _ => Begun { yes: Some(micros(3)), ..Begun::default() },
    };
    facts.paused = Some((if known.is_paused { now() + TimeDelta::days(1) } else { now() }, said(5)));
    let mut say = |line: Line, word: Word, days: i64| {
        facts.lines.extend(word.agreement().map(|agreement| (line, (agreement, said(days)))));
    };
    say(Line::everything(), known.everything, 3);
    say(Line::channel(known.channel), known.on_channel, 3);
    if let Some((_, here, everywhere)) = known.topic {
        say(Line { channel: Some(known.channel), topic: Some(topic.clone()) }, here, 2);
        if let Some((word, days)) = everywhere {
            say(Line::topic(topic.clone()), word, days);
        }
    }
    facts.consents.extend(known.tied.flatten().map(|given| (purpose.clone(), (given, said(6)))));
    facts.consents.extend(known.sale.flatten().map(|is_out| (sale.clone(), (is_out, said(6)))));
    facts
}

fn rules(known: &Known, topic: &Topic, purpose: &Purpose) -> Rules {
    let mut rules = Rules::default();
    if let Some((default, ..)) = known.topic {
        let of_topic = TopicRules {
            defaults: BTreeMap::from([(known.channel, default)]),
            is_sale: known.sale.is_some(),
            ..TopicRules::default()
        };
        rules.topics.insert(topic.clone(), of_topic);
    }
    match known.asks_first {
        None => {}
        Some(true) => rules.asks_first.extend([known.channel]),
        Some(false) => rules.asks_first.retain(|channel| *channel != known.channel),
    }
    rules.confirms_since = match known.confirmed {
        Confirmed::NotAsked => None,
        Confirmed::SinceLater => Some(said(1).at),
        _ => Some(said(3).at),
    };
    if known.tied.is_some() {
        rules.purposes.entry(known.channel).or_default().insert(purpose.clone());
    }
    rules
}

/// One combination of many, by its number: each choice takes its share of what is left of the number.
struct Pick {
    rest: usize,
    /// Combinations of the choices so far.
    count: usize,
}

impl Pick {
    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let chosen = all[self.rest % all.len()];
        self.rest /= all.len();
        self.count *= all.len();
        chosen
    }

    fn known(number: usize) -> (Known, usize) {
        let mut pick = Self { rest: number, count: 1 };
        let defaults = [None, Some(TopicDefault::Required), Some(TopicDefault::On), Some(TopicDefault::Off)];
        let (default, here) = (pick.of(&defaults), pick.of(&WORDS));
        let everywhere = pick.of(&[None, Some((Word::No, 3)), Some((Word::No, 2)), Some((Word::Yes, 1))]);
        let (tied, sale) = pick.of(&[
            (None, None),
            (Some(None), None),
            (Some(Some(true)), None),
            (Some(Some(false)), Some(Some(true))),
            (None, Some(None)),
            (Some(Some(true)), Some(Some(true))),
            (None, Some(Some(false))),
        ]);
        let known = Known {
            channel: pick.of(&[Medium::Email, Medium::Sms, Medium::Push, Medium::Whatsapp]),
            asks_first: pick.of(&[None, Some(true), Some(false)]),
            kind: pick.of(&MessageKind::ALL),
            disabled: pick.of(&[false, true]),
            listed: pick.of(&[Listed::No, Listed::Here, Listed::ElsewhereOrOver]),
            reached: pick.of(&[Reached::No, Reached::Yes, Reached::Blocked]),
            everything: pick.of(&WORDS),
            is_paused: pick.of(&[false, true]),
            on_channel: pick.of(&WORDS),
            confirmed: pick.of(&[
                Confirmed::NotAsked,
                Confirmed::SinceLater,
                Confirmed::No,
                Confirmed::Yes,
                Confirmed::Before,
                Confirmed::BeforeAndOut,
            ]),
            topic: default.map(|default| (default, here, everywhere)),
            tied,
            sale: sale.filter(|_| default.is_some()),
        };
        (known, pick.count)
    }
}

/// Steps through the combinations; a step that divides by none of the numbers of choices meets each choice with each other.
fn walk(step: usize) {
    let topic = Topic::new("Offers").expect("a topic");
    let [purpose, sale] = ["gdpr.marketing", "ccpa.data_sale"].map(|name| Purpose::new(name).expect("a purpose"));
    let (_, count) = Pick::known(0);
    let mut sent = 0;
    for number in (0..count).step_by(step) {
        let (known, _) = Pick::known(number);
        let question = Question {
            channel: known.channel,
            kind: known.kind,
            topic: known.topic.map(|_| topic.clone()),
            now: now(),
        };
        let found = verdict(&facts(&known, &topic, &purpose, &sale), &rules(&known, &topic, &purpose), &question);
        let blocks = found.layers.each_ref().map(|(_, answer)| matches!(answer, Answer::Blocks(_)));
        let expected = plainly(&known);
        assert_eq!(blocks, expected, "{known:?}");
        assert_eq!(found.may_send(), expected == [false; 9], "{known:?}");
        assert_eq!(
            found.first_block().map(|(layer, _)| layer as usize),
            expected.iter().position(|it| *it),
            "{known:?}"
        );
        sent += usize::from(found.may_send());
    }
    assert!(sent > 100, "{sent} of {count} may be sent");
}

#[test]
fn combinations_are_answered_as_the_rules_say() {
    walk(251);
}

#[test]
#[ignore = "long: two of twenty million combinations"]
fn many_more_combinations_are_answered_as_the_rules_say() {
    walk(11);
}
