//! What a key may do.

use super::Origin;
use crate::words::words;

words! {
    /// A format in which senders speak.
    #[derive(clap::ValueEnum)]
    pub enum Format {
        /// Our own.
        Native = "native", "kith";
        /// That of Segment and its relatives.
        Segment = "segment", "Segment";
        /// That of Vero.
        Vero = "vero", "Vero";
    }
}

impl Format {
    /// Where its addresses are.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Native => "/api/data/v1",
            Self::Segment => "/v1: Segment, RudderStack and their like",
            Self::Vero => "/api/v2",
        }
    }
}

words! {
    /// Something that a key may or may not do. Routes of the API ask for one.
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
    }
}

impl Capability {
    /// What it means.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Write => "Say who people are and what they do.",
            Self::Read => "Read profiles and their activity.",
            Self::Delete => "Remove people for good.",
            Self::Merge => "Join two people who both have an id.",
        }
    }
}

/// What a server's key may do: at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// These, each once; none if there are none.
    pub fn new(given: impl IntoIterator<Item = Capability>) -> Option<Self> {
        let mut all: Vec<_> = given.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        (!all.is_empty()).then_some(Self(all))
    }
}

/// What a key is and may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Kept on a server, where nobody reads it. Refused when a browser sends it.
    Server(Capabilities),
    /// Carried by pages of these origins, at least one, for everybody to read: it may only write, and not everything.
    Browser {
        /// Where the pages are.
        origins: Vec<Origin>,
        /// What it may overwrite of somebody who has an id.
        may_overwrite: MayOverwrite,
    },
}

impl Grant {
    /// As in the database and on pages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Server(_) => "server",
            Self::Browser { .. } => "browser",
        }
    }

    /// What it may do, in the order of the list of capabilities.
    pub fn capabilities(&self) -> &[Capability] {
        match self {
            Self::Server(Capabilities(all)) => all,
            Self::Browser { .. } => &[Capability::Write],
        }
    }

    /// Whether it may do that.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities().contains(&capability)
    }

    /// The origins of the pages that carry it.
    pub fn origins(&self) -> &[Origin] {
        match self {
            Self::Server(_) => &[],
            Self::Browser { origins, .. } => origins,
        }
    }

    /// What a key for browsers may overwrite.
    pub fn may_overwrite(&self) -> Option<MayOverwrite> {
        match self {
            Self::Server(_) => None,
            Self::Browser { may_overwrite, .. } => Some(*may_overwrite),
        }
    }
}

words! {
    /// What a key for browsers may overwrite of somebody who has an id. Never an address, an identifier, or an answer by a looser one.
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
    }
}
