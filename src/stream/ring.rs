//! The latest calls of senders, in memory.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    db::ids::{EnvironmentId, KeyId, ProfileId},
    keys::Format,
    rejections::Fate,
};

/// Calls in memory at most.
const MOST: usize = 1000;
/// Bytes of items in memory at most, of all environments together.
const MOST_BYTES: usize = 16 << 20;
/// Bytes of items kept of one call: further items of a large one are only counted.
const MOST_OF_CALL: usize = 256 << 10;

/// Instead of a number: there will be no more calls.
const CLOSED: u64 = u64::MAX;

/// An item of a call.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Kind of item in the format's words.
    pub kind: &'static str,
    /// JSON text as sent; `None` where the call was too large to keep all of it, or the profile was erased.
    pub raw: Option<String>,
    /// Profile that it is about, if it is stored.
    pub profile: Option<ProfileId>,
    /// Fate of the item.
    pub fate: Fate,
}

impl Sent {
    /// Bytes in memory besides the text.
    fn besides_text(&self) -> usize {
        let reason = match &self.fate {
            Fate::Rejected(refused) | Fate::KeptStricter(refused) => refused.field.len() + refused.message.len(),
            Fate::Accepted | Fate::Duplicate => 0,
        };
        size_of::<Self>() + reason
    }

    /// Drops what was sent: the text, and the message that quotes from it.
    fn forget(&mut self) {
        self.raw = None;
        if let Fate::Rejected(refused) | Fate::KeptStricter(refused) = &mut self.fate {
            refused.code.meaning().clone_into(&mut refused.message);
        }
    }
}

/// A call in the ring.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Id of the call, which is also the group of its changes in the ledger.
    pub id: Uuid,
    pub environment: EnvironmentId,
    /// Key of the sender.
    pub key: KeyId,
    /// Name of the key.
    pub key_name: String,
    pub format: Format,
    /// Arrival of the call.
    pub at: DateTime<Utc>,
    pub items: Vec<Sent>,
}

impl Arrived {
    /// Drops the text of items beyond [`MOST_OF_CALL`], and returns the bytes that are left.
    fn shorten(&mut self) -> usize {
        let mut bytes = 0;
        for item in &mut self.items {
            let length = item.raw.as_ref().map_or(0, String::len);
            if bytes + length > MOST_OF_CALL {
                item.raw = None;
            } else {
                bytes += length;
            }
        }
        bytes + self.items.iter().map(Sent::besides_text).sum::<usize>()
    }
}

#[derive(Default)]
struct Kept {
    calls: VecDeque<(u64, usize, Arc<Arrived>)>,
    bytes: usize,
    last: u64,
}

/// The latest calls of all environments.
pub struct Ring {
    kept: Mutex<Kept>,
    last: watch::Sender<u64>,
}

impl Default for Ring {
    fn default() -> Self {
        Self { kept: Mutex::default(), last: watch::Sender::new(0) }
    }
}

impl Ring {
    /// Adds a call, and drops old ones.
    pub fn add(&self, mut call: Arrived) {
        let bytes = call.shorten();
        let last = {
            let mut kept = self.kept();
            kept.last += 1;
            let number = kept.last;
            kept.calls.push_back((number, bytes, Arc::new(call)));
            kept.bytes += bytes;
            while kept.calls.len() > MOST || kept.bytes > MOST_BYTES && kept.calls.len() > 1 {
                let Some((_, bytes, _)) = kept.calls.pop_front() else { break };
                kept.bytes -= bytes;
            }
            number
        };
        self.last.send_if_modified(|known| {
            let is_open = *known != CLOSED;
            if is_open {
                *known = last;
            }
            is_open
        });
    }

    /// Ends all pages of the stream, because the process is about to end.
    pub fn close(&self) {
        self.last.send_replace(CLOSED);
    }

    /// Whether the process is about to end.
    pub fn is_closed(&self) -> bool {
        *self.last.borrow() == CLOSED
    }

    /// The calls after number `number` that `wanted` accepts, oldest first, the newest `most` of them; and the number of the last call
    /// looked at.
    pub fn after(&self, number: u64, most: usize, wanted: impl Fn(&Arrived) -> bool) -> (u64, Vec<Arc<Arrived>>) {
        let kept = self.kept();
        let newer = kept.calls.iter().rev().take_while(|(at, ..)| *at > number).map(|(.., call)| call);
        let mut calls: Vec<_> = newer.filter(|call| wanted(call)).take(most).cloned().collect();
        calls.reverse();
        (kept.last, calls)
    }

    /// The kinds of items and the keys of an environment's calls, each with its name.
    pub fn seen(&self, environment: EnvironmentId) -> (BTreeSet<&'static str>, BTreeMap<KeyId, String>) {
        let kept = self.kept();
        let calls = || kept.calls.iter().map(|(.., call)| call).filter(|call| call.environment == environment);
        let kinds = calls().flat_map(|call| call.items.iter().map(|item| item.kind)).filter(|kind| !kind.is_empty());
        (kinds.collect(), calls().map(|call| (call.key, call.key_name.clone())).collect())
    }

    /// A call, if it is still in the ring.
    pub fn find(&self, environment: EnvironmentId, id: Uuid) -> Option<Arc<Arrived>> {
        let kept = self.kept();
        let mut calls = kept.calls.iter().rev().map(|(.., call)| call);
        calls.find(|call| call.id == id && call.environment == environment).cloned()
    }

    /// Profiles that items of an environment are about.
    pub fn profiles(&self, environment: EnvironmentId) -> BTreeSet<ProfileId> {
        let kept = self.kept();
        let calls = kept.calls.iter().map(|(.., call)| call).filter(|call| call.environment == environment);
        calls.flat_map(|call| &call.items).filter_map(|item| item.profile).collect()
    }

    /// Forgets what was sent about profiles that are not among these, and what may have been: the items of refused ones say nobody.
    pub fn keep_only(&self, environment: EnvironmentId, profiles: &BTreeSet<ProfileId>) {
        let is_theirs = |item: &Sent| item.profile.is_some_and(|profile| profiles.contains(&profile));
        for (.., call) in &mut self.kept().calls {
            if call.environment == environment && !call.items.iter().all(is_theirs) {
                Arc::make_mut(call).items.iter_mut().filter(|item| !is_theirs(item)).for_each(Sent::forget);
            }
        }
    }

    /// Tells when there is something new.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        rejections::{Refused, codes},
        stream::ring::*,
    };

    fn call(raw: &str) -> Arrived {
        let item = Sent { kind: "track", raw: Some(raw.to_owned()), profile: None, fate: Fate::Accepted };
        Arrived {
            id: Uuid::nil(),
            environment: EnvironmentId(1),
            key: KeyId(Uuid::nil()),
            key_name: "shop".to_owned(),
            format: Format::Native,
            at: DateTime::UNIX_EPOCH,
            items: vec![item; 3],
        }
    }

    #[test]
    fn only_the_latest_are_kept_and_memory_is_bounded() {
        let ring = Ring::default();
        for _ in 0..MOST + 5 {
            ring.add(call("{}"));
        }
        let (last, all) = ring.after(0, usize::MAX, |_| true);
        assert_eq!((last, all.len()), (MOST as u64 + 5, MOST));
        assert_eq!(ring.after(last, 10, |_| true).1.len(), 0);
        assert_eq!(ring.after(last - 3, 2, |_| true).1.len(), 2, "the newest of them");

        let large = "x".repeat(MOST_OF_CALL / 2);
        for _ in 0..200 {
            ring.add(call(&large));
        }
        let kept = ring.kept();
        assert!(kept.bytes <= MOST_BYTES && kept.calls.len() < 100, "{} calls", kept.calls.len());
        let (.., newest) = kept.calls.back().expect("one");
        let texts: Vec<bool> = newest.items.iter().map(|item| item.raw.is_some()).collect();
        assert_eq!(texts, [true, true, false], "the rest of a large call is not kept");
    }

    #[test]
    fn reasons_take_memory_too() {
        let item = |fate| Sent { kind: "track", raw: Some("{}".to_owned()), profile: None, fate };
        let refused = Refused::new(codes::INVALID_VALUE, "plan", "must be");
        let mut call = Arrived { items: vec![item(Fate::Accepted), item(Fate::Rejected(refused))], ..call("") };
        assert_eq!(call.shorten(), 2 * size_of::<Sent>() + 2 * "{}".len() + "plan".len() + "must be".len());
    }
}
