use std::collections::BTreeMap;

use super::{Desk, counts, gzip};

const PEOPLE: &str = "user_id,email,first_name,tags,created_at,plan\n\
    1,Ann@example.com,Ann,vip;beta,2020-05-01,pro\n\
    2,,\"Müller, \"\"Bo\"\"\",,,\n";

#[test]
fn columns_become_what_they_mean() {
    let desk = Desk::new();
    let summary = desk.import("people.csv", PEOPLE).expect("imported");
    assert_eq!(counts(&summary), [2, 2, 0, 0, 2]);
    let rows =
        desk.db.column("SELECT concat_ws('|', name, attributes, tags, created_at::date) FROM profiles ORDER BY name");
    assert_eq!(
        rows,
        [
            r#"Ann|{"plan": "pro", "first_name": "Ann"}|{beta,vip}|2020-05-01"#,
            r#"Müller, "Bo"|{"first_name": "Müller, \"Bo\""}|{}|2026-11-22"#,
        ]
    );
    assert_eq!(desk.db.column("SELECT normalised FROM addresses"), ["ann@example.com"]);
    assert_eq!(
        desk.db.column("SELECT DISTINCT s.name FROM changes c JOIN sources s ON s.id = c.source_id"),
        ["Import people.csv"]
    );
}

/// The list names people of the shop by their email alone.
#[test]
fn a_line_with_an_email_alone_is_about_its_only_holder() {
    let desk = Desk::new();
    desk.import("shop.csv", "id,email\n1,ann@example.com\n2,di@example.com\n3,di@example.com\n").expect("imported");
    let list = "email,list\nANN@example.com,yes\ndi@example.com,yes\nnew@example.com,yes\n";
    desk.import("list.csv", list).expect("imported");
    let found = "SELECT concat_ws('|', c.value, p.attributes->>'list') FROM identifier_claims c \
        JOIN profiles p ON p.id = c.profile_id ORDER BY c.value COLLATE \"C\"";
    assert_eq!(desk.db.column(found), ["1|yes", "2", "3", "di@example.com|yes", "new@example.com|yes"]);
}

#[test]
fn columns_are_known_in_their_usual_spellings() {
    let desk = Desk::new();
    let people = "Customer ID,First Name,LNAME,E-Mail,Phone Number,Created At,Unsubscribed\n\
        1,Otis,Fenn,otis@example.com,+14155550123,2020-01-02,No\n2,Ann,,,,,maybe\n";
    let summary = desk.import("people.csv", people).expect("imported");
    assert_eq!((counts(&summary), summary.left_out), ([2, 2, 0, 0, 2], 1));
    let found = "SELECT concat_ws('|', p.name, p.attributes, p.created_at::date, s.state) FROM profiles p JOIN subscriptions s ON s.profile_id = p.id";
    assert_eq!(desk.db.one(found), r#"Otis Fenn|{"last_name": "Fenn", "first_name": "Otis"}|2020-01-02|subscribed"#);
    assert_eq!(desk.db.column("SELECT address FROM addresses ORDER BY 1"), ["+14155550123", "otis@example.com"]);
    assert_eq!(desk.rejects()[0][1], "Unsubscribed");
}

/// Lines of one file were true at the same moment, so their order decides, wherever the batches are cut.
#[test]
fn of_two_lines_about_somebody_the_later_one_wins() {
    let desk = Desk::new();
    let line = |n: usize| match n {
        900 => "twice,old\n".to_owned(),
        1_100 => "twice,new\n".to_owned(),
        n => format!("p-{n},free\n"),
    };
    let file: String = (1..=2_500).map(line).collect();
    desk.import("people.csv", format!("id,plan\n{file}")).expect("imported");
    let plan = "SELECT attributes->>'plan' FROM profiles p JOIN identifier_claims c ON c.profile_id = p.id AND c.value = 'twice'";
    assert_eq!(desk.db.one(plan), "new");
}

#[test]
fn a_byte_order_mark_compression_and_windows_line_ends_make_no_difference() {
    let plain = Desk::new();
    plain.import("people.csv", PEOPLE).expect("imported");
    let told = |desk: &Desk| {
        desk.db.column("SELECT concat_ws('|', name, attributes, tags, search_text) FROM profiles ORDER BY name")
    };
    let windows = format!("\u{feff}{}", PEOPLE.replace('\n', "\r\n"));
    for (name, content) in [("people.csv", windows.clone().into_bytes()), ("people.csv.gz", gzip(&windows))] {
        let desk = Desk::new();
        assert_eq!(counts(&desk.import(name, content).expect("imported")), [2, 2, 0, 0, 2]);
        assert_eq!(told(&desk), told(&plain), "{name}");
    }
}

#[test]
fn map_renames_and_leaves_out() {
    let mut desk = Desk::new();
    desk.renamed = BTreeMap::from(
        [("nr", "id"), ("Mail", "email"), ("notes", ""), ("town", "city")].map(|(a, b)| (a.to_owned(), b.to_owned())),
    );
    desk.import("people.csv", "nr,Mail,notes,town\n7,bo@example.com,secret,Graz\n").expect("imported");
    assert_eq!(desk.db.one("SELECT attributes FROM profiles"), r#"{"city": "Graz"}"#);
    assert_eq!(desk.db.one("SELECT concat(kind, value) FROM identifier_claims"), "id7");
    assert_eq!(desk.db.one("SELECT address FROM addresses"), "bo@example.com");

    desk.renamed = BTreeMap::from([("nummer".to_owned(), "id".to_owned())]);
    let error = format!("{:#}", desk.import("people.csv", "nr,town\n7,Graz\n").expect_err("no such column"));
    assert!(error.contains("nummer") && error.contains("nr, town"), "{error}");
}

#[test]
fn a_file_that_cannot_be_meant_is_refused_as_a_whole() {
    let desk = Desk::new();
    for (name, content, words) in [
        ("people.doc", "id\n1\n", vec!["people.doc", ".csv", ".xlsx", ".ndjson"]),
        ("people", "id\n1\n", vec![".csv"]),
        ("people.csv", "plan,city\npro,Graz\n", vec!["no column says who"]),
        ("people.csv", "", vec!["no column says who"]),
    ] {
        let error = format!("{:#}", desk.import(name, content).expect_err(content));
        for word in words {
            assert!(error.contains(word), "{word:?} in {error:?}");
        }
    }
    let error = format!("{:#}", desk.import_file(&desk.path("missing.csv")).expect_err("it is not there"));
    assert!(error.contains("missing.csv cannot be opened"), "{error}");
    assert_eq!(desk.db.number("SELECT count(*) FROM profiles"), 0);
}

#[test]
fn a_file_cut_short_says_so_and_can_be_sent_again_whole() {
    let desk = Desk::new();
    let lines = |count: usize| {
        let line = |n| {
            format!(
                "{{\"type\":\"track\",\"messageId\":\"m-{n}\",\"userId\":\"c-{}\",\"event\":\"Visit\",\"timestamp\":\"2026-11-02T00:00:00Z\",\"properties\":{{\"n\":{n}}}}}\n",
                n % 9
            )
        };
        (0..count).map(line).collect::<String>()
    };
    let whole = gzip(&lines(5_000));
    let error = desk.import("visits.ndjson.gz", &whole[..whole.len() / 2]).expect_err("half a file");
    let error = format!("{error:#}");
    assert!(error.contains("visits.ndjson.gz"), "it says which file: {error:?}");
    assert_eq!(desk.db.number("SELECT count(*) FROM events"), 0, "it is found before anything is stored");
    let summary = desk.import("visits.ndjson.gz", &whole).expect("imported");
    assert_eq!(counts(&summary)[..4], [5_000, 5_000, 0, 0]);
    assert_eq!(desk.db.number("SELECT count(*) FROM events"), 5_000);
}
