//! The cookies of the console: all HttpOnly and SameSite=Lax, and secure-only when people come by https.

use actix_web::cookie::{Cookie, SameSite, time::Duration};

/// The session's token.
pub const SESSION: &str = "kith_session";
/// The form token of somebody who has not signed in yet.
pub const VISITOR: &str = "kith_visitor";
/// A message for the next page.
pub const FLASH: &str = "kith_flash";
/// When somebody last looked at what a person did, for that address alone.
pub const VISIT: &str = "kith_visit";

/// A cookie for the whole site that lives as long as the browser's session.
pub fn cookie(name: &'static str, value: String, secure: bool) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(true).same_site(SameSite::Lax).secure(secure).finish()
}

/// Takes that cookie back.
pub fn removal(name: &'static str) -> Cookie<'static> {
    Cookie::build(name, "").path("/").http_only(true).same_site(SameSite::Lax).max_age(Duration::ZERO).finish()
}
