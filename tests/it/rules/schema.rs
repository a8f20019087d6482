use std::{collections::BTreeMap, fs, path::Path};

use crate::support::TestDb;

/// `schema.rs`: table -> column -> type, and the primary keys.
fn written() -> (BTreeMap<String, BTreeMap<String, String>>, BTreeMap<String, String>) {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db/schema.rs")).expect("schema.rs");
    let (mut tables, mut keys) = (BTreeMap::new(), BTreeMap::new());
    for block in text.split("diesel::table! {").skip(1) {
        let mut lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
        let head = lines.next().expect("a name");
        let (name, key) = head.split_once(" (").expect("a key");
        keys.insert(name.to_owned(), key.trim_end_matches(") {").replace(", ", ","));
        let (mut columns, mut renamed) = (BTreeMap::new(), None);
        for line in lines.take_while(|line| *line != "}") {
            if let Some(name) = line.strip_prefix("#[sql_name = \"") {
                renamed = Some(name.trim_end_matches("\"]").to_owned());
            } else if let Some((column, kind)) = line.trim_end_matches(',').split_once(" -> ") {
                columns.insert(renamed.take().unwrap_or_else(|| column.to_owned()), kind.to_owned());
            }
        }
        tables.insert(name.to_owned(), columns);
    }
    (tables, keys)
}

/// A column's type as Diesel says it.
fn diesel_type(kind: &str, nullable: bool) -> String {
    let name = match kind {
        "smallint" => "Int2",
        "integer" => "Int4",
        "bigint" => "Int8",
        "text" => "Text",
        "boolean" => "Bool",
        "uuid" => "Uuid",
        "jsonb" => "Jsonb",
        "bytea" => "Bytea",
        "timestamp with time zone" => "Timestamptz",
        "date" => "Date",
        "text[]" => "Array<Text>",
        "uuid[]" => "Array<Uuid>",
        "bigint[]" => "Array<Int8>",
        other => panic!("say here what {other} is to Diesel"),
    };
    if nullable { format!("Nullable<{name}>") } else { name.to_owned() }
}

const TABLES: &str = "c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace \
                      AND c.relname NOT LIKE '\\_\\_diesel%'";

#[test]
fn the_schema_in_rust_is_the_schema_in_the_database() {
    let db = TestDb::new();
    let (written, keys) = written();
    let mut stored: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for line in db.column(&format!(
        "SELECT concat_ws('|', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull) \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'table_placement' AND {TABLES}"
    )) {
        let cells: Vec<&str> = line.split('|').collect();
        stored
            .entry(cells[0].to_owned())
            .or_default()
            .insert(cells[1].to_owned(), diesel_type(cells[2], cells[3] == "t"));
    }
    assert_eq!(written, stored);
    for (table, key) in keys {
        let columns = format!(
            "SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM pg_constraint c, unnest(c.conkey) WITH ORDINALITY k (attnum, place), pg_attribute a \
             WHERE c.conrelid = '{table}'::regclass AND c.contype = 'p' AND a.attrelid = c.conrelid AND a.attnum = k.attnum"
        );
        assert_eq!(db.one(&columns), key, "{table}");
    }
}

#[test]
fn every_table_is_placed_and_obeys_the_rules_of_its_kind() {
    let db = TestDb::new();
    let none = |question: &str, rule: &str| assert_eq!(db.column(question), Vec::<String>::new(), "{rule}");
    none(
        &format!(
            "SELECT relname FROM pg_class c LEFT JOIN table_placement t ON t.rel = c.relname WHERE t.rel IS NULL AND {TABLES}"
        ),
        "each table is placed",
    );
    none("SELECT rel FROM table_placement WHERE to_regclass(rel) IS NULL", "each placed table is there");
    none(
        "SELECT rel FROM table_placement WHERE (key IS NULL) <> (kind IN ('reference', 'local'))",
        "spread and lookup tables have a key, others none",
    );
    // Columns of each primary key and unique index.
    let unique = "SELECT t.rel || ' ' || i.relname FROM table_placement t JOIN pg_index x ON x.indrelid = t.rel::regclass \
        JOIN pg_class i ON i.oid = x.indexrelid WHERE t.kind IN ('spread', 'lookup') AND x.indisunique AND NOT ARRAY['environment_id', t.key::name] <@ \
        ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = x.indrelid AND a.attnum = ANY(x.indkey))";
    none(unique, "environment and key are in each unique index");
    none(
        "SELECT rel FROM table_placement t WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = t.rel::regclass AND c.contype = 'p')",
        "each table has a primary key",
    );
    let foreign = "FROM pg_constraint c JOIN table_placement f ON f.rel::regclass = c.conrelid LEFT JOIN table_placement t ON t.rel::regclass = c.confrelid \
        WHERE c.contype = 'f' AND c.conparentid = 0";
    none(
        &format!(
            "SELECT c.conname::text {foreign} AND f.kind <> 'local' AND (f.kind <> 'spread' OR t.kind IS DISTINCT FROM 'spread')"
        ),
        "foreign keys go from spread to spread only",
    );
    none(
        &format!(
            "SELECT c.conname::text {foreign} AND f.kind = 'spread' AND NOT (array_length(c.conkey, 1) >= 2 AND ARRAY['environment_id', f.key::name] <@ \
             ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)))"
        ),
        "foreign keys hold environment and key",
    );
    none(&format!("SELECT c.conname::text {foreign} AND c.conname NOT LIKE '%\\_fk'"), "foreign keys are named");
    none(
        "SELECT t.rel FROM table_placement t JOIN pg_attribute a ON a.attrelid = t.rel::regclass \
         WHERE t.kind <> 'local' AND (a.attidentity <> '' OR pg_get_serial_sequence(t.rel, a.attname) IS NOT NULL) AND a.attnum > 0",
        "ids are made by the application",
    );
    none("SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace", "no sequences");
    none("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal", "no triggers");
    none(
        "SELECT table_name || '.' || column_name FROM information_schema.columns \
         WHERE table_schema = 'public' AND (column_default ILIKE '%now(%' OR column_default ILIKE '%uuid%' OR column_default ILIKE '%current%') \
         AND table_name NOT LIKE '\\_\\_diesel%'",
        "times and ids come from the application",
    );
    none(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' \
         AND table_name NOT LIKE '\\_\\_diesel%' AND data_type IN ('timestamp without time zone', 'character varying', 'money', 'json')",
        "timestamptz, text, jsonb",
    );
}

/// The checks above fail where they should.
#[test]
fn the_checks_can_fail() {
    let db = TestDb::new();
    db.run("CREATE TABLE stray (id bigserial PRIMARY KEY)");
    let unplaced = db.column(&format!(
        "SELECT relname FROM pg_class c LEFT JOIN table_placement t ON t.rel = c.relname WHERE t.rel IS NULL AND {TABLES}"
    ));
    assert_eq!(unplaced, ["stray"]);
    assert_eq!(diesel_type("uuid", true), "Nullable<Uuid>");
}
