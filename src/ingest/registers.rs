//! The registers that the write path goes through: one line each.

use std::sync::OnceLock;

use crate::{
    attributes::Attributes,
    db::Db,
    identities::{Addresses, Devices},
    registers::Registers,
    subscriptions::{Consents, Subscriptions},
    tags::Tags,
};

/// All registers, in the order in which merges and pages go through them.
pub const REGISTERS: Registers = Registers(&[&Attributes, &Tags, &Addresses, &Devices, &Subscriptions, &Consents]);

/// What the write path goes through on a database.
#[derive(Default)]
struct Used(OnceLock<Registers>);

/// The registers of a database: [`REGISTERS`], unless [`use_registers`] said otherwise.
pub fn registers(db: &Db) -> Registers {
    *db.memory::<Used>().0.get_or_init(|| REGISTERS)
}

/// Has everything that is said through `db` go through other registers; only before anything is said. Tests bring one of their own.
pub fn use_registers(db: &Db, registers: Registers) {
    registers.iter().for_each(|register| register.kind().make_known());
    let _ = db.memory::<Used>().0.set(registers);
}
