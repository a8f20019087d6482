//! Statements that go beyond a limit, or that keys for browsers may not make, reported in the shape of the format.

use super::Caller;
use crate::{
    ingest::{Page, Part, Protected, Sender, Trust, Why},
    keys::{Capability, Format, Grant},
    ledger::{Effect, Outcome},
    rejections::{Fate, Refused, codes},
};

/// Trust in the items of entries; `counts` has the number of items of each entry.
pub fn trust(caller: &Caller, format: Format, counts: impl Iterator<Item = usize>) -> Trust {
    let sender = match caller.grant() {
        Grant::Browser { may_overwrite, .. } => Sender::Page(Page { may_overwrite: *may_overwrite }),
        grant @ Grant::Server(_) => Sender::Server { may_loosen: grant.can(Capability::Loosen) },
    };
    let entries = || counts.enumerate().flat_map(|(entry, count)| std::iter::repeat_n(entry, count)).collect();
    // In the native format an item is taken whole or not at all.
    let entries = (format == Format::Native).then(entries);
    Trust::Key { sender, entries }
}

/// Name of an attribute in what is said of an entry of this kind: in the native format a profile's attributes are an object of their own.
pub fn attribute_field(format: Format, kind: &str, name: &str) -> String {
    match (format, kind) {
        (Format::Native, "identify" | "profile") => format!("attributes.{name}"),
        _ => name.to_owned(),
    }
}

/// Why an entry is refused, or which parts of it are left out while the rest is kept; `None` if it is kept whole.
pub fn told<'a>(
    format: Format,
    kind: &'static str,
    outcomes: &[Outcome],
    left_out: impl Iterator<Item = &'a Protected>,
) -> Option<Result<Vec<Refused>, Fate>> {
    let is_refused = !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.effect == Effect::Protected);
    let refused = |protected: &Protected| {
        let field = match (protected.part, format) {
            (Part::Attribute, _) => attribute_field(format, kind, &protected.field),
            (Part::Address, Format::Native) => format!("channels.{}", protected.field),
            (Part::Address, _) if protected.field == "sms" => "phone".to_owned(),
            _ => protected.field.clone(),
        };
        let message = format!("{field} {}", protected.rule);
        let code = match protected.why {
            Why::Limit => codes::LIMIT_REACHED,
            Why::Page => codes::PROTECTED,
            Why::Segment => codes::NOT_KEPT,
            Why::NoSegment => codes::NOT_FOUND,
            Why::Looser => codes::KEPT_STRICTER,
        };
        Refused::new(code, &field, message)
    };
    let (looser, left_out): (Vec<_>, Vec<_>) = left_out.partition(|it| it.why == Why::Looser);
    let mut reasons: Vec<Refused> = left_out.into_iter().map(refused).collect();
    if is_refused || format == Format::Native && !reasons.is_empty() {
        let anothers = || Refused::new(codes::PROTECTED, "", IDENTITY);
        let first = if reasons.is_empty() { anothers() } else { reasons.swap_remove(0) };
        return Some(Err(Fate::Rejected(first)));
    }
    // The item is taken: the ledger has what was said, and what stays is what counts.
    reasons.extend(looser.into_iter().map(refused));
    (!reasons.is_empty()).then_some(Ok(reasons))
}

/// Rule for a merge or an alias.
const IDENTITY: &str =
    "gives somebody who has an id another identifier, which a key for browsers may not; send it with a key for servers";
