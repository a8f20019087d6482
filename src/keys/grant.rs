//! What a key may do.

use super::Origin;

/// A format in which senders speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Format {
    /// Our own.
    Native,
    /// That of Segment and its relatives.
    Segment,
    /// That of Vero.
    Vero,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Native, Self::Segment, Self::Vero];

    /// As in the database and on the command line.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Segment => "segment",
            Self::Vero => "vero",
        }
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Native => "kith",
            Self::Segment => "Segment",
            Self::Vero => "Vero",
        }
    }

    /// Where its addresses are.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Native => "/api/data/v1",
            Self::Segment => "/v1: Segment, RudderStack and their like",
            Self::Vero => "/api/v2",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|format| format.slug() == text).ok_or(())
    }
}

/// Something that a key may or may not do. Routes of the API ask for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Capability {
    /// Say who people are and what they do.
    Write,
    /// Read profiles and their activity.
    Read,
    /// Remove people for good.
    Delete,
    /// Join two people who are both known.
    Merge,
}

impl Capability {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Write, Self::Read, Self::Delete, Self::Merge];

    /// As in the database, on pages and on the command line.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Delete => "delete",
            Self::Merge => "merge",
        }
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Write => "Write",
            Self::Read => "Read",
            Self::Delete => "Delete",
            Self::Merge => "Merge",
        }
    }

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

impl std::str::FromStr for Capability {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|capability| capability.slug() == text).ok_or(())
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

/// What a key for browsers may overwrite of somebody who has an id. Never an address, an identifier, or an answer by a looser one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum MayOverwrite {
    /// Nothing: it fills what is empty and adds.
    Nothing,
    /// Attributes, and with them devices, tags and the day since when they are known.
    #[default]
    Attributes,
}

impl MayOverwrite {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Attributes, Self::Nothing];

    /// As in the database, on the command line and in forms.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Attributes => "attributes",
        }
    }
}

impl std::str::FromStr for MayOverwrite {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|it| it.slug() == text).ok_or(())
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
