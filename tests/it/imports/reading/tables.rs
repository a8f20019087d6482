use encoding_rs::{Encoding, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};
use kith::imports::{Choices, Delimiter};
use proptest::prelude::*;

use super::{read, read_as};

const DELIMITERS: [(Delimiter, u8); 4] =
    [(Delimiter::Comma, b','), (Delimiter::Semicolon, b';'), (Delimiter::Tab, b'\t'), (Delimiter::Pipe, b'|')];

/// Text in an encoding; `encoding_rs` itself writes no UTF-16.
fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    match encoding {
        it if it == UTF_16LE => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        it if it == UTF_16BE => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        it => {
            let (bytes, _, is_lossy) = it.encode(text);
            assert!(!is_lossy, "{text:?} can be written as {}", it.name());
            bytes.into_owned()
        }
    }
}

#[test]
fn delimiters_line_ends_and_encodings_are_found() {
    for (_, delimiter) in DELIMITERS {
        for end in ["\n", "\r\n", "\r"] {
            for (encoding, mark) in [
                (UTF_8, ""),
                (UTF_8, "\u{feff}"),
                (UTF_16LE, ""),
                (UTF_16LE, "\u{feff}"),
                (UTF_16BE, ""),
                (UTF_16BE, "\u{feff}"),
                (WINDOWS_1252, ""),
            ] {
                let text = format!("{mark}id,name,town\n1,Zoë,Köln\n2,\"Bo\nLi\",Gent\n\n3,Ann,\n");
                let text = text.replace(',', char::from(delimiter).to_string().as_str()).replace('\n', end);
                let found = read("people.csv", encoded(&text, encoding)).expect("it is read");
                let cells = format!("id·name·town/1·Zoë·Köln/2·Bo{end}Li·Gent/3·Ann·");
                assert_eq!(found.cells().join("/"), cells, "{encoding:?} {end:?} {mark:?} {}", found.how);
                let lines: Vec<u64> = found.records.iter().map(|(line, _)| *line).collect();
                assert_eq!(lines, [1, 2, 3, 6]);
                assert!(found.how.to_string().contains(encoding.name()), "{}", found.how);
            }
        }
    }
}

#[test]
fn an_encoding_is_told_by_the_bytes_of_the_whole_file() {
    for (encoding, names) in [
        (WINDOWS_1252, "Müller·José García·Françoise·Åse Sørensen"),
        (WINDOWS_1250, "Łukasz Żółć·Jiří Dvořák·Gyöngyvér Kőszegi·Świętosława"),
        (WINDOWS_1251, "Анна Каренина·Москва·Иван Петрович·Екатеринбург"),
        (SHIFT_JIS, "林 直樹·東京都渋谷区·鈴木一郎・すずき·ありがとうございます"),
        (GBK, "北京市朝阳区·王小明·上海市浦东新区·谢谢大家的支持"),
    ] {
        let mut text = "id,email\n".to_owned();
        for n in 0..30_000 {
            text.push_str(&format!("{n},person-{n}@example.com\n"));
        }
        for name in names.split('·') {
            text.push_str(&format!("x,{name}\n"));
        }
        let found = read("people.csv", encoded(&text, encoding)).expect("it is read");
        let end: Vec<&str> = found.cells().into_iter().rev().take(4).collect();
        let expected: Vec<String> = names.split('·').rev().map(|name| format!("x·{name}")).collect();
        assert_eq!(end, expected, "{}", found.how);
    }
}

#[test]
fn text_is_never_damaged() {
    // Somebody put a line of another encoding into a file of UTF-8.
    let found = read("people.csv", b"id,name\n1,Zo\xc3\xab\n2,Zo\xeb\n3,Bo\n").expect("it is read");
    assert_eq!(found.cells(), ["id·name", "1·Zoë", "!must be UTF-8, like the rest of the file", "3·Bo"]);
    assert_eq!(found.contents[2], "2,Zoë", "and the rejects file shows what was meant");
    // Half a character, in a file that is asked to be Japanese.
    let asked = Choices { encoding: Some(SHIFT_JIS), ..Choices::default() };
    let found = as_asked("id,name\n1,\u{1}\n2,Bo\n".as_bytes(), b"\x01", b"\x97", &asked);
    assert_eq!(found.cells(), ["id·name", "!must be text in the encoding of the file", "2·Bo"]);
}

/// Reads a file as asked, with some of its bytes replaced.
fn as_asked(content: &[u8], from: &[u8], to: &[u8], asked: &Choices) -> super::Read {
    let folder = tempfile::tempdir().expect("a folder");
    let at = content.windows(from.len()).position(|part| part == from).expect("it is there");
    let bytes = [&content[..at], to, &content[at + from.len()..]].concat();
    std::fs::write(folder.path().join("people.csv"), bytes).expect("a file");
    read_as(&folder.path().join("people.csv"), asked).expect("it is read")
}

#[test]
fn what_was_understood_can_be_overridden() {
    let asked = Choices { delimiter: Some(Delimiter::Pipe), encoding: Some(WINDOWS_1251), ..Choices::default() };
    let found = as_asked(b"id,a|name\n1,2|X\n", b"X", b"\xcf", &asked);
    assert_eq!(found.cells(), ["id,a·name", "1,2·П"]);
    assert_eq!(found.how.to_string(), "read as windows-1251, cells separated by pipe");
    let found = read("people.csv", "\u{feff}sep=;\r\na,b;c\r\n1,2;3\r\n").expect("it is read");
    assert_eq!((found.records[0].0, found.cells()), (2, vec!["a,b·c", "1,2·3"]));
    let found = read("people.csv", "\"sep=\t\"\na;b\tc\n").expect("it is read");
    assert_eq!(found.cells(), ["a;b·c"]);
    for (typed, delimiter) in [("comma", DELIMITERS[0].0), (";", DELIMITERS[1].0), ("\\t", DELIMITERS[2].0)] {
        assert_eq!(typed.parse(), Ok(delimiter));
    }
    assert!("x".parse::<Delimiter>().is_err());
}

#[test]
fn a_delimiter_is_what_separates_as_many_cells_everywhere() {
    let cells = |text: &str| read("people.txt", text).expect("it is read").records[1].1.clone();
    assert_eq!(cells("id;price;note\n1;2,50;a, b, c\n2;3,10;d, e\n"), "1·2,50·a, b, c");
    assert_eq!(cells("id,note\n1,a;b;c\n2,d;e\n"), "1·a;b;c");
    assert_eq!(cells("id\tLast, First\n1\tLi, Bo\n2\tFenn\n"), "1·Li, Bo");
    assert_eq!(cells("email\nann@example.com\n"), "ann@example.com");
    assert_eq!(cells("id;tags,all\n1;a\n2;b\n3;c\n"), "1·a");
}

/// A cell of a table: letters of many kinds, with quotes, delimiters and line ends among them.
fn cell(is_western: bool) -> impl Strategy<Value = String> {
    let letters =
        if is_western { "[a-zäöüßéÿ0-9 '=€“]{0,8}" } else { "[a-zäé林\u{10348}가я0-9 '=]{0,8}" };
    prop_oneof![letters, "[ab,;|\t\"\n\r ]{0,8}"]
}

fn table(is_western: bool) -> impl Strategy<Value = Vec<Vec<String>>> {
    (1..5_usize).prop_flat_map(move |columns| {
        let is_told = |record: &Vec<String>| record.iter().any(|cell| !cell.trim().is_empty());
        let record = proptest::collection::vec(cell(is_western), columns);
        proptest::collection::vec(record.prop_filter("blank records are passed over", is_told), 1..8)
    })
}

/// How a table is written.
#[derive(Clone, Copy, Debug)]
struct Hand {
    delimiter: (Delimiter, u8),
    encoding: &'static Encoding,
    is_marked: bool,
    is_quoted: bool,
    end: &'static str,
    is_ended: bool,
}

fn hand() -> impl Strategy<Value = Hand> {
    let delimiter = proptest::sample::select(DELIMITERS.to_vec());
    let encoding = proptest::sample::select(vec![UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1252]);
    let end = proptest::sample::select(vec!["\n", "\r\n", "\r"]);
    (delimiter, encoding, any::<bool>(), any::<bool>(), end, any::<bool>()).prop_map(
        |(delimiter, encoding, is_marked, is_quoted, end, is_ended)| Hand {
            delimiter,
            encoding,
            is_marked: is_marked && encoding != WINDOWS_1252,
            is_quoted,
            end,
            is_ended,
        },
    )
}

fn write(table: &[Vec<String>], hand: Hand) -> Vec<u8> {
    let cell = |cell: &String| {
        let is_quoted = hand.is_quoted || cell.contains(['"', '\n', '\r', char::from(hand.delimiter.1)]);
        if is_quoted { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let delimiter = char::from(hand.delimiter.1).to_string();
    let records: Vec<String> =
        table.iter().map(|record| record.iter().map(cell).collect::<Vec<_>>().join(&delimiter)).collect();
    let mark = if hand.is_marked { "\u{feff}" } else { "" };
    encoded(&format!("{mark}{}{}", records.join(hand.end), if hand.is_ended { hand.end } else { "" }), hand.encoding)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_table_reads_back_as_the_same_cells(
        (table, hand) in hand().prop_flat_map(|hand| (table(hand.encoding == WINDOWS_1252), Just(hand)))
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table.csv");
        std::fs::write(&path, write(&table, hand)).expect("a file");
        let asked = Choices {
            delimiter: Some(hand.delimiter.0),
            encoding: (!hand.is_marked).then_some(hand.encoding),
            ..Choices::default()
        };
        let found = read_as(&path, &asked).expect("it is read");
        let expected: Vec<String> = table.iter().map(|record| record.join("·")).collect();
        prop_assert_eq!(found.cells(), expected);
    }
}
