//! Why a filter is true of one person, or not: each condition with whether it is met, decided by the same SQL that selects.

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, PgConnection, QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, QueryFragment},
    sql_types::{Array, Bool, Jsonb, SmallInt, Uuid as SqlUuid},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    ast::{Condition, Filter},
    predicate::{EventRows, Leaf, Node, Predicate},
    reads::Aspect,
    sql::{Matches, ROWS, Scale},
    sql_events::Counted,
};
use crate::{
    db::{
        fragment::statement,
        ids::{EnvironmentId, ProfileId},
    },
    json::Json,
};

/// A filter, part by part, as it is for one person.
#[derive(Clone, Debug, PartialEq)]
pub enum Trace {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Is(Box<Traced>),
}

/// A condition, as it is for one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Traced {
    pub condition: Condition,
    pub is_met: bool,
    /// What of the profile it reads.
    pub reads: Vec<Aspect>,
    /// The events that it counts; `None`: it counts none.
    pub events: Option<Happened>,
}

/// Somebody's events of which a condition is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Happened {
    pub count: i64,
    /// When the last one happened.
    pub last: Option<DateTime<Utc>>,
    /// The figure of them that the condition asks for, such as a sum.
    pub figure: Option<Value>,
}

impl Trace {
    /// Whether the whole is true.
    pub fn is_met(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(Self::is_met),
            Self::Any(parts) => parts.iter().any(Self::is_met),
            Self::Not(inside) => !inside.is_met(),
            Self::Is(traced) => traced.is_met,
        }
    }
}

impl Predicate {
    /// How `filter`, of which this is the checked form, is for one profile; `None`: there is no such profile. One SQL statement.
    pub fn trace(&self, conn: &mut PgConnection, filter: &Filter, profile: ProfileId) -> QueryResult<Option<Trace>> {
        let traced = traces(conn, self.environment, &[(filter, self)], profile)?;
        Ok(traced.and_then(|mut all| all.pop()))
    }

    fn of(environment: EnvironmentId, node: &Node) -> Self {
        Self { environment, root: node.clone() }
    }
}

/// How filters, each with its checked form, are for one profile; `None`: there is no such profile. One SQL statement for all of them, which
/// takes at most 65,535 values.
pub fn traces(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[(&Filter, &Predicate)],
    profile: ProfileId,
) -> QueryResult<Option<Vec<Trace>>> {
    let mut leaves = Vec::new();
    asked.iter().for_each(|(filter, predicate)| pair(filter, &predicate.root, &mut leaves));
    let ask = |node: &Node| Matches { predicate: Predicate::of(environment, node), scale: Scale::Few };
    let question = Ask {
        environment,
        profile,
        conditions: leaves.iter().map(|(_, node)| ask(node)).collect(),
        events: leaves.iter().filter_map(|(_, node)| events(node)).cloned().collect(),
    };
    let Some(found) = question.get_result::<Found>(conn).optional()? else { return Ok(None) };
    let mut happened = Vec::<Happened>::deserialize(found.events.0).unwrap_or_default().into_iter();
    let mut traced: Vec<Traced> = Vec::with_capacity(leaves.len());
    for ((condition, node), is_met) in leaves.into_iter().zip(found.met) {
        let events = events(node).and_then(|_| happened.next());
        let reads = Predicate::of(environment, node).reads();
        let reads = reads.into_iter().filter(|part| *part != Aspect::Profile).collect();
        traced.push(Traced { condition: condition.clone(), is_met, reads, events });
    }
    let mut traced = traced.into_iter();
    Ok(Some(asked.iter().map(|(filter, _)| built(filter, &mut traced)).collect()))
}

/// Which of these predicates are true of one profile; `None`: there is no such profile. One SQL statement, as [`traces`].
pub fn met(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    asked: &[&Predicate],
    profile: ProfileId,
) -> QueryResult<Option<Vec<bool>>> {
    let ask = |predicate: &&Predicate| Matches { predicate: (*predicate).clone(), scale: Scale::Few };
    let conditions = asked.iter().map(ask).collect();
    let question = Ask { environment, profile, conditions, events: Vec::new() };
    Ok(question.get_result::<Found>(conn).optional()?.map(|found| found.met))
}

/// Each condition with its node.
fn pair<'a>(filter: &'a Filter, node: &'a Node, leaves: &mut Vec<(&'a Condition, &'a Node)>) {
    match (filter, node) {
        (Filter::All(filters), Node::All(nodes)) | (Filter::Any(filters), Node::Any(nodes)) => {
            filters.iter().zip(nodes).for_each(|(filter, node)| pair(filter, node, leaves));
        }
        (Filter::Not(filter), Node::Not(node)) => pair(filter, node, leaves),
        (Filter::Is(condition), node) => leaves.push((condition, node)),
        _ => {}
    }
}

fn built(filter: &Filter, traced: &mut impl Iterator<Item = Traced>) -> Trace {
    match filter {
        Filter::All(filters) => Trace::All(filters.iter().map(|filter| built(filter, traced)).collect()),
        Filter::Any(filters) => Trace::Any(filters.iter().map(|filter| built(filter, traced)).collect()),
        Filter::Not(inside) => Trace::Not(Box::new(built(inside, traced))),
        // There is one for each condition.
        Filter::Is(_) => traced.next().map_or_else(|| Trace::Any(Vec::new()), |it| Trace::Is(Box::new(it))),
    }
}

/// The events of which a condition is.
fn events(node: &Node) -> Option<&EventRows> {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().find_map(events),
        Node::Not(inside) => events(inside),
        Node::Leaf(leaf) => {
            if let Leaf::Events(events) = &**leaf {
                Some(events)
            } else {
                None
            }
        }
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Array<Bool>)]
    met: Vec<bool>,
    #[diesel(sql_type = Jsonb)]
    events: Json,
}

struct Ask {
    environment: EnvironmentId,
    profile: ProfileId,
    conditions: Vec<Matches>,
    events: Vec<EventRows>,
}

statement!(Ask);

impl QueryFragment<Pg> for Ask {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT ARRAY[");
        for (place, condition) in self.conditions.iter().enumerate() {
            out.push_sql(if place > 0 { ", coalesce(" } else { "coalesce(" });
            condition.walk_ast(out.reborrow())?;
            out.push_sql(", FALSE)");
        }
        // A function takes a hundred arguments at most, an array what it gets.
        out.push_sql("]::boolean[] AS met, to_jsonb(ARRAY[");
        for (place, events) in self.events.iter().enumerate() {
            if place > 0 {
                out.push_sql(", ");
            }
            Counted { environment: &self.environment, events }.walk(out.reborrow())?;
        }
        let [profiles, in_environment] = ROWS;
        out.push_sql("]::jsonb[]) AS events FROM (");
        out.push_sql(profiles);
        out.push_sql(in_environment);
        out.push_bind_param::<SmallInt, _>(&self.environment)?;
        out.push_sql(" AND p.id = ");
        out.push_bind_param::<SqlUuid, ProfileId>(&self.profile)?;
        out.push_sql(") profiles");
        Ok(())
    }
}
