//! The Segments tab of a profile: in which segments they are, since when, and why (V5.2).

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{
    Choices,
    evidence::{Step, TOLD, WhyNot},
    figures,
    moves::{self, MoveRow},
    pages::find,
    segment::{Segment, SegmentKind},
    store,
};
use crate::{
    console::Request,
    db::{
        ids::{ProfileId, SegmentId},
        keyset::Seek,
    },
    error::AppError,
    filter::Catalogue,
    ingest::load_people,
    ledger::source_names,
    profile_page::{self, Tab, View},
    registers::{AnyRegister, Fact, Facts},
    web::{Answer, FormData, page, respond::see_other_saying},
};

/// Moves on the tab at most; the timeline has all.
const MOST_MOVES: usize = 200;

/// A segment in which somebody is.
struct Membership {
    segment: Segment,
    since: DateTime<Utc>,
    /// The move by which they entered; `None`: they were there when everybody was counted first.
    entered: Option<MoveRow>,
}

#[derive(Template)]
#[template(path = "segments/tab.html")]
struct TabPage {
    at: View,
    members: Vec<Membership>,
    others: Vec<Segment>,
    moves: Vec<MoveRow>,
    /// The systems that said whether the person is in segments that they keep.
    keepers: BTreeMap<SegmentId, String>,
}

impl TabPage {
    fn why(&self, segment: &SegmentId) -> String {
        format!("{}/{segment}", self.at.path())
    }

    /// The page about what sites and apps show to the person.
    fn content(&self) -> String {
        format!("{}/content", self.at.frame.path(&Tab::Info))
    }

    /// What was said, each part with the way to it.
    fn causes(&self, row: &MoveRow) -> Vec<(String, Option<String>)> {
        row.causes(&self.at.frame.path(&Tab::Info))
    }

    /// Who decides alone about a segment; `None`: its filter does, or colleagues do.
    fn keeper(&self, segment: &Segment) -> Option<&str> {
        let known = self.keepers.get(&segment.id).map_or("a system", String::as_str);
        (segment.kind == SegmentKind::Kept).then_some(known)
    }

    /// Whether somebody may be put into a segment, or taken out, by hand.
    fn is_chosen(&self, segment: &Segment) -> bool {
        segment.kind == SegmentKind::Chosen && self.at.shell.scope.role.can_edit()
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Segments)?;
    let environment = request.scope().environment;
    let since = figures::memberships(conn, environment, at.frame.id)?;
    let moves = moves::of_profile(conn, at.key(), moves::all_time(request.now.at), (Seek::Start, MOST_MOVES))?;
    let (mut members, mut others) = (Vec::new(), Vec::new());
    for segment in store::all(conn, environment)?.into_iter().filter(|it| it.on_profiles && it.archived_at.is_none()) {
        match since.get(&segment.id) {
            Some(since) => {
                let entered = moves.iter().find(|row| row.segment == segment.id && row.has_entered).cloned();
                members.push(Membership { segment, since: *since, entered });
            }
            None => others.push(segment),
        }
    }
    let is_kept = |segment: &Segment| segment.kind == SegmentKind::Kept;
    let keepers = match members.iter().map(|it| &it.segment).chain(&others).any(is_kept) {
        true => keepers(conn, request, at.frame.id)?,
        false => BTreeMap::new(),
    };
    Ok(page(&TabPage { at, members, others, moves, keepers }))
}

/// Names of those who said whether somebody is in a segment: one SQL statement, one more where sources are not remembered.
fn keepers(conn: &mut PgConnection, request: &Request, profile: ProfileId) -> QueryResult<BTreeMap<SegmentId, String>> {
    let mut facts = Facts::default();
    AnyRegister::load(&Choices, conn, request.scope().environment, &mut HashMap::from([(profile, &mut facts)]))?;
    let said: Vec<_> = facts.rows::<Choices>().map(|(segment, _, stamp)| (*segment, stamp.source)).collect();
    let sources = said.iter().map(|(_, source)| *source).collect();
    let names = source_names(&request.state.db, conn, &sources, request.now.at)?;
    Ok(said.into_iter().filter_map(|(segment, source)| Some((segment, names.get(&source)?.clone()))).collect())
}

#[derive(Template)]
#[template(path = "segments/why.html")]
struct WhyPage {
    at: View,
    segment: Segment,
    since: Option<DateTime<Utc>>,
    /// The definition, as it is for this person; what keeps it from being asked.
    traced: Result<Step, String>,
    /// What would have to change so that they enter, or leave.
    changes: Vec<String>,
}

impl WhyPage {
    fn page(&self) -> String {
        self.at.shell.scope.path(&format!("segments/{}", self.segment.id))
    }

    /// Whether what is asked now says something else than the members do: the next look at this person makes them agree.
    fn is_behind(&self) -> bool {
        self.traced.as_ref().is_ok_and(|step| step.is_met() != self.since.is_some())
    }
}

pub fn why(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let at = profile_page::open(request, conn, Tab::Segments)?;
    let (segment, environment, now) = (find(request, conn)?, request.scope().environment, request.now);
    let since = figures::memberships(conn, environment, at.frame.id)?.remove(&segment.id);
    let state = load_people(conn, TOLD, environment, &[at.frame.id])?.remove(&at.frame.id);
    let catalogue = Catalogue::read(conn, environment, segment.definition.filter().into_iter())?;
    let checked = segment.definition.check(&catalogue, environment, segment.id, now.at);
    let traced = match (checked, segment.definition.filter(), state) {
        (Err(why), ..) => Err(why),
        (Ok(predicate), Some(filter), Some(state)) => {
            let trace = predicate.trace(conn, filter, at.frame.id)?.ok_or(AppError::NotFound)?;
            let mut told = WhyNot { request, at: &at, state: &state }.explain(conn, &[trace])?;
            Ok(told.pop().ok_or(AppError::NotFound)?)
        }
        (Ok(_), _, state) => {
            let facts = state.map(|state| state.facts).unwrap_or_default();
            Ok(Step::chosen(conn, request, &facts, &segment, &at)?)
        }
    };
    let changes = traced.as_ref().map(|step| step.needed(!step.is_met())).unwrap_or_default();
    Ok(page(&WhyPage { at, segment, since, traced, changes }))
}

/// Puts somebody into a segment of chosen people, or takes them out.
pub fn choose(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let (profile, is_member) = (request.id()?, sent.get("member") == "yes");
    let segment = request.read(|conn| find(request, conn))?;
    if segment.kind != SegmentKind::Chosen || segment.archived_at.is_some() {
        let message =
            format!("Nobody is put into {} by hand: it is {}.", segment.name, segment.kind.label().to_lowercase());
        return Ok(back(request, &message));
    }
    request.say(profile, Fact::new::<Choices>(segment.id, is_member).into())?;
    // Members follow at once, so that the tab shows it.
    super::follow_now(&request.state.db, &request.state.clock, false)?;
    let did = if is_member { "Added to" } else { "Taken out of" };
    Ok(back(request, &format!("{did} {}.", segment.name)))
}

fn back(request: &Request, message: &str) -> Answer {
    see_other_saying(&request.scope().path(&format!("profiles/{}/segments", request.part("profile"))), message)
}
