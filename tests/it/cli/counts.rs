//! Numbers in what commands print.

use crate::support::{App, Program};

#[test]
fn one_is_not_many() {
    let (app, folder) = (App::new(), tempfile::tempdir().expect("a folder"));
    for (ids, said) in [("1", "1 profile created"), ("2\n3", "2 profiles created"), ("1", "0 profiles created")] {
        let file = folder.path().join("people.csv");
        std::fs::write(&file, format!("id\n{ids}\n")).expect("a file");
        let import = Program::new(&["import", file.to_str().expect("a path")]).env("DATABASE_URL", app.db.url());
        let done = import.run().expect(0);
        assert!(done.out.trim_end().ends_with(said), "{}", done.out);
    }
}
