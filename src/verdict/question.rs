//! What is asked, and the layers of the answer.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    subscriptions::{Medium, Topic},
    words::words,
};

words! {
    /// Why a message is sent.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum MessageKind {
        /// Somebody decided to send it to people.
        Campaign = "campaign", "Campaign";
        /// The person's own act asked for it: a receipt, a code, a confirmation of an address.
        Service = "service", "Service message";
    }
}

words! {
    /// What can stand in the way, in the order in which it is told.
    pub enum Layer {
        /// All notifications are off for the profile (F3).
        Disabled = "disabled", "Notifications";
        /// An entry of the suppression list (F7.1).
        Suppressed = "suppressed", "Suppression list";
        /// The channel's address or device is missing (V2.1, S5.4-6).
        Address = "address", "Address";
        /// The address does not take messages (Y2.6-7, V7.7-8).
        Blocked = "address_blocked", "State of the address";
        /// The person unsubscribed from everything (V7.1-2, M3.3).
        OptedOut = "opted_out", "Everything";
        /// The person wants no messages until a day.
        Paused = "paused", "Pause";
        /// The agreement to the channel (S5.2-7).
        Channel = "channel", "Channel";
        /// The preference for the topic (F6).
        Topic = "topic", "Topic";
        /// Consent for each purpose that the workspace ties to the topic or channel (M9).
        Consent = "consent", "Consent";
    }
}

/// A message that somebody would like to send.
#[derive(Clone, Debug)]
pub struct Question {
    pub channel: Medium,
    pub kind: MessageKind,
    /// `None`: the message is about no topic.
    pub topic: Option<Topic>,
    /// When the message would be sent.
    pub now: DateTime<Utc>,
}
