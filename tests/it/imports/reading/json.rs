use super::{read, refusal};

#[test]
fn objects_are_read_from_lines_and_from_an_array() {
    let lines = "\u{feff}{\"a\":1}\r\n\n{\"b\":\"]}\"}\n";
    let array = "\u{feff}[\n  {\"a\":1},\n\n  {\"b\":\"]}\"}\n]\n";
    let flat = "[{\"a\":1},{\"b\":\"]}\"}]";
    for (name, text, at) in [
        ("a.ndjson", lines, [1, 3]),
        ("a.JSONL", lines, [1, 3]),
        ("a.json", lines, [1, 3]),
        ("a.json", array, [2, 4]),
        ("a.json", flat, [1, 1]),
    ] {
        let found = read(name, text).expect("it is read");
        assert_eq!(found.cells(), ["{\"a\":1}", "{\"b\":\"]}\"}"], "{name}");
        assert_eq!(found.records.iter().map(|(line, _)| *line).collect::<Vec<_>>(), at);
    }
    let wide: Vec<u8> = array.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read("a.json", wide).expect("it is read").cells().len(), 2);
}

#[test]
fn an_element_that_is_broken_costs_itself_alone() {
    for broken in ["{\"a\":\"x}", "{\"a\":{\"b\":1}", "{\"a\":[1}", "17", "{\"a\":NaN}", "{\"a\"=1}"] {
        let found =
            read("a.json", format!("[\n{{\"n\":1}},\n{broken},\n{{\"n\":2}},\n{{\"n\":3}}\n]")).expect("it is read");
        let right: Vec<&str> = found.cells().into_iter().filter(|text| text.starts_with("{\"n\"")).collect();
        assert_eq!(right, ["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"], "{broken}: {:?}", found.records);
        assert_eq!(found.records[1].0, 3);
    }
    let long = format!("[{{\"n\":1}},{{\"x\":\"{}\"}},{{\"n\":2}}]", "x".repeat(2 << 20));
    let found = read("a.json", long).expect("it is read");
    assert_eq!(found.cells(), ["{\"n\":1}", "!must have at most 1 MB", "{\"n\":2}"]);
    assert!(refusal("a.json", "[{\"n\":1},").contains("it may have been cut"));
}
