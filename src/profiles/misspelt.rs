//! Names that are like what was typed, where nobody has it: "Did you mean …?"

use std::collections::BTreeMap;

use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    result::{DatabaseErrorKind, Error},
    sql_types::{Array, BigInt, SmallInt, Text},
};

use crate::{
    db::{ids::EnvironmentId, sql_query},
    filter::Search,
    text::{distance, fold},
};

/// Names that are offered at most.
const OFFERED: usize = 3;
/// Names that are compared at most (measured: 17 µs each in Postgres).
const COMPARED: i64 = 500;
/// Words of a name at most: people have no more, and each makes the index work.
const MOST_WORDS: usize = 4;
/// Letters of words for which likeness means something.
const WORD: std::ops::RangeInclusive<usize> = 3..=40;
/// Names compared for each pair of letters that may be the wrong way round.
const SWAPPED: i64 = 50;

/// Up to three names of people who are found by them, the likest first, each in the words of the search; none if that takes longer than a
/// moment, as for a word like one that everybody has. At most three SQL statements, and a savepoint: people
/// whose words have half of the trigrams of each typed word, else those with a word of which two neighbours were typed the wrong way round,
/// which leaves a short word hardly any trigram.
pub fn names(conn: &mut PgConnection, environment: EnvironmentId, typed: &str) -> QueryResult<Vec<String>> {
    let search = Search::parse(typed);
    let words = search.words();
    let is_name = |word: &String| {
        WORD.contains(&word.chars().count())
            && !word.contains(|c: char| c.is_ascii_digit() || "@:<>=~^{}()".contains(c))
    };
    if words.is_empty() || words.len() > MOST_WORDS || !words.iter().all(is_name) {
        return Ok(Vec::new());
    }
    let mut offered = Vec::new();
    // Rolled back in any case, which takes back the settings.
    let done: QueryResult<()> = conn.transaction(|conn| {
        // Of a word of five letters one that is wrong takes half of the trigrams. The time limit is in milliseconds.
        sql_query(
            "SELECT set_config('pg_trgm.word_similarity_threshold', '0.5', true), set_config('statement_timeout', '40', true)",
        )
        .execute(conn)?;
        offered = nearest(words, &alike(conn, environment, words)?);
        if offered.is_empty() {
            offered = nearest(words, &swapped(conn, environment, words)?);
        }
        Err(Error::RollbackTransaction)
    });
    match done {
        Ok(()) | Err(Error::RollbackTransaction) => Ok(offered),
        Err(Error::DatabaseError(DatabaseErrorKind::Unknown, why)) if why.message().contains("statement timeout") => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn alike(conn: &mut PgConnection, environment: EnvironmentId, words: &[String]) -> QueryResult<Vec<Name>> {
    // The two longest words; the names themselves are compared by all.
    let mut longest: Vec<&String> = words.iter().collect();
    longest.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    // Each part is planned for all its rows, for the index of trigrams, and read only as far as is needed.
    match longest.as_slice() {
        [one, other, ..] => sql_query(
            "WITH alike AS MATERIALIZED (SELECT name FROM profiles WHERE environment_id = $1 AND merged_into IS NULL AND name <> '' \
                 AND $3 <% search_text AND $4 <% search_text) SELECT name FROM alike LIMIT $2",
        )
        .bind::<SmallInt, _>(environment)
        .bind::<BigInt, _>(COMPARED)
        .bind::<Text, _>(*one)
        .bind::<Text, _>(*other)
        .load(conn),
        all => sql_query(
            "WITH alike AS MATERIALIZED (SELECT name FROM profiles WHERE environment_id = $1 AND merged_into IS NULL AND name <> '' \
                 AND $3 <% search_text) SELECT name FROM alike LIMIT $2",
        )
        .bind::<SmallInt, _>(environment)
        .bind::<BigInt, _>(COMPARED)
        .bind::<Text, _>(all.first().map_or("", |word| word.as_str()))
        .load(conn),
    }
}

fn swapped(conn: &mut PgConnection, environment: EnvironmentId, words: &[String]) -> QueryResult<Vec<Name>> {
    let mut patterns = Vec::new();
    for word in words {
        let letters: Vec<char> = word.chars().collect();
        for place in 1..letters.len().min(13) {
            let mut other = letters.clone();
            other.swap(place - 1, place);
            if other != letters {
                let other: String = other.into_iter().collect();
                patterns.push(format!("%{}%", other.replace(['%', '_', '\\'], "")));
            }
        }
    }
    sql_query(
        "SELECT p.name FROM unnest($2) AS u (pattern) CROSS JOIN LATERAL (WITH alike AS MATERIALIZED (SELECT name FROM profiles \
             WHERE environment_id = $1 AND merged_into IS NULL AND name <> '' AND search_text LIKE u.pattern) \
             SELECT name FROM alike LIMIT $3) p",
    )
    .bind::<SmallInt, _>(environment)
    .bind::<Array<Text>, _>(patterns)
    .bind::<BigInt, _>(SWAPPED)
    .load(conn)
}

/// For each name the words that are the likest to the typed ones, in their order; of these the likest, those of most people first.
fn nearest(typed: &[String], names: &[Name]) -> Vec<String> {
    let mut found: BTreeMap<Vec<String>, (usize, usize, String)> = BTreeMap::new();
    for Name { name } in names {
        let parts: Vec<(String, &str)> = name.split_whitespace().map(|part| (fold(part), part)).collect();
        let likest = |word: &String| {
            let (far, folded, part) =
                parts.iter().map(|(folded, part)| (distance(word, folded), folded, part)).min()?;
            (far <= word.chars().count().div_ceil(4)).then(|| (far, folded.clone(), *part))
        };
        let Some(all) = typed.iter().map(likest).collect::<Option<Vec<_>>>() else { continue };
        let far = all.iter().map(|(far, ..)| far).sum();
        let (folded, shown): (Vec<String>, Vec<&str>) = all.into_iter().map(|(_, folded, part)| (folded, part)).unzip();
        found.entry(folded).or_insert_with(|| (far, 0, shown.join(" "))).1 += 1;
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by(|(far, count, name), (other_far, other_count, other)| {
        far.cmp(other_far).then(other_count.cmp(count)).then_with(|| name.cmp(other))
    });
    found.into_iter().take(OFFERED).map(|(.., name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(typed: &str, names: &[&str]) -> Vec<String> {
        let names: Vec<Name> = names.iter().map(|name| Name { name: (*name).to_owned() }).collect();
        nearest(Search::parse(typed).words(), &names)
    }

    #[test]
    fn the_likest_names_are_offered_in_the_order_that_was_typed() {
        let names = ["Grace Kim", "Gracie Kim", "Grace Park", "Greta Kimura", "Maria Silva"];
        assert_eq!(offered("gracce", &names), ["Grace", "Gracie"]);
        assert_eq!(offered("kim gracce", &names), ["Kim Grace", "Kim Gracie"]);
        assert_eq!(offered("jhon", &["John Ash", "Joan Ash"]), ["John"]);
        assert_eq!(offered("zielinksa", &["Łucja Zielińska"]), ["Zielińska"]);
        assert_eq!(offered("xyzzy", &names), Vec::<String>::new());
    }
}
