//! The table of what each role may do, as pages show it.

use askama::{Template, filters::HtmlSafe};

use crate::auth::{Permission, Role};

/// Who may do what: all permissions, and which role has each. It says what [`Role::can`] says.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "ui/roles.html")]
pub struct Roles;

impl HtmlSafe for Roles {}
