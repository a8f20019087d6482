//! The register of consents: one answer for each purpose.

use serde_json::json;

use super::{Consent, Purpose, lines::LOOSER};
use crate::{
    ledger::{ChangeKind, Leave, Stamp},
    registers::{Guard, Keeps, Kept, Register, STRICTER, Table},
};

/// Register of consents: one answer for each purpose. An answer can be replaced, never removed.
pub struct Consents;

impl Register for Consents {
    type Key = Purpose;
    type Value = Consent;

    const KIND: ChangeKind = ChangeKind::Consent;
    const SECTION: &'static str = "Subscriptions and consents";
    const RULE: Keeps = STRICTER;
    const LEAVE: Option<Leave> = Some(Leave::Answers);
    const TABLE: Option<Table<Self>> = Some(Table {
        load: "SELECT profile_id, purpose AS key, jsonb_build_object('given', given, \
             'document', document, 'location', location, 'hardware_id', hardware_id) AS value, stamp, statements \
         FROM consents WHERE environment_id = $1 AND profile_id = ANY($2)",
        put: "INSERT INTO consents (environment_id, profile_id, purpose, given, document, location, hardware_id, stamp, statements) \
         SELECT $1, u.* FROM jsonb_to_recordset($2) AS u (profile_id uuid, purpose text, given boolean, \
             document text, location text, hardware_id text, stamp jsonb, statements jsonb) \
         ON CONFLICT (environment_id, profile_id, purpose) DO UPDATE SET given = excluded.given, \
             document = excluded.document, location = excluded.location, hardware_id = excluded.hardware_id, \
             stamp = excluded.stamp, statements = excluded.statements",
        remove: "DELETE FROM consents WHERE environment_id = $1 AND profile_id = $2 AND purpose = ANY($3)",
        columns: |purpose, said, _| {
            json!({
                "purpose": purpose.as_str(), "given": said.given, "document": said.document, "location": said.location,
                "hardware_id": said.hardware_id,
            })
        },
    });

    fn key(subject: &str) -> Option<Purpose> {
        Purpose::new(subject).ok()
    }

    /// An answer keeps its own time where it was given before it was sent.
    fn said(value: Consent, stamp: Stamp) -> (Consent, Stamp) {
        let as_of = value.as_of.map_or(stamp.as_of, |time| time.timestamp_micros());
        (Consent { as_of: None, ..value }, Stamp { as_of, ..stamp })
    }

    /// The stricter answer wins, then its particulars.
    fn outranks(purpose: &Purpose, said: &Consent, had: &Consent) -> bool {
        let order = |consent: &Consent| (consent.given == purpose.is_opt_out(), json!(consent).to_string());
        order(said) > order(had)
    }

    fn strictness(purpose: &Purpose, value: &Consent) -> i64 {
        i64::from(value.given == purpose.is_opt_out())
    }

    fn keeps(purpose: &Purpose, own: &Consent, theirs: &Consent) -> Kept<Consent> {
        if own.given == theirs.given || own.given == purpose.is_opt_out() { Kept::Own } else { Kept::Theirs }
    }

    /// A key for browsers cannot turn a stricter answer into a looser one.
    fn guard(purpose: &Purpose, had: &Consent, said: &Consent) -> Guard {
        let is_no = |consent: &Consent| consent.given == purpose.is_opt_out();
        if is_no(had) && !is_no(said) { Guard::Never(LOOSER) } else { Guard::Free }
    }
}
