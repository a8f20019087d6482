//! How addresses name rows of the ledger, and what belongs together in it.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::{db::keyset::Cursor, web::PathId};

/// One row of a profile's ledger, as addresses name it: by its place, so that it is found at once.
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

/// What ties the changes of one form, import, call or job together.
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
