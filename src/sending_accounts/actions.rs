//! Actions of the pages of sending accounts.

use super::{
    Account, HandedOver, NewSecret, Outgoing, Sealed, Secret, Vault,
    form::{self, AccountForm, Known, Parsed, Sort},
    pages, show,
    store::{self, Added, Author, MOST},
};
use crate::{
    auth::{Action, Actor, Place},
    console::Request,
    db::ids::{MessageId, SendingAccountId, WorkspaceId, new_id},
    error::AppError,
    identities::Reading,
    web::{Answer, FormData, form::Problems, outbound::Reach, respond::see_other_saying},
};

fn workspace(request: &Request) -> WorkspaceId {
    request.scope().workspace.id
}

/// The operator, for the audit log.
fn author(request: &Request) -> Author {
    let actor = Actor { place: Place::Workspace(workspace(request)), ..request.actor() };
    Author { actor, at: request.now.at }
}

/// The account in the address, and its secret as it is stored.
fn asked(request: &Request) -> Result<(Account, Option<Sealed>), AppError> {
    request.read(|conn| {
        let account = pages::asked(request, conn)?;
        let sealed = store::sealed(conn, workspace(request), account.id)?;
        Ok((account, sealed))
    })
}

fn reading(request: &Request) -> Result<Reading, AppError> {
    request.read(|conn| Ok(request.reading(conn)?))
}

fn to_page(request: &Request, id: SendingAccountId, message: &str) -> Answer {
    see_other_saying(&request.scope().path(&format!("sending/{id}")), message)
}

fn to_list(request: &Request, message: &str) -> Answer {
    see_other_saying(&request.scope().path("sending"), message)
}

/// Encrypts a secret that was typed; the form again if that cannot be done.
fn seal(
    request: &Request,
    sort: Sort,
    sent: &FormData,
    secret: Option<&Secret>,
) -> Result<Option<Sealed>, Box<AccountForm>> {
    let config = &request.state.config;
    let sealed = secret.map(|secret| Vault::of(config).and_then(|vault| vault.seal(sort.id, secret))).transpose();
    sealed.map_err(|locked| {
        let mut problems = Problems::default();
        problems.add("secret", locked.to_string());
        Box::new(AccountForm::typed(sort, sent, problems))
    })
}

pub fn create(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let incomplete = || AppError::BadRequest("This form is incomplete. Reload the page and try again.");
    let id: SendingAccountId = sent.parsed("id").ok_or_else(incomplete)?;
    let (channel, kind) = pages::chosen(&sent.0).ok_or_else(incomplete)?;
    let sort = Sort { id, channel, kind, has_secret: false };
    let known = Known { reach: Reach::of(&request.state.config), reading: reading(request)?, stored: None };
    let read = form::parse(sort, sent, known).and_then(|parsed| {
        let sealed = seal(request, sort, sent, parsed.secret.as_ref().filter(|_| parsed.needs_secret))?;
        Ok((parsed, sealed))
    });
    let (Parsed { draft, .. }, sealed) = match read {
        Ok(read) => read,
        Err(form) => return Ok(pages::form_again(request, None, *form)),
    };
    let by = author(request);
    let added = request
        .state
        .db
        .tx_now(|conn| store::add(conn, (workspace(request), id), channel, &draft, sealed.as_ref(), &by))?;
    Ok(match added {
        Added::New => to_page(request, id, "Sending account created. Send a test to see whether it works."),
        Added::Known => to_page(request, id, "This sending account was already created."),
        Added::Full => to_list(
            request,
            &format!("There are {MOST} sending accounts already, which is the limit. Remove one first."),
        ),
    })
}

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (account, stored) = asked(request)?;
    let sort = AccountForm::of(&account, stored.is_some()).sort;
    let reach = Reach::of(&request.state.config);
    let known = Known { reach, reading: reading(request)?, stored: Some(&account.provider) };
    let read = form::parse(sort, sent, known).and_then(|parsed| {
        let secret = match seal(request, sort, sent, parsed.secret.as_ref().filter(|_| parsed.needs_secret))? {
            Some(sealed) => NewSecret::Is(sealed),
            None if parsed.needs_secret => NewSecret::Keep,
            None => NewSecret::None,
        };
        Ok((parsed.draft, secret))
    });
    let (draft, secret) = match read {
        Ok(read) => read,
        Err(form) => return Ok(pages::form_again(request, Some(account.name.as_str().to_owned()), *form)),
    };
    let by = author(request);
    let changed =
        request.state.db.tx_now(|conn| store::change(conn, workspace(request), account.id, &draft, &secret, &by))?;
    match changed {
        None => Err(AppError::NotFound),
        Some(true) => Ok(to_page(request, account.id, "Sending account saved.")),
        Some(false) => Ok(to_page(request, account.id, "Nothing changed.")),
    }
}

pub fn turn(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (id, is_on, by) = (request.id()?, sent.get("on") == "yes", author(request));
    let turned = request.state.db.tx_now(|conn| store::turn(conn, workspace(request), id, is_on, &by))?;
    let message = match (turned.is_some(), is_on) {
        (false, _) => "Nothing changed.",
        (true, true) => "Sending account turned on.",
        (true, false) => "Sending account turned off. Its messages wait until you turn it on.",
    };
    Ok(to_page(request, id, message))
}

pub fn make_default(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (id, by) = (request.id()?, author(request));
    let made = request.state.db.tx_now(|conn| store::make_default(conn, workspace(request), id, &by))?;
    let message = if made.is_some() { "This is the default of its channel now." } else { "Nothing changed." };
    Ok(to_page(request, id, message))
}

pub fn remove(request: &Request, _: &FormData) -> Result<Answer, AppError> {
    let (id, by) = (request.id()?, author(request));
    match request.state.db.tx_now(|conn| store::remove(conn, workspace(request), id, &by))? {
        Some(name) => Ok(to_list(request, &format!("Sending account {name} removed."))),
        None => Ok(to_list(request, "The sending account no longer exists.")),
    }
}

/// Sends a test at once, and shows the whole conversation. No connection to the database is held meanwhile.
pub fn test(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (account, sealed) = asked(request)?;
    let to = match form::recipient(account.channel, sent.get("to"), reading(request)?) {
        Ok(to) => to,
        Err(rule) => return Ok(show::show_again(request, account, sealed.as_ref(), sent, rule)),
    };
    let now = request.now.at;
    let text = format!(
        "This is a test of the sending account “{}” of {}.",
        account.name.as_str(),
        request.scope().workspace.name
    );
    let message = Outgoing {
        id: MessageId(new_id(now)),
        to: to.clone(),
        subject: "Test of a sending account".to_owned(),
        text,
        html: None,
        unsubscribe: None,
    };
    let mut connection = account.connect(sealed.as_ref(), &request.state.config);
    let came = connection.hand_over(&message, now);
    let lines = connection.conversation().to_vec();
    let what = match &came {
        HandedOver::Taken { .. } => "taken",
        HandedOver::Unknown { .. } => "no answer",
        _ => "not taken",
    };
    let by = author(request);
    request.state.db.tx_now(|conn| {
        if let Some(health) = came.health() {
            store::note_health(conn, workspace(request), account.id, health, now)?;
        }
        by.note(conn, Action::SendingAccountTested, account.id, account.name.as_str(), what)
    })?;
    Ok(show::tested(request, account, to, came, lines))
}
