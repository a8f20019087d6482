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
        /// It came back.
        Undelivered = "undelivered", "Undelivered";
    }
}

impl Status {
    /// Statuses that an event of the person tells, with the last word of its name.
    pub fn told(self) -> Option<&'static str> {
        match self {
            Self::Sent => Some("Sent"),
            Self::Undelivered => Some("Bounced"),
            _ => None,
        }
    }

    /// Colour of its sign.
    pub fn colour(self) -> &'static str {
        match self {
            Self::Sent => "good",
            Self::Queued | Self::Sending | Self::KeptBack | Self::Cancelled => "",
            Self::Uncertain | Self::Dropped => "warn",
            Self::Failed | Self::Undelivered => "bad",
        }
    }

    /// Statuses after which nothing of kith's own doing follows.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending)
    }
}
