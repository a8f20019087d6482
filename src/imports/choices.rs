//! What whoever imports a file chose about it; what they leave open is understood from the file.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};

use super::{cells::DateOrder, reading::Delimiter};
use crate::identities::Country;

/// How a file is to be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Choices {
    /// What separates cells.
    pub delimiter: Option<Delimiter>,
    /// Encoding of the text.
    pub encoding: Option<&'static Encoding>,
    /// Which sheet of a workbook is meant.
    pub sheet: Option<String>,
    /// Meanings of columns, by head or by place such as `#3`; a blank leaves a column out.
    pub columns: BTreeMap<String, String>,
    /// When lines were true that do not say it; `None`: when they are imported.
    pub as_of: Option<DateTime<Utc>>,
    /// Which part of a date such as 03/04/2026 is the day; `None`: such dates are left out.
    pub dates: Option<DateOrder>,
    /// Country of phone numbers without a code; `None`: that of the workspace.
    pub country: Option<Country>,
    /// Zone of times that do not say theirs; `None`: UTC.
    pub zone: Option<Tz>,
}

/// [`Choices`] in words.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    delimiter: Option<String>,
    encoding: Option<String>,
    sheet: Option<String>,
    columns: BTreeMap<String, String>,
    as_of: Option<DateTime<Utc>>,
    dates: Option<String>,
    country: Option<Country>,
    zone: Option<String>,
}

impl From<Choices> for Stored {
    fn from(chosen: Choices) -> Self {
        Self {
            delimiter: chosen.delimiter.map(|it| it.to_string()),
            encoding: chosen.encoding.map(|it| it.name().to_owned()),
            sheet: chosen.sheet,
            columns: chosen.columns,
            as_of: chosen.as_of,
            dates: chosen.dates.map(|it| it.as_str().to_owned()),
            country: chosen.country,
            zone: chosen.zone.map(|it| it.name().to_owned()),
        }
    }
}

impl From<Stored> for Choices {
    fn from(stored: Stored) -> Self {
        Self {
            delimiter: stored.delimiter.and_then(|it| it.parse().ok()),
            encoding: stored.encoding.and_then(|it| Encoding::for_label(it.as_bytes())),
            sheet: stored.sheet,
            columns: stored.columns,
            as_of: stored.as_of,
            dates: stored.dates.and_then(|it| DateOrder::from_stored(&it)),
            country: stored.country,
            zone: stored.zone.and_then(|it| it.parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_back_as_they_were_kept() {
        let chosen = Choices {
            delimiter: Some(Delimiter::Semicolon),
            encoding: Some(encoding_rs::WINDOWS_1252),
            sheet: Some("People".into()),
            columns: [("nr".into(), "id".into()), ("#3".into(), String::new())].into(),
            as_of: "2026-11-22T03:24:05Z".parse().ok(),
            dates: Some(DateOrder::DayFirst),
            country: "DE".parse().ok(),
            zone: Some(Tz::Europe__Berlin),
        };
        let kept = serde_json::to_string(&chosen).unwrap();
        assert_eq!(serde_json::from_str::<Choices>(&kept).unwrap(), chosen);
        assert_eq!(serde_json::from_str::<Choices>("{}").unwrap(), Choices::default());
    }
}
