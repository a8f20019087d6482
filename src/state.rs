//! State that every handler may need. State for only some handlers is data of its own, which `app` adds.

use std::any::type_name;

use actix_web::{HttpRequest, web::Data};

use crate::{
    clock::Clock,
    config::Config,
    db::Db,
    error::AppError,
    web::{Jar, SigningKey},
};

/// Application data that `app` added for some handlers.
///
/// # Errors
/// The application was assembled without it.
pub fn data<T: 'static>(request: &HttpRequest) -> Result<Data<T>, AppError> {
    let found = request.app_data::<Data<T>>().cloned();
    found.ok_or_else(|| AppError::Unexpected(anyhow::anyhow!("the application has no {}", type_name::<T>())))
}

/// State that every handler may need.
pub struct AppState {
    pub db: Db,
    /// The same database for calls of senders.
    pub senders: Db,
    /// Clock of the console.
    pub clock: Clock,
    pub config: Config,
    /// Signs values that browsers keep, for the lifetime of this process.
    pub signing: SigningKey,
}

impl AppState {
    /// State of a running console, with a new signing key.
    pub fn new(db: Db, clock: Clock, config: Config) -> Self {
        Self { senders: db.of_senders(), db, clock, config, signing: SigningKey::random() }
    }

    /// Whether the site is served over https.
    pub fn is_https(&self) -> bool {
        self.config.server.site.is_https()
    }

    /// Reads and makes cookies for the site.
    pub fn jar(&self) -> Jar {
        Jar::new(self.is_https())
    }
}
