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
    /// What is wrong, to stand before a number: "attributes that differ from the history: 3".
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

/// Values of a kind that are not what the newest row of the ledger says, of all but those who became part of somebody. `held` selects
/// `environment_id`, `profile_id`, `subject` and `value`; `said` is the same value of a row's `after`.
///
/// Rows of two calls that arrived in one microsecond leave open which took effect last: each of them may be what the value is now.
macro_rules! agrees {
    ($kind:literal, $said:literal, $held:literal) => {
        concat!(
            "WITH told AS ( \
                 SELECT environment_id, profile_id, subject, array_agg(value) AS values FROM ( \
                     SELECT DISTINCT ON (environment_id, profile_id, subject, recorded_at, group_id) \
                         environment_id, profile_id, subject, ",
            $said,
            " AS value, rank() OVER (PARTITION BY environment_id, profile_id, subject ORDER BY recorded_at DESC) AS age \
                     FROM changes WHERE kind = '",
            $kind,
            "' ORDER BY environment_id, profile_id, subject, recorded_at, group_id, id DESC) AS each \
                 WHERE age = 1 GROUP BY environment_id, profile_id, subject), \
             held AS (",
            $held,
            ") SELECT profile_id FROM told FULL JOIN held USING (environment_id, profile_id, subject) \
                 JOIN profiles p USING (environment_id) \
             WHERE p.id = profile_id AND p.merged_into IS NULL \
                 AND CASE WHEN told.values IS NULL THEN held.value IS NOT NULL \
                     ELSE array_position(told.values, held.value) IS NULL END"
        )
    };
}

/// Rows of a table whose profile is not there. Who was erased a moment ago may still get an event from a sender who had looked before;
/// that goes by itself.
macro_rules! of_nobody {
    ($table:literal) => {
        of_nobody!($table, "true")
    };
    ($table:literal, $which:literal) => {
        concat!(
            "SELECT t.profile_id FROM ",
            $table,
            " t WHERE ",
            $which,
            " AND NOT EXISTS (SELECT FROM profiles p WHERE p.environment_id = t.environment_id AND p.id = t.profile_id) \
              AND NOT EXISTS (SELECT FROM settling s WHERE s.environment_id = t.environment_id AND s.profile_id = t.profile_id)"
        )
    };
}

/// Rows of a table whose source is not there.
macro_rules! of_no_source {
    ($table:literal) => {
        concat!(
            "SELECT t.profile_id FROM ",
            $table,
            " t WHERE NOT EXISTS (SELECT FROM sources s WHERE s.environment_id = t.environment_id AND s.id = t.source_id)"
        )
    };
}

/// All rules.
pub const RULES: [Rule; 28] = [
    Rule {
        what: "attributes that differ from the history",
        cases: agrees!(
            "attribute",
            "after",
            "SELECT environment_id, id AS profile_id, key AS subject, value FROM profiles, jsonb_each(attributes)"
        ),
    },
    Rule {
        what: "tags that differ from the history",
        cases: agrees!(
            "tag",
            "nullif(after, 'false')",
            "SELECT environment_id, id AS profile_id, unnest(tags) AS subject, to_jsonb(true) AS value FROM profiles"
        ),
    },
    Rule {
        what: "contact details that differ from the history",
        cases: agrees!(
            "address",
            "after",
            "SELECT environment_id, profile_id, channel AS subject, to_jsonb(address) AS value FROM addresses"
        ),
    },
    Rule {
        what: "devices that differ from the history",
        cases: agrees!(
            "device",
            "after ->> 'type' || coalesce(after ->> 'model', '')",
            "SELECT environment_id, profile_id, token AS subject, type || coalesce(model, '') AS value FROM devices WHERE NOT is_removed"
        ),
    },
    Rule {
        what: "subscriptions that differ from the history",
        cases: agrees!(
            "subscription",
            "after ->> 'state'",
            "SELECT environment_id, profile_id, channel || CASE topic WHEN '' THEN '' ELSE '/' || topic END AS subject, state AS value \
             FROM subscriptions"
        ),
    },
    Rule {
        what: "consents that differ from the history",
        cases: agrees!(
            "consent",
            "after -> 'given'",
            "SELECT environment_id, profile_id, purpose AS subject, to_jsonb(given) AS value FROM consents"
        ),
    },
    Rule {
        what: "confirmed emails that differ from the history",
        cases: agrees!(
            "confirmation",
            "after",
            "SELECT environment_id, profile_id, subject, value FROM confirmations WHERE subject <> 'email'"
        ),
    },
    Rule {
        what: "restrictions that differ from the history",
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
        what: "choices for segments that differ from the history",
        cases: agrees!(
            "segment",
            "nullif(after, 'false')",
            "SELECT environment_id, profile_id, segment_id::text AS subject, to_jsonb(true) AS value FROM segment_choices WHERE is_member"
        ),
    },
    Rule {
        what: "notes that differ from the history",
        cases: "WITH told AS ( \
                SELECT environment_id, subject, max((after ->> 'version')::integer) AS version FROM changes \
                WHERE kind = 'note' GROUP BY environment_id, subject) \
            SELECT n.profile_id FROM notes n FULL JOIN told ON told.environment_id = n.environment_id AND told.subject = n.id::text \
            WHERE told.version IS DISTINCT FROM n.version",
    },
    Rule {
        what: "notes without their text",
        cases: "SELECT n.profile_id FROM notes n WHERE n.deleted_at IS NULL AND NOT EXISTS ( \
                SELECT FROM note_versions v WHERE v.environment_id = n.environment_id AND v.profile_id = n.profile_id \
                    AND v.note_id = n.id AND v.version = n.version)",
    },
    Rule {
        what: "identifiers that do not find the one who has them",
        cases: "SELECT i.profile_id FROM profile_identifiers i \
            JOIN profiles p ON p.environment_id = i.environment_id AND p.id = i.profile_id AND p.merged_into IS NULL \
            WHERE NOT EXISTS (SELECT FROM identifier_claims c WHERE c.environment_id = i.environment_id AND c.kind = i.kind \
                AND c.value = i.value AND c.profile_id = i.profile_id)",
    },
    Rule {
        what: "identifiers that find somebody who does not have them",
        cases: "SELECT c.profile_id FROM identifier_claims c WHERE NOT EXISTS ( \
                SELECT FROM profile_identifiers i WHERE i.environment_id = c.environment_id AND i.profile_id = c.profile_id \
                    AND i.kind = c.kind AND i.value = c.value)",
    },
    Rule {
        what: "identifiers that find somebody who became part of another profile",
        cases: "SELECT c.profile_id FROM identifier_claims c JOIN profiles p \
            ON p.environment_id = c.environment_id AND p.id = c.profile_id WHERE p.merged_into IS NOT NULL",
    },
    Rule {
        what: "profiles without a beginning in the history",
        cases: "SELECT p.id AS profile_id FROM profiles p WHERE NOT EXISTS ( \
                SELECT FROM changes c WHERE c.environment_id = p.environment_id AND c.profile_id = p.id AND c.kind = 'created')",
    },
    Rule {
        what: "profiles that became part of one that is not there",
        cases: "SELECT p.id AS profile_id FROM profiles p WHERE p.merged_into IS NOT NULL AND NOT EXISTS ( \
                SELECT FROM profiles s WHERE s.environment_id = p.environment_id AND s.id = p.merged_into)",
    },
    Rule { what: "events of nobody", cases: of_nobody!("events") },
    Rule { what: "changes of nobody", cases: of_nobody!("changes", "t.kind <> 'erased'") },
    Rule { what: "notes of nobody", cases: of_nobody!("notes") },
    Rule { what: "messages of nobody", cases: of_nobody!("messages") },
    Rule { what: "steps of messages of nobody", cases: of_nobody!("message_steps") },
    Rule { what: "identifiers of nobody", cases: of_nobody!("profile_identifiers") },
    Rule { what: "times of visits of nobody", cases: of_nobody!("profile_activity") },
    Rule { what: "members of segments who are not there", cases: of_nobody!("segment_members") },
    Rule {
        what: "events of a kind that is not there",
        cases: "SELECT e.profile_id FROM events e WHERE NOT EXISTS ( \
                SELECT FROM event_definitions d WHERE d.environment_id = e.environment_id AND d.id = e.definition_id)",
    },
    Rule {
        what: "look-up keys that lead to no event",
        cases: "SELECT k.profile_id FROM event_keys k WHERE NOT EXISTS ( \
                SELECT FROM events e WHERE e.environment_id = k.environment_id AND e.profile_id = k.profile_id \
                    AND e.occurred_at = k.occurred_at AND e.id = k.event_id)",
    },
    Rule { what: "events from a source that is not there", cases: of_no_source!("events") },
    Rule { what: "changes from a source that is not there", cases: of_no_source!("changes") },
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
