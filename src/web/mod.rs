//! Mechanism of the console that knows no area: routes, forms, pages, components, assets.

pub mod assets;
mod client;
pub mod connections;
pub mod cookies;
pub mod form;
mod headers;
pub mod inbound;
pub mod observe;
pub mod pager;
pub mod pairs;
pub mod respond;
pub mod routes;
pub mod shell;
mod signing;
pub mod site;
pub mod time;
pub mod words;

pub use client::{TrustedProxies, client_address, counted_as};
pub use cookies::{Jar, Name};
pub use form::{Field, Problem};
pub use headers::SHARED;
pub use pairs::{FormData, PathId, Query};
pub use respond::{page, page_with, see_other};
pub use routes::{Access, Routes};
pub use shell::{Section, Shell};
pub use signing::SigningKey;
pub use site::Site;
pub use time::{Moment, Now};
