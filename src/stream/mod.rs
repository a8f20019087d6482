//! The stream: the latest calls of each environment, live, for people who connect a client or look for a call.
//!
//! Addresses: `…/stream[/{call}]`. The calls are kept in memory, about the last thousand and 16 MB at most, and by this process only:
//! watching costs the senders nothing. A page ends with its session. The lasting results of calls are in profiles and in the ledger.

mod pages;
mod ring;
mod routes;
mod row;

pub use ring::{Arrived, Ring, Sent};
pub use routes::routes;

use uuid::Uuid;

use crate::{auth::Permission, web::PathId};

/// Id of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallId(pub Uuid);

impl std::str::FromStr for CallId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl PathId for CallId {
    const PART: &str = "call";
}

/// Permission to watch the stream.
const PERMISSION: Permission = Permission::ReadProfiles;
