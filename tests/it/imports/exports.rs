//! Exports of other products, saved once more by a spreadsheet somewhere.

use std::path::{Path, PathBuf};

use kith::imports::{DateOrder, Summary};

use super::{Desk, counts};

/// The hard inputs, if this checkout has them.
fn hard(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/hard").join(name);
    if !path.exists() {
        println!("SKIPPED: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

fn import(desk: &Desk, path: &Path) -> Summary {
    desk.import_file(path).unwrap_or_else(|error| panic!("{}: {error:#}", path.display()))
}

/// Of each profile its id and one column, by id.
fn told(desk: &Desk, column: &str) -> Vec<String> {
    desk.db.column(&format!(
        "SELECT concat_ws('|', i.value, {column}) FROM profiles p JOIN profile_identifiers i ON i.profile_id = p.id \
             AND i.kind = 'id' ORDER BY i.value COLLATE \"C\""
    ))
}

#[test]
fn cells_cost_no_more_than_themselves() {
    let created = "p.created_at::date";
    for (name, column, expected) in [
        ("c09_dup_headers.csv", "p.attributes", r#"b9-1|{"city": "Ghent", "city (2)": "Oslo"}"#),
        ("c10_header_case.csv", "p.attributes", r#"b10-1|{"City": "Ghent", "city": "Oslo"}"#),
        ("c10d_nbsp_header.csv", "p.attributes->>'city'", "b10-9|Ghent"),
        ("c15b_repair.csv", created, "b15-17|2023-07-30"),
        ("c33_future_asof.csv", "p.attributes->>'city'", "b33-1|Wrongtown"),
    ] {
        let Some(path) = hard(name) else { return };
        let desk = Desk::new();
        assert_eq!(import(&desk, &path).rejected, 0, "{name}");
        assert_eq!(told(&desk, column)[0], expected, "{name}");
    }
}

#[test]
fn a_time_in_the_future_keeps_nobody_from_being_corrected() {
    let Some(wrong) = hard("c33_future_asof.csv") else { return };
    let desk = Desk::new();
    assert_eq!(import(&desk, &wrong).left_out, 1);
    // A second later than the present of this test.
    let right = "id,city,updated_at\nb33-1,Righttown,2026-11-22 03:24:06\n";
    desk.import("later.csv", right).expect("imported");
    assert_eq!(desk.db.one("SELECT attributes->>'city' FROM profiles"), "Righttown");
}

#[test]
fn every_writing_of_a_time_that_says_one_is_read() {
    let Some(path) = hard("c15_created_formats.csv") else { return };
    let desk = Desk::new();
    let summary = import(&desk, &path);
    assert_eq!((summary.rejected, summary.created), (0, summary.read));
    let days = told(&desk, "p.created_at::date");
    assert!(!days.iter().any(|day| day.contains("1970")), "{days:?}");
    let rejects = desk.rejects();
    let left_out: Vec<&str> = rejects.iter().filter_map(|row| row[3].split(',').next()).collect();
    assert_eq!(left_out, ["b15-14", "b15-19"], "{rejects:?}");
    let read = days.iter().filter(|day| day.contains("2023-07-30") || day.contains("1985-05-15")).count();
    assert_eq!(read, 16, "{days:?}");
}

#[test]
fn a_date_that_can_be_two_asks_which() {
    let mut desk = Desk::new();
    let file = "id,created_at\n1,03/04/2026\n2,30/04/2026\n";
    assert_eq!(desk.import("people.csv", file).expect("imported").left_out, 1);
    assert!(desk.rejects()[0][2].contains("choose for the whole file"));
    desk.dates = Some(DateOrder::DayFirst);
    assert_eq!(desk.import("people.csv", file).expect("imported").left_out, 0);
    assert_eq!(told(&desk, "p.created_at::date"), ["1|2026-04-03", "2|2026-04-30"]);
}

#[test]
fn phones_lose_marks_and_keep_their_digits() {
    let (Some(marks), Some(short), Some(alone)) =
        (hard("c14_apostrophe.csv"), hard("c12_sci.csv"), hard("c11b_phone_only.csv"))
    else {
        return;
    };
    let phones = |desk: &Desk| desk.db.column("SELECT address FROM addresses WHERE channel = 'sms' ORDER BY 1");
    let desk = Desk::new();
    assert_eq!(import(&desk, &marks).left_out, 0);
    assert_eq!(phones(&desk), ["+4915112340001", "+4915112340002"]);
    let desk = Desk::new();
    let summary = import(&desk, &short);
    assert_eq!((summary.created, summary.left_out), (4, 2));
    assert_eq!(phones(&desk), ["+447912345678", "+447912345678"]);
    assert!(desk.rejects()[0][2].contains("was shortened by a spreadsheet"));
    let desk = Desk::new();
    assert_eq!(counts(&import(&desk, &alone)), [1, 1, 0, 0, 1]);
    assert_eq!(phones(&desk), ["+4915112349002"]);
}

#[test]
fn words_for_nothing_and_blank_lines_say_nothing() {
    let (Some(nothing), Some(blank)) = (hard("c21_null.csv"), hard("c18b_blank_lines.csv")) else { return };
    let desk = Desk::new();
    let summary = import(&desk, &nothing);
    assert_eq!((summary.rejected, summary.left_out, summary.created), (0, 0, 6));
    let attributes = told(&desk, "p.attributes");
    assert_eq!(attributes[0], r#"b21-1|{"city": "Oslo", "first_name": "Ann"}"#);
    assert_eq!(attributes[2], "b21-3|{}");
    assert_eq!(desk.db.number("SELECT count(*) FROM addresses WHERE channel = 'sms'"), 0);
    let desk = Desk::new();
    let summary = import(&desk, &blank);
    assert_eq!((summary.rejected, summary.created), (0, 1));
}

#[test]
fn tags_come_along_in_their_spelling() {
    let Some(path) = hard("c35_tags.csv") else { return };
    let desk = Desk::new();
    let summary = import(&desk, &path);
    assert_eq!((summary.rejected, summary.created), (0, 9));
    let tags = told(&desk, "array_to_string(ARRAY(SELECT unnest(p.tags) ORDER BY 1), ' ')");
    assert_eq!(
        tags,
        [
            "b35-1|beta vip",
            "b35-2|wholesale-customer",
            "b35-3|vip",
            "b35-4|grosse",
            "b35-5|a-very-long-tag-name",
            "b35-6|beta vip",
            "b35-7|beta vip",
            "b35-8|new-returning",
            "b35-9|50",
        ]
    );
    assert_eq!((summary.left_out, summary.respelled), (1, 5));
}

#[test]
fn opt_outs_come_along_from_every_product() {
    let Some(path) = hard("s01_consent_columns.csv") else { return };
    let desk = Desk::new();
    import(&desk, &path);
    let states = desk.db.column("SELECT channel || ' ' || state || ' ' || reason FROM subscriptions ORDER BY 1");
    assert_eq!(states, ["all unsubscribed import", "email unsubscribed import"]);
}

/// Fifty people each. Only the country of phone numbers is asked for, where lines do not say it.
#[test]
fn exports_lose_nobody() {
    for (name, phones, tagged, refused, left_out) in
        [("hubspot.csv", 50, 0, 17, 0), ("shopify.csv", 50, 37, 50, 0), ("google-contacts.csv", 38, 33, 0, 12)]
    {
        let Some(path) = hard(name) else { return };
        let mut desk = Desk::new();
        desk.country = Some("NL".parse().expect("a country"));
        let summary = import(&desk, &path);
        assert_eq!((counts(&summary), summary.left_out), ([50, 50, 0, 0, 50], left_out), "{name}");
        let found = [
            "SELECT count(*) FROM addresses WHERE channel = 'sms'",
            "SELECT count(*) FROM profiles WHERE tags <> '{}'",
            "SELECT count(*) FROM subscriptions WHERE state = 'unsubscribed'",
        ];
        assert_eq!(found.map(|sql| desk.db.number(sql)), [phones, tagged, refused], "{name}");
        if left_out > 0 {
            assert!(desk.rejects().iter().all(|row| row[1] == "Birthday"), "days without a year: {name}");
        }
    }
}

/// Heads as these products write them, with made-up people.
#[test]
fn heads_of_other_products_say_who_and_what() {
    for (product, file, name, line) in [
        (
            "Mailchimp, unsubscribed",
            "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,UNSUB_TIME,UNSUB_REASON,TAGS\n\
             ann@example.com,Ann,Lee,2,2024-01-02 03:04:05,2025-01-02 03:04:05,N/A,\"\"\"vip\"\"\"\n",
            "Ann Lee",
            "email unsubscribed",
        ),
        (
            "Klaviyo",
            "Klaviyo ID,Email,First Name,Last Name,Email Marketing Consent,Profile Created On\n\
             01HX,ann@example.com,Ann,Lee,UNSUBSCRIBED,2024-01-02 03:04:05\n",
            "Ann Lee",
            "email unsubscribed",
        ),
        (
            "Salesforce",
            "Contact ID,First Name,Last Name,Email,Phone,Mailing City,Email Opt Out\n\
             0035g00000XyZ,Ann,Lee,ann@example.com,+14155550123,Graz,1\n",
            "Ann Lee",
            "email unsubscribed",
        ),
        (
            "Customer.io",
            "id,email,first_name,last_name,unsubscribed,created_at\n42,ann@example.com,Ann,Lee,true,1704164645\n",
            "Ann Lee",
            "all unsubscribed",
        ),
    ] {
        let desk = Desk::new();
        let summary = desk.import("people.csv", file).unwrap_or_else(|error| panic!("{product}: {error:#}"));
        assert_eq!((counts(&summary), summary.left_out), ([1, 1, 0, 0, 1], 0), "{product}");
        assert_eq!(desk.db.one("SELECT name FROM profiles"), name, "{product}");
        assert_eq!(desk.db.one("SELECT channel || ' ' || state FROM subscriptions"), line, "{product}");
        assert_eq!(desk.db.column("SELECT address FROM addresses WHERE channel = 'email'"), ["ann@example.com"]);
    }
}
