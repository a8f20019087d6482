//! The console around every page: routes with their access, the guard, the shell of a signed-in page, and requests of operators.

pub mod assets;
mod form_origin;
mod frame;
mod guard;
pub mod observe;
mod request;
mod roles;
mod routes;
mod scope;
mod shell;
pub mod surround;
mod unsent;
mod upload;

pub use frame::Pattern;
pub use guard::Access;
pub use request::{Action, OwnAction, OwnPage, OwnRequest, Page, Request};
pub use roles::Roles;
pub use routes::{Entry, Guard, Routes};
pub use scope::Scope;
pub use shell::{Csrf, LIST_KEY, Notice, SEARCH_KEY, Section, Shell};
pub use unsent::{Door, FIELD as UNSENT_FIELD, Kept, Unsent};
pub use upload::{UploadAction, Uploaded, private_folder};
