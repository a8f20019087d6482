//! Segments: groups of people that keep themselves up to date and say why somebody is in them (V5, M8). Tables: `segments`,
//! `segment_versions`, `segment_keys`, `segment_members`, `segment_moves`, `segment_days`, `segment_hours`, `segment_queue`, `segment_choices`.
//!
//! A live segment is a filter; one of chosen people is a register, like tags, so each choice is in the ledger. Members are rows, kept by two
//! ways that agree, which a test shows. `count.rs` looks at everybody once, when a definition is new or means something else. After that
//! `follow.rs` looks only at those of whom something was said that the segment reads: [`touch`] writes them down in the transaction that
//! says it. It also looks at those for whom a length of time ran out, whom the filter finds by their times. What is said while everybody
//! is counted waits until that has ended.

mod actions;
mod count;
pub mod define;
mod evidence;
mod figures;
mod follow;
mod form;
mod keeping;
mod members;
mod moves;
mod on_profile;
mod pages;
mod progress;
mod queue;
mod register;
mod routes;
mod segment;
mod show;
mod state;
mod store;
mod users;

use crate::{db::ids::SegmentId, web::PathId};

pub use actions::make_chosen;
pub use count::count_now;
pub use define::TAKEN;
pub use evidence::{Step, TOLD, WhyNot};
pub use figures::{members, memberships, sweep_hours};
pub use follow::follow_now;
pub use form::told;
pub use keeping::{Closed, Decider, Named, kinds};
pub use members::Cause;
pub use moves::{MoveRow, of_profile as moves_of_profile};
pub use queue::{Said, Touched, touch};
pub use register::Choices;
pub use routes::routes;
pub use segment::{Count, Definition, Segment, SegmentKind, SegmentName};
pub use state::{forget, want_counts_of_readers};
pub use store::{By, all, chosen, find, named};

impl PathId for SegmentId {
    const PART: &str = "segment";
}

/// Segments of an environment that are not archived, at most.
pub const MOST: i64 = 500;
