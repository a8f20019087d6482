//! A register that only this test has: one module, one table and one line, and all of the write path knows it.

use chrono::TimeDelta;
use kith::{
    db::{
        Db,
        ids::{EnvironmentId, ProfileId},
    },
    history,
    ingest::{
        Identify, Item, NewProfile, Person as Who, REGISTERS, Statement, Undone, load_now, load_people, preview,
        undo_merge, use_registers,
    },
    ledger::{ChangeKind, Effect, GroupId},
    registers::{AnyRegister, Correction, Fact, Register, Registers, Table},
};
use serde_json::{Value, json};

use super::{check, environment, erased, id, merged, said};
use crate::support::{
    TestDb,
    app::NOW,
    at,
    build::{batch, submit},
};

/// What people have learnt, and how well.
struct Badges;

impl Register for Badges {
    type Key = String;
    type Value = Option<i64>;

    const KIND: ChangeKind = ChangeKind::Other("badge");
    const SECTION: &'static str = "Badges";

    const TABLE: Option<Table<Self>> = Some(Table {
        load: "SELECT profile_id, name AS key, to_jsonb(level) AS value, stamp FROM badges \
         WHERE environment_id = $1 AND profile_id = ANY($2)",
        put: "INSERT INTO badges (environment_id, profile_id, name, level, stamp) SELECT $1, u.* \
         FROM jsonb_to_recordset($2) AS u (profile_id uuid, name text, level bigint, stamp jsonb) \
         ON CONFLICT (environment_id, profile_id, name) DO UPDATE SET level = excluded.level, stamp = excluded.stamp",
        remove: "DELETE FROM badges WHERE environment_id = $1 AND profile_id = $2 AND name = ANY($3)",
        columns: |name, level, _| json!({"name": name, "level": level}),
    });

    fn key(subject: &str) -> Option<String> {
        Some(subject.to_owned())
    }

    fn shown(level: &Option<i64>) -> Option<Value> {
        level.map(Value::from)
    }

    fn removed() -> Option<Option<i64>> {
        Some(None)
    }
}

/// A database whose write path knows badges.
fn desk() -> (TestDb, Db, EnvironmentId, Registers) {
    let (db, pool, live) = environment(1);
    db.run(
        "CREATE TABLE badges (environment_id smallint NOT NULL, profile_id uuid NOT NULL, name text NOT NULL, level bigint, \
         stamp jsonb NOT NULL, PRIMARY KEY (environment_id, profile_id, name), FOREIGN KEY (environment_id, profile_id) \
         REFERENCES profiles (environment_id, id) ON DELETE CASCADE)",
    );
    let registers = Registers([REGISTERS.0, &[&Badges]].concat().leak());
    use_registers(&pool, registers);
    (db, pool, live, registers)
}

fn badge(name: &str, level: Option<i64>) -> Fact {
    Fact::new::<Badges>(name.to_owned(), level)
}

fn has(key: &str, as_of: &str, facts: &[Fact]) -> Item {
    said(vec![id(key)], as_of, Statement::Identify(Identify { facts: facts.to_vec(), ..Identify::default() }))
}

/// Who has which badges, by the id that they had first.
fn badges(db: &TestDb) -> Vec<String> {
    db.column(
        "SELECT concat_ws(' ', (SELECT min(i.value) FROM profile_identifiers i WHERE i.profile_id = b.profile_id), b.name, \
         coalesce(b.level::text, '-')) AS line FROM badges b JOIN profiles p ON p.id = b.profile_id AND p.merged_into IS NULL \
         ORDER BY line",
    )
}

fn told(db: &TestDb) -> Vec<String> {
    db.column(
        "SELECT concat_ws(' ', subject, coalesce(before::text, '-'), coalesce(after::text, '-')) FROM changes \
         WHERE kind = 'badge' ORDER BY recorded_at, id",
    )
}

fn corrected(profile: ProfileId, was: Option<i64>, becomes: Option<i64>) -> Item {
    let correction = Correction::new::<Badges>("diver".to_owned(), Some(&was), becomes);
    let statement = Statement::Correct(vec![correction]);
    Item { person: Who::Profile(profile), as_of: at(NOW), statement }
}

#[test]
fn it_is_said_corrected_and_undone() {
    let (db, pool, live, registers) = desk();
    let hours = |hours| at(NOW) + TimeDelta::hours(hours);
    let say = |hour, item: Item| submit(&pool, live, hours(hour), &[item]).remove(0);
    let made = say(0, has("c-1", "2026-11-02T00:00:00Z", &[badge("diver", Some(1)), badge("cook", Some(3))]));
    let profile = made.profile.expect("somebody");
    assert_eq!(badges(&db), ["c-1 cook 3", "c-1 diver 1"]);
    assert_eq!(say(1, has("c-1", "2026-11-01T00:00:00Z", &[badge("diver", Some(9))])).effect, Effect::Unchanged);
    assert_eq!(say(1, has("c-1", "2026-11-03T00:00:00Z", &[badge("cook", None)])).effect, Effect::Changed);
    assert_eq!(say(2, corrected(profile, Some(7), Some(8))).effect, Effect::Conflict, "that is not what it is");
    assert_eq!(say(3, corrected(profile, Some(1), Some(2))).effect, Effect::Changed);
    assert_eq!(badges(&db), ["c-1 cook -", "c-1 diver 2"]);
    assert_eq!(told(&db), ["diver - 1", "cook - 3", "cook 3 -", "diver 1 2"]);

    let undo = |after: &str, hour| {
        let group = format!("SELECT group_id FROM changes WHERE kind = 'badge' AND {after}");
        let group: GroupId = db.one(&group).parse().expect("a group");
        let chunk = pool.read_now(|conn| history::undo_chunk(conn, registers, live, group, None)).expect("a chunk");
        assert_eq!((chunk.items.len(), chunk.refused), (1, 0));
        say(hour, chunk.items[0].clone()).effect
    };
    assert_eq!(undo("before = '1'", 4), Effect::Changed);
    assert_eq!(undo("before = '3'", 5), Effect::Changed);
    assert_eq!(badges(&db), ["c-1 cook 3", "c-1 diver 1"]);
    assert_eq!(told(&db)[4..], ["diver 2 1", "cook - 3"]);
    check(&db);
}

#[test]
fn it_is_merged_compared_and_parted_again() {
    let (db, pool, live, registers) = desk();
    let people = [
        has("c-1", "2026-11-01T00:00:00Z", &[badge("diver", Some(1)), badge("cook", None)]),
        has("c-2", "2026-11-02T00:00:00Z", &[badge("diver", Some(5)), badge("cook", Some(2)), badge("pilot", Some(4))]),
    ];
    let made: Vec<ProfileId> =
        submit(&pool, live, at(NOW), &people).into_iter().filter_map(|outcome| outcome.profile).collect();
    let (before, rows) = (badges(&db), db.digest(&["badges"]));
    let states = load_people(&mut db.connect(), registers, live, &made).expect("they are there");
    let [own, theirs] = [&states[&made[0]], &states[&made[1]]];
    let merged_state = preview(registers, own, theirs);
    let all = [&own.facts, &theirs.facts, &merged_state.facts];
    let register: &dyn AnyRegister = &Badges;
    let line = |subject: &String| {
        let shown = all.map(|facts| register.shown(facts, subject).map_or("-".to_owned(), |it| it.to_string()));
        format!("{subject} {}", shown.join(" "))
    };
    let lines: Vec<String> = register.subjects(&all).iter().map(line).collect();
    assert_eq!(lines, ["cook - 2 2", "diver 1 5 1", "pilot - 4 4"]);

    submit(&pool, live, at(NOW) + TimeDelta::hours(1), &[merged("c-1", "c-2", "2026-11-20T00:00:00Z")]);
    assert_eq!(badges(&db), ["c-1 cook 2", "c-1 diver 1", "c-1 pilot 4"]);
    assert_eq!(told(&db)[4..], ["cook - 2", "pilot - 4"]);
    let merge = db.one("SELECT id FROM merges").parse().expect("an id");
    let day_after = batch(&pool, live, at(NOW) + TimeDelta::days(1));
    let undone = undo_merge(&pool, &day_after, made[0], merge).expect("an answer");
    assert_eq!(undone, Undone::Restored(made[1]));
    assert_eq!((badges(&db), db.digest(&["badges"])), (before, rows));
    assert_eq!(told(&db)[6..], ["cook 2 -", "pilot 4 -"]);
    check(&db);
}

#[test]
fn it_is_loaded_and_erased() {
    let (db, pool, live, _) = desk();
    let said = Statement::Identify(Identify { facts: vec![badge("diver", Some(1))], ..Identify::default() });
    let newcomer = |key: &str| NewProfile {
        profile: ProfileId(kith::db::ids::new_id(at(NOW))),
        identifiers: vec![id(key)],
        said: vec![(at(NOW), said.clone())],
    };
    load_now(&pool, &batch(&pool, live, at(NOW)), &kith::ingest::Trust::Person, &[newcomer("c-1"), newcomer("c-2")])
        .expect("they are loaded");
    assert_eq!(badges(&db), ["c-1 diver 1", "c-2 diver 1"]);
    assert_eq!(told(&db).len(), 2);
    submit(&pool, live, at(NOW), &[erased(vec![id("c-1")], NOW, false)]);
    assert_eq!(badges(&db), ["c-2 diver 1"]);
    assert_eq!(db.number("SELECT count(*) FROM badges"), 1);
    assert_eq!(told(&db).len(), 1);
    check(&db);
}
