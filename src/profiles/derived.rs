//! Values that are derived from others, and are shown as derived.

use chrono::{Datelike, NaiveDate};
use rlibphonenumber::PhoneNumber;
use serde_json::{Map, Value};

use super::languages;
use crate::web::Now;

/// A derived value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Label for people.
    pub label: &'static str,
    /// The derived value, for people.
    pub value: String,
    /// Name of the value that it is derived from.
    pub from: &'static str,
}

/// Age, local time and country, each if its source is not hidden; age and country only without attributes of these names (F2.7).
pub fn derived(
    values: &Map<String, Value>,
    is_hidden: impl Fn(&str) -> bool,
    phone: Option<&str>,
    now: Now,
) -> Vec<Derived> {
    let text = |name: &str| values.get(name).filter(|_| !is_hidden(name)).and_then(Value::as_str);
    let unless = |name: &str| !values.contains_key(name);
    let age = text("birthday").filter(|_| unless("age")).and_then(|day| age(day, now.day()));
    let time = text("timezone").and_then(|zone| zone.parse::<chrono_tz::Tz>().ok());
    let country = phone.filter(|_| unless("country")).and_then(country);
    let found = [
        age.map(|years| Derived { label: "Age", value: years.to_string(), from: "birthday" }),
        time.map(|zone| Derived {
            label: "Local time",
            value: now.at.with_timezone(&zone).format("%H:%M, %A").to_string(),
            from: "time zone",
        }),
        country.map(|country| Derived { label: "Country", value: country, from: "phone number" }),
    ];
    found.into_iter().flatten().collect()
}

fn age(birthday: &str, today: NaiveDate) -> Option<i32> {
    let born: NaiveDate = birthday.get(..10)?.parse().ok()?;
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    let age = today.year() - born.year() - i32::from(!had_birthday);
    (0..150).contains(&age).then_some(age)
}

/// English name of the country of a phone number; `None` if its code belongs to no country.
fn country(phone: &str) -> Option<String> {
    let region = phone.parse::<PhoneNumber>().ok()?.get_region_code()?;
    let code = format!("{region:?}").to_uppercase();
    Some(languages::country(&code).map_or(code.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(values: Value, phone: Option<&str>) -> Vec<String> {
        let now = Now::new("2026-11-22T03:24:05Z".parse().unwrap(), chrono_tz::Tz::UTC);
        let is_hidden = |name: &str| name == "timezone" && values.get("is_secret").is_some();
        let found = derived(values.as_object().unwrap(), is_hidden, phone, now);
        found.into_iter().map(|it| format!("{} {}", it.label, it.value)).collect()
    }

    #[test]
    fn age_time_and_country_are_worked_out() {
        assert_eq!(told(json!({"birthday": "1991-03-14"}), None), ["Age 35"]);
        assert_eq!(told(json!({"birthday": "1991-11-23"}), None), ["Age 34"]);
        assert_eq!(told(json!({"timezone": "Asia/Kolkata"}), None), ["Local time 08:54, Sunday"]);
        assert_eq!(told(json!({}), Some("+919876543210")), ["Country India"]);
        assert_eq!(told(json!({"birthday": "soon"}), Some("hello")), Vec::<String>::new());
    }

    #[test]
    fn what_is_said_outright_wins() {
        assert!(told(json!({"country": "Nepal"}), Some("+919876543210")).is_empty());
        assert!(told(json!({"timezone": "Asia/Kolkata", "is_secret": 1}), None).is_empty());
        assert!(told(json!({"birthday": "1991-03-14", "age": 36}), None).is_empty());
    }
}
