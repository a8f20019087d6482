//! What is handed over to a provider, and what it answers.

use chrono::TimeDelta;

use crate::db::ids::MessageId;

/// How one leaves the list that a message was sent to, as RFC 8058 says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Address that unsubscribes by one POST.
    pub url: String,
}

/// A message to one address, ready to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub id: MessageId,
    /// Where it goes: an email, a number, the address of a chat.
    pub to: String,
    /// Empty on channels without subjects.
    pub subject: String,
    pub text: String,
    /// Only of email.
    pub html: Option<String>,
    /// Of campaigns.
    pub unsubscribe: Option<Unsubscribe>,
}

/// What came of handing a message over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedOver {
    /// The provider has it.
    Taken {
        /// The provider's own id.
        provider_id: Option<String>,
        words: String,
    },
    /// Not now: it certainly has not left.
    Later {
        code: Option<String>,
        words: String,
        /// How long the provider asks to wait.
        wait: Option<TimeDelta>,
        /// Whether the account itself fails, as by a wrong password, and so all its messages.
        is_of_account: bool,
    },
    /// Never: the provider refuses this message.
    Refused { code: Option<String>, words: String },
    /// Never: there is no such address.
    NoSuchAddress { code: Option<String>, words: String },
    /// It was handed over, and no answer came.
    Unknown { words: String },
}
