//! Finds the key in a body.

use crate::{api::json, keys::Secret};

/// Names under which clients send a key in a query or, except in the native format, in a body.
pub const NAMES: [&str; 4] = ["auth_token", "tracking_api_key", "writeKey", "token"];

/// The first of these top-level values that looks like a key, even if the body is malformed otherwise; if none does, the first that is
/// meant as one, so that its sender hears that the key is wrong. A `token` may be anything.
pub fn find(body: &str, names: &[&str]) -> Option<String> {
    let mut texts: Vec<Option<String>> = if let Ok(parts) = json::parts(body) {
        let text = |name: &&str| serde_json::from_str::<String>(parts.get(*name)?.get()).ok();
        names.iter().map(text).collect()
    } else {
        in_form(body, names)
    };
    let is_like = |text: &Option<String>| text.as_ref().is_some_and(|text| Secret::is_like(text));
    let is_meant =
        |name: &&str, text: &Option<String>| *name != "token" && text.as_ref().is_some_and(|it| !it.is_empty());
    let place = texts.iter().position(is_like);
    let place = place.or_else(|| names.iter().zip(&texts).position(|(name, text)| is_meant(name, text)));
    texts.swap_remove(place?)
}

/// The first value of each of these names in a form. The sender has no key yet, and a body can hold millions of pairs: only the values
/// asked for are kept.
fn in_form(body: &str, names: &[&str]) -> Vec<Option<String>> {
    let mut found = vec![None; names.len()];
    for (name, value) in form_urlencoded::parse(body.as_bytes()) {
        if let Some(place) = names.iter().position(|known| *known == name)
            && found[place].is_none()
        {
            // Values of a form may be JSON texts.
            found[place] = Some(value.trim().trim_matches('"').to_owned());
        }
    }
    found
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
        assert_eq!([found("[1]"), found(""), found("{"), found(r#"{"writeKey": ""}"#)], [None, None, None, None]);
        assert_eq!(found(r#"{"writeKey": "abc"}"#), Some("abc".to_owned()), "it is wrong, and not missing");
        assert_eq!(find(r#"{"token": "of a device"}"#, &["writeKey", "token"]), None);
    }
}
