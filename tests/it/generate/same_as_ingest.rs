//! What is loaded is what the write path would have written.

use kith::{
    generate::{people, source},
    ingest::{Item, Person, submit_now},
    ledger::{Batch, source_id},
};

use super::{Desk, amount};
use crate::support::{app::NOW, at};

/// All rows of a table, without the ids that are made up on the way; people are told apart by an identifier of theirs.
fn rows(desk: &Desk, table: &str) -> Vec<String> {
    let (person, also) = match table {
        "profiles" => ("t.id", "''"),
        "events" => ("t.profile_id", "(SELECT name FROM event_definitions d WHERE d.id = t.definition_id)"),
        _ => ("t.profile_id", "''"),
    };
    let made_up = match table {
        "events" => "{profile_id,definition_id}",
        _ => "{profile_id,id}",
    };
    desk.db.column(&format!(
        "SELECT concat_ws(' ', (SELECT min(i.kind || ':' || i.value) FROM profile_identifiers i WHERE i.profile_id = {person}), \
             {also}, to_jsonb(t) - '{made_up}'::text[]) AS line FROM {table} t ORDER BY line"
    ))
}

#[test]
fn every_table_has_the_rows_that_ingest_would_have_written() {
    let (loaded, sent) = (Desk::new(), Desk::new());
    let amount = amount(7, 50, 500);
    loaded.generate(amount).expect("it is generated");

    let source = sent.pool.tx_now(|conn| source_id(conn, sent.live, &source(7))).expect("a source");
    let group = loaded.db.one("SELECT DISTINCT group_id FROM changes").parse().expect("a group");
    for person in people(amount, at(NOW)) {
        let person = person.expect("people can be said");
        let item =
            |(as_of, statement)| Item { person: Person::Identifiers(person.identifiers.clone()), as_of, statement };
        let items: Vec<Item> = person.said.into_iter().map(item).collect();
        let batch = Batch { environment: sent.live, source, received_at: at(NOW), group, before: 0, reason: None };
        submit_now(&sent.pool, &batch, &kith::ingest::Trust::Person, &items).expect("it is stored");
    }

    let sizes = [
        ("profiles", 50),
        ("profile_activity", 50),
        ("identifier_claims", 50),
        ("profile_identifiers", 50),
        ("addresses", 30),
        ("events", 500),
        ("changes", 500),
    ];
    for (table, least) in sizes {
        let (loaded, sent) = (rows(&loaded, table), rows(&sent, table));
        assert!(loaded.len() >= least, "{table} has {} rows", loaded.len());
        for (loaded, sent) in loaded.iter().zip(&sent) {
            assert_eq!(loaded, sent, "{table}");
        }
        assert_eq!(loaded.len(), sent.len(), "{table}");
    }
    for desk in [&loaded, &sent] {
        assert_eq!(desk.db.column("SELECT DISTINCT name FROM sources"), ["Generated data"]);
    }
    let definitions = "SELECT concat_ws(' ', name, is_activity) FROM event_definitions ORDER BY name";
    assert_eq!(loaded.db.column(definitions), sent.db.column(definitions));
}

#[test]
fn the_ledger_tells_of_every_value_that_is_there() {
    let desk = Desk::new();
    desk.generate(amount(1, 60, 600)).expect("it is generated");
    let none = |question: &str| assert_eq!(desk.db.column(question), Vec::<String>::new(), "{question}");
    none(
        "SELECT p.id || a.key FROM profiles p, jsonb_each(p.attributes) a WHERE a.value IS DISTINCT FROM (SELECT c.after FROM changes c \
         WHERE c.profile_id = p.id AND c.kind = 'attribute' AND c.subject = a.key ORDER BY c.as_of DESC, c.id DESC LIMIT 1)",
    );
    none(
        "SELECT id FROM profiles p WHERE (SELECT count(*) FROM changes c WHERE c.profile_id = p.id AND kind = 'created') <> 1",
    );
    none("SELECT id FROM profiles p CROSS JOIN jsonb_object_keys(p.attributes) k WHERE NOT p.attribute_meta ? k");
    none(
        "SELECT i.value FROM profile_identifiers i FULL JOIN identifier_claims c USING (environment_id, profile_id, kind, value) \
         WHERE i.first_seen_at IS NULL OR c.claimed_at IS NULL",
    );
    none(
        "SELECT a.profile_id FROM profile_activity a WHERE a.last_seen_at IS DISTINCT FROM coalesce((SELECT max(e.occurred_at) FROM events e \
         JOIN event_definitions d ON d.id = e.definition_id WHERE e.profile_id = a.profile_id AND d.is_activity), 'epoch')",
    );
    assert!(desk.db.number("SELECT max((SELECT count(*) FROM jsonb_object_keys(attributes))) FROM profiles") > 500);
}
