//! How a message fares.

use crate::words::words;

words! {
    /// How a message fares, or a step of it.
    pub enum Status {
        /// It waits to be sent, for the first time or again.
        Queued = "queued", "Queued";
        /// It is being handed over.
        Sending = "sending", "Sending";
        /// The verdict kept it from being sent.
        Dropped = "dropped", "Not sent";
        /// The test environment sends to the addresses of the test list alone.
        KeptBack = "kept back", "Kept back";
        /// By an operator or a system, or because the person may not be messaged any more.
        Cancelled = "cancelled", "Cancelled";
        /// Given up.
        Failed = "failed", "Failed";
        /// It was handed over, and nobody knows what came of it.
        Uncertain = "uncertain", "Uncertain";
        /// The provider has it.
        Sent = "sent", "Sent";
        /// The provider of the person's address has it.
        Delivered = "delivered", "Delivered";
        Opened = "opened", "Opened";
        /// The person followed a link in it.
        Clicked = "clicked", "Clicked";
        /// It came back.
        Undelivered = "undelivered", "Undelivered";
        /// The person wants no more such messages.
        Unsubscribed = "unsubscribed", "Unsubscribed";
        /// The person called it spam.
        Complained = "complained", "Complained";
    }
}

impl Status {
    /// What providers tell, the furthest last: whoever opens a message that came back has it after all.
    pub const TOLD_BY_PROVIDERS: [Self; 6] =
        [Self::Delivered, Self::Undelivered, Self::Opened, Self::Clicked, Self::Unsubscribed, Self::Complained];

    /// Statuses that an event of the person tells, with the last word of its name.
    pub fn told(self) -> Option<&'static str> {
        match self {
            Self::Sent => Some("Sent"),
            Self::Undelivered => Some("Bounced"),
            Self::Delivered => Some("Delivered"),
            Self::Opened => Some("Opened"),
            Self::Clicked => Some("Clicked"),
            Self::Unsubscribed => Some("Unsubscribed"),
            Self::Complained => Some("Complained"),
            _ => None,
        }
    }

    /// Colour of its sign.
    pub fn colour(self) -> &'static str {
        match self {
            Self::Sent | Self::Delivered | Self::Opened | Self::Clicked => "good",
            Self::Queued | Self::Sending | Self::KeptBack | Self::Cancelled => "",
            Self::Uncertain | Self::Dropped | Self::Unsubscribed => "warn",
            Self::Failed | Self::Undelivered | Self::Complained => "bad",
        }
    }

    /// Statuses after which nothing of kith's own doing follows.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending)
    }
}
