//! Limits that one key cannot use against the others: how much of a kind a person may have, and how many names a key may add to the
//! catalogues. Whoever is above a limit keeps what they have. Operators, imports and jobs are not limited.

mod names;

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    ops::Range,
};

pub use self::names::{Beyond, MOST_NEW_NAMES};
use super::{
    Item, State, Statement,
    resolve::Target,
    trust::{Allowed, Part, Protected, Why, says_something},
};
use crate::{
    attributes::{AttributeName, Attributes},
    db::ids::ProfileId,
    identities::{Devices, Owned, Token},
    registers::{Fact, Register, Rows},
    tags::{Tag, Tags},
};

/// Tags of a person, and tags that one call may put on.
pub const MOST_TAGS: usize = 1_000;
/// Attributes of a person.
pub const MOST_ATTRIBUTES: usize = 2_000;
/// Devices of a person.
pub const MOST_DEVICES: usize = 500;
/// Removed ones are kept, too, so that an older statement does not bring them back: so many times as many as there may be.
const WITH_REMOVED: usize = 10;

/// A register of which a person has only so much.
trait Limited: Register {
    const MOST: usize;
    const BROKEN: &'static str;
    const PART: Part = Part::Other;

    /// Name by which senders are told.
    fn named(key: &Self::Key) -> &str;

    fn is_live(value: &Self::Value) -> bool;
}

impl Limited for Tags {
    const MOST: usize = MOST_TAGS;
    const BROKEN: &'static str = "would be more than 1,000 tags of one person, which is the limit";

    fn named(_: &Tag) -> &str {
        "tags"
    }

    fn is_live(is_on: &bool) -> bool {
        *is_on
    }
}

impl Limited for Attributes {
    const MOST: usize = MOST_ATTRIBUTES;
    const BROKEN: &'static str = "would be more than 2,000 attributes of one person, which is the limit";
    const PART: Part = Part::Attribute;

    fn named(name: &AttributeName) -> &str {
        name.as_str()
    }

    fn is_live(value: &Self::Value) -> bool {
        value.is_some()
    }
}

impl Limited for Devices {
    const MOST: usize = MOST_DEVICES;
    const BROKEN: &'static str = "would be more than 500 devices of one person, which is the limit";

    fn named(_: &Token) -> &str {
        "devices"
    }

    fn is_live(owned: &Owned) -> bool {
        owned.device.is_some()
    }
}

/// What a person has of one register, stored and added by the batch.
#[derive(Default)]
struct Holding {
    /// Values that are there, those of `freed` included.
    live: usize,
    /// Values with the removed ones.
    kept: usize,
    added: BTreeSet<String>,
    /// Stored ones that the items at hand take off: they make room for what these items add.
    freed: BTreeSet<String>,
    /// Stored ones that earlier items took off.
    gone: BTreeSet<String>,
}

impl Holding {
    fn new<R: Limited>(rows: Option<&Rows<R>>) -> Self {
        let mut holding = Self::default();
        for (_, value, _) in rows.into_iter().flat_map(Rows::iter) {
            holding.kept += 1;
            holding.live += usize::from(R::is_live(value));
        }
        holding
    }

    /// Whether there is room for a key: it is there already, or below the limit. `had` says whether it has a row, and a live one.
    fn takes(&mut self, key: String, had: Option<bool>, is_live: bool, most: usize) -> bool {
        let is_there = had == Some(true) && !self.gone.contains(&key);
        if is_there && is_live {
            self.freed.remove(&key);
        }
        if is_there || had.is_some() && !is_live || self.added.contains(&key) {
            return true;
        }
        let is_full = is_live && self.live - self.freed.len() >= most;
        if is_full || had.is_none() && self.kept >= WITH_REMOVED * most {
            return false;
        }
        self.live += usize::from(is_live);
        self.kept += usize::from(had.is_none());
        if is_live {
            self.added.insert(key);
        }
        true
    }

    /// Ends the items at hand: what they took off is gone, if they are stored.
    fn settle(&mut self, are_stored: bool) {
        let freed = std::mem::take(&mut self.freed);
        if are_stored {
            self.live -= freed.len();
            self.gone.extend(freed);
        }
    }
}

/// Leaves out of a batch what goes beyond the limits of people.
pub(super) struct Limits<'a> {
    states: &'a HashMap<ProfileId, State>,
    /// How many values the batch says of each person, of any register.
    said: HashMap<ProfileId, usize>,
    /// `None` where all that is said still stays below the limit.
    holdings: HashMap<(ProfileId, &'static str), Option<Holding>>,
}

impl<'a> Limits<'a> {
    pub fn new(states: &'a HashMap<ProfileId, State>, items: &[Item], targets: &[Target]) -> Self {
        let mut said: HashMap<ProfileId, usize> = HashMap::new();
        for (item, target) in items.iter().zip(targets) {
            if let (Some(profile), Some(values)) = (target.profile(), values(&item.statement)) {
                *said.entry(profile).or_default() += values;
            }
        }
        Self { states, said, holdings: HashMap::new() }
    }

    /// Leaves out of the allowed items what goes beyond, and refuses those of which nothing is left. `together` are ranges of items that
    /// are stored together or not at all; `None`: each is stored without what is left out of it.
    pub fn apply(mut self, allowed: &mut Allowed<'_>, targets: &[Target], together: Option<Vec<Range<usize>>>) {
        let is_whole = together.is_some();
        let all = || std::iter::once(0..targets.len()).collect();
        for range in together.unwrap_or_else(all) {
            let about = |place: &usize| Some((*place, targets[*place].profile()?));
            let is_limited = |(place, _): &(usize, ProfileId)| {
                !allowed.refused.contains(place) && values(&allowed.items[*place].statement).is_some()
            };
            let limited = range.filter_map(|it| about(&it)).filter(is_limited);
            let limited: Vec<(usize, ProfileId)> = limited.filter(|(_, profile)| self.is_close(*profile)).collect();
            for (place, profile) in &limited {
                self.take_off(&allowed.items[*place], *profile);
            }
            let before = allowed.left_out.len();
            for (place, profile) in limited {
                let mut statement = Cow::Borrowed(&allowed.items[place].statement);
                let left_out = self.leave_out(&mut statement, profile);
                if left_out.is_empty() {
                    continue;
                }
                if !says_something(&statement) {
                    allowed.refused.insert(place);
                }
                let statement = statement.into_owned();
                allowed.items.to_mut()[place].statement = statement;
                allowed.left_out.extend(left_out.into_iter().map(|why| (place, why)));
            }
            let are_stored = !is_whole || allowed.left_out.len() == before;
            self.holdings.values_mut().flatten().for_each(|holding| holding.settle(are_stored));
        }
    }

    /// Takes note of what an item takes off.
    fn take_off(&mut self, item: &Item, profile: ProfileId) {
        let as_of = item.as_of.timestamp_micros();
        match &item.statement {
            Statement::Identify(said) => {
                for (name, _) in said.attributes.iter().filter(|(_, value)| value.is_none()) {
                    self.free::<Attributes>(profile, name, as_of);
                }
                for (token, _) in
                    said.facts.iter().filter_map(Fact::of::<Devices>).filter(|(_, it)| !Devices::is_live(it))
                {
                    self.free::<Devices>(profile, token, as_of);
                }
            }
            Statement::Tags { remove, .. } => remove.iter().for_each(|tag| self.free::<Tags>(profile, tag, as_of)),
            _ => {}
        }
    }

    /// Copies the statement only if something is left out of it.
    fn leave_out(&mut self, statement: &mut Cow<'_, Statement>, profile: ProfileId) -> Vec<Protected> {
        let mut told = Vec::new();
        match statement.as_ref() {
            Statement::Identify(said) => {
                let mut is_beyond =
                    |name: &AttributeName, is_live| self.is_beyond::<Attributes>(profile, name, is_live, &mut told);
                let attributes = beyond(&said.attributes, |(name, value)| is_beyond(name, value.is_some()));
                let defaults = beyond(&said.defaults, |(name, _)| is_beyond(name, true));
                let entries = beyond(&said.list_entries, |(name, _)| is_beyond(name, true));
                let facts = beyond(&said.facts, |fact| {
                    let device = fact.of::<Devices>();
                    device.is_some_and(|(token, owned)| {
                        self.is_beyond::<Devices>(profile, token, Devices::is_live(owned), &mut told)
                    })
                });
                if !told.is_empty()
                    && let Statement::Identify(said) = statement.to_mut()
                {
                    remove(&mut said.attributes, &attributes);
                    remove(&mut said.defaults, &defaults);
                    remove(&mut said.list_entries, &entries);
                    remove(&mut said.facts, &facts);
                }
            }
            Statement::Tags { add, remove: off } => {
                let on = beyond(add, |tag| self.is_beyond::<Tags>(profile, tag, true, &mut told));
                let off = beyond(off, |tag| self.is_beyond::<Tags>(profile, tag, false, &mut told));
                if !told.is_empty()
                    && let Statement::Tags { add, remove: taken } = statement.to_mut()
                {
                    remove(add, &on);
                    remove(taken, &off);
                }
            }
            _ => {}
        }
        told
    }

    /// Whether what is said of a person may go beyond a limit. Mostly it cannot, and no value is looked at.
    fn is_close(&mut self, profile: ProfileId) -> bool {
        self.holding::<Attributes>(profile).is_some()
            || self.holding::<Tags>(profile).is_some()
            || self.holding::<Devices>(profile).is_some()
    }

    /// Rows and holding of a person; `None` if nothing that is said can go beyond.
    fn holding<R: Limited>(&mut self, profile: ProfileId) -> Option<(Option<&'a Rows<R>>, &mut Holding)> {
        let rows = self.states.get(&profile).and_then(|state| state.facts.of::<R>());
        let said = self.said.get(&profile).copied().unwrap_or(0);
        let holding = || (rows.map_or(0, Rows::count) + said > R::MOST).then(|| Holding::new::<R>(rows));
        Some((rows, self.holdings.entry((profile, R::SECTION)).or_insert_with(holding).as_mut()?))
    }

    /// Takes note that a key is taken off, if that is newer than what is stored: else it takes nothing off.
    fn free<R: Limited>(&mut self, profile: ProfileId, key: &R::Key, as_of: i64) {
        let Some((rows, holding)) = self.holding::<R>(profile) else { return };
        let is_there =
            rows.and_then(|rows| rows.get(key)).is_some_and(|(had, since)| R::is_live(had) && since.as_of < as_of);
        let key = key.to_string();
        if is_there && !holding.gone.contains(&key) {
            holding.freed.insert(key);
        }
    }

    /// Whether a person has no room for a key of a register. If so, tells of it.
    fn is_beyond<R: Limited>(
        &mut self,
        profile: ProfileId,
        key: &R::Key,
        is_live: bool,
        told: &mut Vec<Protected>,
    ) -> bool {
        let Some((rows, holding)) = self.holding::<R>(profile) else { return false };
        let had = rows.and_then(|rows| rows.get(key)).map(|(value, _)| R::is_live(value));
        let is_beyond = !holding.takes(key.to_string(), had, is_live, R::MOST);
        tell(told, R::named(key), R::PART, is_beyond.then_some(R::BROKEN))
    }
}

/// Number of values of a statement that can add to what is limited; `None` for other statements.
fn values(statement: &Statement) -> Option<usize> {
    match statement {
        Statement::Identify(said) => {
            Some(said.attributes.len() + said.defaults.len() + said.list_entries.len() + said.facts.len())
        }
        Statement::Tags { add, remove } => Some(add.len() + remove.len()),
        _ => None,
    }
}

/// Places of the values that go beyond a limit.
fn beyond<T>(values: &[T], mut is_beyond: impl FnMut(&T) -> bool) -> BTreeSet<usize> {
    values.iter().enumerate().filter(|(_, value)| is_beyond(value)).map(|(place, _)| place).collect()
}

fn remove<T>(values: &mut Vec<T>, gone: &BTreeSet<usize>) {
    let mut place = 0;
    values.retain(|_| {
        place += 1;
        !gone.contains(&(place - 1))
    });
}

/// Tells of a broken limit, once for all values of a statement that break it. Returns whether there is one.
fn tell(told: &mut Vec<Protected>, field: &str, part: Part, broken: Option<&'static str>) -> bool {
    let Some(rule) = broken else { return false };
    if !told.iter().any(|it| it.rule == rule) {
        told.push(Protected { field: field.to_owned(), rule, part, why: Why::Limit });
    }
    true
}
