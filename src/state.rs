//! What every handler may need. What only some need is data of its own, which `app` puts beside it.

use std::any::type_name;

use actix_web::{HttpRequest, web::Data};

use crate::{
    clock::Clock,
    config::Config,
    db::Db,
    error::AppError,
    web::{Jar, SigningKey},
};

/// What `app` put beside the state for some.
///
/// # Errors
/// The application was assembled without it.
pub fn data<T: 'static>(request: &HttpRequest) -> Result<Data<T>, AppError> {
    let found = request.app_data::<Data<T>>().cloned();
    found.ok_or_else(|| AppError::Unexpected(anyhow::anyhow!("the application has no {}", type_name::<T>())))
}

/// Database, time and settings.
pub struct AppState {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The settings.
    pub config: Config,
    /// Signs what browsers keep for as long as this process lives.
    pub signing: SigningKey,
}

impl AppState {
    /// State for a running console.
    pub fn new(db: Db, clock: Clock, config: Config) -> Self {
        Self { db, clock, config, signing: SigningKey::random() }
    }

    /// Whether people come by https.
    pub fn is_https(&self) -> bool {
        self.config.server.site.is_https()
    }

    /// Reads and makes cookies.
    pub fn jar(&self) -> Jar {
        Jar::new(self.is_https())
    }
}
