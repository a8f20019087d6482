//! The page of one segment.

use std::collections::BTreeMap;

use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    figures::{self, Recently},
    moves::{self, MoveRow},
    pages::members,
    progress,
    segment::{Definition, Segment, SegmentKind},
    store::{self, Version},
    users::Users,
};
use crate::{
    auth,
    console::{Request, Shell},
    db::{
        ids::{OperatorId, ProfileId, SegmentId},
        keyset::{Cursor, Page},
    },
    error::AppError,
    events::Spark,
    filter::{Filter, Predicate, slow_conditions},
    membership_attributes::{self, MembershipAttribute},
    profiles::{self, Count, PersonLabel, people},
    web::{
        Answer, Now, Timestamp, page,
        pager::{self, Pager},
        pairs::Pairs,
        words::{grouped, people as number_of_people, tenths},
    },
};

/// Days of the chart.
const DAYS: u32 = 30;

/// What a segment has in common with another one.
struct Overlap {
    other: String,
    both: i64,
    /// Members of one of the two alone.
    alone: [i64; 2],
}

#[derive(Template)]
#[template(path = "segments/show.html")]
struct ShowPage {
    shell: Shell,
    segment: Segment,
    recently: Recently,
    chart: Option<Spark>,
    /// How far counting is; nothing if it is counted.
    progress: Option<String>,
    /// Part of all profiles, in words.
    share: Option<String>,
    moves: Page<MoveRow>,
    people: BTreeMap<ProfileId, PersonLabel>,
    pager: Pager,
    users: Users,
    /// Attributes that follow it.
    shared: Vec<MembershipAttribute>,
    others: Vec<(SegmentId, String)>,
    overlap: Option<Overlap>,
    versions: Vec<Version>,
    team: BTreeMap<OperatorId, String>,
    now: Now,
}

impl ShowPage {
    fn path(&self, id: &SegmentId) -> String {
        self.shell.scope.path(&format!("segments/{id}"))
    }

    fn own(&self) -> String {
        self.path(&self.segment.id)
    }

    fn members(&self) -> String {
        members(&self.shell, &self.segment.name)
    }

    /// Address of the form that keeps the members of now in a segment of chosen people.
    fn freeze(&self) -> String {
        let filter = Filter::in_segment(&self.segment.name).to_string();
        profiles::keep_found(&self.shell.scope.path("profiles"), &filter)
    }

    fn export(&self) -> String {
        let filter = Filter::in_segment(&self.segment.name).to_string();
        Pairs::default().with("q", &filter).address(&self.shell.scope.path("profiles/export"))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn person(&self, profile: &ProfileId) -> String {
        self.people.get(profile).map_or_else(|| "An erased person".to_owned(), |it| it.title().to_owned())
    }

    fn why(&self, profile: &ProfileId) -> String {
        self.shell.scope.path(&format!("profiles/{profile}/segments/{}", self.segment.id))
    }

    fn who(&self, operator: &Option<OperatorId>) -> &str {
        operator.as_ref().and_then(|id| self.team.get(id)).map_or("Nobody of the team", String::as_str)
    }

    fn words(&self, definition: &Definition) -> String {
        match definition {
            Definition::By(filter) if filter.is_everybody() => "Everybody".to_owned(),
            Definition::By(filter) => filter.words(&|name| crate::attributes::AttributeName::humanise(name)),
            Definition::Chosen => self.segment.kind.label().to_owned(),
            Definition::Unreadable => "Written by a newer version of kith".to_owned(),
        }
    }

    fn text(&self) -> String {
        self.segment.definition.filter().map(ToString::to_string).unwrap_or_default()
    }

    fn size(&self) -> String {
        self.segment.count.size.map_or_else(|| "…".to_owned(), grouped)
    }

    /// What counting everybody costs, going by how long it took.
    fn cost(&self) -> String {
        self.segment.count.took_ms.map_or_else(|| "Known when it is counted".to_owned(), progress::cost)
    }

    /// Conditions that make counting slow, and why; none where it is quick.
    fn slow(&self) -> Vec<(String, &'static str)> {
        if self.segment.count.took_ms.is_some_and(progress::is_quick) {
            return Vec::new();
        }
        let slow = self.segment.definition.filter().map(slow_conditions).unwrap_or_default();
        slow.into_iter().map(|it| (it.text, it.why)).collect()
    }

    /// Who came and went in 24 hours, as a part of the members.
    fn volatility(&self) -> String {
        self.recently.volatility(self.segment.count.size).map_or_else(|| "…".to_owned(), tenths)
    }

    fn number(&self, count: &i64) -> String {
        number_of_people(*count)
    }

    fn sizes(&self, version: &Version) -> String {
        let told = |size: Option<i64>| size.map_or_else(|| "…".to_owned(), grouped);
        match version.sizes {
            [None, after] => told(after),
            [before, after] => format!("{} → {}", told(before), told(after)),
        }
    }
}

/// Part of all profiles, in words.
fn share(size: i64, of: Count) -> String {
    let (Count::Exactly(all) | Count::About(all)) = of;
    let part = if all > 0 { (size * 1000 / all).min(1000) } else { 0 };
    format!("{} of {of}", tenths(part))
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (id, scope, now): (SegmentId, _, _) = (request.id()?, request.scope(), request.now);
    let environment = scope.environment;
    let all = store::all(conn, environment)?;
    let segment = all.iter().find(|it| it.id == id).cloned().ok_or(AppError::NotFound)?;
    let recently = figures::recently_of(conn, environment, id, now.at)?;
    let sizes = figures::sizes(conn, environment, id, DAYS, now.at)?;
    let ends = sizes.first().zip(sizes.last()).filter(|_| sizes.len() > 1);
    let chart = ends.map(|(first, last)| {
        let words = format!("{} days: from {} to {} members", sizes.len(), grouped(*first), grouped(*last));
        Spark::with_words(&sizes, words)
    });
    let way = pager::way::<Cursor>(&request.query);
    let moves = moves::of_segment(conn, environment, segment.id, now.at, way)?;
    let asked = moves.rows.iter().map(|row| row.profile).collect();
    let people = people(conn, environment, &asked)?.into_iter().collect();
    let path = scope.path(&format!("segments/{}", segment.id));
    let pager = Pager::new(&moves, &path, &request.query, MoveRow::cursor, ["Newer", "Older"]);
    let named = |it: &Segment| (it.id, it.name.clone());
    let users = Users::load(conn, environment, scope.operator.id, (&all, &segment))?;
    let shared = membership_attributes::of_segment(conn, environment, id)?;
    let others: Vec<(SegmentId, String)> =
        all.iter().filter(|it| it.id != segment.id && it.archived_at.is_none()).map(named).collect();
    let with: Option<SegmentId> = request.query.parsed("with");
    let overlap = match with.and_then(|with| all.iter().find(|it| it.id == with)) {
        Some(other) => {
            let both = figures::shared(conn, environment, [segment.id, other.id])?;
            let alone = [&segment, other].map(|it| (it.count.size.unwrap_or(0) - both).max(0));
            Some(Overlap { other: other.name.clone(), both, alone })
        }
        None => None,
    };
    let everybody = profiles::count(&request.state.db, conn, &Predicate::everybody(environment), "", now.at)?;
    let progress = progress::of_one(&segment, &all, &everybody, now.at);
    let is_due = progress.is_some();
    let share = segment.count.size.map(|size| share(size, everybody));
    let versions = store::versions(conn, environment, &segment)?;
    let team = auth::of_workspace(conn, scope.workspace.id)?.into_iter().collect();
    let shell = request.shell.clone();
    let answer = page(&ShowPage {
        shell,
        segment,
        recently,
        chart,
        progress,
        share,
        moves,
        people,
        pager,
        users,
        shared,
        others,
        overlap,
        versions,
        team,
        now,
    });
    Ok(if is_due { answer.again_soon() } else { answer })
}
