//! Settings, from environment variables and flags only, checked as a whole before anything starts.

mod proxies;
mod site;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;

pub use proxies::{TrustedProxies, network_start};
pub use site::Site;

/// Settings that every command uses, as given: text, not yet checked. Flags win over variables.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub struct Shared {
    /// Postgres to use, as a postgresql:// address. Without it kith runs a private one in its data directory
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Directory of the private Postgres [default: /var/lib/kith for root, else ~/.local/share/kith; `demo` adds -demo]
    #[arg(long, env = "KITH_DATA", global = true, value_name = "DIR")]
    pub data: Option<String>,
    /// Log lines as "text" or "json" [default: text]
    #[arg(long, env = "KITH_LOG_FORMAT", global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// What is logged, for example info or kith=debug [default: info]
    #[arg(long, env = "KITH_LOG", global = true, value_name = "FILTER")]
    pub log: Option<String>,
}

/// Where the console is, as given.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub struct Place {
    /// Address and port that the console listens on [default: 127.0.0.1:8080]
    #[arg(long, env = "KITH_BIND", value_name = "ADDRESS:PORT")]
    pub bind: Option<String>,
    /// Address that people type, for example <https://kith.example.com>; pages are served under it alone, and https makes cookies secure-only [default: http:// and the bind address; needed where that is 0.0.0.0 or ::]
    #[arg(long, env = "KITH_ORIGIN", value_name = "URL")]
    pub origin: Option<String>,
}

/// All settings as given, which only the console itself uses.
#[derive(Args, Clone, Debug, Default)]
pub struct Settings {
    #[command(flatten)]
    pub shared: Shared,
    #[command(flatten)]
    pub place: Place,
    /// Address and port of the Prometheus metrics, loopback only, or "off" [default: 127.0.0.1:9464]
    #[arg(long, env = "KITH_METRICS", value_name = "ADDRESS:PORT")]
    pub metrics: Option<String>,
    /// Connections to Postgres at most, 2 to 50 [default: 8]
    #[arg(long, env = "KITH_CONNECTIONS", value_name = "N")]
    pub connections: Option<String>,
    /// Time limit of one console statement, in seconds, 1 to 60 [default: 10]
    #[arg(long, env = "KITH_STATEMENT_SECONDS", value_name = "N")]
    pub statement_seconds: Option<String>,
    /// Hours without a click after which a session ends, 1 to 720 [default: 12]
    #[arg(long, env = "KITH_SESSION_IDLE_HOURS", value_name = "N")]
    pub session_idle_hours: Option<String>,
    /// Hours after which a session ends in any case, 1 to 2160 [default: 336, two weeks]
    #[arg(long, env = "KITH_SESSION_HOURS", value_name = "N")]
    pub session_hours: Option<String>,
    /// Addresses and networks of the proxies in front whose X-Forwarded-For is believed, for example 10.0.0.0/8,192.0.2.7; "yes" is this machine and private networks [default: no]
    #[arg(long, env = "KITH_BEHIND_PROXY", value_name = "no|yes|NETWORKS")]
    pub behind_proxy: Option<String>,
    /// Largest body of a call with many items, in MB after inflating, 1 to 64 [default: 12]
    #[arg(long, env = "KITH_BATCH_MB", value_name = "N")]
    pub batch_mb: Option<String>,
    /// Largest body of any other call, in MB after inflating, 1 to 64 [default: 1]
    #[arg(long, env = "KITH_CALL_MB", value_name = "N")]
    pub call_mb: Option<String>,
    /// Whether webhooks and messages may go to private addresses and over plain http, "yes" or "no" [default: no]
    #[arg(long, env = "KITH_PRIVATE_WEBHOOKS", value_name = "no|yes")]
    pub private_webhooks: Option<String>,
    /// File of the key that secrets of sending accounts are encrypted with; made where there is none [default: `secret` in the data directory]
    #[arg(long, env = "KITH_SECRET_FILE", value_name = "FILE")]
    pub secret_file: Option<String>,
}

impl From<Shared> for Settings {
    fn from(shared: Shared) -> Self {
        Self { shared, ..Self::default() }
    }
}

/// Checked settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Database settings.
    pub database: Database,
    /// Address and origin of the console, metrics and proxies.
    pub server: Server,
    /// Limits of sessions.
    pub sessions: Sessions,
    /// Limits of the bodies of calls.
    pub ingest: Ingest,
    /// Format and filter of the log.
    pub log: Log,
}

/// Database settings.
#[derive(Clone, Debug)]
pub struct Database {
    /// `DATABASE_URL`; `None` for a private cluster.
    pub url: Option<String>,
    /// `KITH_DATA`, also for files to import; `None` for the platform's place for data.
    pub home: Option<PathBuf>,
    /// `KITH_CONNECTIONS`: connections at most, 2 to 50.
    pub connections: u32,
    /// `KITH_STATEMENT_SECONDS`: time limit of one statement, 1 to 60 s.
    pub statement_limit: Duration,
}

/// Address and origin of the console, metrics and proxies.
#[derive(Clone, Debug)]
pub struct Server {
    /// `KITH_BIND`: address to listen on.
    pub bind: SocketAddr,
    /// `KITH_ORIGIN`: address that people type.
    pub site: Site,
    /// `KITH_METRICS`: address of the metrics; `None` for off.
    pub metrics: Option<SocketAddr>,
    /// `KITH_BEHIND_PROXY`: proxies whose `X-Forwarded-For` is believed.
    pub proxies: TrustedProxies,
    /// `KITH_PRIVATE_WEBHOOKS`: whether webhooks may go to private addresses and over plain http.
    pub private_webhooks: bool,
    /// `KITH_SECRET_FILE`: file of the key that secrets are encrypted with; `None` for the one in the data directory.
    pub secret_file: Option<PathBuf>,
}

/// Limits of sessions.
#[derive(Clone, Copy, Debug)]
pub struct Sessions {
    /// `KITH_SESSION_IDLE_HOURS`: time without a request, 1 to 720 hours.
    pub idle: Duration,
    /// `KITH_SESSION_HOURS`: time in any case, 1 to 2160 hours.
    pub life: Duration,
}

/// Limits of the bodies of calls, counted after inflating.
#[derive(Clone, Copy, Debug)]
pub struct Ingest {
    /// `KITH_BATCH_MB`: bytes of a call with many items, 1 to 64 MB.
    pub batch_bytes: usize,
    /// `KITH_CALL_MB`: bytes of any other call, 1 to 64 MB.
    pub call_bytes: usize,
}

/// Format and filter of the log.
#[derive(Clone, Debug)]
pub struct Log {
    /// Whether `KITH_LOG_FORMAT` is json.
    pub json: bool,
    /// `KITH_LOG`: filter of the log.
    pub filter: String,
}

/// All problems of the settings, one line each.
#[derive(Debug, thiserror::Error)]
#[error("these settings cannot be used:\n  {}", .0.join("\n  "))]
pub struct Problems(Vec<String>);

impl Settings {
    /// Checks all settings.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(self) -> Result<Config, Problems> {
        let mut problems = Problems(Vec::new());
        let (shared, place) = (self.shared, self.place);
        let default_bind = SocketAddr::from(([127, 0, 0, 1], 8080));
        let bind = problems.parse("KITH_BIND", place.bind.as_deref(), "an address and port", default_bind);
        let metrics = match self.metrics.as_deref() {
            Some("off") => None,
            given => Some(problems.parse(
                "KITH_METRICS",
                given,
                "an address and port, or off",
                SocketAddr::from(([127, 0, 0, 1], 9464)),
            )),
        };
        if let Some(open) = metrics.filter(|at| !at.ip().is_loopback()) {
            problems.add("KITH_METRICS", "a loopback address such as 127.0.0.1:9464", &open.to_string());
        }
        let url = shared.database_url.filter(|url| !url.is_empty());
        if url.as_deref().is_some_and(|url| !url.starts_with("postgres://") && !url.starts_with("postgresql://")) {
            // The value may hold a password, so it is not repeated.
            problems.0.push("DATABASE_URL must begin with postgresql://".to_owned());
        }
        let site = problems.site(place.origin.as_deref(), bind);
        let connections = problems.number("KITH_CONNECTIONS", self.connections.as_deref(), 2..=50, 8);
        let seconds = problems.number("KITH_STATEMENT_SECONDS", self.statement_seconds.as_deref(), 1..=60, 10);
        let idle = problems.number("KITH_SESSION_IDLE_HOURS", self.session_idle_hours.as_deref(), 1..=720, 12);
        let life = problems.number("KITH_SESSION_HOURS", self.session_hours.as_deref(), 1..=2160, 336);
        let batch = problems.number("KITH_BATCH_MB", self.batch_mb.as_deref(), 1..=64, 12);
        let call = problems.number("KITH_CALL_MB", self.call_mb.as_deref(), 1..=64, 1);
        let networks = "no, yes, or the addresses and networks of proxies, such as 10.0.0.0/8, 192.0.2.7, fd00::/8";
        let none = TrustedProxies::default();
        let proxies = problems.parse("KITH_BEHIND_PROXY", self.behind_proxy.as_deref(), networks, none);
        let private_webhooks =
            problems.choice("KITH_PRIVATE_WEBHOOKS", self.private_webhooks.as_deref(), ["no", "yes"]);
        let secret_file = self.secret_file.filter(|file| !file.is_empty()).map(PathBuf::from);
        let json = problems.choice("KITH_LOG_FORMAT", shared.log_format.as_deref(), ["text", "json"]);
        let filter = shared.log.unwrap_or_else(|| "info".to_owned());
        if filter.parse::<tracing_subscriber::EnvFilter>().is_err() {
            problems.add("KITH_LOG", "a filter such as info or kith=debug", &filter);
        }
        let (true, Some(site)) = (problems.0.is_empty(), site) else { return Err(problems) };
        let bytes = |megabytes: u32| (megabytes as usize) << 20;
        let hours = |n: u32| Duration::from_secs(u64::from(n) * 3600);
        Ok(Config {
            database: Database {
                url,
                home: shared.data.filter(|dir| !dir.is_empty()).map(PathBuf::from),
                connections,
                statement_limit: Duration::from_secs(seconds.into()),
            },
            server: Server { bind, site, metrics, proxies, private_webhooks, secret_file },
            sessions: Sessions { idle: hours(idle), life: hours(life) },
            ingest: Ingest { batch_bytes: bytes(batch), call_bytes: bytes(call) },
            log: Log { json, filter },
        })
    }
}

impl Problems {
    fn add(&mut self, variable: &str, wanted: &str, given: &str) {
        self.0.push(format!("{variable} must be {wanted}, not {given:?}"));
    }

    fn parse<T: std::str::FromStr>(&mut self, variable: &str, given: Option<&str>, wanted: &str, default: T) -> T {
        match given.map(str::parse) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.add(variable, wanted, given.unwrap_or_default());
                default
            }
        }
    }

    /// The site of the console; `None`, with a problem, if it cannot be known.
    fn site(&mut self, given: Option<&str>, bind: SocketAddr) -> Option<Site> {
        if given.is_none() && bind.ip().is_unspecified() {
            let rule = format!(
                "KITH_ORIGIN must be set where KITH_BIND is {bind}: the address that people type, such as https://kith.example.com"
            );
            self.0.push(rule);
            return None;
        }
        let origin = given.map_or_else(|| format!("http://{bind}"), str::to_owned);
        let site = Site::new(&origin);
        if site.is_none() {
            self.add("KITH_ORIGIN", "an address such as https://kith.example.com, without a path", &origin);
        }
        site
    }

    fn number(
        &mut self,
        variable: &str,
        given: Option<&str>,
        range: std::ops::RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        let number = self.parse(variable, given, &wanted, default);
        if !range.contains(&number) {
            self.add(variable, &wanted, given.unwrap_or_default());
        }
        number
    }

    /// Whether the second of two words was given; the first is the default.
    fn choice(&mut self, variable: &str, given: Option<&str>, [default, other]: [&str; 2]) -> bool {
        match given {
            Some(word) if word == other => true,
            None => false,
            Some(word) if word == default => false,
            Some(word) => {
                self.add(variable, &format!("{default} or {other}"), word);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_set_is_fine() {
        let config = Settings::default().check().unwrap();
        assert_eq!(config.server.site.origin(), "http://127.0.0.1:8080");
        assert_eq!(config.sessions.idle, Duration::from_secs(12 * 3600));
    }

    #[test]
    fn all_problems_come_at_once_and_no_secret_with_them() {
        let wrong = Settings {
            shared: Shared {
                database_url: Some("mysql://root:hunter2@db".into()),
                log_format: Some("xml".into()),
                ..Shared::default()
            },
            place: Place { bind: Some("8080".into()), origin: Some("kith.example.com".into()) },
            metrics: Some("0.0.0.0:9464".into()),
            connections: Some("0".into()),
            behind_proxy: Some("10.0.0.0/8, proxy".into()),
            ..Settings::default()
        };
        let said = wrong.check().unwrap_err().to_string();
        for variable in [
            "DATABASE_URL",
            "KITH_BIND",
            "KITH_METRICS",
            "KITH_CONNECTIONS",
            "KITH_LOG_FORMAT",
            "KITH_ORIGIN",
            "KITH_BEHIND_PROXY",
        ] {
            assert!(said.contains(variable), "{variable} in {said}");
        }
        assert!(!said.contains("hunter2"));
    }

    #[test]
    fn where_every_address_is_listened_on_the_origin_must_be_said() {
        for bind in ["0.0.0.0:8080", "[::]:8080"] {
            let place = Place { bind: Some(bind.into()), origin: None };
            let mut settings = Settings { place, ..Settings::default() };
            let said = settings.clone().check().unwrap_err().to_string();
            assert!(said.contains("KITH_ORIGIN must be set where KITH_BIND is"), "{said}");
            settings.place.origin = Some("https://kith.example.com/".into());
            assert_eq!(settings.check().unwrap().server.site.origin(), "https://kith.example.com");
        }
    }
}
