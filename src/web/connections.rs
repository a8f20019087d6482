//! Open connections, bounded by the process's file limit and per address: idle connections of strangers must not keep others out.

use std::{
    any::Any,
    collections::HashMap,
    net::IpAddr,
    os::fd::AsRawFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_web::{dev::Extensions, rt::net::TcpStream};
use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    socket::{Shutdown, shutdown},
};

use super::client::counted_as;
use crate::config::TrustedProxies;

/// Open files wanted; usual limits are a thousand at first, and far more on request.
const WANTED: u64 = 65_536;
/// Files that are not connections to the console: connections to Postgres, logs, metrics.
const OTHERS: u64 = 200;
/// Connections served at once at most; each may hold a hundred kilobytes.
const MOST: usize = 16_384;

/// Counts open connections, in all and per address.
pub struct Connections {
    most: usize,
    proxies: TrustedProxies,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// An open connection, counted until this is dropped.
struct Open(Arc<Connections>, IpAddr);

impl Connections {
    /// As many as this process may have open files; its limit is raised as far as the system allows. Connections of trusted proxies carry
    /// everybody's requests, and are not counted.
    pub fn new(proxies: TrustedProxies) -> Arc<Self> {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((1024, 1024));
        let files = if soft < WANTED && setrlimit(Resource::RLIMIT_NOFILE, WANTED.min(hard), hard).is_ok() {
            WANTED.min(hard)
        } else {
            soft
        };
        let most = usize::try_from(files.saturating_sub(OTHERS)).unwrap_or(MOST).clamp(16, MOST);
        Arc::new(Self { most, proxies, open: Mutex::default() })
    }

    /// Connections at most, which the server must not exceed.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Counts a connection that was just accepted, or closes it if its address has too many.
    pub fn admit(self: &Arc<Self>, stream: &dyn Any, data: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<TcpStream>() else { return };
        let Ok(peer) = stream.peer_addr() else { return };
        if self.proxies.contains(peer.ip()) {
            return;
        }
        match self.enter(counted_as(peer.ip())) {
            Some(open) => drop(data.insert(open)),
            // Shutdown fails only where the connection is gone already.
            None => drop(shutdown(stream.as_raw_fd(), Shutdown::Both)),
        }
    }

    /// Counts a connection; `None` if its address has a quarter of all already.
    fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Open> {
        let mut open = self.open();
        let count = open.entry(address).or_insert(0);
        if *count >= self.most / 4 {
            return None;
        }
        *count += 1;
        Some(Open(self.clone(), address))
    }

    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut open = self.0.open();
        if let Some(count) = open.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_gets_a_quarter_and_gives_it_back() {
        let connections =
            Arc::new(Connections { most: 16, proxies: TrustedProxies::default(), open: Mutex::default() });
        let [one, other] = [1, 2].map(|last| IpAddr::from([192, 0, 2, last]));
        let mut open: Vec<Open> = (0..4).filter_map(|_| connections.enter(one)).collect();
        assert_eq!(open.len(), 4);
        assert!(connections.enter(one).is_none() && connections.enter(other).is_some());
        open.pop();
        assert!(connections.enter(one).is_some());
        drop(open);
        assert!(connections.open().is_empty(), "nothing is remembered of who has gone");
    }
}
