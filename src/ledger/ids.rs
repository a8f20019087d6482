//! Ids of ledger rows and of groups, as addresses have them.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::{db::keyset::Cursor, web::PathId};

/// Id of a row of a profile's ledger in addresses: the row's position, by which it is found at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeId(pub Cursor);

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ChangeId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self)
    }
}

impl PathId for ChangeId {
    const PART: &str = "change";
}

/// Id of a group: all changes of one form, import, call or job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupId(pub Uuid);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for GroupId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

impl PathId for GroupId {
    const PART: &str = "group";
}
