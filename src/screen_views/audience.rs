//! Which screen views one person is shown, asked for all of them at once, and the content as they get it.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{content::Rendered, screen_view::Listed, store};
use crate::{
    db::ids::{EnvironmentId, ProfileId, ScreenViewId},
    filter::{self, Catalogue, Filter, Predicate, Trace},
    message_templates::Known,
};

/// Characters of audiences that are asked in one SQL statement: it takes 65,535 values, and a list of digits that a property of events may
/// have makes seven of a character. Audiences of usual length are asked in one, all two hundred of them.
const AT_ONCE: usize = 8_000;

/// A screen view, with what its audience asks.
#[derive(Clone, Debug)]
pub struct Asked {
    pub view: Listed,
    /// Why it cannot be asked, in a sentence: then it is shown to nobody.
    pub audience: Result<(Filter, Predicate), String>,
}

/// What the audiences of screen views ask: one SQL statement for each catalogue that is needed.
pub fn asked(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    views: Vec<Listed>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Asked>> {
    let catalogue = Catalogue::read(conn, environment, views.iter().filter_map(|view| view.audience.as_ref()))?;
    let check = |view: Listed| {
        let audience = match &view.audience {
            Some(filter) => catalogue.check(filter, now).map(|predicate| (filter.clone(), predicate)),
            None => Err("A newer version of kith wrote this audience.".to_owned()),
        };
        Asked { view, audience }
    };
    Ok(views.into_iter().map(check).collect())
}

/// Those that are shown at `now`, by priority, with what their audiences ask.
fn showing(conn: &mut PgConnection, environment: EnvironmentId, now: DateTime<Utc>) -> QueryResult<Vec<Asked>> {
    let views = store::showing(conn, environment, now)?;
    asked(conn, environment, views, now)
}

/// A screen view that can be asked, with its audience and what that asks.
type Ready<'a> = (&'a Listed, &'a Filter, &'a Predicate);

/// Those that can be asked, in groups that one statement can hold: almost always one.
fn groups(asked: &[Asked]) -> Vec<Vec<Ready<'_>>> {
    let mut groups: Vec<(usize, Vec<Ready<'_>>)> = Vec::new();
    for it in asked {
        let Ok((filter, predicate)) = &it.audience else { continue };
        let (ready, length) = ((&it.view, filter, predicate), filter.to_string().len());
        match groups.last_mut() {
            Some((whole, group)) if *whole + length <= AT_ONCE => {
                *whole += length;
                group.push(ready);
            }
            _ => groups.push((length, vec![ready])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// A screen view that somebody is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    pub view: Listed,
    /// Why they get none, in a sentence.
    pub content: Result<Rendered, String>,
}

/// What somebody is shown at the time of `known`, which is of them, by priority; also what they would be shown, were it not broken. Some SQL
/// statements, however many screen views there are.
pub fn shown_to(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profile: ProfileId,
    known: &Known,
) -> QueryResult<Vec<Shown>> {
    let asked = showing(conn, environment, known.now)?;
    let mut theirs: BTreeSet<ScreenViewId> = BTreeSet::new();
    for group in groups(&asked) {
        let predicates: Vec<&Predicate> = group.iter().map(|(_, _, predicate)| *predicate).collect();
        let is_in = filter::met(conn, environment, &predicates, profile)?.unwrap_or_default();
        theirs.extend(group.iter().zip(is_in).filter(|(_, is_in)| *is_in).map(|((view, ..), _)| view.id));
    }
    let ids: Vec<ScreenViewId> = theirs.iter().copied().collect();
    let mut contents = store::contents(conn, environment, &ids)?;
    let shown = |Asked { view, audience }: Asked| {
        let content = match (audience, contents.remove(&view.id)) {
            (Err(why), _) => Err(format!("The audience cannot be asked: {why}")),
            (Ok(_), Some(content)) => content.render(known),
            (Ok(_), None) => return None,
        };
        Some(Shown { view, content })
    };
    Ok(asked.into_iter().filter_map(shown).collect())
}

/// A screen view, and why somebody is in its audience or not.
#[derive(Clone, Debug)]
pub struct Told {
    pub view: Listed,
    /// Why the audience cannot be asked, in a sentence.
    pub traced: Result<Trace, String>,
}

/// Why somebody is in the audience of each screen view that is shown at `now`, or not, by priority. Some SQL statements, however many there
/// are.
pub fn told(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    profile: ProfileId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Told>> {
    let asked = showing(conn, environment, now)?;
    let mut traces: HashMap<ScreenViewId, Trace> = HashMap::new();
    for group in groups(&asked) {
        let audiences: Vec<(&Filter, &Predicate)> = group.iter().map(|(_, filter, it)| (*filter, *it)).collect();
        let traced = filter::traces(conn, environment, &audiences, profile)?.unwrap_or_default();
        traces.extend(group.iter().map(|(view, ..)| view.id).zip(traced));
    }
    let told = |Asked { view, audience }: Asked| {
        let traced = match audience {
            Err(why) => Err(why),
            Ok(_) => Ok(traces.remove(&view.id)?),
        };
        Some(Told { view, traced })
    };
    Ok(asked.into_iter().filter_map(told).collect())
}
