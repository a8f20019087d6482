//! Removes the rejections that name an erased person.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    sql_types::{Array, SmallInt, Text},
};

use crate::db::{ids::EnvironmentId, sql_query};

/// The names under which senders say who somebody is, in lower case, as a regular expression.
macro_rules! keys {
    () => {
        "(?:id|user_?id|external_?id|customer_?id|contact_?id|distinct_?id|profile_?id|new_?id|previous_?id|anonymous_?id\
         |profile|from|alias|e?mail|e-mail|email_?address|phone|phone_?number|sms)"
    };
}

/// Values shorter than this may be anything: a quantity, a size, a country.
const TELLING: usize = 6;

/// Removes items that name one of these values, which are in lower case: as a text anywhere in them, or in the message. A value that may
/// mean anything counts only under a name that says who somebody is. `texts` are values as they are written in JSON, where it escapes them.
///
/// The item and the message are taken apart at their quotation marks, so that the work does not grow with the number of values.
pub fn forget(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    values: &[String],
    texts: &[String],
) -> QueryResult<usize> {
    let (common, telling): (Vec<&str>, Vec<&str>) =
        values.iter().map(String::as_str).partition(|value| is_common(value));
    sql_query(concat!(
        "WITH told AS MATERIALIZED (SELECT id, field, lower(message) AS message, lower(item #>> '{}') AS item \
             FROM rejections WHERE environment_id = $1), \
         naming AS ( \
             SELECT t.id FROM told t CROSS JOIN LATERAL string_to_table(t.message || '\"' || t.item, '\"') AS p (part) \
                 JOIN unnest($2) AS u (value) ON u.value = rtrim(p.part, '\\') \
             UNION ALL SELECT t.id FROM told t CROSS JOIN LATERAL regexp_matches(t.item, '\"",
        keys!(),
        "\\\\*\"\\s*:\\s*(?:\\\\*\"([^\"]*)|([-+.0-9e]+))', 'g') AS m (found) \
                 JOIN unnest($3) AS u (value) ON u.value = coalesce(rtrim(m.found[1], '\\'), m.found[2]) \
                 WHERE cardinality($3) > 0 \
             UNION ALL SELECT t.id FROM told t CROSS JOIN LATERAL string_to_table(t.message, '\"') AS p (part) \
                 JOIN unnest($3) AS u (value) ON u.value = rtrim(p.part, '\\') \
                 WHERE cardinality($3) > 0 AND t.field ~* '(?:^|[./])",
        keys!(),
        "$' \
             UNION ALL SELECT t.id FROM told t JOIN unnest($4) AS u (text) \
                 ON position(u.text IN t.message) > 0 OR position(u.text IN t.item) > 0) \
         DELETE FROM rejections r USING naming n WHERE r.environment_id = $1 AND r.id = n.id",
    ))
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(telling)
    .bind::<Array<Text>, _>(common)
    .bind::<Array<Text>, _>(texts)
    .execute(conn)
}

/// Whether a value may mean anything: it is short, or a number. A reference to an identifier is neither.
fn is_common(value: &str) -> bool {
    let is_short = value.chars().count() < TELLING && !value.contains(':');
    is_short || serde_json::from_str::<serde_json::Number>(value).is_ok()
}
