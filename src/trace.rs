//! The current request, available everywhere in the program.

use std::future::Future;

/// Facts about a request for error pages and the log.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Id of the request in the log.
    pub id: String,
    /// Path and query.
    pub address: String,
    /// Whether it can be repeated without harm.
    pub is_get: bool,
}

tokio::task_local! {
    static SEEN: Seen;
}

/// Runs `work` within a request.
pub async fn within<T>(seen: Seen, work: impl Future<Output = T>) -> T {
    SEEN.scope(seen, work).await
}

/// The current request; blank outside of one.
pub fn current() -> Seen {
    SEEN.try_with(Clone::clone).unwrap_or_default()
}
