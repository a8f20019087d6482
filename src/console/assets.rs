//! The style sheet, the icon and the sprite of signs, embedded in the binary, at addresses that change with their content.

use std::{borrow::Cow, sync::LazyLock};

use actix_web::{HttpRequest, HttpResponse, http::header};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::console::{Access, Routes};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The first characters of the SHA-256 of `file`.
fn mark(file: &rust_embed::EmbeddedFile) -> String {
    crate::text::hexadecimal(&Sha256::digest(&file.data)[..6])
}

static STYLE: LazyLock<String> = LazyLock::new(|| address("console.css"));
static ICON: LazyLock<String> = LazyLock::new(|| address("icon.svg"));
static ICONS: LazyLock<String> = LazyLock::new(|| address("icons.svg"));

fn address(name: &str) -> String {
    Files::get(name).map(|file| format!("/static/{}/{name}", mark(&file))).unwrap_or_default()
}

/// Address of the style sheet.
pub fn style() -> &'static str {
    &STYLE
}

/// Address of the icon.
pub fn icon() -> &'static str {
    &ICON
}

/// Address of the sprite with all signs.
pub fn icons() -> &'static str {
    &ICONS
}

/// `/static/{mark}/{name}`, public, cached by browsers for a year.
pub fn routes() -> Routes {
    Routes::default().get("/static/{mark}/{name}", Access::Public, serve)
}

async fn serve(request: HttpRequest) -> HttpResponse {
    let name = request.match_info().get("name").unwrap_or_default();
    let wanted = request.match_info().get("mark").unwrap_or_default();
    let Some(file) = Files::get(name).filter(|file| mark(file) == wanted) else {
        return HttpResponse::NotFound().finish();
    };
    let body: Cow<'static, [u8]> = file.data;
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, mime_guess::from_path(name).first_or_octet_stream().to_string()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(body.into_owned())
}
