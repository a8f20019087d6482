//! `kith operator add|passwd|list`: operators and their passwords.

use std::{
    io::{BufRead, IsTerminal},
    process::ExitCode,
};

use clap::Subcommand;

use crate::{
    account,
    auth::{self, NewOperator, Role, Strength},
    config::Config,
    db::Db,
    workspaces::{self, Workspace},
};

#[derive(Subcommand)]
pub enum Command {
    /// Add an operator. The password is read from standard input
    Add {
        /// What they sign in with
        email: String,
        /// What colleagues see
        #[arg(long)]
        name: String,
        /// What they may do
        #[arg(long, value_enum)]
        role: Role,
        /// The workspace's slug, or its name where it is to be made [default: the only one]
        #[arg(long)]
        workspace: Option<String>,
    },
    /// Set an operator's password, read from standard input, and end all their sessions
    Passwd {
        /// What they sign in with
        email: String,
    },
    /// List operators, their workspaces and roles
    List,
}

pub fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let opened = super::open(config)?;
    let (db, now) = (&opened.db, super::clock().now());
    match command {
        Command::Add { email, name, role, workspace } => {
            account::check_email(&email).map_err(anyhow::Error::msg)?;
            let hash = auth::hash(&read_password(&[&email, &name])?)?;
            let workspace = find_or_make(db, workspace)?;
            let new = NewOperator { name: &name, email: &email, password_hash: &hash };
            db.tx_now(|conn| auth::add(conn, &new, workspace.id, role, now))??;
            println!("{email} can sign in as {} of {}.", role.name(), workspace.name);
        }
        Command::Passwd { email } => {
            let hash = auth::hash(&read_password(&[&email])?)?;
            db.tx_now(|conn| auth::set_password(conn, &email, &hash, now))??;
            println!("The password is set, and {email} is signed out everywhere.");
        }
        Command::List => {
            for (name, email, workspace, role) in db.read_now(auth::list)? {
                println!("{email}\t{name}\t{workspace}\t{role}");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn find_or_make(db: &Db, named: Option<String>) -> anyhow::Result<Workspace> {
    let named = match named {
        Some(named) => named,
        None => super::only_workspace(db)?,
    };
    let now = super::clock().now();
    Ok(db.tx_now(|conn| match workspaces::by_slug_or_name(conn, &named)? {
        Some(known) => Ok(known),
        None => workspaces::create(conn, &named, now).map(|(made, _)| made),
    })?)
}

/// Reads a password: hidden from a terminal, else from standard input.
fn read_password(about: &[&str]) -> anyhow::Result<Strength> {
    let password = if std::io::stdin().is_terminal() {
        rpassword::prompt_password("Password: ")?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line
    };
    Strength::check(password.trim_end_matches(['\r', '\n']), about).map_err(anyhow::Error::msg)
}
