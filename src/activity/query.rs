//! Reads the address of the Activity tab, and makes addresses for other choices.

use chrono_tz::Tz;

use super::{
    entry_filter::{EntryFilter, EntryFilters},
    entry_id::EntryId,
    events::Wanted,
    period::{Period, Preset},
};
use crate::{
    ledger::ChangeKind,
    web::{Now, pager, pairs::Pairs, time},
    words::words,
};

/// Most names of events that can be chosen at once.
const MOST_NAMES: usize = 50;

words! {
    /// Whose time zone the timeline uses.
    #[derive(Default)]
    pub enum Clock {
        /// The reader's.
        #[default]
        Mine = "mine";
        /// The profile's.
        Person = "person";
        /// Universal time, as machines log it.
        Utc = "utc";
    }
}

/// The time zones in which a timeline can be read.
#[derive(Clone, Copy, Debug)]
pub struct Zones {
    pub mine: Tz,
    /// Zone of the profile; `None` if it is unknown.
    pub person: Option<Tz>,
    pub chosen: Clock,
}

impl Zones {
    /// Reads `zone` of a query. `timezone` is the profile's attribute of that name; it counts if it names a zone.
    pub fn new(query: &Pairs, mine: Tz, timezone: Option<&str>) -> Self {
        let person = timezone.and_then(time::zone);
        let asked = Clock::ALL.into_iter().find(|clock| clock.as_str() == query.get("zone")).unwrap_or_default();
        let chosen = if asked == Clock::Person && person.is_none() { Clock::Mine } else { asked };
        Self { mine, person, chosen }
    }

    /// Zone of a clock; `None` if the profile's is unknown.
    pub fn of(&self, clock: Clock) -> Option<Tz> {
        match clock {
            Clock::Mine => Some(self.mine),
            Clock::Person => self.person,
            Clock::Utc => Some(Tz::UTC),
        }
    }

    /// The zone of days and hours.
    pub fn main(&self) -> Tz {
        self.of(self.chosen).unwrap_or(self.mine)
    }

    /// A second zone for exact times: the profile's, or the reader's if another one is chosen. `None` if both are the same.
    pub fn other(&self) -> Option<Tz> {
        let other = if self.chosen == Clock::Mine { self.person } else { Some(self.mine) };
        other.filter(|zone| *zone != self.main())
    }

    /// Clocks with different zones, each with its label.
    pub fn offered(&self) -> Vec<(Clock, String)> {
        let mut all = vec![(Clock::Mine, format!("My time, {}", self.mine))];
        all.extend(
            self.person.filter(|zone| *zone != self.mine).map(|zone| (Clock::Person, format!("Their time, {zone}"))),
        );
        if all.iter().all(|(clock, _)| self.of(*clock) != Some(Tz::UTC)) {
            all.push((Clock::Utc, "UTC".to_owned()));
        }
        all
    }
}

/// What the address asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Chosen sorts of entries.
    pub filters: EntryFilters,
    /// Names of the events to show; empty: all.
    pub names: Vec<String>,
    /// Names of events to leave out.
    pub not: Vec<String>,
    /// The span of time.
    pub period: Period,
    /// The entry that a link leads to.
    pub entry: Option<EntryId>,
    /// Whether every entry is shown open.
    pub is_open: bool,
    kept: Pairs,
}

impl Asked {
    /// Reads an address. A link to an entry asks for all entries around it, of any time.
    pub fn parse(query: &Pairs, now: Now) -> Self {
        let entry = query.parsed("entry");
        let kept = pager::from_start(query).without(&["entry"]);
        let kept = match entry {
            None => kept,
            Some(_) => {
                kept.without(&["kind", "event", "not", "period", "from", "to"]).with("period", Preset::All.as_str())
            }
        };
        let names = |field| {
            let mut names: Vec<String> =
                kept.all(field).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
            names.sort_unstable();
            names.dedup();
            names.truncate(MOST_NAMES);
            names
        };
        let (names, not) = (names("event"), names("not"));
        let period = Period::parse(&kept, now);
        Self {
            filters: EntryFilters::parse(&kept),
            names,
            not,
            period,
            entry,
            is_open: query.get("open") == "all",
            kept,
        }
    }

    /// The events to read; `None` if only changes are asked for.
    pub fn events(&self) -> Option<Wanted> {
        let is_message = match (self.filters.shows(EntryFilter::Events), self.filters.shows(EntryFilter::Messages)) {
            (true, true) => None,
            (false, false) => return None,
            (_, is_message) => Some(is_message),
        };
        Some(Wanted { is_message, names: self.names.clone(), not: self.not.clone() })
    }

    /// Kinds of changes to read: none if only names of events are chosen.
    pub fn changes(&self) -> Vec<ChangeKind> {
        if self.filters.is_all() && !self.names.is_empty() { Vec::new() } else { self.filters.changes() }
    }

    /// Whether to read who entered and left segments.
    pub fn moves(&self) -> bool {
        self.changes().contains(&ChangeKind::Segment)
    }

    /// Whether anything but the period is chosen.
    pub fn is_filtered(&self) -> bool {
        !(self.filters.is_all() && self.names.is_empty() && self.not.is_empty())
    }

    /// The choices of this address, for its other pages.
    pub fn kept(&self) -> &Pairs {
        &self.kept
    }

    /// The same choices with all entries open, or closed again.
    pub fn opened(&self) -> Pairs {
        self.kept.with("open", if self.is_open { "" } else { "all" })
    }

    /// The same choices for another period.
    pub fn period(&self, preset: Preset) -> Pairs {
        self.kept.without(&["from", "to"]).with("period", preset.as_str())
    }

    /// The same choices by another clock.
    pub fn clock(&self, clock: Clock) -> Pairs {
        self.kept.with("zone", if clock == Clock::Mine { "" } else { clock.as_str() })
    }

    /// The same choices with a sort of entries added or removed.
    pub fn toggled(&self, filter: EntryFilter) -> Pairs {
        self.filters
            .toggled(filter)
            .fold(self.kept.without(&["kind"]), |pairs, filter| pairs.and("kind", filter.as_str()))
    }

    /// The same choices for entries of every sort.
    pub fn every_kind(&self) -> Pairs {
        self.kept.without(&["kind"])
    }

    /// Only period and clock.
    pub fn unfiltered(&self) -> Pairs {
        self.kept.without(&["kind", "event", "not"])
    }

    /// Hidden fields of the form for names and days.
    pub fn hidden(&self) -> Vec<(&'static str, String)> {
        let kinds = EntryFilter::ALL
            .into_iter()
            .filter(|filter| self.filters.is_chosen(*filter))
            .map(|filter| ("kind", filter.as_str().to_owned()));
        let others = ["zone", "open", "list"].map(|name| (name, self.kept.get(name).to_owned()));
        let period = ("period", self.period.preset.as_str().to_owned());
        let period = Some(period).filter(|_| self.period.preset != Preset::Range);
        kinds.chain(others).chain(period).filter(|(_, value)| !value.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::entry_id::EntryKind, *};

    fn ask(query: &str) -> Asked {
        Asked::parse(&Pairs::parse(query.as_bytes()), Now::new("2026-11-22T03:24:05Z".parse().unwrap(), Tz::UTC))
    }

    #[test]
    fn only_what_is_asked_for_is_read() {
        assert!(ask("kind=tags&kind=notes").events().is_none());
        assert!(ask("kind=events&kind=messages").changes().is_empty());
        assert_eq!(ask("kind=messages&kind=tags").events().unwrap().is_message, Some(true));
        assert_eq!(ask("").events().unwrap().is_message, None);
        assert!(
            ask("").moves() && ask("kind=segments").moves() && !ask("kind=tags").moves() && !ask("event=a").moves()
        );
        assert!(ask("event=Sign+Up").changes().is_empty(), "who names an event wants no changes");
        assert_eq!(ask("event=Sign+Up&kind=tags&kind=events").changes(), [ChangeKind::Tag]);
        assert_eq!(ask("event=b&event=a&event=b&event=").names, ["a", "b"]);
    }

    #[test]
    fn a_link_to_an_entry_asks_for_all_around_it() {
        let kind = EntryKind::Change(ChangeKind::Tag);
        let entry = EntryId { at: chrono::DateTime::UNIX_EPOCH, kind, id: uuid::Uuid::nil() };
        let asked = ask(&format!("entry={entry}&kind=notes&period=7d&zone=utc"));
        assert_eq!((asked.entry, asked.filters.is_all(), asked.period.preset), (Some(entry), true, Preset::All));
        assert_eq!(asked.kept().address("a"), "a?zone=utc&period=all");
    }

    #[test]
    fn links_change_one_thing() {
        let asked = ask("kind=tags&from=2026-01-01&event=a&after=x");
        assert_eq!(asked.toggled(EntryFilter::Notes).address(""), "?from=2026-01-01&event=a&kind=notes&kind=tags");
        assert_eq!(asked.toggled(EntryFilter::Tags).address(""), "?from=2026-01-01&event=a");
        assert_eq!(asked.period(Preset::Week).address(""), "?kind=tags&event=a&period=7d");
        assert_eq!(asked.hidden(), [("kind", "tags".to_owned())]);
    }

    #[test]
    fn the_zone_of_a_person_is_offered_where_it_is_one() {
        let zones = |query: &str, timezone| Zones::new(&Pairs::parse(query.as_bytes()), Tz::Europe__Zurich, timezone);
        let person = zones("zone=person", Some("Asia/Tokyo"));
        assert_eq!((person.main(), person.other()), (Tz::Asia__Tokyo, Some(Tz::Europe__Zurich)));
        assert_eq!(person.offered().len(), 3);
        let nowhere = zones("zone=person", Some("Mars"));
        assert_eq!((nowhere.main(), nowhere.other(), nowhere.offered().len()), (Tz::Europe__Zurich, None, 2));
        assert_eq!(zones("", Some("Europe/Zurich")).offered().len(), 2);
    }
}
