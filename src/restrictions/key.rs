//! Keys of restrictions, with their texts.

use uuid::Uuid;

use crate::{
    db::ids::ProfileId,
    identities::{Address, Channel},
    ledger::Invalid,
    subscriptions::{Line, Medium},
    words::words,
};

/// An address, as restrictions name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contact {
    pub channel: Channel,
    /// The address, normalised.
    pub address: String,
}

impl Contact {
    pub fn new(channel: Channel, address: &Address) -> Self {
        Self { channel, address: address.normalised.clone() }
    }
}

impl std::fmt::Display for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.channel.as_str(), self.address)
    }
}

impl std::str::FromStr for Contact {
    type Err = Invalid;

    /// Parses `channel:address`; the address is taken as normalised.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (channel, address) = text.split_once(':').unwrap_or_default();
        match (channel.parse(), address) {
            (Ok(channel), address) if !address.is_empty() => Ok(Self { channel, address: address.to_owned() }),
            _ => Err(Invalid::new("address", "must be a channel and an address, such as email:ann@example.com", text)),
        }
    }
}

words! {
    /// Kind of a restriction.
    pub enum Kind {
        /// All messages are off.
        Disabled = "disabled", "turned off";
        /// No campaigns until a time.
        Paused = "paused", "paused";
        /// An entry of the suppression list.
        Suppressed = "suppressed", "suppressed";
        /// The address takes no messages.
        Blocked = "blocked", "blocked";
    }
}

/// What a restriction keeps messages from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// All messages (F3).
    Disabled,
    /// Campaigns, as the person asked.
    Paused,
    /// A channel (`None`: all of them) of the person, or of one of their addresses: an entry of the suppression list (F7.1).
    Suppressed(Option<Medium>, Option<Contact>),
    /// An address, which takes no messages (Y2.6-7, V7.7-8).
    Blocked(Contact),
}

impl Key {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Disabled => Kind::Disabled,
            Self::Paused => Kind::Paused,
            Self::Suppressed(..) => Kind::Suppressed,
            Self::Blocked(_) => Kind::Blocked,
        }
    }

    /// The channel as stored; empty where none belongs to the kind.
    pub fn channel_text(&self) -> &'static str {
        if let Self::Suppressed(channel, _) = self {
            Line { channel: *channel, topic: None }.channel_text()
        } else {
            ""
        }
    }

    /// The address that it is of; `None`: it is of the person.
    pub fn contact(&self) -> Option<&Contact> {
        match self {
            Self::Disabled | Self::Paused => None,
            Self::Suppressed(_, contact) => contact.as_ref(),
            Self::Blocked(contact) => Some(contact),
        }
    }

    /// Names it in addresses, which must not tell an email or phone: the same for the same key of the same profile.
    pub fn id(&self, profile: ProfileId) -> Uuid {
        Uuid::new_v5(&profile.0, self.to_string().as_bytes())
    }

    /// Whether it keeps a channel from using an address, or the person at all.
    pub fn is_of(&self, medium: Medium) -> bool {
        match self {
            Self::Disabled | Self::Paused => true,
            Self::Suppressed(channel, _) => channel.is_none_or(|channel| channel == medium),
            Self::Blocked(contact) => medium.addresses().contains(&contact.channel),
        }
    }
}

impl std::fmt::Display for Key {
    /// `disabled`, `paused`, `suppressed/email`, `suppressed/all/email:ann@example.com`, `blocked/sms:+14155550123`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind().as_str())?;
        if let Self::Suppressed(..) = self {
            write!(f, "/{}", self.channel_text())?;
        }
        self.contact().map_or(Ok(()), |contact| write!(f, "/{contact}"))
    }
}

impl std::str::FromStr for Key {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("restriction", "must be disabled, paused, suppressed/… or blocked/…", text);
        let (kind, rest) = text.split_once('/').map_or((text, None), |(kind, rest)| (kind, Some(rest)));
        match (kind, rest) {
            ("disabled", None) => Ok(Self::Disabled),
            ("paused", None) => Ok(Self::Paused),
            ("suppressed", Some(rest)) => {
                let (channel, contact) =
                    rest.split_once('/').map_or((rest, None), |(channel, contact)| (channel, Some(contact)));
                Ok(Self::Suppressed(Line::read_channel(channel)?, contact.map(str::parse).transpose()?))
            }
            ("blocked", Some(contact)) => contact.parse().map(Self::Blocked),
            _ => Err(invalid()),
        }
    }
}

/// What can be said of an address without naming it: of the one by which people are reached, or of the one that a person has by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// No messages by a channel; `None`: by any.
    Suppressed(Option<Medium>),
    /// Messages of this channel do not arrive, or are complained about.
    Blocked(Medium),
}

impl Stop {
    /// The key for one address.
    pub fn of(self, contact: Contact) -> Key {
        match self {
            Self::Suppressed(channel) => Key::Suppressed(channel, Some(contact)),
            Self::Blocked(_) => Key::Blocked(contact),
        }
    }

    /// The key for a person with these addresses. Without an address for the channel, as on devices, the channel itself takes no messages.
    pub fn of_person<'a>(self, address: impl Fn(Channel) -> Option<&'a Address>) -> Key {
        match self {
            Self::Suppressed(channel) => Key::Suppressed(channel, None),
            Self::Blocked(medium) => {
                let used = medium.address(|channel| Some(Contact::new(channel, address(channel)?)));
                used.map_or(Key::Suppressed(Some(medium), None), Key::Blocked)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_keys_are_the_same() {
        for text in [
            "disabled",
            "paused",
            "suppressed/all",
            "suppressed/push",
            "suppressed/email/email:a/b@example.com",
            "suppressed/all/sms:+14155550123",
            "blocked/email:ann@example.com",
            "blocked/teams:a:b/c",
        ] {
            assert_eq!(text.parse::<Key>().map(|key| key.to_string()).as_deref(), Ok(text));
        }
        for wrong in
            ["", "disabled/email", "suppressed", "suppressed/fax", "suppressed/all/", "blocked/email:", "blocked"]
        {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_does_not_arrive_is_of_the_address_that_the_person_has() {
        let phone = Address::new(Channel::Sms, "+14155550123").unwrap();
        let blocked =
            |medium| Stop::Blocked(medium).of_person(|channel| (channel == Channel::Sms).then_some(&phone)).to_string();
        assert_eq!(blocked(Medium::Whatsapp), "blocked/sms:+14155550123", "it has no number of its own");
        assert_eq!(blocked(Medium::Email), "suppressed/email");
        assert_eq!(blocked(Medium::Push), "suppressed/push");
    }
}
