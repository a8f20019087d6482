//! Registers: kinds of facts of which a profile holds the newest statement under each key, such as the address of each channel,
//! in a table of its own or in the profile's row.
//!
//! An area says what is its own by implementing [`Register`]; everything else is written once over that: fold and correct (`rows.rs`,
//! `fact.rs`), merge and un-merge (`merge.rs`), load, write and bulk load, undo and compare (`any.rs`). What has no key of its own is no
//! register: events, notes, identifiers, merges, erasures, and what is said of an address whoever has it.

mod any;
mod fact;
mod facts;
mod merge;
mod register;
mod rows;

pub use any::{AnyRegister, Registers};
pub use fact::{AnyFact, Correction, Fact, Unsayable};
pub use facts::Facts;
pub use merge::Taken;
pub use register::{Guard, Keeps, Kept, NEWER, OWN_WINS, Register, Row, STRICTER, Table};
pub use rows::{Rows, Turn};
