//! Filters on the Complete Journey data set, with answers that were counted apart from this program.

use std::{fs, path::Path};

use kith::{filter, profiles};
use serde::Deserialize;

use super::{Desk, real_files};
use crate::support::{app::NOW, at};

#[derive(Deserialize)]
struct Answer {
    filter: String,
    count: usize,
    first5: Vec<String>,
}

#[test]
fn real_people_are_selected_as_they_were_counted() {
    let Some(files) = real_files() else { return };
    let answers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/complete-journey/filters.json");
    let answers: Vec<Answer> = serde_json::from_str(&fs::read_to_string(answers).expect("a file")).expect("answers");
    let desk = Desk::new();
    for file in files {
        desk.import_file(&file).expect("imported");
    }
    let mut conn = desk.db.connect();
    for Answer { filter: typed, count, first5 } in answers {
        let parsed = filter::parse(&typed).unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}"));
        let predicate = parsed.check(&mut conn, desk.live, at(NOW)).expect("answered");
        let predicate = predicate.unwrap_or_else(|wrong| panic!("{typed}: {wrong:?}"));
        let found = profiles::few(&mut conn, &predicate).expect("answered").expect("few");
        assert_eq!(found.len(), count, "{typed}");
        let ids: Vec<String> = found.iter().map(uuid::Uuid::to_string).collect();
        let keys = desk.db.column(&format!(
            "SELECT value FROM profile_identifiers WHERE kind = 'id' AND profile_id IN ('{}') ORDER BY value COLLATE \"C\" LIMIT 5",
            ids.join("', '")
        ));
        assert_eq!(keys, first5, "{typed}");
    }
}
