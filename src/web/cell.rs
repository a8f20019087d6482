//! Cells of CSV files that people open in spreadsheets.

use std::borrow::Cow;

/// A text as a cell that no spreadsheet takes for a formula: if it begins like a formula, an apostrophe is put in front, which marks text
/// in spreadsheets (OWASP, "CSV Injection"). Spaces before such a beginning do not hide it. A plain number stays a number.
pub fn cell(text: &str) -> Cow<'_, str> {
    let begins_formula =
        |start: char| matches!(start, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    let is_risky = text.starts_with(begins_formula) || text.trim_start().starts_with(begins_formula);
    if is_risky && !is_number(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Whether a text has only digits, and at most a sign and a decimal point.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, rest].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn what_begins_like_a_formula_is_text() {
        for risky in [
            "=1+1",
            "+1-2",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "=cmd|' /C calc'!A0",
            "-",
            "+",
            "＝1",
            "-1e5",
            "+1,2",
        ] {
            assert_eq!(cell(risky), format!("'{risky}"));
        }
        for plain in ["", "a=b", "1,2", "'=1", "-1", "+14155550123", "-0.5", "ann@example.com", "must be -1"] {
            assert_eq!(cell(plain), plain);
        }
    }
}
