//! How this server is: version, tables, Postgres, disk, queues, backups, and what is wrong and what to do.
//!
//! Addresses: `/organisation/status`, for organisation admins; `kith doctor` and the metrics tell the same. It owns no table: it reads those
//! of other areas, and what backups leave in the audit log. [`facts`] reads, with few bounded statements that count nothing large, and
//! [`judge`] says of what was read whether it is good, from numbers alone. Invariants: nothing here is about a person, and nothing is changed.

mod backups;
mod check;
mod facts;
mod judge;
mod judge_queues;
mod machine;
mod metrics;
mod pages;
mod pulse;
mod queues;
mod ready;
mod routes;
mod server;
mod tables;

pub use backups::{Noted, note};
pub use check::{Check, State, Value};
pub use facts::{Asked, Status};
pub use metrics::{away, text};
pub use pulse::Pulse;
pub use ready::obstacle;
pub use routes::routes;
