//! The list of registers: a new register is one line here.

use std::{collections::HashMap, sync::OnceLock};

use diesel::{PgConnection, QueryResult};

use super::State;
use crate::{
    attributes::Attributes,
    db::{
        Db,
        ids::{EnvironmentId, ProfileId},
    },
    identities::{Addresses, Devices},
    registers::Registers,
    restrictions::Restrictions,
    segments::Choices,
    subscriptions::{Confirmations, Consents, Subscriptions},
    tags::Tags,
};

/// All registers, in the order of merges and pages.
pub const REGISTERS: Registers = Registers(&[
    &Attributes,
    &Tags,
    &Addresses,
    &Devices,
    &Subscriptions,
    &Confirmations,
    &Consents,
    &Restrictions,
    &Choices,
]);

/// Registers of one database, set once.
#[derive(Default)]
struct Used(OnceLock<Registers>);

/// The registers of a database: [`REGISTERS`], unless [`use_registers`] said otherwise.
pub fn registers(db: &Db) -> Registers {
    *db.memory::<Used>().0.get_or_init(|| REGISTERS)
}

/// Makes the write path of `db` use other registers than [`REGISTERS`]. Only before the first batch; tests bring a register of their own.
pub fn use_registers(db: &Db, registers: Registers) {
    registers.iter().for_each(|register| register.kind().make_known());
    let _ = db.memory::<Used>().0.set(registers);
}

/// Writes the rows of registers: one SQL statement for each register, none for a register without changes.
pub fn write_rows(
    conn: &mut PgConnection,
    registers: Registers,
    environment: EnvironmentId,
    states: &HashMap<ProfileId, State>,
) -> QueryResult<()> {
    let people: Vec<_> = states.iter().map(|(profile, state)| (*profile, &state.facts)).collect();
    registers.iter().try_for_each(|register| register.put(conn, environment, &people).map(drop))
}
