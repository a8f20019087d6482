//! What keys for browsers may not say, told in the way of the format.

use super::Caller;
use crate::{
    ingest::{Page, Part, Protected, Trust},
    keys::{Format, Grant},
    ledger::{Effect, Outcome},
    rejections::{Fate, Refused, codes},
};

/// How far the items of entries are believed, of which each has so many.
pub fn trust(caller: &Caller, format: Format, counts: impl Iterator<Item = usize>) -> Trust {
    let Grant::Browser { may_overwrite, .. } = caller.grant() else { return Trust::Full };
    let entries = || counts.enumerate().flat_map(|(entry, count)| std::iter::repeat_n(entry, count)).collect();
    // Our own format takes an item whole or not at all.
    let entries = (format == Format::Native).then(entries);
    Trust::Page(Page { may_overwrite: *may_overwrite, entries })
}

/// Why an entry is refused, or what of it is left out while the rest is kept: none where nothing is.
pub fn told<'a>(
    (format, kind): (Format, &'static str),
    outcomes: &[Outcome],
    left_out: impl Iterator<Item = &'a Protected>,
) -> Option<Result<Vec<Refused>, Fate>> {
    let is_refused = !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.effect == Effect::Protected);
    let refused = |protected: &Protected| {
        let field = match (format, kind, protected.part) {
            (Format::Native, "identify" | "profile", Part::Attribute) => format!("attributes.{}", protected.field),
            (Format::Native, _, Part::Address) => format!("channels.{}", protected.field),
            (_, _, Part::Address) if protected.field == "sms" => "phone".to_owned(),
            _ => protected.field.clone(),
        };
        let message = format!("{field} {}", protected.rule);
        Refused::new(codes::PROTECTED, &field, message)
    };
    let mut reasons: Vec<Refused> = left_out.map(refused).collect();
    if is_refused || format == Format::Native && !reasons.is_empty() {
        let anothers = || Refused::new(codes::PROTECTED, "", IDENTITY);
        let first = if reasons.is_empty() { anothers() } else { reasons.swap_remove(0) };
        return Some(Err(Fate::Rejected(first)));
    }
    (!reasons.is_empty()).then_some(Ok(reasons))
}

/// What a merge or an alias would have done.
const IDENTITY: &str =
    "gives somebody who has an id another identifier, which a key for browsers may not; send it with a key for servers";
