//! A key inside a body.

use super::json;
use crate::{keys::Secret, web::pairs::Pairs};

/// The first of these top-level values that looks like a key, whatever else is wrong with the body.
pub fn find(body: &str, names: &[&str]) -> Option<String> {
    let texts: Vec<String> = if let Ok(parts) = json::parts(body) {
        let text = |name: &&str| serde_json::from_str::<String>(parts.get(*name)?.get()).ok();
        names.iter().filter_map(text).collect()
    } else {
        let pairs = Pairs::parse(body.as_bytes());
        // Values of a form may be JSON texts.
        names.iter().map(|name| pairs.get(name).trim_matches('"').to_owned()).collect()
    };
    texts.into_iter().find(|text| Secret::is_like(text))
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
