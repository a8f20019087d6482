//! Finds the key in a body.

use crate::{api::json, keys::Secret};

/// The first of these top-level values that looks like a key, even if the body is malformed otherwise.
pub fn find(body: &str, names: &[&str]) -> Option<String> {
    let texts: Vec<String> = if let Ok(parts) = json::parts(body) {
        let text = |name: &&str| serde_json::from_str::<String>(parts.get(*name)?.get()).ok();
        names.iter().filter_map(text).collect()
    } else {
        in_form(body, names)
    };
    texts.into_iter().find(|text| Secret::is_like(text))
}

/// The first value of each of these names in a form. The sender has no key yet, and a body can hold millions of pairs: only the values
/// asked for are kept.
fn in_form(body: &str, names: &[&str]) -> Vec<String> {
    let mut found = vec![None; names.len()];
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        if let Some(place) = names.iter().position(|known| *known == name)
            && found[place].is_none()
        {
            // Values of a form may be JSON texts.
            found[place] = Some(value.trim().trim_matches('"').to_owned());
        }
    }
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_whatever_surrounds_it() {
        let found = |body| find(body, &["auth_token", "writeKey"]);
        let key = Some("kith_live_a".to_owned());
        assert_eq!(found(r#"{"x": NaN, "batch": [{"writeKey": "kith_live_b"}], "writeKey": "kith_live_a"}"#), key);
        assert_eq!(found(r#"{"auth_token": 7, "writeKey": "kith_live_a"}"#), key);
        assert_eq!(found("id=1&auth_token=%22kith_live_a%22"), key);
        assert_eq!(found("auth_token=kith_live_a"), key);
        assert_eq!([found(r#"{"writeKey": "abc"}"#), found("[1]"), found(""), found("{")], [None, None, None, None]);
    }
}
