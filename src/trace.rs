//! The request that is being answered, wherever in the program somebody asks.

use std::future::Future;

/// What an error page and the log need to know of the request that they are about.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Names this request in the log.
    pub id: String,
    /// Path and query.
    pub address: String,
    /// It can be asked again without harm.
    pub is_get: bool,
}

tokio::task_local! {
    static SEEN: Seen;
}

/// Does something within a request.
pub async fn within<T>(seen: Seen, work: impl Future<Output = T>) -> T {
    SEEN.scope(seen, work).await
}

/// The request being answered; blank outside of one.
pub fn current() -> Seen {
    SEEN.try_with(Clone::clone).unwrap_or_default()
}
