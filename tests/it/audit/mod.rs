//! The audit log as admins read it.

mod download;
mod page;
mod written;
