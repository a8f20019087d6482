//! Numbers for people.

/// "12,345".
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "12.3 %", of tenths of a percent.
pub fn tenths(number: i64) -> String {
    format!("{}.{} %", grouped(number / 10), number % 10)
}

/// "1 profile", "3 profiles".
pub fn profiles(number: i64) -> String {
    counted(number, "profile", "profiles")
}

/// "1 person", "3 people".
pub fn people(number: i64) -> String {
    counted(number, "person", "people")
}

/// A number with its noun.
pub fn counted(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-12_345, "-12,345"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
        assert_eq!([tenths(7), tenths(12_345)], ["0.7 %", "1,234.5 %"]);
        assert_eq!([profiles(1), people(2_000)], ["1 profile", "2,000 people"]);
    }
}
