//! Search texts that an older version of kith stored.

use kith::ingest::refold_now;

use super::{environment, id, said};
use crate::support::{
    Person,
    app::NOW,
    at,
    build::{attribute, submit},
};
use kith::ingest::{Identify, Statement};

fn lines(db: &crate::support::TestDb) -> Vec<String> {
    db.column("SELECT regexp_split_to_table(search_text, E'\\n') AS l FROM profiles ORDER BY 1")
}

fn renamed(key: &str, name: &str) -> kith::ingest::Item {
    let attributes = vec![attribute("name", Some(name.into()))];
    said(vec![id(key)], "2026-11-22T03:00:00Z", Statement::Identify(Identify { attributes, ..Identify::default() }))
}

#[test]
fn all_texts_come_to_the_newest_rule() {
    let (db, pool, live) = environment(2);
    for (key, name) in [("c-1", "Андрей О’Нил"), ("c-2", "أحمد"), ("c-3", "Grace Kim"), ("c-4", "Андреи")]
    {
        Person::new(key).set("name", name).said_at("2026-11-01T00:00:00Z").store(&pool, live, at(NOW));
    }
    let new = lines(&db);
    // As the first rule folded them.
    db.run(
        "UPDATE profiles SET search_text = replace(replace(replace(search_text, 'й', 'и'), '''', '’'), 'احمد', 'أحمد'); \
         UPDATE search_folds SET rule = 1",
    );
    let old = lines(&db);
    assert_ne!(new, old);
    let versions = || db.column("SELECT name || ' ' || version FROM profiles ORDER BY 1");
    let before = versions();
    // What is said before it was folded again takes off the old line.
    submit(&pool, live, at(NOW), &[renamed("c-1", "Андрей Ли")]);
    assert!(
        lines(&db).contains(&"андрей ли".to_owned()) && !lines(&db).iter().any(|line| line.contains("нил")),
        "{:?}",
        lines(&db)
    );
    db.run("UPDATE profiles SET search_text = replace(search_text, 'андрей ли', 'андреи ли')");
    refold_now(&pool).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(lines(&db), ["c-1", "c-2", "c-3", "c-4", "grace kim", "андреи", "андрей ли", "احمد"]);
    let same: Vec<String> = before.into_iter().filter(|it| versions().contains(it)).collect();
    assert_eq!(same, ["Grace Kim 1", "Андреи 1"], "who is folded alike is as before");
    assert_eq!(db.one("SELECT rule::text FROM search_folds"), kith::text::RULE.to_string());
    let done = versions();
    refold_now(&db.pool(1)).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(versions(), done);
}
