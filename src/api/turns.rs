//! Calls about the same thing at the same time: one is done, the others wait. Of calls with one `Idempotency-Key` the others wait for its
//! answer; of calls about one person they wait here rather than in the database, where each would hold a connection that others need.
//!
//! The turns are in memory, as one process answers all senders. When it dies in the middle of a call, the next one has its turn at once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::rt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Time that a call waits for the one before it.
const PATIENCE: Duration = Duration::from_secs(3);

type Waiting<T> = HashMap<T, Arc<Semaphore>>;

/// The calls that are being done, by what they are about.
pub struct Turns<T: Eq + Hash>(Arc<Mutex<Waiting<T>>>);

/// The turn of a call; it ends when this is dropped.
pub struct Turn<T: Eq + Hash> {
    turns: Turns<T>,
    about: T,
    permit: Option<OwnedSemaphorePermit>,
}

impl<T: Eq + Hash> Default for Turns<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Eq + Hash> Clone for Turns<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Clone + Eq + Hash> Turns<T> {
    /// Waits for the turn of a call; `None` if the one before it takes too long.
    pub async fn take(&self, about: T) -> Option<Turn<T>> {
        let one = self.waiting().entry(about.clone()).or_insert_with(|| Arc::new(Semaphore::new(1))).clone();
        let mut turn = Turn { turns: self.clone(), about, permit: None };
        turn.permit = Some(rt::time::timeout(PATIENCE, one.acquire_owned()).await.ok()?.ok()?);
        Some(turn)
    }
}

impl<T: Eq + Hash> Turns<T> {
    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Eq + Hash> Drop for Turn<T> {
    fn drop(&mut self) {
        let mut waiting = self.turns.waiting();
        // A permit holds the semaphore as well, and so does everybody who waits: the last one clears it away.
        self.permit = None;
        if waiting.get(&self.about).is_some_and(|one| Arc::strong_count(one) == 1) {
            waiting.remove(&self.about);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn calls_of_one_name_come_one_after_the_other_and_leave_nothing_behind() {
        let turns = Turns::default();
        let first = turns.take("a").await;
        assert!(first.is_some());
        assert!(turns.take("b").await.is_some(), "other names do not wait");
        let second = rt::spawn({
            let turns = turns.clone();
            async move { turns.take("a").await.is_some() }
        });
        rt::time::sleep(Duration::from_millis(50)).await;
        assert!(!second.is_finished(), "it waits for the first");
        drop(first);
        assert!(second.await.unwrap());
        assert!(turns.waiting().is_empty());
    }
}
