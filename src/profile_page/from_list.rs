//! The way back to the list from which a reader came, and on to its next person: kept in the addresses of the profile's pages.

use crate::web::pairs::Pairs;

/// Name of the query parameter that holds the query of the list.
const LIST: &str = "list";
/// What of a list's query says which list it is, and which page of it.
const KEPT: [&str; 8] = ["q", "sort", "columns", "density", "view", "after", "before", "open"];

/// The query of the list from which a reader came; empty: everybody, in the usual order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FromList(Pairs);

impl FromList {
    /// The list that a query asks for.
    pub fn of(list: &Pairs) -> Self {
        Self(KEPT.iter().fold(Pairs::default(), |kept, name| kept.with(name, list.get(name))))
    }

    /// Reads the address of a profile's page.
    pub fn read(page: &Pairs) -> Self {
        Self::of(&Pairs::parse(page.get(LIST).as_bytes()))
    }

    /// The query of the list.
    pub fn query(&self) -> &Pairs {
        &self.0
    }

    /// What was searched for; empty for everybody.
    pub fn typed(&self) -> &str {
        self.0.get("q")
    }

    /// Address of the list at `path`.
    pub fn back(&self, path: &str) -> String {
        self.0.address(path)
    }

    /// An address of a profile's page that keeps the list.
    pub fn on(&self, address: &str) -> String {
        let text = self.as_text();
        if text.is_empty() {
            return address.to_owned();
        }
        let more = Pairs::default().with(LIST, &text).address("");
        if address.contains('?') { format!("{address}&{}", &more[1..]) } else { format!("{address}{more}") }
    }

    /// The query as one text, for a hidden field called `list`.
    pub fn as_text(&self) -> String {
        self.0.address("").trim_start_matches('?').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_and_nothing_else() {
        let list = FromList::of(&Pairs::parse(b"sort=name&q=plan:pro tag:vip&other=//evil.example"));
        let address = list.on("/p/1?tab=notes");
        assert_eq!(address, "/p/1?tab=notes&list=q%3Dplan%253Apro%2Btag%253Avip%26sort%3Dname");
        let read = FromList::read(&Pairs::parse(address.split_once('?').unwrap().1.as_bytes()));
        assert_eq!(
            (read.typed(), read.back("/l").as_str()),
            ("plan:pro tag:vip", "/l?q=plan%3Apro+tag%3Avip&sort=name")
        );
        assert_eq!(FromList::read(&Pairs::default()).on("/p/1"), "/p/1");
    }
}
