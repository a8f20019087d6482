//! Registers: kinds of facts of which a profile holds the newest statement under each key, such as the address of each channel, in a table
//! of its own or in the profile's row.
//!
//! An area adds a register by implementing [`Register`]; everything else is written once over that trait: fold and correct (`rows.rs`,
//! `fact.rs`), merge and unmerge (`merge.rs`), load, write, bulk load, undo and compare (`any.rs`). Facts without a key of their own are no
//! registers: events, notes, identifiers, merges and erasures. What is said of an address is kept beside the register that it is of
//! (`of_address.rs`), for whoever gets the address later.

mod any;
mod fact;
mod facts;
mod merge;
mod of_address;
mod register;
mod rows;
mod statements;

pub use any::{AnyRegister, Registers};
pub use fact::{AnyFact, Correction, Fact, Unsayable};
pub use facts::Facts;
pub use merge::{Moment, Replaced, Taken};
pub(crate) use of_address::put_of_addresses;
pub use of_address::{AddressTable, OfAddress};
pub use register::{Guard, Keeps, Kept, NEWER, OWN_WINS, Register, Row, STRICTER, Table};
pub use rows::{Rows, Turn};
pub use statements::Said;
