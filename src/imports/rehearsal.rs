//! What an import would do, found by doing it and taking it back, chunk by chunk.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::{Checkpoint, Going, Import, Opened, Summary, rejects::create, run::Chunk};
use crate::{
    db::ids::ProfileId,
    identities::Identifier,
    ingest::{self, Trust, Why},
    ledger::{self, ChangeKind, ChangeRow, Effect, GroupId, Outcome, Source, Teller, read},
    merges,
    web::cell,
};

/// Name of the report in the folder of its import.
pub const REPORT: &str = "report.json";
/// Changes that are shown; the file of changes has all.
const SHOWN: usize = 50;
/// Possible duplicates that are shown.
const SHOWN_PAIRS: usize = 10;
/// Changes that a chunk can make: what its lines say, and what follows from it.
const MOST_CHANGES: i64 = 1_000_000;
/// New identifiers that are remembered. Of more than these a person who stands in several lines may be counted as new more than once.
const MOST_NEW: usize = 8_000_000;

/// First line of the file of changes.
const HEADER: [&str; 6] = ["line", "profile", "change", "field", "before", "after"];

/// What an import would do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub summary: Summary,
    /// Pairs of profiles that may be the same person, which nobody was told of before.
    pub pairs: u64,
    /// The first of these pairs.
    pub shown_pairs: Vec<[Whom; 2]>,
    /// The first changes of profiles that there are already.
    pub shown: Vec<Difference>,
}

/// A profile and its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whom {
    pub profile: ProfileId,
    pub name: String,
    /// Whether the import makes it.
    pub is_new: bool,
}

/// One field of a profile, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Number of the first line about the profile.
    pub line: u64,
    pub whom: Whom,
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// Why the value stays; `None`: it changes.
    pub kept: Option<String>,
}

/// A rehearsal in progress.
pub struct Rehearsal {
    report: Report,
    /// Hashes of the identifiers of people who were made in an earlier chunk, of which nothing stayed.
    made: HashSet<u64>,
    file: csv::Writer<File>,
}

impl Rehearsal {
    /// A rehearsal that writes all changes to a new file at `path`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(path: &Path) -> anyhow::Result<Self> {
        let mut file = csv::Writer::from_writer(create(path)?);
        file.write_record(HEADER)?;
        Ok(Self { report: Report::default(), made: HashSet::new(), file })
    }

    fn write(&mut self, found: &Difference) -> anyhow::Result<()> {
        let (before, after) = (found.before.as_deref().unwrap_or_default(), found.after.as_deref().unwrap_or_default());
        let change = match &found.kept {
            Some(kept) => kept,
            None if found.whom.is_new => "new profile",
            None => "changed",
        };
        let line = found.line.to_string();
        let cells = [&found.whom.name, change, &found.field, before, after].map(|text| cell(text));
        self.file.write_record(std::iter::once(line.as_str()).chain(cells.iter().map(AsRef::as_ref)))?;
        if !found.whom.is_new && self.report.shown.len() < SHOWN {
            self.report.shown.push(found.clone());
        }
        Ok(())
    }

    /// The effect of an item, of which the rehearsal of a chunk does not know who was made before.
    fn effect(&self, outcome: &Outcome, identifiers: &[Identifier]) -> Effect {
        let is_known = outcome.effect == Effect::Created && identifiers.iter().any(|it| self.made.contains(&hash(it)));
        if is_known { Effect::Changed } else { outcome.effect }
    }
}

fn hash(identifier: &Identifier) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&identifier.kind, &identifier.value).hash(&mut hasher);
    hasher.finish()
}

/// What a chunk did before it was taken back.
struct Done {
    outcomes: Vec<Outcome>,
    kept: u64,
    rows: Vec<ChangeRow>,
    teller: Teller,
    pairs: Vec<(ProfileId, ProfileId)>,
}

impl Import<'_> {
    /// Does what [`Import::store`] would do, and takes it back. `watch` is told how far it is, and says whether to go on.
    ///
    /// # Errors
    /// As [`Import::store`], or the file of changes cannot be written.
    pub fn rehearse(
        &self,
        opened: Opened,
        rehearsal: Rehearsal,
        watch: &mut (dyn FnMut(&Checkpoint) -> anyhow::Result<Going> + Send),
    ) -> anyhow::Result<Report> {
        let source = Source::import(&opened.name);
        let lines = self.lines(opened.content, &self.options.choices)?;
        let rehearsal = Mutex::new(rehearsal);
        let reached = self.drive(lines, Checkpoint::default(), watch, &|chunk| {
            self.try_chunk(chunk, &source, &mut rehearsal.lock().unwrap_or_else(PoisonError::into_inner))
        })?;
        let mut rehearsal = rehearsal.into_inner().unwrap_or_else(PoisonError::into_inner);
        rehearsal.file.flush()?;
        Ok(Report { summary: reached.summary, ..rehearsal.report })
    }

    fn try_chunk(&self, chunk: &Chunk, source: &Source, rehearsal: &mut Rehearsal) -> anyhow::Result<Summary> {
        let Done { outcomes, kept, rows, teller, pairs } = self.done(chunk, source)?;
        let effects =
            outcomes.iter().zip(&chunk.items).map(|(it, item)| rehearsal.effect(it, item.person.identifiers()));
        let mut summary = chunk.count(effects.collect::<Vec<_>>().into_iter());
        summary.kept = kept;
        let mut line_of: HashMap<ProfileId, u64> = HashMap::new();
        let mut new: HashSet<ProfileId> = HashSet::new();
        for ((outcome, item), line) in outcomes.iter().zip(&chunk.items).zip(&chunk.lines) {
            let Some(profile) = outcome.profile else { continue };
            line_of.entry(profile).or_insert(*line);
            if outcome.effect == Effect::Created {
                new.insert(profile);
                let identifiers = item.person.identifiers().iter().map(hash);
                rehearsal.made.extend(identifiers.take(MOST_NEW.saturating_sub(rehearsal.made.len())));
            }
        }
        let whom = |profile| Whom { profile, name: teller.person(profile), is_new: new.contains(&profile) };
        let mut rows: Vec<&ChangeRow> = rows.iter().filter(|row| row.kind != ChangeKind::Created).collect();
        rows.sort_by_key(|row| line_of.get(&row.profile));
        for row in rows {
            let value = |value| teller.value(row, value);
            rehearsal.write(&Difference {
                line: line_of.get(&row.profile).copied().unwrap_or_default(),
                whom: whom(row.profile),
                field: teller.label(row),
                before: value(row.before.as_ref()),
                after: value(row.after.as_ref()),
                kept: teller.refused(row),
            })?;
        }
        rehearsal.report.pairs += pairs.len() as u64;
        let room = SHOWN_PAIRS.saturating_sub(rehearsal.report.shown_pairs.len());
        rehearsal.report.shown_pairs.extend(pairs.iter().take(room).map(|(one, other)| [*one, *other].map(whom)));
        Ok(summary)
    }

    fn done(&self, chunk: &Chunk, source: &Source) -> anyhow::Result<Done> {
        let (environment, present) = (self.options.environment, self.clock.now());
        Ok(self.db.rehearse_now(|db| {
            let source = db.tx_now(|conn| ledger::source_id(conn, environment, source))?;
            let batch = self.batch(source, chunk.before);
            let (outcomes, left_out) = ingest::submit_at(db, &batch, &Trust::Import, &chunk.items, present)?;
            let kept = left_out.iter().filter(|(_, it)| it.why == Why::Looser).count() as u64;
            db.read_now(move |conn| {
                let rows = read::of_everybody(conn, environment, GroupId(batch.group), None, MOST_CHANGES)?;
                let pairs = merges::suggested_at(conn, environment, batch.received_at)?;
                let mut people: Vec<ProfileId> = rows.iter().map(|row| row.profile).collect();
                people.dedup();
                people.extend(pairs.iter().flat_map(|(one, other)| [*one, *other]));
                let teller = Teller::load(conn, environment, rows.iter(), &people)?;
                Ok(Done { outcomes: outcomes.clone(), kept, rows, teller, pairs })
            })
        })?)
    }
}
