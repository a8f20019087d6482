//! Keeps members up to date: whoever something was said of, or for whom a length of time ran out, is looked at again, for the segments that
//! this concerns. Everybody else stays as they are.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{PgConnection, QueryResult};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    members::{self, Cause, Move},
    queue::{self, Waiting},
    state::{self, Kept},
};
use crate::{
    clock::Clock,
    db::{
        Db, Turn,
        ids::{EnvironmentId, ProfileId, SegmentId},
    },
    error::AppError,
    filter::{Aspect, Catalogue, Predicate},
};

/// Profiles that are looked at in one transaction.
const AT_ONCE: i64 = 2_000;
/// So many waiting profiles take longer than to count everybody.
const TOO_MANY: i64 = 100_000;
/// How often lengths of time are followed.
const EVERY: TimeDelta = TimeDelta::seconds(10);
/// People for whom a length of time ran out at once; of more, everybody is counted.
const MOST_AT_A_TIME: i64 = 20_000;
/// Time that it works before others have their turn.
const AT_A_TIME: Duration = Duration::from_secs(4);

/// Follows what happened since the last time, in all environments, for some seconds at most. `is_thorough`: also looks for definitions that
/// mean something else because a catalogue has changed.
pub fn follow_now(db: &Db, clock: &Clock, is_thorough: bool) -> Result<(), AppError> {
    let now = clock.now();
    let environments = db.read_now(|conn| {
        if is_thorough { state::environments(conn) } else { state::environments_to_follow(conn, now - EVERY, now) }
    })?;
    let until = Instant::now() + AT_A_TIME;
    for environment in environments {
        while db.tx_now(|conn| step(conn, environment, clock.now()))? && Instant::now() < until {}
    }
    Ok(())
}

/// A segment with what it asks at a time.
pub struct Ready {
    pub kept: Kept,
    /// What it asks now.
    pub predicate: Predicate,
    /// Of whom the time since it was last followed may have changed the truth.
    pub crossings: Vec<crate::filter::Crossing>,
    pub reads: BTreeSet<Aspect>,
}

/// A fixed time, at which the meaning of a definition is the same as long as all catalogues are.
const ANY_TIME: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// What a predicate asks, in a few characters.
pub fn meaning(predicate: &Predicate) -> String {
    let digest = Sha256::digest(format!("{predicate:?}"));
    crate::text::hexadecimal(&digest[..16])
}

/// Checks the definition of a segment. Returns its meaning too.
///
/// # Errors
/// Why it cannot be applied.
pub fn ready(
    kept: &Kept,
    catalogue: &Catalogue,
    environment: EnvironmentId,
    now: DateTime<Utc>,
) -> Result<(Ready, String), String> {
    let check = |at| kept.definition.check(catalogue, environment, kept.id, at);
    match (check(now), check(ANY_TIME), check(kept.followed_until.unwrap_or(now))) {
        (Ok(predicate), Ok(fixed), Ok(earlier)) => {
            let (crossings, reads) = (earlier.crossings(&predicate), predicate.reads());
            Ok((Ready { kept: kept.clone(), predicate, crossings, reads }, meaning(&fixed)))
        }
        (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => Err(why),
    }
}

/// One step; whether there is more to do.
fn step(conn: &mut PgConnection, environment: EnvironmentId, now: DateTime<Utc>) -> QueryResult<bool> {
    if !Turn::Segments.take(conn, environment)? {
        return Ok(false);
    }
    let kept = state::read(conn, environment)?;
    if queue::length(conn, environment, TOO_MANY)? == TOO_MANY {
        queue::clear(conn, environment)?;
        state::want_counts(conn, environment, &kept.iter().map(|it| it.id).collect::<Vec<_>>())?;
        return Ok(true);
    }
    let held: Vec<SegmentId> = kept.iter().filter(|it| it.is_being_counted).map(|it| it.id).collect();
    let catalogue = Catalogue::read(conn, environment, kept.iter().filter_map(|it| it.definition.filter()))?;
    let mut followed = Vec::new();
    for it in &kept {
        match ready(it, &catalogue, environment, now) {
            Ok((ready, meaning)) => {
                let kept = &ready.kept;
                if kept.is_being_counted || kept.is_wanted {
                    followed.push(ready);
                } else if kept.meaning.as_ref() != Some(&meaning) {
                    state::want_count(conn, environment, kept.id, &ready.reads)?;
                } else if kept.broken.is_none() {
                    followed.push(ready);
                }
            }
            Err(why) if it.broken.as_ref() != Some(&why) => {
                state::set_broken(conn, environment, it.id, &why)?;
            }
            Err(_) => {}
        }
    }
    let taken = queue::take(conn, environment, &held, AT_ONCE)?;
    Pass { conn, environment, now, taken: &taken, moves: Vec::new() }.over(in_order(followed))?;
    Ok(i64::try_from(taken.len()).unwrap_or(0) == AT_ONCE)
}

/// Each segment after those that it reads.
fn in_order(mut left: Vec<Ready>) -> Vec<Ready> {
    let mut ordered: Vec<Ready> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits: BTreeSet<Aspect> = left.iter().map(|it| Aspect::Segment(it.kept.id.0)).collect();
        let (free, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|it| it.reads.is_disjoint(&waits));
        // A circle is refused when it is saved; if there is one, its segments are as good in any order.
        if free.is_empty() {
            ordered.extend(rest);
            return ordered;
        }
        ordered.extend(free);
        left = rest;
    }
    ordered
}

/// Why somebody is looked at: what was said of them; nothing: time passed.
#[derive(Clone, Default)]
pub struct Reason {
    pub keys: BTreeSet<String>,
    pub group: Option<Uuid>,
    pub said_at: Option<DateTime<Utc>>,
}

/// Looks at those who wait, segment by segment.
struct Pass<'a> {
    conn: &'a mut PgConnection,
    environment: EnvironmentId,
    now: DateTime<Utc>,
    taken: &'a [Waiting],
    moves: Vec<Move>,
}

impl Pass<'_> {
    fn over(mut self, segments: Vec<Ready>) -> QueryResult<()> {
        let mut timed = Vec::new();
        for segment in &segments {
            let mut people = self.concerned(segment);
            if segment.kept.is_being_counted {
                // Whoever waits for a segment that is being counted goes on waiting for it.
                queue::hold(self.conn, self.environment, segment.kept.id, &people, self.now)?;
                continue;
            }
            if segment.kept.is_wanted || !segment.kept.is_counted {
                continue;
            }
            if self.is_due(segment) && self.add_crossings(segment, &mut people)? {
                timed.push(segment.kept.id);
            }
            if !people.is_empty() {
                self.look(segment, &people)?;
            }
        }
        state::set_followed(self.conn, self.environment, &timed, self.now)?;
        members::record(self.conn, self.environment, &self.moves, self.now)?;
        let names: HashMap<SegmentId, &str> = segments.iter().map(|it| (it.kept.id, it.kept.name.as_str())).collect();
        let told: Vec<_> = self
            .moves
            .iter()
            .map(|it| (it.profile, (it.segment, names.get(&it.segment).copied().unwrap_or_default()), it.has_entered))
            .collect();
        members::tell(self.conn, self.environment, &told, self.now)
    }

    fn is_due(&self, segment: &Ready) -> bool {
        segment.kept.followed_until.is_some_and(|until| (self.now - until).abs() >= EVERY)
    }

    /// Whoever something was said of that a segment reads, also that they entered or left another one just now.
    fn concerned(&self, segment: &Ready) -> BTreeMap<Uuid, Reason> {
        let reads: BTreeSet<String> = segment.reads.iter().map(ToString::to_string).collect();
        let mut people: BTreeMap<Uuid, Reason> = BTreeMap::new();
        let mut add = |profile: Uuid, keys: Vec<String>, group: Option<Uuid>, at: DateTime<Utc>| {
            let reason = people.entry(profile).or_default();
            reason.keys.extend(keys);
            // What was said last is what made the difference.
            if reason.said_at.is_none_or(|known| at >= known) {
                (reason.group, reason.said_at) = (group, Some(at));
            }
        };
        for it in self.taken.iter().filter(|it| it.segment_id.is_none_or(|only| only == segment.kept.id.0)) {
            let keys: Vec<String> = it.keys.iter().filter(|key| reads.contains(*key)).cloned().collect();
            if !keys.is_empty() {
                add(it.profile_id, keys, it.group_id, it.said_at);
            }
        }
        for it in &self.moves {
            let key = Aspect::Segment(it.segment.0).to_string();
            if reads.contains(&key) {
                add(it.profile.0, vec![key], it.group, self.now);
            }
        }
        people
    }

    /// Adds those for whom a length of time ran out; `false`: they are too many, and everybody is to be counted.
    fn add_crossings(&mut self, segment: &Ready, people: &mut BTreeMap<Uuid, Reason>) -> QueryResult<bool> {
        for crossing in &segment.crossings {
            let Some(found) = crossing.people(self.conn, self.environment, MOST_AT_A_TIME)? else {
                state::want_counts(self.conn, self.environment, &[segment.kept.id])?;
                return Ok(false);
            };
            for profile in found {
                people.entry(profile).or_default();
            }
        }
        Ok(true)
    }

    fn look(&mut self, segment: &Ready, people: &BTreeMap<Uuid, Reason>) -> QueryResult<()> {
        let among: Vec<Uuid> = people.keys().copied().collect();
        let is = members::matching(self.conn, &segment.predicate, &among)?;
        let was = members::members_among(self.conn, self.environment, segment.kept.id, &among)?;
        let entered: Vec<Uuid> = is.difference(&was).copied().collect();
        let left: Vec<Uuid> = was.difference(&is).copied().collect();
        if entered.is_empty() && left.is_empty() {
            return Ok(());
        }
        members::set(self.conn, self.environment, segment.kept.id, [&entered, &left], self.now)?;
        let all = entered.iter().map(|it| (it, true)).chain(left.iter().map(|it| (it, false)));
        self.moves.extend(all.map(|(profile, has_entered)| {
            let reason = &people[profile];
            Move {
                profile: ProfileId(*profile),
                segment: segment.kept.id,
                has_entered,
                cause: if reason.keys.is_empty() { Cause::Time } else { Cause::Said },
                keys: reason.keys.iter().cloned().collect(),
                group: reason.group,
            }
        }));
        Ok(())
    }
}
