//! The console around every page: routes with who may use them, the guard, the frame of a signed-in page, and what operators do by hand.

pub mod assets;
mod guard;
pub mod observe;
mod request;
mod routes;
mod scope;
mod shell;

pub use guard::{Access, Pattern};
pub use request::{Action, OwnPage, OwnRequest, Page, Request};
pub use routes::{Entry, Guard, Routes};
pub use scope::Scope;
pub use shell::{Csrf, Notice, Section, Shell};
