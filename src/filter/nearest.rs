//! The name that somebody may have meant.

/// The one of these names that is most like `given`; `None` if none is close.
pub fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let asked = given.to_lowercase();
    let length = asked.chars().count();
    if length > 256 {
        return None;
    }
    let (far, found) = names.map(|name| (distance(&asked, &name.to_lowercase()), name)).min()?;
    (far <= length / 3 + 1).then_some(found)
}

/// Number of letters to insert, delete or replace to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut before = place;
        row[0] = place + 1;
        for (index, against) in other.iter().enumerate() {
            let changed = before + usize::from(letter != *against);
            before = row[index + 1];
            row[index + 1] = changed.min(before + 1).min(row[index] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_words() {
        for (one, other, expected) in [("plan", "plan", 0), ("plann", "plan", 1), ("paln", "plan", 2), ("", "abc", 3)] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_name_far_from_all_means_none() {
        assert_eq!(nearest("plann", ["city", "plan"].into_iter()), Some("plan"));
        assert_eq!(nearest("weather", ["city", "plan"].into_iter()), None);
    }
}
