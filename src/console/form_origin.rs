//! Where a form came from.

use actix_web::{HttpRequest, http::header};

use crate::state::AppState;

/// Where a form came from, by the headers of the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormOrigin {
    /// A page of this console.
    OurPage,
    OtherSite,
    /// The browser is too old to say; the form's token decides.
    Unsaid,
}

impl FormOrigin {
    pub fn of(request: &HttpRequest, state: &AppState) -> Self {
        let said = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
        let site = said(header::HeaderName::from_static("sec-fetch-site"));
        let origin = said(header::ORIGIN).map(|origin| state.config.server.site.is_origin_of(request, origin));
        match (site, origin) {
            (Some("same-origin" | "none") | None, Some(true)) | (Some("same-origin"), None) => Self::OurPage,
            (Some("none") | None, None) => Self::Unsaid,
            _ => Self::OtherSite,
        }
    }
}
