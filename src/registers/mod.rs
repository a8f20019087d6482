//! Registers: kinds of facts of which a profile holds the newest statement under each key, such as the address of each channel, in a table
//! of its own or in the profile's row.
//!
//! An area adds a register by implementing [`Register`]; everything else is written once over that trait: fold and correct (`rows.rs`,
//! `fact.rs`), merge and unmerge (`merge.rs`), load, write, bulk load, undo and compare (`any.rs`). Facts without a key of their own are no
//! registers: events, notes, identifiers, merges, erasures, and subscriptions of an address.

mod any;
mod fact;
mod facts;
mod merge;
mod register;
mod rows;

pub use any::{AnyRegister, Registers};
pub use fact::{AnyFact, Correction, Fact, Unsayable};
pub use facts::Facts;
pub use merge::{Moment, Replaced, Taken};
pub use register::{Guard, Keeps, Kept, NEWER, OWN_WINS, Register, Row, STRICTER, Table};
pub use rows::{Rows, Turn};
