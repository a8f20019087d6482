//! Puts addresses on the suppression list, and takes one off. A line of the audit log says so too: nobody may have the address.

use serde_json::{Value, json};

use super::{
    add::{AddForm, Added},
    pages, store,
};
use crate::{
    auth::{self, Action},
    console::Request,
    error::AppError,
    identities::{Address, Channel},
    ingest::{self, Item, Person, Statement, Trust},
    ledger::Batch,
    restrictions::{Held, Key, Stop},
    subscriptions::{ChangeForm, Medium},
    web::{Answer, FormData, respond::see_other_saying, words::counted},
};

/// Addresses of one batch.
const AT_ONCE: usize = 500;

fn say(batch: &Batch, channel: Channel, address: Address, stop: Stop, held: Option<Held>) -> Item {
    let person = Person::Reached(channel, address);
    Item { person, as_of: batch.received_at, statement: Statement::Restriction(stop, held) }
}

fn note(request: &Request, action: Action, detail: Value) -> Result<(), AppError> {
    let (by, now) = (request.actor(), request.now.at);
    request.state.db.tx_now(|conn| auth::audit(conn, &by, action, detail.clone(), now))?;
    Ok(())
}

/// Puts addresses on the list, for everybody who is reached there now and later.
pub fn add(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let reading = request.read(|conn| Ok(request.reading(conn)?))?;
    let Added { addresses, held, left_out } = match AddForm::parse(sent, reading, request.now) {
        Ok(added) => added,
        Err(form) => return Ok(pages::add_page(request, *form)),
    };
    let (count, why) = (addresses.len(), held.why());
    let batch = Batch { reason: Some(why.clone()), ..request.batch()? };
    note(request, Action::AddressesSuppressed, json!({ "count": count, "what": why }))?;
    for (place, part) in addresses.chunks(AT_ONCE).enumerate() {
        let batch = Batch { before: place * AT_ONCE, ..batch.clone() };
        let items = part.iter().map(|(channel, address)| {
            say(&batch, *channel, address.clone(), Stop::Suppressed(None), Some(held.clone()))
        });
        ingest::submit_now(&request.state.db, &batch, &Trust::Operator, &items.collect::<Vec<_>>())?;
    }
    let added = counted(i64::try_from(count).unwrap_or(i64::MAX), "address is", "addresses are");
    let left_out = match left_out {
        0 => String::new(),
        lines => format!(" {} left out.", counted(i64::try_from(lines).unwrap_or(i64::MAX), "line was", "lines were")),
    };
    Ok(see_other_saying(&request.scope().path("suppressions"), &format!("{added} on the list now.{left_out}")))
}

/// Takes an address off the list, for everybody who is reached there. If the entry changed meanwhile, it says so.
pub fn remove(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (list, place) = (request.scope().path("suppressions"), pages::place(request)?);
    let environment = request.scope().environment;
    let found = request.read(|conn| Ok(store::of_address(conn, environment, place, request.now.at)?))?;
    let Some(entry) = found else { return Ok(see_other_saying(&list, pages::GONE)) };
    let reason = match ChangeForm::parse(sent, entry.restriction.needs_words()) {
        Ok(reason) => reason,
        Err(form) => return request.read(|conn| pages::remove_page(request, conn, form.clone())),
    };
    let stop = match &entry.restriction.key {
        Key::Suppressed(channel, _) => Stop::Suppressed(*channel),
        // The address says which one is blocked, whatever the channel.
        _ => Stop::Blocked(Medium::Email),
    };
    let Some(contact) = entry.restriction.key.contact() else { return Err(AppError::NotFound) };
    let address = Address { shown: contact.address.clone(), normalised: contact.address.clone() };
    let batch = Batch { reason: Some(reason.clone()), ..request.batch()? };
    note(request, Action::AddressReleased, json!({ "what": reason }))?;
    ingest::submit_now(
        &request.state.db,
        &batch,
        &Trust::Operator,
        &[say(&batch, contact.channel, address, stop, None)],
    )?;
    Ok(see_other_saying(&list, &format!("{} is no longer on the list.", contact.label())))
}
