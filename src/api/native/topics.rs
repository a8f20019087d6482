//! What the workspace decided about messages, for systems that ask before they send, or show people what to choose from.

use actix_web::{HttpResponse, web::Data};
use serde_json::{Value, json};

use crate::{
    api::{Caller, Fault, formats::native::in_utc},
    db::Decided,
    state::AppState,
    subscriptions::{Medium, Purpose},
    topics::{Catalogue, TopicDefinition},
};

/// Topics in order, retired ones too, and the rules of channels.
pub async fn topics(state: Data<AppState>, caller: Caller) -> Result<HttpResponse, Fault> {
    let known = Catalogue::remembered(&state.senders, caller.environment(), caller.received_at).await?;
    let retired = known.retired().map(|topic| shown(&known, topic));
    let offered = known.offered();
    let all = offered.iter().flat_map(|(_, topics)| topics.iter().map(|topic| shown(&known, topic)));
    let topics: Vec<Value> = all.chain(retired).collect();
    let channel = |channel: &Medium| {
        let rules = known.channel(*channel);
        let purposes: Vec<&str> = rules.purposes.iter().map(Purpose::as_str).collect();
        let often = rules.confirmation.is_asked().then_some(rules.confirmation.most_a_day);
        json!({"channel": channel.as_str(), "needs_yes": rules.asks_first, "purposes": purposes, "confirmations_a_day": often})
    };
    let channels: Vec<Value> = Medium::ALL.iter().map(channel).collect();
    Ok(HttpResponse::Ok().json(json!({"topics": topics, "channels": channels})))
}

fn shown(known: &Catalogue, topic: &TopicDefinition) -> Value {
    let section = known.sections.iter().find(|section| Some(section.id) == topic.section);
    let default = |channel: &Medium| (channel.as_str().to_owned(), topic.default_on(*channel).as_str().into());
    let defaults: serde_json::Map<String, Value> = Medium::ALL.iter().map(default).collect();
    json!({
        "topic": topic.topic.as_str(), "name": topic.name, "description": topic.description,
        "section": section.map(|section| &section.name), "defaults": defaults, "is_sale": topic.rules.is_sale,
        "purposes": topic.rules.purposes.iter().map(Purpose::as_str).collect::<Vec<_>>(),
        "retired_at": topic.retired_at.map(in_utc),
    })
}

/// Purposes, by key.
pub async fn purposes(state: Data<AppState>, caller: Caller) -> Result<HttpResponse, Fault> {
    let known = Catalogue::remembered(&state.senders, caller.environment(), caller.received_at).await?;
    let shown = known.purposes.iter().map(|known| {
        json!({
            "purpose": known.purpose.as_str(), "name": known.name, "description": known.description,
            "regulation": known.regulation().to_lowercase(),
        })
    });
    Ok(HttpResponse::Ok().json(json!({"purposes": shown.collect::<Vec<_>>()})))
}
