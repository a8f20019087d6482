//! The name that somebody may have meant.

use crate::text::distance;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_far_from_all_means_none() {
        assert_eq!(nearest("plann", ["city", "plan"].into_iter()), Some("plan"));
        assert_eq!(nearest("weather", ["city", "plan"].into_iter()), None);
    }
}
