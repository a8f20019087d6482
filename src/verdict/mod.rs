//! The verdict: whether one message may be sent to one person, and what stands in the way. No table of its own.
//!
//! [`verdict`] is one pure function of [`Facts`] about a person, [`Rules`] of the workspace, and a [`Question`]. Pages, the API and whatever
//! sends ask it, so they cannot disagree. It answers for all nine [`Layer`]s; the first one that blocks is the headline.

mod decide;
mod facts;
mod question;
mod rules;
mod sentence;
mod store;
mod summary;
#[cfg(test)]
mod tests;
mod told;

pub use decide::{Answer, Lifter, Obstacle, Verdict, Why, verdict};
pub use facts::{Agreement, Asked, Block, Facts, OwnEmail, Reach, Said, Suppression};
pub use question::{Layer, MessageKind, Question};
pub use rules::{Rules, TopicDefault, TopicRules};
pub use sentence::Terms;
pub use store::{OwnFacts, of_many};
pub use summary::{Summary, of_channel};
pub use told::{Told, ToldBlock, ToldLayer};
