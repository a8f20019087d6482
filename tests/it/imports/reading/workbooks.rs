use kith::imports::Choices;

use super::{packed::archive, read, read_as, refusal};

const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

/// A workbook of Excel with such sheets; each is the inner text of its rows.
fn xlsx(sheets: &[(&str, &str)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let (mut listed, mut related, mut files) = (String::new(), String::new(), Vec::new());
    for (number, (name, rows)) in (1..).zip(sheets) {
        listed += &format!(r#"<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>"#);
        related += &format!(
            r#"<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>"#
        );
        let sheet = format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#);
        files.push((format!("xl/worksheets/sheet{number}.xml"), sheet));
    }
    related += &format!(r#"<Relationship Id="rId99" Type="{OFFICE}/styles" Target="styles.xml"/>"#);
    let workbook = format!(r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>"#);
    files.push(("xl/workbook.xml".to_owned(), workbook));
    files.push((
        "xl/_rels/workbook.xml.rels".to_owned(),
        format!(r#"<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>"#),
    ));
    let to_book = format!(r#"<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>"#);
    files.push((
        "_rels/.rels".to_owned(),
        format!(r#"<Relationships xmlns="{PACKAGE}/relationships">{to_book}</Relationships>"#),
    ));
    files.push(("xl/styles.xml".to_owned(), STYLES.to_owned()));
    files.push(("[Content_Types].xml".to_owned(), format!(r#"<Types xmlns="{PACKAGE}/content-types"/>"#)));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    archive(&files)
}

/// Rows of texts, and after a `#` of numbers, and after a `@` of days.
fn rows(first: usize, text: &str) -> String {
    let cell = |row: usize, (column, text): (char, &str)| match text.split_at_checked(1) {
        Some(("#", number)) => format!(r#"<c r="{column}{row}"><v>{number}</v></c>"#),
        Some(("@", day)) => format!(r#"<c r="{column}{row}" s="1"><v>{day}</v></c>"#),
        Some(_) => format!(r#"<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>"#),
        None => String::new(),
    };
    let row = |(row, cells): (usize, &str)| {
        let cells: String = ('A'..).zip(cells.split('|')).map(|it| cell(row, it)).collect();
        format!(r#"<row r="{row}">{cells}</row>"#)
    };
    (first..).zip(text.lines()).map(row).collect()
}

#[test]
fn a_workbook_is_read_as_it_looks() {
    let people = rows(
        3,
        "id|name|phone|joined|score\n7|Zoë|#447912345678|@45137|#1.50\n\n8||||\n9|Bo|#12|@45137.5|\n10||||#1|x",
    );
    let book = xlsx(&[("Notes", &rows(1, "Export of May")), ("People", &people), ("Old", &rows(1, "id\na\nb"))]);
    for name in ["people.xlsx", "people.XLSX", "people.csv"] {
        let found = read(name, &book).expect("it is read");
        assert_eq!(
            found.cells(),
            [
                "id·name·phone·joined·score",
                "7·Zoë·447912345678·2023-07-30·1.5",
                "8····",
                "9·Bo·12·2023-07-30T12:00:00·",
                "!must have as many cells as the header",
            ]
        );
        assert_eq!(found.records.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4, 6, 7, 8]);
        assert_eq!(found.how.to_string(), "read from its sheet People; it has 2 others");
    }
}

#[test]
fn another_sheet_can_be_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("people.xlsx");
    std::fs::write(&path, xlsx(&[("New", &rows(1, "id\n1")), ("Old", &rows(1, "id\na"))])).expect("a file");
    let sheet = |name: &str| read_as(&path, &Choices { sheet: Some(name.to_owned()), ..Choices::default() });
    assert_eq!(sheet("Old").expect("it is read").cells(), ["id", "a"]);
    let told = sheet("Older").err().expect("there is none").to_string();
    assert!(told.contains("it has New, Old"), "{told}");
    assert!(refusal("empty.xlsx", xlsx(&[("New", "")])).contains("no sheet with a header and a row below it"));
}

#[test]
fn a_table_of_open_document_is_read() {
    const HEAD: &str = r#"<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="People">"#;
    const TAIL: &str = "</table:table></office:spreadsheet></office:body></office:document-content>";
    let text = |text: &str| {
        format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#)
    };
    let row = |cells: &str| format!("<table:table-row>{cells}</table:table-row>");
    let day = r#"<table:table-cell office:value-type="date" office:date-value="2023-07-30"><text:p>30.07.23</text:p></table:table-cell>"#;
    let number = r#"<table:table-cell office:value-type="float" office:value="447912345678"><text:p>4,479E11</text:p></table:table-cell>"#;
    let header = row(&[text("id"), text("joined"), text("phone")].concat());
    let content = format!("{HEAD}{header}{}{TAIL}", row(&format!("{}{day}{number}", text("Zoë"))));
    let manifest = r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#;
    let book = archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_bytes()),
        ("META-INF/manifest.xml", manifest.as_bytes()),
    ]);
    let found = read("people.ods", book).expect("it is read");
    assert_eq!(found.cells(), ["id·joined·phone", "Zoë·2023-07-30·447912345678"]);
}

#[test]
fn a_workbook_that_would_fill_the_memory_is_refused() {
    let cell = "x".repeat(2 << 20);
    assert!(refusal("people.xlsx", xlsx(&[("People", &rows(1, &format!("id\n{cell}")))])).contains("more than 1 MB"));
    let mut book = xlsx(&[("People", &rows(1, "id\n1"))]);
    book.truncate(book.len() / 2);
    assert!(refusal("people.xlsx", book).contains("damaged"));
}
