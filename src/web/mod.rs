//! Mechanism of the console that knows no area: routes, forms, pages, components, assets.

mod cell;
mod client;
pub mod connections;
pub mod cookies;
mod error_page;
pub mod file;
pub mod form;
pub mod headers;
pub mod icon;
pub mod inbound;
pub mod outbound;
pub mod pager;
pub mod pairs;
mod pieces;
pub mod respond;
mod signing;
pub mod time;
mod visits;
pub mod windows;
pub mod words;

pub use cell::cell;
pub use client::{client_address, counted_as};
pub use cookies::{Jar, Name};
pub use error_page::Told;
pub use form::{Field, Problem};
pub use headers::SHARED;
pub use icon::Icon;
pub use pairs::{FormData, PathId, Query};
pub use pieces::Pieces;
pub use respond::{Answer, page, page_with, see_other};
pub use signing::SigningKey;
pub use time::{Now, Timestamp};
pub use visits::Visits;
