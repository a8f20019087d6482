//! `kith key add|list|revoke`: keys of senders.

use std::process::ExitCode;

use clap::Subcommand;

use crate::{
    auth::{Actor, Place},
    config::Config,
    db::{
        Db,
        ids::{EnvironmentId, KeyId, new_id},
    },
    keys::{
        self, Capabilities, Capability, Draft, Format, Found, Grant, KeyName, Listed, MayOverwrite, Origin, PerMinute,
        Secret,
    },
    workspaces::EnvironmentKind,
};

#[derive(Subcommand)]
pub enum Command {
    /// Create a key for a system that sends data. Its secret is the last line of the output and is shown only once
    Add(Add),
    /// List the keys of an environment: name, first characters, kind, formats, what it may do, last use
    List {
        /// Environment: live or test, or for example acme/live if there are several workspaces
        #[arg(long, default_value = "live")]
        environment: String,
    },
    /// Revoke a key permanently. A running console refuses it within five seconds
    Revoke {
        /// Its name or its first characters
        named: String,
        /// Environment: live or test, or for example acme/live if there are several workspaces
        #[arg(long, default_value = "live")]
        environment: String,
    },
}

#[derive(clap::Args)]
pub struct Add {
    /// The system that will use it
    #[arg(value_parser = KeyName::new)]
    name: KeyName,
    /// Environment: live or test, or for example acme/live if there are several workspaces
    #[arg(long, default_value = "live")]
    environment: String,
    /// For pages, where everybody can read it: it may only write, and only from its origins
    #[arg(long, requires = "allow_origin", conflicts_with = "can")]
    browser: bool,
    /// Formats that it may use
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Format::ALL)]
    formats: Vec<Format>,
    /// What a key for servers may do
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Capability::ABOUT_PEOPLE)]
    can: Vec<Capability>,
    /// Website whose pages use the key, such as <https://shop.example>. May be repeated
    #[arg(long, requires = "browser", value_name = "URL")]
    allow_origin: Vec<Origin>,
    /// What a key for browsers may overwrite of people who have an id: never an email, a phone, an ID or a "no"
    #[arg(long, value_enum, requires = "browser", value_name = "WHAT", default_value = "attributes")]
    may_overwrite: MayOverwrite,
    /// Calls in a minute, 1 to 1,000,000 [default: 60,000]
    #[arg(long, value_name = "N")]
    per_minute: Option<PerMinute>,
}

pub fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let opened = super::open(config)?;
    let db = &opened.db;
    match command {
        Command::Add(args) => add(db, args)?,
        Command::List { environment } => {
            let environment = super::environment(db, &environment)?;
            for key in db.read_now(|conn| keys::list(conn, environment, None))? {
                println!("{}", line(&key));
            }
        }
        Command::Revoke { named, environment } => revoke(db, super::environment(db, &environment)?, &named)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn add(db: &Db, args: Add) -> anyhow::Result<()> {
    let environment = super::environment(db, &args.environment)?;
    let now = super::clock().now();
    let grant = if args.browser {
        Grant::Browser { origins: args.allow_origin, may_overwrite: args.may_overwrite }
    } else {
        Grant::Server(
            Capabilities::new(args.can).ok_or_else(|| anyhow::anyhow!("--can needs at least one permission"))?,
        )
    };
    let per_minute = args.per_minute.unwrap_or(PerMinute::DEFAULT);
    let draft = Draft { id: KeyId(new_id(now)), name: args.name, grant, formats: args.formats, per_minute };
    let kind =
        if args.environment.rsplit('/').next() == Some("test") { EnvironmentKind::Test } else { EnvironmentKind::Live };
    let secret = Secret::new(kind);
    db.tx_now(|conn| keys::add(conn, environment, &draft, &secret, &by(environment), now))?;
    let name = draft.name.as_str();
    println!(
        "{name} is a {} key of the {} environment. Its secret is shown only once:",
        draft.grant.kind(),
        kind.as_str()
    );
    println!("{}", secret.as_str());
    Ok(())
}

fn by(environment: EnvironmentId) -> Actor {
    Actor::command_line(Place::Environment(environment))
}

fn line(key: &Listed) -> String {
    let formats: Vec<_> = key.formats.iter().map(|format| format.as_str()).collect();
    let can: Vec<_> = key.grant.capabilities().iter().map(|it| it.as_str()).collect();
    let overwrites = key.grant.may_overwrite().map(|it| format!(", overwrites {}", it.as_str())).unwrap_or_default();
    let can = format!("{}{overwrites}", can.join(","));
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| at.format("used %F %R UTC").to_string());
    let state = key.revoked_at.map_or(used, |at| at.format("revoked %F %R UTC").to_string());
    let cells = [&key.name, &format!("{}…", key.prefix), key.grant.kind(), &formats.join(","), &can, &state];
    cells.join("\t")
}

fn revoke(db: &Db, environment: EnvironmentId, named: &str) -> anyhow::Result<()> {
    let id = match db.read_now(|conn| keys::named(conn, environment, named))? {
        Found::One(id) => id,
        Found::None => anyhow::bail!("no active key has {named:?} as its name or its first characters"),
        Found::Several(prefixes) => {
            anyhow::bail!(
                "several keys are called {named:?}: name one by its first characters, {}",
                prefixes.join(" or ")
            )
        }
    };
    let now = super::clock().now();
    if let Some(name) = db.tx_now(|conn| keys::revoke(conn, environment, id, &by(environment), now))? {
        println!("{name} is revoked. A running console refuses it within five seconds.");
    }
    Ok(())
}
