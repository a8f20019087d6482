//! The form of a webhook.

use std::collections::BTreeSet;

use super::{Draft, HappeningKind, Kinds, MOST_SEGMENTS, Segments, Webhook, WebhookName};
use crate::{
    db::ids::{SegmentId, WebhookId},
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
        outbound::{self, Endpoint, Reach},
    },
};

/// The form of a webhook: typed text and problems.
#[derive(Clone, Debug)]
pub struct WebhookForm {
    pub id: WebhookId,
    pub name: Field,
    pub url: Field,
    pub kinds: Choices,
    /// Segments that were chosen; none: all.
    pub chosen: BTreeSet<SegmentId>,
    pub problems: Problems,
}

impl WebhookForm {
    fn new(
        id: WebhookId,
        [name, url]: [&str; 2],
        is_on: impl Fn(HappeningKind) -> bool,
        chosen: BTreeSet<SegmentId>,
        problems: Problems,
    ) -> Self {
        let kind = |kind: HappeningKind| {
            let label = match kind {
                HappeningKind::Entered => "Somebody enters a segment",
                HappeningKind::Left => "Somebody leaves a segment",
            };
            Choice { value: kind.as_str(), label, hint: "", is_on: is_on(kind) }
        };
        Self {
            id,
            name: Field::new("name", "Name", Control::Text)
                .required()
                .limit(WebhookName::LONGEST)
                .value(name)
                .hint("The system that is told, such as “Shop backend”.")
                .problem(&problems.0),
            url: Field::new("url", "Address", Control::Text)
                .required()
                .limit(outbound::LONGEST)
                .value(url)
                .hint("Messages are sent here by POST, for example https://shop.example/hooks/kith.")
                .problem(&problems.0),
            kinds: Choices::any("kinds", "Send a message when", HappeningKind::ALL.map(kind).to_vec())
                .problem(&problems.0),
            chosen,
            problems,
        }
    }

    /// The form with default values.
    pub fn blank(id: WebhookId) -> Self {
        Self::new(id, ["", ""], |_| true, BTreeSet::new(), Problems::default())
    }

    /// The form of a stored webhook.
    pub fn of(webhook: &Webhook) -> Self {
        let Draft { name, endpoint, kinds, segments } = &webhook.draft;
        let chosen = if let Segments::Only(ids) = segments { ids.clone() } else { BTreeSet::new() };
        Self::new(webhook.id, [name.as_str(), endpoint.as_str()], |kind| kinds.has(kind), chosen, Problems::default())
    }

    /// The form as it was typed.
    pub fn typed(id: WebhookId, sent: &FormData, problems: Problems) -> Self {
        let is_on = |kind: HappeningKind| sent.all("kinds").any(|word| word == kind.as_str());
        Self::new(id, [sent.raw("name"), sent.raw("url")], is_on, chosen(sent), problems)
    }

    /// Parses the form.
    ///
    /// # Errors
    /// The form as it was typed, with its problems.
    pub fn parse(id: WebhookId, sent: &FormData, reach: Reach) -> Result<Draft, Box<Self>> {
        let mut problems = Problems::default();
        let name = WebhookName::new(sent.raw("name")).map_err(|rule| problems.add("name", rule));
        let endpoint = Endpoint::parse(sent.raw("url"), reach).map_err(|rule| problems.add("url", rule));
        let kinds = Kinds::new(sent.all("kinds").filter_map(HappeningKind::from_stored))
            .ok_or_else(|| problems.add("kinds", "Tick at least one. Else nothing is ever sent."));
        let chosen = chosen(sent);
        if chosen.len() > MOST_SEGMENTS {
            problems.add("segments", "Tick at most 100 segments, or none for all of them.");
        }
        let segments = if chosen.is_empty() { Segments::All } else { Segments::Only(chosen) };
        match (name, endpoint, kinds) {
            (Ok(name), Ok(endpoint), Ok(kinds)) if problems.is_empty() => Ok(Draft { name, endpoint, kinds, segments }),
            _ => Err(Box::new(Self::typed(id, sent, problems))),
        }
    }
}

fn chosen(sent: &FormData) -> BTreeSet<SegmentId> {
    sent.all("segments").filter_map(|id| id.parse().ok()).collect()
}
