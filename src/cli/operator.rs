//! `kith operator …`: the people who sign in. It does what the Team page does.

use std::{
    io::{BufRead, IsTerminal},
    process::ExitCode,
};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use crate::{
    account,
    auth::{
        self, Actor, NewOperator, OperatorName, Place as Where, Role, Strength,
        invitations::{self, NewInvitation},
        operators::{self, Found},
        organisation,
        team::{self, Change, MemberState},
    },
    config::{Config, Place},
    db::{Db, ids::OperatorId},
    workspaces::{self, NewWorkspace, Workspace},
};

#[derive(Subcommand)]
pub enum Command {
    /// Add an operator. The password is read from standard input; an existing account keeps its password
    Add(New),
    /// Invite somebody: prints a link where they choose a password. It works once, within seven days
    Invite {
        #[command(flatten)]
        new: New,
        #[command(flatten)]
        place: Place,
    },
    /// Withdraw an invitation: its link no longer works
    Withdraw(Who),
    /// List operators and invitations: email, name, workspace, role, state, last sign-in
    List,
    /// Change what an operator may do
    Role {
        #[command(flatten)]
        who: Who,
        /// What they may do
        #[arg(value_enum)]
        role: Role,
    },
    /// Stop an operator from coming into the workspace
    Disable(Who),
    /// Let a disabled operator sign in again
    Enable(Who),
    /// End all sessions of an operator
    EndSessions(Who),
    /// Remove an operator from the workspace
    Remove(Who),
    /// Set an operator's password, read from standard input, and end all their sessions
    Passwd {
        /// What they sign in with
        email: String,
    },
    /// Make an operator an admin of the organisation: of all workspaces and their groups
    OrganisationAdmin {
        /// What they sign in with
        email: String,
        /// Take it back: their roles in workspaces stay
        #[arg(long)]
        remove: bool,
    },
    /// Change the email that an operator signs in with
    Email {
        /// What they sign in with
        email: String,
        /// What they will sign in with
        new: String,
    },
}

/// Somebody to add or to invite.
#[derive(Args)]
pub struct New {
    /// What they sign in with
    email: String,
    /// What colleagues see
    #[arg(long)]
    name: OperatorName,
    /// What they may do
    #[arg(long, value_enum)]
    role: Role,
    /// The workspace's slug, or its name; `add` creates it if it does not exist [default: the only one]
    #[arg(long)]
    workspace: Option<String>,
}

/// Somebody in a workspace.
#[derive(Args)]
pub struct Who {
    /// What they sign in with
    email: String,
    /// The workspace's slug, or its name [default: the only one]
    #[arg(long)]
    workspace: Option<String>,
}

impl Command {
    /// Where the console is, for a command that says so.
    pub fn place(&self) -> Place {
        match self {
            Self::Invite { place, .. } => place.clone(),
            _ => Place::default(),
        }
    }
}

pub fn run(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let opened = super::open(config)?;
    let (db, now) = (&opened.db, super::clock().now());
    match command {
        Command::Add(new) => add(db, &new, now)?,
        Command::Invite { new, .. } => invite(db, &new, config.server.site.origin(), now)?,
        Command::Withdraw(who) => withdraw(db, &who, now)?,
        Command::List => list(db)?,
        Command::Role { who, role } => {
            let workspace = change(db, &who, Change::Role(role), now)?;
            println!("{} is {} of {workspace}.", who.email, role.name());
        }
        Command::Disable(who) => {
            let workspace = change(db, &who, Change::Disable, now)?;
            println!("{} can no longer sign in to {workspace}.", who.email);
        }
        Command::Enable(who) => {
            let workspace = change(db, &who, Change::Enable, now)?;
            println!("{} can sign in to {workspace}.", who.email);
        }
        Command::Remove(who) => {
            let workspace = change(db, &who, Change::Remove, now)?;
            println!("{} is removed from {workspace}.", who.email);
        }
        Command::EndSessions(who) => {
            let (workspace, id) = (existing(db, who.workspace.as_deref())?, find(db, &who.email)?);
            let ended = db.tx_now(|conn| team::end_sessions(conn, workspace.id, id, &by(&workspace), now))??;
            println!("{} of {} ended.", super::counted(ended as u64, "session", "sessions"), who.email);
        }
        Command::Passwd { email } => {
            let id = find(db, &email)?;
            let hash = auth::hash(&read_password(&[&email])?)?;
            db.tx_now(|conn| operators::set_password(conn, id, &hash, None, &own(id), now))?;
            println!("Password changed. {email} is signed out everywhere.");
        }
        Command::OrganisationAdmin { email, remove: false } => {
            let by = Actor::command_line(Where::Organisation);
            let made = db.tx_now(|conn| organisation::mark(conn, &email, &by, now))??;
            println!("{email} is {} organisation admin.", if made.is_some() { "now an" } else { "already an" });
        }
        Command::OrganisationAdmin { email, remove: true } => {
            let (id, by) = (find(db, &email)?, Actor::command_line(Where::Organisation));
            db.tx_now(|conn| organisation::unmark(conn, id, &by, now))??;
            println!("{email} is no longer an organisation admin.");
        }
        Command::Email { email, new } => {
            account::check_email(&new).map_err(anyhow::Error::msg)?;
            let id = find(db, &email)?;
            db.tx_now(|conn| operators::set_email(conn, id, &new, &own(id), now))??;
            println!("{email} signs in with {new} from now on.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whoever has a shell on the server, for the audit log of a workspace.
fn by(workspace: &Workspace) -> Actor {
    Actor::command_line(Where::Workspace(workspace.id))
}

/// For the audit log of all workspaces of an operator.
fn own(operator: OperatorId) -> Actor {
    Actor { place: Where::Operator, operator: Some(operator), address: None }
}

fn add(db: &Db, new: &New, now: DateTime<Utc>) -> anyhow::Result<()> {
    account::check_email(&new.email).map_err(anyhow::Error::msg)?;
    let known = db.read_now(|conn| operators::find(conn, &new.email))?;
    if let Some(Found { id, .. }) = known {
        let workspace = find_or_make(db, new.workspace.as_deref())?;
        db.tx_now(|conn| team::join(conn, workspace.id, id, new.role, now))??;
        println!("{} has an account, and is {} of {} as well.", new.email, new.role.name(), workspace.name);
        return Ok(());
    }
    let hash = auth::hash(&read_password(&[&new.email, new.name.as_str()])?)?;
    let workspace = find_or_make(db, new.workspace.as_deref())?;
    let operator = NewOperator { name: new.name.as_str(), email: &new.email, password_hash: &hash };
    db.tx_now(|conn| auth::add(conn, &operator, workspace.id, new.role, now))??;
    println!("{} can sign in as {} of {}.", new.email, new.role.name(), workspace.name);
    Ok(())
}

fn invite(db: &Db, new: &New, origin: &str, now: DateTime<Utc>) -> anyhow::Result<()> {
    account::check_email(&new.email).map_err(anyhow::Error::msg)?;
    let workspace = existing(db, new.workspace.as_deref())?;
    let invitation = NewInvitation { name: &new.name, email: &new.email, role: new.role };
    let token = db.tx_now(|conn| invitations::invite(conn, workspace.id, &invitation, &by(&workspace), now))??;
    println!(
        "{} is invited as {} of {}. The link is shown only once. It works once, within {} days:",
        new.email,
        new.role.name(),
        workspace.name,
        invitations::DAYS
    );
    println!("{origin}/join/{token}");
    Ok(())
}

fn withdraw(db: &Db, who: &Who, now: DateTime<Utc>) -> anyhow::Result<()> {
    let workspace = existing(db, who.workspace.as_deref())?;
    let withdrawn = db.tx_now(|conn| match invitations::of_email(conn, workspace.id, &who.email)? {
        Some(id) => invitations::withdraw(conn, workspace.id, id, &by(&workspace), now),
        None => Ok(None),
    })?;
    anyhow::ensure!(withdrawn.is_some(), "{} is not invited to {}", who.email, workspace.name);
    println!("The invitation for {} was withdrawn.", who.email);
    Ok(())
}

fn list(db: &Db) -> anyhow::Result<()> {
    let (members, invited) = db.read_now(|conn| Ok((team::everybody(conn)?, invitations::everybody(conn)?)))?;
    let moment = |at: DateTime<Utc>| at.format("%F %R UTC").to_string();
    for (member, slug) in members {
        let last = member.signed_in_at.map_or_else(|| "never".to_owned(), moment);
        let cells = [&member.email, &member.name, &slug, member.role.name(), member.state.as_str(), &last];
        println!("{}", cells.join("\t"));
    }
    for (invitation, slug) in invited {
        let until = format!("link works until {}", moment(invitation.expires_at));
        let state = MemberState::Invited.as_str();
        let cells = [&invitation.email, &invitation.name, &slug, invitation.role.name(), state, &until];
        println!("{}", cells.join("\t"));
    }
    Ok(())
}

/// Changes somebody, and returns the name of the workspace.
fn change(db: &Db, who: &Who, change: Change, now: DateTime<Utc>) -> anyhow::Result<String> {
    let (workspace, id) = (existing(db, who.workspace.as_deref())?, find(db, &who.email)?);
    db.tx_now(|conn| team::change(conn, workspace.id, id, change, &by(&workspace), now))??;
    Ok(workspace.name)
}

fn find(db: &Db, email: &str) -> anyhow::Result<OperatorId> {
    let found = db.read_now(|conn| operators::find(conn, email))?;
    Ok(found.ok_or(auth::Refusal::Unknown)?.id)
}

/// The workspace of that slug or name; the only one, if none is named.
fn existing(db: &Db, named: Option<&str>) -> anyhow::Result<Workspace> {
    let named = named.map_or_else(|| super::only_workspace(db), |named| Ok(named.to_owned()))?;
    known(db, &named)?.ok_or_else(|| anyhow::anyhow!("there is no workspace {named:?}"))
}

/// The workspace of that slug or name, if there is one. Fails if several have the name.
fn known(db: &Db, named: &str) -> anyhow::Result<Option<Workspace>> {
    let mut found = db.read_now(|conn| workspaces::by_slug_or_name(conn, named))?;
    if let [one, other] = found.as_slice() {
        let (one, other) = (&one.slug, &other.slug);
        anyhow::bail!("several workspaces are called {named:?}: give the short name, such as {one} or {other}");
    }
    Ok(found.pop())
}

fn find_or_make(db: &Db, named: Option<&str>) -> anyhow::Result<Workspace> {
    let Some(named) = named else { return existing(db, None) };
    let now = super::clock().now();
    if let Some(known) = known(db, named)? {
        return Ok(known);
    }
    let new = NewWorkspace::named(named.parse().map_err(anyhow::Error::msg)?);
    let created = db.tx_now(|conn| {
        let created = workspaces::create(conn, &new, now)?;
        if let Ok((workspace, _)) = &created {
            organisation::workspace_made(conn, workspace, &Actor::command_line(Where::Organisation), now)?;
        }
        Ok(created)
    })?;
    Ok(created?.0)
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
