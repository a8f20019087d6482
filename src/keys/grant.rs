//! Kinds of keys, and their formats and capabilities.

use super::Origin;
use crate::words::words;

words! {
    /// A wire format of senders.
    #[derive(clap::ValueEnum)]
    pub enum Format {
        /// Our own.
        Native = "native", "kith";
        /// That of Segment and its relatives.
        Segment = "segment", "/v1";
        /// That of Vero.
        Vero = "vero", "/api/v2";
    }
}

impl Format {
    /// Explanation for people.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Native => "The format of kith itself, at /api/data/v1.",
            Self::Segment => "Calls such as identify, track and batch.",
            Self::Vero => "Calls such as users/track and events/track.",
        }
    }
}

words! {
    /// A capability, which a route of the API asks for and a key has or lacks.
    #[derive(clap::ValueEnum)]
    pub enum Capability {
        /// Say who people are and what they do.
        Write = "write", "Write";
        /// Read profiles and their activity.
        Read = "read", "Read";
        /// Remove people for good.
        Delete = "delete", "Delete";
        /// Join two people who are both known.
        Merge = "merge", "Merge";
        /// Turn a no of somebody into a yes.
        Loosen = "loosen", "Loosen subscriptions";
        /// Send messages to people.
        Send = "send", "Send messages";
        /// Manage webhooks, to which data of people is sent.
        Configure = "configure", "Configure";
    }
}

impl Capability {
    /// Those about people, which a key for all data has. The others decide what leaves, and are asked for by name.
    pub const ABOUT_PEOPLE: [Self; 5] = [Self::Write, Self::Read, Self::Delete, Self::Merge, Self::Loosen];

    /// Explanation for people.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Write => "Create and change people, and send events.",
            Self::Read => "Read profiles and their activity.",
            Self::Delete => "Delete people permanently.",
            Self::Merge => "Merge two people who both have an ID.",
            Self::Send => "Send messages to people, and cancel them.",
            Self::Configure => "Create, change and delete webhooks, to which data of people is sent.",
            Self::Loosen => {
                "Subscribe people who said no before, when they say yes now. Without it only stricter answers are taken. It also ends pauses and turns all messages on again. Keys for browsers never may."
            }
        }
    }
}

/// Capabilities of a key for servers: at least one, besides that to loosen, with which alone nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// Each given capability once; `None` if there is none with which the key can do something.
    pub fn new(given: impl IntoIterator<Item = Capability>) -> Option<Self> {
        let mut all: Vec<_> = given.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        all.iter().any(|it| *it != Capability::Loosen).then_some(Self(all))
    }
}

/// Kind and capabilities of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A key on a server, where nobody reads it. Refused when a browser sends it.
    Server(Capabilities),
    /// A key in pages of these origins, readable by everybody: it may only write, and not everything.
    Browser {
        /// Origins of the pages, at least one.
        origins: Vec<Origin>,
        /// What it may overwrite on a profile that has an id.
        may_overwrite: MayOverwrite,
    },
}

impl Grant {
    /// Name of the kind, in the database and on pages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Server(_) => "server",
            Self::Browser { .. } => "browser",
        }
    }

    /// Capabilities of the key, in the order of the list.
    pub fn capabilities(&self) -> &[Capability] {
        match self {
            Self::Server(Capabilities(all)) => all,
            Self::Browser { .. } => &[Capability::Write],
        }
    }

    /// Whether the key has the capability.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities().contains(&capability)
    }

    /// Origins of the pages that carry the key; none for a key of a server.
    pub fn origins(&self) -> &[Origin] {
        match self {
            Self::Server(_) => &[],
            Self::Browser { origins, .. } => origins,
        }
    }

    /// What a key for browsers may overwrite; `None` for a key of a server.
    pub fn may_overwrite(&self) -> Option<MayOverwrite> {
        match self {
            Self::Server(_) => None,
            Self::Browser { may_overwrite, .. } => Some(*may_overwrite),
        }
    }
}

words! {
    /// What a key for browsers may overwrite on a profile that has an id. Never an address, an identifier, or an answer by a looser one.
    #[derive(Default, clap::ValueEnum)]
    pub enum MayOverwrite {
        /// Attributes, and with them devices, tags and the day since when they are known.
        #[default]
        Attributes = "attributes";
        /// Nothing: it fills what is empty and adds.
        Nothing = "nothing";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_key_can_only_write() {
        let browser = Grant::Browser {
            origins: vec![Origin::new("https://shop.example").unwrap()],
            may_overwrite: MayOverwrite::default(),
        };
        let may: Vec<_> = Capability::ALL.into_iter().filter(|it| browser.can(*it)).collect();
        assert_eq!(may, [Capability::Write]);
        assert_eq!(Capabilities::new([]), None);
        assert_eq!(Capabilities::new([Capability::Loosen]), None);
    }
}
