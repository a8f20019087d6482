//! The body that makes or changes a webhook.

use serde_json::Value;

use super::{
    object::{Object, missing, wrong},
    whole,
};
use crate::{
    db::ids::SegmentId,
    outputs::{Draft, HappeningKind, Kinds, MOST_SEGMENTS, Secret, Segments, WebhookName},
    rejections::{Refused, codes},
    web::outbound::{Endpoint, Reach},
};

/// What a body says of a webhook; what it does not say stays.
#[derive(Clone, Debug, Default)]
pub struct WebhookSaid {
    name: Option<WebhookName>,
    endpoint: Option<Endpoint>,
    kinds: Option<Kinds>,
    segments: Option<Segments>,
    /// Whether it is to send.
    pub is_on: Option<bool>,
    pub secret: Option<Secret>,
}

impl WebhookSaid {
    /// `{"name", "url", "happenings"?, "segments"?, "on"?, "secret"?}`.
    pub fn read(body: &str, reach: Reach) -> Result<Self, Refused> {
        let mut given = whole(body)?;
        let said = Self {
            name: given.text("name")?.map(|text| checked("name", WebhookName::new(&text))).transpose()?,
            endpoint: given.text("url")?.map(|text| checked("url", Endpoint::parse(&text, reach))).transpose()?,
            kinds: kinds(&mut given)?,
            segments: segments(&mut given)?,
            is_on: given.flag("on")?,
            secret: given.text("secret")?.map(|text| checked("secret", Secret::parse(&text))).transpose()?,
        };
        given.finish()?;
        Ok(said)
    }

    /// A new webhook. Refused without a name or an address.
    pub fn made(&self) -> Result<Draft, Refused> {
        Ok(Draft {
            name: self.name.clone().ok_or_else(|| missing("name"))?,
            endpoint: self.endpoint.clone().ok_or_else(|| missing("url"))?,
            kinds: self.kinds.clone().unwrap_or_else(Kinds::all),
            segments: self.segments.clone().unwrap_or(Segments::All),
        })
    }

    /// A known webhook, changed.
    pub fn changed(&self, known: &Draft) -> Draft {
        Draft {
            name: self.name.as_ref().unwrap_or(&known.name).clone(),
            endpoint: self.endpoint.as_ref().unwrap_or(&known.endpoint).clone(),
            kinds: self.kinds.as_ref().unwrap_or(&known.kinds).clone(),
            segments: self.segments.as_ref().unwrap_or(&known.segments).clone(),
        }
    }
}

/// The values of checked types say in a sentence what is wrong; what was given may be secret.
fn checked<T>(field: &str, read: Result<T, impl Into<String>>) -> Result<T, Refused> {
    read.map_err(|rule| Refused::new(codes::INVALID_VALUE, field, format!("{field}: {}", rule.into())))
}

fn kinds(given: &mut Object) -> Result<Option<Kinds>, Refused> {
    let Some(value) = given.some("happenings") else { return Ok(None) };
    let rule = "must be a list of segment.entered, segment.left or both";
    let Value::Array(words) = &value else { return Err(wrong("happenings", rule, &value)) };
    let known = words.iter().map(|word| word.as_str().and_then(HappeningKind::from_stored));
    let kinds = known.collect::<Option<Vec<_>>>().and_then(Kinds::new);
    kinds.map(Some).ok_or_else(|| wrong("happenings", rule, &value))
}

/// Null means all, and so it can be set again.
fn segments(given: &mut Object) -> Result<Option<Segments>, Refused> {
    let rule = "must be null or a list of 1 to 100 ids of segments";
    let ids = match given.take("segments") {
        None => return Ok(None),
        Some(Value::Null) => return Ok(Some(Segments::All)),
        Some(Value::Array(ids)) if (1..=MOST_SEGMENTS).contains(&ids.len()) => ids,
        Some(other) => return Err(wrong("segments", rule, &other)),
    };
    let read =
        |id: &Value| id.as_str().and_then(|id| id.parse::<SegmentId>().ok()).ok_or_else(|| wrong("segments", rule, id));
    Ok(Some(Segments::Only(ids.iter().map(read).collect::<Result<_, _>>()?)))
}
