//! Calls with the same `Idempotency-Key` at the same time: one is done, the others wait for its answer.
//!
//! The turns are in memory, as one process answers all senders. When it dies in the middle of a call, the next one has its turn at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::rt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::db::ids::KeyId;

/// Time that a call waits for the one before it.
const PATIENCE: Duration = Duration::from_secs(3);

type Waiting = HashMap<(KeyId, String), Arc<Semaphore>>;

/// The calls that are being done, by key and name.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<Waiting>>);

/// The turn of a call; it ends when this is dropped.
pub struct Turn {
    turns: Turns,
    call: (KeyId, String),
    permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// Waits for the turn of a call; `None` if the one before it takes too long.
    pub async fn take(&self, key: KeyId, name: &str) -> Option<Turn> {
        let call = (key, name.to_owned());
        let one = self.waiting().entry(call.clone()).or_insert_with(|| Arc::new(Semaphore::new(1))).clone();
        let mut turn = Turn { turns: self.clone(), call, permit: None };
        turn.permit = Some(rt::time::timeout(PATIENCE, one.acquire_owned()).await.ok()?.ok()?);
        Some(turn)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut waiting = self.turns.waiting();
        // A permit holds the semaphore as well, and so does everybody who waits: the last one clears it away.
        self.permit = None;
        if waiting.get(&self.call).is_some_and(|one| Arc::strong_count(one) == 1) {
            waiting.remove(&self.call);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[actix_web::test]
    async fn calls_of_one_name_come_one_after_the_other_and_leave_nothing_behind() {
        let (turns, key) = (Turns::default(), KeyId(Uuid::nil()));
        let first = turns.take(key, "a").await;
        assert!(first.is_some());
        assert!(turns.take(key, "b").await.is_some(), "other names do not wait");
        let second = rt::spawn({
            let turns = turns.clone();
            async move { turns.take(key, "a").await.is_some() }
        });
        rt::time::sleep(Duration::from_millis(50)).await;
        assert!(!second.is_finished(), "it waits for the first");
        drop(first);
        assert!(second.await.unwrap());
        assert!(turns.waiting().is_empty());
    }
}
