use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{super::gzip, read, refusal};

/// An archive of such files.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in files {
        archive.start_file(*name, options).expect("memory");
        archive.write_all(content).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

const TABLE: &str = "id;name\n1;Zoë\n";

#[test]
fn packed_files_are_what_is_in_them_whatever_the_case_of_their_endings() {
    let one = archive(&[("__MACOSX/._people.csv", b"x"), ("export/People.CSV", TABLE.as_bytes())]);
    for (name, content) in [
        ("people.CSV", TABLE.as_bytes().to_vec()),
        ("people.Tsv", TABLE.replace(';', "\t").into_bytes()),
        ("people.txt", TABLE.as_bytes().to_vec()),
        ("people.csv.GZ", gzip(TABLE)),
        ("people.csv", gzip(TABLE)),
        ("people.csv.gz", TABLE.as_bytes().to_vec()),
        ("people.csv.zip", one.clone()),
        ("export.ZIP", one.clone()),
        ("people.csv", one),
    ] {
        assert_eq!(read(name, content).expect("it is read").cells(), ["id·name", "1·Zoë"], "{name}");
    }
}

#[test]
fn what_nobody_can_read_is_said_in_one_sentence() {
    let picture: Vec<u8> = (0..50_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let two = archive(&[("a.csv", b"id\n1\n"), ("b.csv", b"id\n2\n")]);
    let nested = archive(&[("a.zip", &archive(&[("a.csv", b"id\n1\n")]))]);
    for (name, content, words) in [
        ("people.csv", [b"\x89PNG\r\n\x1a\n".as_slice(), &picture].concat(), "it is no text"),
        ("people.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on".to_vec(), "without a password"),
        ("people.zip", two, "holds several files"),
        ("people.zip", nested, "unpack it first"),
        ("people.zip", archive(&[]), "holds no file"),
        ("people.zip", archive(&[("a.csv", b"id\n1\n")])[..60].to_vec(), "damaged"),
        ("people.xlsx", b"id\n1\n".to_vec(), "is not what its name says"),
        ("people.pdf", b"%PDF-1.7".to_vec(), "must end in .csv"),
    ] {
        let told = refusal(name, content);
        assert!(told.contains(words) && told.contains(name), "{words}: {told}");
    }
}

#[test]
fn a_bomb_does_not_go_off() {
    // Members of a packed file follow each other.
    let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    member.write_all(&vec![b'x'; 1 << 20]).expect("memory");
    let told = refusal("people.csv.gz", member.finish().expect("memory").repeat(65));
    assert!(told.contains("unpacks to more than 200 times its size"), "{told}");
}
