//! Subscriptions: a line, and its state with a reason.

use serde::{Deserialize, Serialize};

use crate::{identities::Channel, ledger::Invalid};

/// Declares an enum of words as the database and the API write them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident as $field:literal, $rule:literal { $($(#[$about:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in the database and in the API.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Parses the word, ignoring case.
            pub fn parse(given: &str) -> Result<Self, Invalid> {
                let word = given.trim().to_ascii_lowercase();
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
                    .ok_or_else(|| Invalid::new($field, concat!("must be one of ", $rule), given))
            }
        }
    };
}

words! {
    /// Channel of messages.
    Medium as "channel", "all, email, sms, push, webpush, inapp, whatsapp, voice, slack, discord, teams" {
        Email = "email",
        Sms = "sms",
        /// Push messages of an app.
        Push = "push",
        /// Push messages of a browser.
        Webpush = "webpush",
        /// Messages inside an app.
        Inapp = "inapp",
        Whatsapp = "whatsapp",
        /// Calls.
        Voice = "voice",
        Slack = "slack",
        Discord = "discord",
        Teams = "teams",
    }
}

impl Medium {
    /// The addresses that it can use, the best first; none: it reaches devices. WhatsApp has a number of its own or uses the phone.
    pub fn addresses(self) -> &'static [Channel] {
        match self {
            Self::Email => &[Channel::Email],
            Self::Sms | Self::Voice => &[Channel::Sms],
            Self::Whatsapp => &[Channel::Whatsapp, Channel::Sms],
            Self::Slack => &[Channel::Slack],
            Self::Discord => &[Channel::Discord],
            Self::Teams => &[Channel::Teams],
            Self::Push | Self::Webpush | Self::Inapp => &[],
        }
    }

    /// The address that it uses among these; `None`: it has none.
    pub fn address<T>(self, among: impl Fn(Channel) -> Option<T>) -> Option<T> {
        self.addresses().iter().find_map(|channel| among(*channel))
    }

    /// Whether its messages have a subject or a title.
    pub fn has_subject(self) -> bool {
        matches!(self, Self::Email) || self.is_device()
    }

    /// Whether it reaches devices, not an address.
    pub fn is_device(self) -> bool {
        matches!(self, Self::Push | Self::Webpush | Self::Inapp)
    }

    /// Label for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Sms => "SMS",
            Self::Push => "Push",
            Self::Webpush => "Web push",
            Self::Inapp => "In-app",
            Self::Whatsapp => "WhatsApp",
            Self::Voice => "Calls",
            Self::Slack => "Slack",
            Self::Discord => "Discord",
            Self::Teams => "Teams",
        }
    }
}

words! {
    /// State of a subscription. The order is that of strictness: the greater state wins in a merge.
    SubscriptionState as "state", "subscribed, pending or unsubscribed" {
        /// Messages are wanted.
        Subscribed = "subscribed",
        /// Asked for, but not confirmed yet (S5.2).
        Pending = "pending",
        /// Messages are not wanted. What must not be sent whatever is wanted was a state of lines once, and stands in old rows of the ledger
        /// and of merges.
        #[serde(alias = "suppressed")]
        Unsubscribed = "unsubscribed",
    }
}

impl SubscriptionState {
    /// Label for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Subscribed => "Subscribed",
            Self::Pending => "Not confirmed yet",
            Self::Unsubscribed => "Unsubscribed",
        }
    }
}

words! {
    /// Reason for the state of a subscription.
    Reason as "reason", "api, trait, event, opt_out, agreement, status, list, user, bounce, complaint, import, merge" {
        /// A statement by a sender.
        Api = "api",
        /// A trait of an identify call.
        Trait = "trait",
        /// An event.
        Event = "event",
        /// A global opt-out (M3.3).
        OptOut = "opt_out",
        /// A marketing agreement (S5.1).
        Agreement = "agreement",
        /// The status of the whole profile (F3.1).
        Status = "status",
        List = "list",
        /// The person, or an operator in contact with them.
        User = "user",
        /// Bounced messages.
        Bounce = "bounce",
        /// A complaint.
        Complaint = "complaint",
        Import = "import",
        /// A merge with a profile that had this state.
        Merge = "merge",
    }
}

impl Reason {
    /// Label for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Api => "from a system",
            Self::Trait => "from an attribute",
            Self::Event => "from an event",
            Self::OptOut => "global opt-out",
            Self::Agreement => "marketing agreement",
            Self::Status => "profile status",
            Self::List => "from a list",
            Self::User => "by hand",
            Self::Bounce => "messages bounced",
            Self::Complaint => "complaint",
            Self::Import => "imported",
            Self::Merge => "merge",
        }
    }
}

/// A checked topic: 1 to 100 characters, no line ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(String);

impl Topic {
    pub fn new(given: &str) -> Result<Self, Invalid> {
        let topic = given.trim();
        if topic.is_empty() || topic.chars().count() > 100 || topic.contains(char::is_control) {
            return Err(Invalid::new("topic", "must have 1 to 100 characters and no line breaks", given));
        }
        Ok(Self(topic.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A line: everything, a channel, or a topic on one channel or on all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// Channel of the line; `None`: all of them.
    pub channel: Option<Medium>,
    /// Topic of the line; `None`: all of them.
    pub topic: Option<Topic>,
}

/// The word for all channels, in the database and in the API.
pub const ALL: &str = "all";

impl Line {
    /// The line of a whole channel.
    pub fn channel(channel: Medium) -> Self {
        Self { channel: Some(channel), topic: None }
    }

    /// The line of all channels and topics.
    pub fn everything() -> Self {
        Self { channel: None, topic: None }
    }

    /// The channel as stored and as senders write it.
    pub fn channel_text(&self) -> &'static str {
        self.channel.map_or(ALL, Medium::as_str)
    }

    /// Parses [`Self::channel_text`], ignoring case.
    ///
    /// # Errors
    /// No channel has this name.
    pub fn read_channel(given: &str) -> Result<Option<Medium>, Invalid> {
        if given.trim().eq_ignore_ascii_case(ALL) { Ok(None) } else { Medium::parse(given).map(Some) }
    }

    /// The topic as stored; empty for the whole channel.
    pub fn topic_text(&self) -> &str {
        self.topic.as_ref().map_or("", Topic::as_str)
    }

    /// Label for people: "Email", "Weekly news", "SMS: Weekly news".
    pub fn label(&self) -> String {
        match (&self.topic, self.channel) {
            (None, None) => "Everything".to_owned(),
            (None, Some(channel)) => channel.label().to_owned(),
            (Some(topic), None) => topic.as_str().to_owned(),
            (Some(topic), Some(channel)) => format!("{}: {}", channel.label(), topic.as_str()),
        }
    }

    /// [`Self::label`] within a sentence.
    pub fn in_a_sentence(&self) -> String {
        if *self == Self::everything() { "everything".to_owned() } else { self.label() }
    }

    /// A topic on all channels.
    pub fn topic(topic: Topic) -> Self {
        Self { channel: None, topic: Some(topic) }
    }
}

/// The state of a line, with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub state: SubscriptionState,
    pub reason: Reason,
}

impl Subscription {
    /// JSON for the ledger.
    pub fn to_json(self) -> serde_json::Value {
        serde_json::json!({"state": self.state.as_str(), "reason": self.reason.as_str()})
    }

    /// State and reason of [`Self::to_json`] in words, also where the state is one of before that is a restriction now.
    pub fn told(value: &serde_json::Value) -> Option<[&'static str; 2]> {
        let reason = Reason::parse(value.get("reason")?.as_str()?).ok()?;
        let state = match value.get("state")?.as_str()? {
            "suppressed" => "Suppressed",
            state => SubscriptionState::parse(state).ok()?.label(),
        };
        Some([state, reason.label()])
    }

    /// Parses [`Self::to_json`].
    pub fn from_json(value: &serde_json::Value) -> Option<Self> {
        let state = SubscriptionState::parse(value.get("state")?.as_str()?).ok()?;
        Some(Self { state, reason: Reason::parse(value.get("reason")?.as_str()?).ok()? })
    }
}

impl std::str::FromStr for Line {
    type Err = Invalid;

    /// Parses `channel` or `channel/topic`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (channel, topic) = text.split_once('/').map_or((text, None), |(channel, topic)| (channel, Some(topic)));
        Ok(Self { channel: Self::read_channel(channel)?, topic: topic.map(Topic::new).transpose()? })
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.topic {
            Some(topic) => write!(f, "{}/{}", self.channel_text(), topic.as_str()),
            None => f.write_str(self.channel_text()),
        }
    }
}
