//! Saved views, and those that are always there.

use crate::{
    db::ids::{OperatorId, ViewId},
    profiles::{ListState, VIEW},
    text::name,
    web::pairs::Pairs,
    words::words,
};

/// Name of a view: one line of 1 to 60 characters of which something can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewName(String);

impl ViewName {
    /// Longest name, in characters.
    pub const LONGEST: usize = 60;

    /// Reads what was typed.
    ///
    /// # Errors
    /// The rule that it breaks, in words that say what to do.
    pub fn typed(text: &str) -> Result<Self, &'static str> {
        name(text, Self::LONGEST).map(Self).ok_or("Enter a name of 1 to 60 characters on one line.")
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A list of profiles that somebody saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub id: ViewId,
    pub name: String,
    /// Whose it is; `None`: everybody's in the workspace.
    pub owner: Option<OperatorId>,
    pub state: ListState,
    /// Number of changes, from 1.
    pub version: i32,
}

impl View {
    /// Whether everybody in the workspace has it.
    pub fn is_shared(&self) -> bool {
        self.owner.is_none()
    }

    /// Query of the list that shows it, which says so.
    pub fn query(&self) -> Pairs {
        self.state.pairs().with(VIEW, &self.id.0.simple().to_string())
    }
}

words! {
    /// A view that is always there and is stored nowhere.
    pub enum Ready {
        Everyone = "everyone", "Everyone";
        /// People with a known identifier (S10.3).
        Recognised = "recognised", "Recognised";
        Anonymous = "anonymous", "Anonymous";
        /// People whose messages are not all off (F4.4).
        Enabled = "enabled", "Enabled";
        Disabled = "disabled", "Disabled";
        /// People with an email that takes no messages (Y6.5).
        Blocked = "blocked", "Blocked addresses";
    }
}

impl Ready {
    /// Whom it shows, in the language of the filter.
    fn filter(self) -> &'static str {
        match self {
            Self::Everyone => "",
            Self::Recognised => "is:recognised",
            Self::Anonymous => "is:anonymous",
            Self::Enabled => "status:enabled",
            Self::Disabled => "status:disabled",
            Self::Blocked => "email.address:blocked OR sms.address:blocked",
        }
    }

    /// The list that it shows.
    pub fn state(self) -> ListState {
        ListState { typed: self.filter().to_owned(), ..ListState::default() }
    }

    /// Query of the list that shows it, which says so.
    pub fn query(self) -> Pairs {
        self.state().pairs().with(VIEW, self.as_str())
    }

    /// What it shows, for people.
    pub fn about(self) -> &'static str {
        match self {
            Self::Everyone => "All profiles",
            Self::Recognised => "People with an identifier of their own, such as an ID or an email",
            Self::Anonymous => "Visitors of whom only a browser or a device is known",
            Self::Enabled => "People whose messages are not switched off",
            Self::Disabled => "People whose messages are all switched off",
            Self::Blocked => "People with an email or a phone that takes no messages, such as after a bounce",
        }
    }
}

/// The views of one operator in a workspace.
#[derive(Clone, Debug, Default)]
pub struct Views {
    /// Their own, then the shared ones, each by name.
    pub saved: Vec<View>,
    /// The one that the list opens with; `None`: everyone.
    pub default: Option<ViewId>,
}

impl Views {
    /// Views of one operator, and shared views of a workspace, at most.
    pub const MOST: usize = 100;

    /// The view with that id.
    pub fn find(&self, id: ViewId) -> Option<&View> {
        self.saved.iter().find(|view| view.id == id)
    }

    /// The view that the list opens with.
    pub fn opening(&self) -> Option<&View> {
        self.find(self.default?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_that_can_be_seen() {
        assert_eq!(ViewName::typed("  Pro, away ").map(|name| name.as_str().to_owned()), Ok("Pro, away".to_owned()));
        let long = "x".repeat(ViewName::LONGEST + 1);
        for wrong in ["", "  ", "a\nb", "\u{200B}", &long] {
            assert!(ViewName::typed(wrong).is_err(), "{wrong:?}");
        }
    }
}
