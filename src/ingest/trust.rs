//! How far a sender is believed. A page's key can be read by anybody, so its statements may come from anybody: they are believed for
//! profiles without an id. Of a profile with an id they fill and add; what they may overwrite is a choice of the key.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    ops::Range,
};

use diesel::{PgConnection, QueryResult};

use super::{Item, State, Statement, apply::Catalogues, limits::Limits, resolve::Target};
use crate::{
    attributes::Attributes,
    db::ids::ProfileId,
    identities::{self, Addresses},
    keys::MayOverwrite,
    ledger::{Batch, Change, ChangeKind, Leave},
    registers::{Facts, Guard, Register},
    restrictions::Restrictions,
    segments::{Closed, Decider, Named},
    subscriptions::Subscriptions,
    tags::Tags,
};

/// Who says a batch: how far they are believed, and whether they may loosen what people receive and agreed to. A stricter answer needs
/// nobody's leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The person, on a page for them, with a link that was sent to them or on their own device: may loosen.
    Person,
    /// An operator: may loosen, with a reason.
    Operator,
    /// A job or a rule, which never loosens.
    Job,
    /// An imported file, which never loosens: it says what was so somewhere else.
    Import,
    /// Made-up people: what they answer is theirs.
    MadeUp,
    /// A key, which is held to the limits.
    Key {
        /// Where it is used.
        sender: Sender,
        /// Entry of the call that each item comes from, where entries are taken whole or not at all; `None`: items count one by one.
        entries: Option<Vec<usize>>,
    },
}

/// What has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A server, which loosens if its key has the right to.
    Server {
        /// Whether it has.
        may_loosen: bool,
    },
    /// A page, which never loosens.
    Page(Page),
}

/// What a page may say of a profile that has an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Stored values that the page may overwrite: attributes or nothing.
    pub may_overwrite: MayOverwrite,
}

/// Something that is left out of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// Name of the attribute, address or other field.
    pub field: String,
    /// The rule, as the rest of a sentence that starts with the field.
    pub rule: &'static str,
    /// Sort of the field.
    pub part: Part,
    /// Why it is left out.
    pub why: Why,
}

/// Why something is left out of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A page may not say it of a profile that has an id.
    Page,
    /// It goes beyond a limit.
    Limit,
    /// Others decide who is in that segment.
    Segment,
    /// There is no such segment.
    NoSegment,
    /// It is looser than what stands, and its source may not loosen. The rest of the item is taken, and the ledger has it.
    Looser,
}

/// Sort of a field; senders name fields by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An attribute.
    Attribute,
    /// An address.
    Address,
    /// Anything else.
    Other,
}

const KNOWN: &str = "is known already of somebody who has an id; this key fills what is empty and overwrites nothing";
const LOOSER: &str = "stays as it is: the stricter answer counts, and this source may not loosen it";
const ANOTHERS: &str = "cannot be said with a key for browsers";

/// Items of a batch that may be folded, and what was left out of them.
pub struct Allowed<'a> {
    /// One for each item of the batch, in their order.
    pub items: Cow<'a, [Item]>,
    /// Indexes of items of which nothing is left.
    pub refused: BTreeSet<usize>,
    /// What was left out, with the index of its item.
    pub left_out: LeftOut,
}

impl Trust {
    /// Whether a page sends the batch.
    pub fn is_page(&self) -> bool {
        matches!(self, Self::Key { sender: Sender::Page(_), .. })
    }

    /// What a batch may loosen.
    pub(super) fn leave(&self, batch: &Batch) -> Leave {
        match self {
            Self::MadeUp => Leave::Everything,
            Self::Operator if batch.reason.is_some() => Leave::Everything,
            Self::Key { sender: Sender::Server { may_loosen: true }, .. } => Leave::Messages,
            Self::Person => Leave::Answers,
            Self::Operator | Self::Job | Self::Import | Self::Key { .. } => Leave::Nothing,
        }
    }

    /// The trust of a range of the batch's items.
    pub fn part(&self, range: Range<usize>) -> Self {
        match self {
            Self::Key { sender, entries } => {
                let entries = entries.as_ref().and_then(|entries| Some(entries.get(range)?.to_vec()));
                Self::Key { sender: *sender, entries }
            }
            all => all.clone(),
        }
    }

    /// Leaves out of the items the names that their key may not add to the catalogues, and the segments about which others decide.
    pub(super) fn admit<'a>(&self, items: &'a [Item], known: &Catalogues) -> Allowed<'a> {
        let mut allowed = Allowed::all(items);
        if matches!(self, Self::Key { .. }) || !known.segments.is_empty() {
            for (place, item) in items.iter().enumerate() {
                let mut statement = Cow::Borrowed(&item.statement);
                let mut left_out = known.beyond.leave_out(&mut statement);
                left_out.extend(self.leave_out_segments(&mut statement, &known.segments));
                if left_out.is_empty() {
                    continue;
                }
                if !says_something(&statement) {
                    allowed.refused.insert(place);
                }
                if let Cow::Owned(statement) = statement {
                    allowed.items.to_mut()[place].statement = statement;
                }
                allowed.left_out.extend(left_out.into_iter().map(|why| (place, why)));
            }
            self.refuse_spoilt(&mut allowed);
        }
        allowed
    }

    /// Who decides about members of segments by this batch.
    fn decider(&self) -> Decider {
        match self {
            Self::Key { sender: Sender::Server { .. }, .. } => Decider::System,
            Self::Key { sender: Sender::Page(_), .. } | Self::Person => Decider::Page,
            Self::Operator | Self::Job | Self::Import => Decider::Colleague,
            Self::MadeUp => Decider::Anybody,
        }
    }

    /// Leaves out of a statement what it says of members about whom others decide; corrections count together or not at all.
    fn leave_out_segments(&self, statement: &mut Cow<'_, Statement>, named: &Named) -> Vec<Protected> {
        let by = self.decider();
        let closed: Vec<Protected> =
            statement.facts().filter_map(|fact| named.closed(fact, by)).map(Protected::segment).collect();
        if !closed.is_empty()
            && let Statement::Identify(said) = statement.to_mut()
        {
            said.facts.retain(|fact| named.closed(fact, by).is_none());
        }
        closed
    }

    /// Leaves out of the items what may not be said of the profiles as they are stored, and then what goes beyond the limits of people. The
    /// batch may overwrite what it fills itself, because one sender says all of it.
    pub(super) fn allow<'a>(
        &self,
        conn: &mut PgConnection,
        batch: &Batch,
        items: &'a [Item],
        targets: &[Target],
        states: &HashMap<ProfileId, State>,
        known: &Catalogues,
    ) -> QueryResult<Allowed<'a>> {
        let mut allowed = Allowed::all(items);
        let Self::Key { sender, entries } = self else { return Ok(allowed) };
        if let Sender::Page(page) = sender {
            page.allow(conn, batch, targets, states, known, &mut allowed)?;
            self.refuse_spoilt(&mut allowed);
        }
        Limits::new(states, items, targets).apply(&mut allowed, targets, entries.as_deref().map(together));
        self.refuse_spoilt(&mut allowed);
        Ok(allowed)
    }

    /// Refuses entries that are taken whole or not at all, if something is left out of them.
    fn refuse_spoilt(&self, allowed: &mut Allowed<'_>) {
        let Self::Key { entries: Some(entries), .. } = self else { return };
        let spoilt: BTreeSet<usize> =
            allowed.left_out.iter().filter_map(|(place, _)| entries.get(*place).copied()).collect();
        let of_spoilt = |place: &usize| entries.get(*place).is_some_and(|entry| spoilt.contains(entry));
        allowed.refused.extend((0..allowed.items.len()).filter(of_spoilt));
    }
}

impl<'a> Allowed<'a> {
    fn all(items: &'a [Item]) -> Self {
        Self { items: Cow::Borrowed(items), refused: BTreeSet::new(), left_out: Vec::new() }
    }
}

/// The ranges of items that come from one entry.
fn together(entries: &[usize]) -> Vec<Range<usize>> {
    let next = |end: &mut usize, entry: &[usize]| {
        let start = *end;
        *end += entry.len();
        Some(start..*end)
    };
    entries.chunk_by(usize::eq).scan(0, next).collect()
}

/// Whether a statement still says anything.
pub fn says_something(statement: &Statement) -> bool {
    match statement {
        Statement::Identify(said) => {
            !said.attributes.is_empty()
                || !said.defaults.is_empty()
                || !said.list_entries.is_empty()
                || !said.facts.is_empty()
                || said.created_at.is_some()
        }
        Statement::Tags { add, remove } => !add.is_empty() || !remove.is_empty(),
        // Other statements are left out whole.
        _ => false,
    }
}

impl Page {
    /// Leaves out of the items what a page may not say of profiles that have an id.
    fn allow(
        self,
        conn: &mut PgConnection,
        batch: &Batch,
        targets: &[Target],
        states: &HashMap<ProfileId, State>,
        known: &Catalogues,
        allowed: &mut Allowed<'_>,
    ) -> QueryResult<()> {
        let about: BTreeSet<ProfileId> = targets.iter().flat_map(Target::all).copied().collect();
        let identified: BTreeSet<ProfileId> = identities::recognised(conn, batch.environment, &about)?
            .into_iter()
            .filter_map(|(profile, has_id)| has_id.then_some(profile))
            .collect();
        for (place, target) in targets.iter().enumerate() {
            let protected = target.all().iter().filter(|profile| identified.contains(profile));
            let mut statement = Cow::Borrowed(&allowed.items[place].statement);
            let (mut is_left, mut told) = (true, Vec::new());
            for state in protected.filter_map(|profile| states.get(profile)) {
                let left_out = self.leave_out(&mut statement, state, known);
                is_left &= left_out.is_empty() || says_something(&statement);
                told.extend(left_out.into_iter().map(|why| (place, why)));
            }
            allowed.left_out.extend(told);
            if let Cow::Owned(statement) = statement {
                allowed.items.to_mut()[place].statement = statement;
            }
            if !is_left {
                allowed.refused.insert(place);
            }
        }
        Ok(())
    }

    /// Leaves out of a statement what may not be said of a profile that has an id and this state.
    fn leave_out(self, statement: &mut Cow<'_, Statement>, state: &State, known: &Catalogues) -> Vec<Protected> {
        let mut left_out = Vec::new();
        let facts = &state.facts;
        match statement.as_ref() {
            Statement::Identify(said) => {
                let mut said = known.attributes.read(said).into_owned();
                said.facts.retain(|fact| self.allows(fact.guard(facts), fact.kind(), &|| fact.field(), &mut left_out));
                said.attributes.retain(|(name, value)| self.says::<Attributes>((name, value), facts, &mut left_out));
                let is_earlier = said.created_at.is_some_and(|earlier| earlier < state.created_at);
                if is_earlier && self.may_overwrite == MayOverwrite::Nothing {
                    said.created_at = None;
                    left_out.push(Protected::new("created_at", KNOWN));
                }
                if !left_out.is_empty() {
                    *statement = Cow::Owned(Statement::Identify(said));
                }
            }
            Statement::Tags { add, remove } => {
                let mut remove = remove.clone();
                remove.retain(|tag| self.says::<Tags>((tag, &false), facts, &mut left_out));
                if !left_out.is_empty() {
                    *statement = Cow::Owned(Statement::Tags { add: add.clone(), remove });
                }
            }
            Statement::Subscription(line, said) => {
                self.says::<Subscriptions>((line, said), facts, &mut left_out);
            }
            Statement::Restriction(stop, held) => {
                let key = stop.of_person(|channel| facts.get::<Addresses>(&channel)?.as_ref());
                self.says::<Restrictions>((&key, held), facts, &mut left_out);
            }
            Statement::Event(_) | Statement::Merge(_) => {}
            Statement::MergeProfile(_)
            | Statement::Delete { .. }
            | Statement::Note(_)
            | Statement::Correct(_)
            | Statement::Release(_) => left_out.push(Protected::new("this", ANOTHERS)),
        }
        left_out
    }

    /// Whether a value may be said of a profile that has an id and these facts. If not, tells why.
    fn says<R: Register>(
        self,
        (key, value): (&R::Key, &R::Value),
        facts: &Facts,
        left_out: &mut Vec<Protected>,
    ) -> bool {
        self.allows(facts.guard::<R>(key, value), R::KIND, &|| R::field(key), left_out)
    }

    /// Whether this guard lets the page say something of this kind and name. If not, tells why.
    fn allows(self, guard: Guard, kind: ChangeKind, field: &dyn Fn() -> String, left_out: &mut Vec<Protected>) -> bool {
        let rule = match guard {
            Guard::Never(rule) => rule,
            Guard::Overwrites if self.may_overwrite == MayOverwrite::Nothing => KNOWN,
            Guard::Overwrites | Guard::Free => return true,
        };
        let part = match kind {
            Attributes::KIND => Part::Attribute,
            Addresses::KIND => Part::Address,
            _ => Part::Other,
        };
        left_out.push(Protected { part, ..Protected::new(field(), rule) });
        false
    }
}

impl Protected {
    fn new(field: impl Into<String>, rule: &'static str) -> Self {
        Self { field: field.into(), rule, part: Part::Other, why: Why::Page }
    }

    /// Members about whom others decide.
    fn segment(closed: Closed) -> Self {
        let (why, rule) = match closed {
            Closed::Unknown => (Why::NoSegment, "is none of this environment"),
            Closed::Others(rule) => (Why::Segment, rule),
        };
        Self { why, ..Self::new("segment", rule) }
    }

    /// A statement that was refused because it is looser.
    pub(super) fn looser(refused: &Change) -> Self {
        Self { why: Why::Looser, ..Self::new(refused.field(), LOOSER) }
    }
}

/// What was left out of a batch, with the index of its item.
pub type LeftOut = Vec<(usize, Protected)>;
