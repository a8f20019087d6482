//! Writes a predicate as an SQL expression of Diesel. Its texts are constant; whatever somebody typed is bound as a value.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, QueryFragment},
    sql_types::{Array, BigInt, Integer, SmallInt, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    predicate::{AddressRows, Leaf, Moments, Node, Predicate, Reachable},
    search::Pattern,
    sql_events,
};
use crate::{
    db::{fragment::condition, ids::EnvironmentId},
    identities::Channel,
    subscriptions::awaits,
};

/// How many profiles an expression is tried on, which decides how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// On some thousand rows, one after the other: of a subquery of [`ROWS`] called `profiles`.
    Few,
    /// On the same, of a statement that has their ids as `among (id)`: the events of all of them are grouped at once.
    Among,
    /// On all rows of `profiles` at once: each condition that has an index can use it.
    All,
}

/// What a subquery for [`Scale::Few`] reads, with room for a sample or a join between; then its environment follows. Who is not asked when
/// they were seen costs no look at that.
pub const ROWS: [&str; 2] = [
    "SELECT p.*, (SELECT s.last_seen_at FROM profile_activity s WHERE s.environment_id = p.environment_id AND s.profile_id = p.id) \
         AS last_seen_at FROM profiles p",
    " WHERE p.merged_into IS NULL AND p.environment_id = ",
];

/// The predicate as a boolean expression on profiles.
#[derive(Clone, Debug)]
pub struct Matches {
    pub predicate: Predicate,
    pub scale: Scale,
}

impl Matches {
    /// Whose profiles it is about.
    pub fn environment(&self) -> &EnvironmentId {
        &self.predicate.environment
    }
}

condition!(Matches);

impl QueryFragment<Pg> for Matches {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Predicate { environment, root } = &self.predicate;
        let mut out = Out::new(out, environment, self.scale);
        // Values decide which index is best, so it is planned for them each time.
        out.pass.unsafe_to_cache_prepared();
        out.node(root)
    }
}

/// What is written to.
pub(super) struct Out<'a, 'b> {
    pass: AstPass<'a, 'b, Pg>,
    pub environment: &'b EnvironmentId,
    pub scale: Scale,
}

impl<'a, 'b> Out<'a, 'b> {
    pub fn new(pass: AstPass<'a, 'b, Pg>, environment: &'b EnvironmentId, scale: Scale) -> Self {
        Self { pass, environment, scale }
    }
}

impl<'b> Out<'_, 'b> {
    pub fn sql(&mut self, text: &'static str) -> &mut Self {
        self.pass.push_sql(text);
        self
    }

    pub fn text(&mut self, value: &'b str) -> QueryResult<&mut Self> {
        self.pass.push_bind_param::<Text, str>(value)?;
        Ok(self)
    }

    pub fn texts(&mut self, values: &'b Vec<String>) -> QueryResult<&mut Self> {
        self.pass.push_bind_param::<Array<Text>, Vec<String>>(values)?;
        Ok(self)
    }

    pub fn number(&mut self, value: &'b i64) -> QueryResult<&mut Self> {
        self.pass.push_bind_param::<BigInt, i64>(value)?;
        Ok(self)
    }

    pub fn numbers(&mut self, values: &'b Vec<i32>) -> QueryResult<&mut Self> {
        self.pass.push_bind_param::<Array<Integer>, Vec<i32>>(values)?;
        Ok(self)
    }

    pub fn environment(&mut self) -> QueryResult<&mut Self> {
        let environment = self.environment;
        self.pass.push_bind_param::<SmallInt, EnvironmentId>(environment)?;
        Ok(self)
    }

    /// Whether a column lies within moments; true if both are open.
    pub fn within(&mut self, column: &'static str, moments: &'b Moments) -> QueryResult<()> {
        self.sql("TRUE");
        if let Some(from) = &moments.from {
            self.sql(" AND ").sql(column).sql(" >= ");
            self.pass.push_bind_param::<Timestamptz, _>(from)?;
        }
        if let Some(until) = &moments.until {
            self.sql(" AND ").sql(column).sql(" < ");
            self.pass.push_bind_param::<Timestamptz, _>(until)?;
        }
        Ok(())
    }

    fn node(&mut self, node: &'b Node) -> QueryResult<()> {
        match node {
            Node::All(nodes) => self.joined(nodes, "TRUE", " AND "),
            Node::Any(nodes) => self.joined(nodes, "FALSE", " OR "),
            // The planner joins those who have no such row, and knows their number, only if it is said so.
            Node::Not(inside) if matches!(inside.as_ref(), Node::Leaf(leaf) if is_row(leaf)) => {
                self.sql("NOT ");
                self.node(inside)
            }
            Node::Not(inside) => {
                // What is not known is not true, and its opposite is.
                self.sql("(");
                self.node(inside)?;
                self.sql(") IS NOT TRUE");
                Ok(())
            }
            Node::Leaf(leaf) => {
                self.sql("(");
                self.leaf(leaf)?;
                self.sql(")");
                Ok(())
            }
        }
    }

    fn joined(&mut self, nodes: &'b [Node], of_none: &'static str, between: &'static str) -> QueryResult<()> {
        if nodes.is_empty() {
            self.sql(of_none);
            return Ok(());
        }
        self.sql("(");
        for (place, node) in nodes.iter().enumerate() {
            if place > 0 {
                self.sql(between);
            }
            self.node(node)?;
        }
        self.sql(")");
        Ok(())
    }

    fn leaf(&mut self, leaf: &'b Leaf) -> QueryResult<()> {
        match leaf {
            Leaf::Search(words) => self.search(words)?,
            Leaf::HasAttribute(name) => _ = self.sql("jsonb_exists(profiles.attributes, ").text(name)?.sql(")"),
            Leaf::Terms(_, terms) => {
                self.sql("profiles.attribute_terms && ");
                self.pass.push_bind_param::<Array<BigInt>, Vec<i64>>(terms)?;
            }
            Leaf::Entry(name, test) => {
                self.sql("EXISTS (SELECT FROM jsonb_path_query(profiles.attributes -> ").text(name)?;
                self.sql(", '$[*]') x (entry) WHERE ");
                self.value(test, &|out| Ok(_ = out.sql("entry")))?;
                self.sql(")");
            }
            Leaf::Single(name, test) => self.value(test, &|out| {
                out.sql("(profiles.attributes -> ").text(name)?.sql(")");
                Ok(())
            })?,
            Leaf::Tags(None) => _ = self.sql("profiles.tags <> '{}'"),
            Leaf::Tags(Some(tags)) => _ = self.sql("profiles.tags && ").texts(tags)?,
            Leaf::Segments(segments) => {
                self.of("segment_members").sql(" AND x.segment_id = ANY(");
                self.pass.push_bind_param::<Array<SqlUuid>, Vec<Uuid>>(segments)?;
                self.sql("))");
            }
            Leaf::Chosen(segment) => {
                self.of("segment_choices").sql(" AND x.is_member AND x.segment_id = ");
                self.pass.push_bind_param::<SqlUuid, Uuid>(segment)?;
                self.sql(")");
            }
            Leaf::Created(moments) => self.within("profiles.created_at", moments)?,
            Leaf::Seen(moments) if self.scale != Scale::All => self.within("profiles.last_seen_at", moments)?,
            Leaf::Seen(moments) => {
                self.of("profile_activity").sql(" AND ");
                self.within("x.last_seen_at", moments)?;
                self.sql(")");
            }
            Leaf::Events(events) => sql_events::events(self, events)?,
            Leaf::Source(sources) => _ = self.sql("profiles.source_id = ANY(").numbers(sources)?.sql(")"),
            Leaf::Can(reachable) => self.can(reachable)?,
            of_rows => self.rows(of_rows)?,
        }
        Ok(())
    }

    fn search(&mut self, words: &'b [Pattern]) -> QueryResult<()> {
        self.sql("TRUE");
        for word in words {
            match word {
                Pattern::Anywhere(pattern) => _ = self.sql(" AND profiles.search_text LIKE ").text(pattern)?,
                Pattern::Begins(patterns) => {
                    self.sql(" AND (FALSE");
                    for pattern in patterns {
                        self.sql(" OR profiles.search_text LIKE ").text(pattern)?;
                    }
                    self.sql(")");
                }
                // All that the index of these words says, so that the planner knows it.
                Pattern::EastAsian { grams, pattern } => {
                    self.sql(" AND profiles.search_text LIKE ").text(pattern)?;
                    self.sql(" AND is_east_asian(profiles.search_text) AND east_asian_grams(profiles.search_text) @> ");
                    self.texts(grams)?;
                }
            }
        }
        Ok(())
    }

    /// Conditions on rows of other tables of the profile.
    fn rows(&mut self, leaf: &'b Leaf) -> QueryResult<()> {
        match leaf {
            Leaf::Recognised => {
                self.of("profile_identifiers").sql(" AND x.kind <> 'anonymous_id') OR ");
                self.of("addresses").sql(" AND x.address IS NOT NULL");
            }
            Leaf::Answer { channel, topics, states, or_nothing } => {
                self.line(channel, topics)?.sql(" AND x.state = ANY(");
                self.pass.push_bind_param::<Array<Text>, Vec<&'static str>>(states)?;
                self.sql(")");
                if *or_nothing {
                    self.sql(") OR NOT ").line(channel, topics)?;
                }
            }
            Leaf::Address { channel, test } => self.address(*channel, test)?,
            Leaf::Note(text) => {
                self.of("notes").sql(" AND x.deleted_at IS NULL");
                if let Some(text) = text {
                    self.sql(" AND lower(x.body) LIKE lower(").text(text)?.sql(")");
                }
            }
            Leaf::Device(kinds) => {
                self.of("devices").sql(" AND NOT x.is_removed");
                if let Some(kinds) = kinds {
                    self.sql(" AND (lower(x.platform) = ANY(")
                        .texts(kinds)?
                        .sql(") OR x.type = ANY(")
                        .texts(kinds)?
                        .sql("))");
                }
            }
            Leaf::Identifier { kind, values } => {
                self.of("profile_identifiers").sql(" AND x.retired_at IS NULL");
                if let Some(kind) = kind {
                    self.sql(" AND x.kind = ").text(kind)?;
                }
                if let Some(values) = values {
                    self.sql(" AND x.value = ANY(").texts(values)?.sql(")");
                }
            }
            // `leaf` writes all others.
            _ => _ = self.of("restrictions").sql(" AND x.kind = 'disabled' AND x.cause IS NOT NULL"),
        }
        self.sql(")");
        Ok(())
    }

    /// Begins the condition that the person said something of a line.
    fn line(&mut self, channel: &'b str, topics: &'b Vec<String>) -> QueryResult<&mut Self> {
        self.of("subscriptions").sql(" AND x.channel = ").text(channel)?;
        Ok(self.sql(" AND x.topic = ANY(").texts(topics)?.sql(")"))
    }

    /// Begins the condition that a table has a row of the profile, called `x`.
    fn of(&mut self, table: &'static str) -> &mut Self {
        self.sql("EXISTS (SELECT FROM ").sql(table);
        self.sql(" x WHERE x.environment_id = profiles.environment_id AND x.profile_id = profiles.id")
    }

    fn address(&mut self, channel: Channel, test: &'b AddressRows) -> QueryResult<()> {
        self.of("addresses").sql(" AND x.address IS NOT NULL AND x.channel = ").text(channel.as_str())?;
        match test {
            AddressRows::Present => {}
            AddressRows::OneOf(all) => _ = self.sql(" AND x.normalised = ANY(").texts(all)?.sql(")"),
            AddressRows::Like(text) => _ = self.sql(" AND lower(x.address) LIKE lower(").text(text)?.sql(")"),
            AddressRows::Blocked => {
                self.sql(
                    " AND EXISTS (SELECT FROM restrictions r WHERE r.environment_id = x.environment_id \
                         AND r.profile_id = x.profile_id AND r.kind = 'blocked' AND r.cause IS NOT NULL \
                         AND r.address_channel = x.channel AND r.address = x.normalised)",
                );
            }
        }
        Ok(())
    }

    /// The layers of a verdict on a campaign about no topic: see `verdict/decide.rs`. A test compares both.
    fn can(
        &mut self,
        Reachable { channel, addresses, device, now, asks_first, confirms_since, purposes }: &'b Reachable,
    ) -> QueryResult<()> {
        let channel = channel.as_str();
        match device {
            Some(kind) => {
                _ = self.of("devices").sql(" AND x.is_active AND NOT x.is_removed AND x.type = ").text(kind)?.sql(")")
            }
            None => {
                self.used(addresses)?;
                self.sql(" IS NOT NULL");
            }
        }
        self.sql(" AND NOT ")
            .of("restrictions")
            .sql(" AND x.cause IS NOT NULL AND (x.kind = 'disabled' OR x.kind = 'paused' AND x.until > ");
        self.pass.push_bind_param::<Timestamptz, _>(now)?;
        self.sql(" OR (x.kind = 'blocked' OR x.kind = 'suppressed' AND (x.until IS NULL OR x.until > ");
        self.pass.push_bind_param::<Timestamptz, _>(now)?;
        self.sql(") AND x.channel IN ('all', ").text(channel)?;
        self.sql(")) AND (x.kind = 'suppressed' AND x.address = '' OR x.address_channel || ':' || x.address = ");
        self.used(addresses)?;
        self.sql("))) AND NOT ").of("subscriptions");
        self.sql(" AND x.topic = '' AND (x.channel = 'all' AND x.state = 'unsubscribed' OR x.channel = ")
            .text(channel)?;
        self.sql(" AND x.state <> 'subscribed'))");
        if let Some(since) = confirms_since {
            self.sql(concat!(" AND NOT (", awaits!(before "profiles")));
            self.pass.push_bind_param::<BigInt, _>(since)?;
            self.sql(concat!(awaits!(after "profiles"), ")"));
        }
        if *asks_first {
            self.sql(" AND ").of("subscriptions").sql(" AND x.topic = '' AND x.channel = ").text(channel)?.sql(")");
        }
        for purpose in purposes {
            self.sql(" AND ").of("consents").sql(" AND x.given AND x.purpose = ").text(purpose.as_str())?.sql(")");
        }
        Ok(())
    }

    /// The address that a channel uses, as `channel:address`: the first of these that the person has.
    fn used(&mut self, addresses: &'b Vec<String>) -> QueryResult<()> {
        self.sql(
            "(SELECT a.channel || ':' || a.normalised FROM addresses a WHERE a.environment_id = profiles.environment_id \
                 AND a.profile_id = profiles.id AND a.address IS NOT NULL AND a.channel = ANY(",
        );
        self.texts(addresses)?.sql(") ORDER BY array_position(").texts(addresses)?.sql(", a.channel) LIMIT 1)");
        Ok(())
    }
}

/// Whether a condition asks for a row of another table, so that it is true or not, and never unknown.
fn is_row(leaf: &Leaf) -> bool {
    matches!(
        leaf,
        Leaf::Segments(_)
            | Leaf::Chosen(_)
            | Leaf::Answer { .. }
            | Leaf::Note(_)
            | Leaf::Device(_)
            | Leaf::Identifier { .. }
    )
}
