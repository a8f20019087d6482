//! The verdict as one pure function.

use chrono::{DateTime, Utc};

use super::{Agreement, Asked, Block, Facts, Layer, MessageKind, Question, Rules, Said, TopicDefault};
use crate::{
    db::ids::SourceId,
    restrictions::Cause,
    subscriptions::{Line, Medium, Purpose, Reason, Topic},
};

/// Why a layer blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    Disabled,
    /// On the suppression list, for this reason and until this time.
    Suppressed(Cause, Option<DateTime<Utc>>),
    NoAddress,
    NoDevice,
    Blocked(Block),
    OptedOut(Reason),
    Paused(DateTime<Utc>),
    ChannelOff(Reason),
    /// A system said that it asked for a confirmation.
    Unconfirmed,
    /// They have not confirmed the email that they have, which is this; with what kith did about it.
    NotConfirmed(Option<String>, Asked),
    /// The channel needs a yes, and nobody said anything.
    NeverAgreed,
    TopicOff(Topic),
    TopicUnconfirmed(Topic),
    /// The topic is off until people opt in, and they never did.
    TopicNeverOn(Topic),
    /// The topic is required: only service messages may be about it.
    TopicForService(Topic),
    /// Nobody recorded an answer for the purpose.
    NeverConsented(Purpose),
    Refused(Purpose),
    /// The person opted out of a sale of their data.
    NotForSale(Purpose),
}

/// Who can take an obstacle away, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifter {
    /// An admin, with a reason.
    Admin,
    /// The person; an admin only with what the person did, in words.
    Person,
    /// The person, or an admin with a reason.
    PersonOrAdmin,
    /// Whoever may edit: the address is missing.
    Editor,
    /// It ends by itself.
    Time,
    /// Nobody: send a message of another kind.
    Nobody,
}

impl Why {
    /// Who can take it away.
    pub fn lifter(&self) -> Lifter {
        match self {
            Self::Blocked(Block { cause: Cause::Complaint, .. }) | Self::OptedOut(_) => Lifter::Person,
            Self::Disabled | Self::Suppressed(..) | Self::Blocked(_) => Lifter::Admin,
            Self::NoAddress | Self::NoDevice => Lifter::Editor,
            Self::Paused(_) => Lifter::Time,
            Self::TopicForService(_) => Lifter::Nobody,
            _ => Lifter::PersonOrAdmin,
        }
    }
}

/// What blocks in a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    pub why: Why,
    /// Since when and by whom; `None`: nothing was ever said.
    pub said: Option<Said>,
}

/// What a layer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Passes,
    /// The layer does not hold for such a message.
    NotAsked,
    Blocks(Obstacle),
}

/// The answer to a [`Question`].
#[derive(Clone, Debug)]
pub struct Verdict {
    /// All layers, in order.
    pub layers: [(Layer, Answer); Layer::ALL.len()],
}

impl Verdict {
    /// Whether the message may be sent.
    pub fn may_send(&self) -> bool {
        self.first_block().is_none()
    }

    /// Sources of what blocks.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> {
        self.layers.iter().filter_map(|(_, answer)| match answer {
            Answer::Blocks(Obstacle { said, .. }) => said.map(|said| said.by),
            Answer::Passes | Answer::NotAsked => None,
        })
    }

    /// What blocks in a layer; `None`: nothing does.
    pub fn obstacle(&self, layer: Layer) -> Option<&Why> {
        self.layers.iter().find_map(|(asked, answer)| match answer {
            Answer::Blocks(obstacle) if *asked == layer => Some(&obstacle.why),
            _ => None,
        })
    }

    /// The first layer that blocks, with what does.
    pub fn first_block(&self) -> Option<(Layer, &Obstacle)> {
        self.layers.iter().find_map(|(layer, answer)| match answer {
            Answer::Blocks(obstacle) => Some((*layer, obstacle)),
            Answer::Passes | Answer::NotAsked => None,
        })
    }
}

/// Whether one message may be sent to one person, and what stands in the way.
pub fn verdict(facts: &Facts, rules: &Rules, question: &Question) -> Verdict {
    let case = Case { facts, rules, question };
    Verdict { layers: Layer::ALL.map(|layer| (layer, case.answer(layer))) }
}

struct Case<'a> {
    facts: &'a Facts,
    rules: &'a Rules,
    question: &'a Question,
}

impl Case<'_> {
    fn answer(&self, layer: Layer) -> Answer {
        let is_service = self.question.kind == MessageKind::Service;
        let obstacle = match layer {
            Layer::Disabled => self.facts.disabled.map(|said| obstacle(Why::Disabled, Some(said))),
            Layer::Suppressed => self.suppressed(),
            Layer::Address => self.missing(),
            Layer::Blocked if !self.facts.reach.contains_key(&self.question.channel) => return Answer::NotAsked,
            Layer::Blocked => self.blocked(),
            Layer::OptedOut if is_service && self.is_required() => return Answer::NotAsked,
            Layer::OptedOut => self.opted_out(),
            // What the person's own act asked for is sent all the same.
            Layer::Paused | Layer::Channel | Layer::Consent if is_service => return Answer::NotAsked,
            Layer::Paused => self.paused(),
            Layer::Channel => self.channel(),
            Layer::Topic => match &self.question.topic {
                None => return Answer::NotAsked,
                Some(topic) => self.topic(topic),
            },
            Layer::Consent => {
                let (channel, topic) = (self.question.channel, self.question.topic.as_ref());
                if self.rules.purposes(channel, topic).next().is_none() && !self.rules.is_sale(topic) {
                    return Answer::NotAsked;
                }
                self.consent()
            }
        };
        obstacle.map_or(Answer::Passes, Answer::Blocks)
    }

    fn is_required(&self) -> bool {
        let topic = self.question.topic.as_ref();
        topic.is_some_and(|topic| self.rules.default_of(topic, self.question.channel) == TopicDefault::Required)
    }

    fn suppressed(&self) -> Option<Obstacle> {
        let Question { channel, now, .. } = *self.question;
        let holds = self.facts.suppressions.iter().find(|entry| {
            entry.channel.is_none_or(|other| other == channel) && entry.until.is_none_or(|until| until > now)
        })?;
        Some(obstacle(Why::Suppressed(holds.cause, holds.until), Some(holds.said)))
    }

    fn missing(&self) -> Option<Obstacle> {
        let channel = self.question.channel;
        let why = if channel.is_device() { Why::NoDevice } else { Why::NoAddress };
        (!self.facts.reach.contains_key(&channel)).then(|| obstacle(why, None))
    }

    fn blocked(&self) -> Option<Obstacle> {
        let (block, said) = self.facts.reach.get(&self.question.channel)?.blocked.clone()?;
        Some(obstacle(Why::Blocked(block), Some(said)))
    }

    fn opted_out(&self) -> Option<Obstacle> {
        match self.facts.lines.get(&Line::everything())? {
            (Agreement::No(reason), said) => Some(obstacle(Why::OptedOut(*reason), Some(*said))),
            _ => None,
        }
    }

    fn paused(&self) -> Option<Obstacle> {
        let (until, said) = self.facts.paused.filter(|(until, _)| *until > self.question.now)?;
        Some(obstacle(Why::Paused(until), Some(said)))
    }

    fn channel(&self) -> Option<Obstacle> {
        let channel = self.question.channel;
        let is_to_confirm = || self.facts.is_to_confirm(self.rules.confirms_since);
        if channel == Medium::Email
            && let Some(said) = is_to_confirm()
        {
            let email = &self.facts.email;
            return Some(obstacle(Why::NotConfirmed(email.shown.clone(), email.asked.clone()), Some(said)));
        }
        match self.facts.lines.get(&Line::channel(channel)) {
            Some((Agreement::Yes, _)) => None,
            Some((Agreement::Awaiting, said)) => Some(obstacle(Why::Unconfirmed, Some(*said))),
            Some((Agreement::No(reason), said)) => Some(obstacle(Why::ChannelOff(*reason), Some(*said))),
            None => self.rules.asks_first(channel).then(|| obstacle(Why::NeverAgreed, None)),
        }
    }

    fn topic(&self, topic: &Topic) -> Option<Obstacle> {
        let default = self.rules.default_of(topic, self.question.channel);
        if default == TopicDefault::Required {
            let is_campaign = self.question.kind == MessageKind::Campaign;
            return is_campaign.then(|| obstacle(Why::TopicForService(topic.clone()), None));
        }
        match self.facts.preference(topic, self.question.channel) {
            Some((Agreement::Yes, _)) => None,
            Some((Agreement::Awaiting, said)) => Some(obstacle(Why::TopicUnconfirmed(topic.clone()), Some(said))),
            Some((Agreement::No(_), said)) => Some(obstacle(Why::TopicOff(topic.clone()), Some(said))),
            None => (default == TopicDefault::Off).then(|| obstacle(Why::TopicNeverOn(topic.clone()), None)),
        }
    }

    fn consent(&self) -> Option<Obstacle> {
        let (channel, topic) = (self.question.channel, self.question.topic.as_ref());
        let refused = |purpose: &Purpose| match self.facts.consents.get(purpose) {
            Some((true, _)) => None,
            Some((false, said)) => Some(obstacle(Why::Refused(purpose.clone()), Some(*said))),
            None => Some(obstacle(Why::NeverConsented(purpose.clone()), None)),
        };
        let sold = || {
            let out = self.facts.consents.iter().find(|(purpose, (given, _))| purpose.is_opt_out() && *given);
            out.map(|(purpose, (_, said))| obstacle(Why::NotForSale(purpose.clone()), Some(*said)))
        };
        let asked = self.rules.purposes(channel, topic).filter(|purpose| !purpose.is_opt_out());
        asked.filter_map(refused).next().or_else(|| if self.rules.is_sale(topic) { sold() } else { None })
    }
}

fn obstacle(why: Why, said: Option<Said>) -> Obstacle {
    Obstacle { why, said }
}
