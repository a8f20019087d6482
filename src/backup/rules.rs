//! What holds in every database of kith, whatever happened to it, as questions for those for whom it does not.
//!
//! State is what the ledger says: of each value the newest row tells what it is now. A row for what is not there, and what is there without
//! a row, are wrong both.

use diesel::{
    PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable, Text},
};

use crate::db::sql_query;

/// A rule, with those that break it.
pub struct Rule {
    /// What is wrong, to follow a number: "3 attributes differ from the history".
    pub what: &'static str,
    /// Selects `profile_id` of each case.
    cases: &'static str,
}

/// How often a rule is broken.
#[derive(QueryableByName)]
pub struct Broken {
    /// Number of cases.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// The id of a profile that is concerned, if there is one.
    #[diesel(sql_type = Nullable<Text>)]
    pub example: Option<String>,
}

/// Values of a kind that are not what the newest row of the ledger says. `held` selects `environment_id`, `profile_id`, `subject` and
/// `value`; `said` is the same value of a row's `after`.
macro_rules! agrees {
    ($kind:literal, $said:literal, $held:literal) => {
        concat!(
            "WITH told AS (SELECT DISTINCT ON (environment_id, profile_id, subject) environment_id, profile_id, subject, ",
            $said,
            " AS value FROM changes WHERE kind = '",
            $kind,
            "' ORDER BY environment_id, profile_id, subject, recorded_at DESC, id DESC), held AS (",
            $held,
            ") SELECT profile_id FROM told FULL JOIN held USING (environment_id, profile_id, subject) \
             WHERE told.value IS DISTINCT FROM held.value"
        )
    };
}

/// Rows of a table whose profile is not there.
macro_rules! of_nobody {
    ($table:literal, $which:literal) => {
        concat!(
            "SELECT t.profile_id FROM ",
            $table,
            " t WHERE ",
            $which,
            " AND NOT EXISTS (SELECT FROM profiles p WHERE p.environment_id = t.environment_id AND p.id = t.profile_id)"
        )
    };
}

/// Rows of a table whose source is not there.
macro_rules! of_no_source {
    ($table:literal) => {
        concat!(
            "SELECT t.profile_id FROM ",
            $table,
            " t WHERE NOT EXISTS (SELECT FROM sources s WHERE s.id = t.source_id)"
        )
    };
}

/// All rules.
pub const RULES: [Rule; 21] = [
    Rule {
        what: "attributes differ from the history",
        cases: agrees!(
            "attribute",
            "after",
            "SELECT environment_id, id AS profile_id, key AS subject, value FROM profiles, jsonb_each(attributes)"
        ),
    },
    Rule {
        what: "tags differ from the history",
        cases: agrees!(
            "tag",
            "nullif(after, 'false')",
            "SELECT environment_id, id AS profile_id, unnest(tags) AS subject, to_jsonb(true) AS value FROM profiles"
        ),
    },
    Rule {
        what: "contact details differ from the history",
        cases: agrees!(
            "address",
            "after",
            "SELECT environment_id, profile_id, channel AS subject, to_jsonb(address) AS value FROM addresses"
        ),
    },
    Rule {
        what: "devices differ from the history",
        cases: agrees!(
            "device",
            "after ->> 'type' || coalesce(after ->> 'model', '')",
            "SELECT environment_id, profile_id, token AS subject, type || coalesce(model, '') AS value FROM devices WHERE NOT is_removed"
        ),
    },
    Rule {
        what: "subscriptions differ from the history",
        cases: agrees!(
            "subscription",
            "after ->> 'state'",
            "SELECT environment_id, profile_id, channel || CASE topic WHEN '' THEN '' ELSE '/' || topic END AS subject, state AS value \
             FROM subscriptions"
        ),
    },
    Rule {
        what: "consents differ from the history",
        cases: agrees!(
            "consent",
            "after -> 'given'",
            "SELECT environment_id, profile_id, purpose AS subject, to_jsonb(given) AS value FROM consents"
        ),
    },
    Rule {
        what: "restrictions differ from the history",
        cases: agrees!(
            "restriction",
            "CASE WHEN after IS NOT NULL THEN (after ->> 'cause', (after ->> 'until')::timestamptz, after ->> 'words')::text END",
            "SELECT environment_id, profile_id, \
                 concat_ws('/', kind, nullif(channel, ''), CASE WHEN address <> '' THEN address_channel || ':' || address END) AS subject, \
                 CASE WHEN cause IS NOT NULL THEN (cause, until, words)::text END AS value \
             FROM restrictions"
        ),
    },
    Rule {
        what: "choices for segments differ from the history",
        cases: agrees!(
            "segment",
            "nullif(after, 'false')",
            "SELECT environment_id, profile_id, segment_id::text AS subject, to_jsonb(true) AS value FROM segment_choices WHERE is_member"
        ),
    },
    Rule {
        what: "notes differ from the history",
        cases: "WITH told AS ( \
                SELECT environment_id, subject, max((after ->> 'version')::integer) AS version FROM changes \
                WHERE kind = 'note' GROUP BY environment_id, subject) \
            SELECT n.profile_id FROM notes n FULL JOIN told ON told.environment_id = n.environment_id AND told.subject = n.id::text \
            WHERE told.version IS DISTINCT FROM n.version",
    },
    Rule {
        what: "identifiers find nobody, or somebody else",
        cases: "SELECT i.profile_id FROM profile_identifiers i LEFT JOIN identifier_claims c USING (environment_id, kind, value) \
            WHERE c.profile_id IS DISTINCT FROM i.profile_id AND i.retired_at IS NULL",
    },
    Rule {
        what: "identifiers find a profile that does not have them",
        cases: "SELECT c.profile_id FROM identifier_claims c LEFT JOIN profile_identifiers i \
                USING (environment_id, profile_id, kind, value) WHERE i.value IS NULL",
    },
    Rule {
        what: "profiles have no beginning in the history",
        cases: "SELECT p.id AS profile_id FROM profiles p WHERE NOT EXISTS ( \
                SELECT FROM changes c WHERE c.environment_id = p.environment_id AND c.profile_id = p.id AND c.kind = 'created')",
    },
    Rule {
        what: "profiles became part of one that is not there",
        cases: "SELECT p.id AS profile_id FROM profiles p WHERE p.merged_into IS NOT NULL AND NOT EXISTS ( \
                SELECT FROM profiles s WHERE s.environment_id = p.environment_id AND s.id = p.merged_into)",
    },
    Rule { what: "events are nobody's", cases: of_nobody!("events", "true") },
    Rule { what: "changes are nobody's", cases: of_nobody!("changes", "t.kind <> 'erased'") },
    Rule { what: "notes are nobody's", cases: of_nobody!("notes", "true") },
    Rule { what: "identifiers are nobody's", cases: of_nobody!("profile_identifiers", "true") },
    Rule { what: "members of segments are not there", cases: of_nobody!("segment_members", "true") },
    Rule {
        what: "events are of a kind that is not there",
        cases: "SELECT e.profile_id FROM events e WHERE NOT EXISTS ( \
                SELECT FROM event_definitions d WHERE d.environment_id = e.environment_id AND d.id = e.definition_id)",
    },
    Rule { what: "events come from a source that is not there", cases: of_no_source!("events") },
    Rule { what: "changes come from a source that is not there", cases: of_no_source!("changes") },
];

impl Rule {
    /// How often the rule is broken.
    pub fn broken(&self, conn: &mut PgConnection) -> QueryResult<Broken> {
        sql_query("SELECT count(*) AS count, min(profile_id::text) AS example FROM (")
            .and(self.cases)
            .and(") AS cases")
            .get_result(conn)
    }
}
