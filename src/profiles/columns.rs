//! What can be a column of the list of profiles, and a choice of columns in order.

use crate::{attributes::Definition, identities::Channel, subscriptions::Medium, words::words};

words! {
    /// A column that every workspace has.
    pub enum Fact {
        /// Email and phone.
        Contact = "contact", "Contact";
        Tags = "tags", "Tags";
        Identifiers = "identifiers", "Identifiers";
        /// Whether a campaign can reach the person by any channel.
        Reachable = "reachable", "Reachable";
        Created = "created", "Created";
        Updated = "updated", "Changed";
        FirstSeen = "first-seen", "First seen";
        Seen = "seen", "Last seen";
        /// Who created the profile (Y6.1).
        Source = "source", "Created by";
        LastEvent = "last-event", "Last event";
    }
}

/// A column beside the name, which is always the first (F4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    Fact(Fact),
    /// The address of a channel.
    Address(Channel),
    /// What the person said of messages on a channel.
    Agreement(Medium),
    /// An attribute, by the name that senders use.
    Attribute(String),
}

const ADDRESS: &str = ".address";
const AGREEMENT: &str = ".subscription";

impl Column {
    /// All columns that every workspace has.
    pub fn everywhere() -> impl Iterator<Item = Self> {
        let addresses = Channel::ALL.into_iter().map(Self::Address);
        let agreements = Medium::ALL.iter().copied().map(Self::Agreement);
        Fact::ALL.into_iter().map(Self::Fact).chain(addresses).chain(agreements)
    }

    /// Reads a word: one that no other column has is the name of an attribute.
    fn read(word: &str) -> Self {
        let address = || word.strip_suffix(ADDRESS).and_then(Channel::from_stored).map(Self::Address);
        let agreement = || {
            let named = word.strip_suffix(AGREEMENT)?;
            Medium::ALL.iter().copied().find(|channel| channel.as_str() == named).map(Self::Agreement)
        };
        let fact = Fact::from_stored(word).map(Self::Fact);
        fact.or_else(address).or_else(agreement).unwrap_or_else(|| Self::Attribute(word.to_owned()))
    }

    /// Heading; of an attribute that the catalogue does not know, its name.
    pub fn label(&self, known: Option<&Definition>) -> String {
        match self {
            Self::Fact(fact) => fact.label().to_owned(),
            Self::Address(channel @ (Channel::Email | Channel::Sms)) => channel.label().to_owned(),
            Self::Address(channel) => format!("{} address", channel.label()),
            Self::Agreement(channel) => format!("{} messages", channel.label()),
            Self::Attribute(name) => known.map_or_else(|| name.clone(), Definition::label),
        }
    }

    /// Name of the attribute.
    pub fn attribute(&self) -> Option<&str> {
        match self {
            Self::Attribute(name) => Some(name),
            _ => None,
        }
    }
}

impl std::fmt::Display for Column {
    /// The word in addresses. A name of an attribute that could be read as something else stands in quotation marks.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fact(fact) => f.write_str(fact.as_str()),
            Self::Address(channel) => write!(f, "{}{ADDRESS}", channel.as_str()),
            Self::Agreement(channel) => write!(f, "{}{AGREEMENT}", channel.as_str()),
            Self::Attribute(name) => {
                let is_plain = !name.contains([',', '"'])
                    && name.trim() == name
                    && !name.is_empty()
                    && name != NAME
                    && Self::read(name) == *self;
                if is_plain { f.write_str(name) } else { write!(f, "\"{}\"", name.replace('"', "\"\"")) }
            }
        }
    }
}

/// Word of the first column, which is always there: a choice of no others is not empty.
const NAME: &str = "name";

/// Columns beside the name, in order: each once, [`Columns::MOST`] at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

impl Columns {
    /// Columns at most: the usual ones with all attributes that the catalogue may show.
    pub const MOST: usize = 12;

    /// The first of these columns.
    pub fn new(all: impl IntoIterator<Item = Column>) -> Self {
        let mut chosen = Vec::new();
        for column in all {
            if chosen.len() < Self::MOST && !chosen.contains(&column) {
                chosen.push(column);
            }
        }
        Self(chosen)
    }

    /// Columns where nobody chose: contact, tags, attributes that are *shown in the profile list* (F4.2), created and last seen.
    pub fn usual(attributes: &[Definition]) -> Self {
        let attributes = attributes.iter().map(|it| Column::Attribute(it.name.clone()));
        let first = [Fact::Contact, Fact::Tags].map(Column::Fact);
        Self::new(first.into_iter().chain(attributes).chain([Fact::Created, Fact::Seen].map(Column::Fact)))
    }

    /// Reads a choice, such as `name,contact,plan`; `None`: nobody chose. Whatever is typed is a choice.
    pub fn read(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return None;
        }
        let chosen = split(text).into_iter().filter_map(|(word, is_quoted)| match (word.as_str(), is_quoted) {
            ("" | NAME, false) => None,
            (_, true) => Some(Column::Attribute(word)),
            (word, false) => Some(Column::read(word)),
        });
        Some(Self::new(chosen))
    }

    /// The columns in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Column> {
        self.0.iter()
    }

    /// Whether there is no room for another one.
    pub fn is_full(&self) -> bool {
        self.0.len() >= Self::MOST
    }

    /// Whether a column is chosen.
    pub fn has(&self, column: &Column) -> bool {
        self.0.contains(column)
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether only the name is shown.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same with a column in the place of its neighbour before it (`up`) or after it; the same if there is none.
    #[must_use]
    pub fn moved(&self, column: &Column, up: bool) -> Self {
        let mut all = self.0.clone();
        let place = all.iter().position(|it| it == column);
        let other = place.and_then(|place| if up { place.checked_sub(1) } else { Some(place + 1) });
        if let Some((place, other)) = place.zip(other.filter(|other| *other < all.len())) {
            all.swap(place, other);
        }
        Self(all)
    }

    /// The same without a column.
    #[must_use]
    pub fn without(&self, column: &Column) -> Self {
        Self(self.0.iter().filter(|it| *it != column).cloned().collect())
    }

    /// The same with another column at the end, if there is room.
    #[must_use]
    pub fn and(&self, column: Column) -> Self {
        Self::new(self.0.iter().cloned().chain([column]))
    }
}

impl std::fmt::Display for Columns {
    /// The choice in addresses; [`Columns::read`] reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(NAME)?;
        self.0.iter().try_for_each(|column| write!(f, ",{column}"))
    }
}

/// Parts between commas, and whether each stood in quotation marks, in which `""` is one of them.
fn split(text: &str) -> Vec<(String, bool)> {
    let mut parts = vec![(String::new(), false)];
    let (mut inside, mut letters) = (false, text.chars().peekable());
    while let Some(letter) = letters.next() {
        let Some((part, is_quoted)) = parts.last_mut() else { continue };
        match letter {
            '"' if inside && letters.peek() == Some(&'"') => {
                letters.next();
                part.push('"');
            }
            '"' if inside => inside = false,
            '"' if part.trim().is_empty() && !*is_quoted => {
                part.clear();
                (inside, *is_quoted) = (true, true);
            }
            ',' if !inside => parts.push((String::new(), false)),
            // What follows a closing mark belongs to nothing.
            _ if *is_quoted && !inside => {}
            letter => part.push(letter),
        }
    }
    for (part, is_quoted) in &mut parts {
        if !*is_quoted {
            *part = part.trim().to_owned();
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str) -> Option<String> {
        Columns::read(text).map(|columns| columns.to_string())
    }

    #[test]
    fn a_choice_is_read_as_it_is_written() {
        let all = "name,contact,email.address,sms.subscription,plan,\"name\",\"tags\",first-seen";
        assert_eq!(said(all).as_deref(), Some(all));
        assert_eq!(said("  "), None);
        assert_eq!(said(","), Some("name".to_owned()));
        assert_eq!(said("plan, plan ,name,\"a,\"\"b\"x,\"open"), Some("name,plan,\"a,\"\"b\",open".to_owned()));
        let many: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
        assert_eq!(Columns::read(&many.join(",")).map(|columns| columns.len()), Some(Columns::MOST));
        let fixed: Vec<Column> = Column::everywhere().collect();
        for column in &fixed {
            assert_eq!(Column::read(&column.to_string()), *column);
        }
    }

    #[test]
    fn columns_are_moved_to_the_ends_and_no_further() {
        let all = Columns::read("a,b,c").unwrap();
        let moved = |name: &str, up| all.moved(&Column::Attribute(name.to_owned()), up).to_string();
        assert_eq!([moved("b", true), moved("b", false)], ["name,b,a,c", "name,a,c,b"]);
        assert_eq!([moved("a", true), moved("c", false), moved("x", true)], ["name,a,b,c"; 3]);
        assert_eq!(all.without(&Column::Attribute("b".to_owned())).to_string(), "name,a,c");
    }

    proptest! {
        #[test]
        fn names_of_any_kind_come_back(names in prop::collection::vec("[ a-c\",.]{1,6}|tags|name|email.address", 0..12)) {
            let columns = Columns::new(names.into_iter().map(Column::Attribute));
            prop_assert_eq!(Columns::read(&columns.to_string()), Some(columns));
        }
    }
}
