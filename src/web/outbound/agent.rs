//! What makes the calls.

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport},
    },
};

use super::reach::Reach;

/// How long a connection without calls is kept: less than any usual server does, so that none is used that the other side has closed.
const IDLE: Duration = Duration::from_secs(4);

fn config(reach: Reach, within: Duration) -> Config {
    Agent::config_builder()
        .timeout_global(Some(within))
        // An answer could lead into the private network.
        .max_redirects(0)
        .http_status_as_error(false)
        // An address that was stored while plain http was allowed.
        .https_only(reach == Reach::Public)
        // A proxy of the environment would look names up by itself.
        .proxy(None)
        .max_idle_age(IDLE)
        .user_agent(concat!("kith/", env!("CARGO_PKG_VERSION")))
        .build()
}

fn checked(reach: Reach) -> Checked {
    Checked { reach, names: DefaultResolver::default() }
}

/// What calls where `reach` allows, within that time for all of a call.
pub fn agent(reach: Reach, within: Duration) -> Agent {
    Agent::with_parts(config(reach, within), DefaultConnector::default(), checked(reach))
}

/// Likewise, for one call at a time; `has_left` is set once a part of a call was written, so that without an answer the other side may have it.
pub fn watched(reach: Reach, within: Duration, has_left: Arc<AtomicBool>) -> Agent {
    let connector = Watched { inner: DefaultConnector::default(), has_left };
    Agent::with_parts(config(reach, within), connector, checked(reach))
}

/// The addresses that a name leads to and that may be reached; none, if there are only others.
///
/// # Errors
/// There is no such name.
pub fn resolve(host: &str, port: u16, is_open: impl Fn(&SocketAddr) -> bool) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.filter(is_open).collect())
}

/// The name leads to no address that messages may go to.
#[derive(Debug, thiserror::Error)]
#[error("The address is in a private network, where this server does not send.")]
pub struct Closed;

/// Looks names up and leaves only addresses that messages may go to. The connection is made to one of these and not to what the name leads
/// to a moment later; certificate and `Host` are those of the name.
#[derive(Debug)]
struct Checked {
    reach: Reach,
    names: DefaultResolver,
}

impl Resolver for Checked {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let unknown = |error| if let Error::Io(_) = error { Error::HostNotFound } else { error };
        let found = self.names.resolve(uri, config, timeout).map_err(unknown)?;
        let mut open = self.empty();
        for address in found.iter().filter(|address| self.reach.allows(address.ip())) {
            open.push(*address);
        }
        if open.is_empty() { Err(Error::Other(Box::new(Closed))) } else { Ok(open) }
    }
}

/// Connects, and notes when something is written.
#[derive(Debug)]
struct Watched {
    inner: DefaultConnector,
    has_left: Arc<AtomicBool>,
}

impl Connector<()> for Watched {
    type Out = Noting;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Noting>, Error> {
        let made = self.inner.connect(details, chained)?;
        Ok(made.map(|inner| Noting { inner, has_left: self.has_left.clone() }))
    }
}

#[derive(Debug)]
struct Noting {
    inner: Box<dyn Transport>,
    has_left: Arc<AtomicBool>,
}

impl Transport for Noting {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        // The encryption is agreed on before the first byte is written, so if that fails nothing has left.
        self.inner.transmit_output(amount, timeout)?;
        self.has_left.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
