//! A verdict as it is answered and kept: with its words, which name sources and days.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Answer, Layer, Obstacle, Question, Terms, Verdict};

/// What a layer said, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldLayer {
    pub layer: String,
    /// `passes`, `not_asked` or `blocks`.
    pub state: String,
    /// Of what blocks: since when, by whom, why, and who can take it away.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub block: Option<ToldBlock>,
}

/// What blocks, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldBlock {
    pub since: Option<DateTime<Utc>>,
    pub by: Option<String>,
    pub why: String,
    pub lift: String,
}

impl ToldLayer {
    /// Name of the layer for people.
    pub fn label(&self) -> &str {
        match Layer::from_stored(&self.layer) {
            Some(layer) => layer.label(),
            None => &self.layer,
        }
    }

    /// The answer for people, of a layer that does not block.
    pub fn answer(&self) -> &'static str {
        if self.state == "not_asked" { "Does not matter for this message" } else { "Nothing in the way" }
    }
}

/// A verdict in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub may_send: bool,
    /// The layer of the headline.
    pub first_block: Option<String>,
    pub sentence: String,
    pub layers: Vec<ToldLayer>,
}

impl Verdict {
    /// The verdict in words.
    pub fn told(&self, question: &Question, terms: &Terms<'_>) -> Told {
        let layer = |(layer, answer): &(Layer, Answer)| {
            let state = match answer {
                Answer::Passes => "passes",
                Answer::NotAsked => "not_asked",
                Answer::Blocks(_) => "blocks",
            };
            let block =
                if let Answer::Blocks(obstacle) = answer { Some(told(obstacle, question, terms)) } else { None };
            ToldLayer { layer: layer.as_str().to_owned(), state: state.to_owned(), block }
        };
        Told {
            may_send: self.may_send(),
            first_block: self.first_block().map(|(layer, _)| layer.as_str().to_owned()),
            sentence: self.sentence(question, terms),
            layers: self.layers.iter().map(layer).collect(),
        }
    }
}

fn told(obstacle: &Obstacle, question: &Question, terms: &Terms<'_>) -> ToldBlock {
    ToldBlock {
        since: obstacle.said.map(|said| said.at),
        by: obstacle.said.map(|said| (terms.source)(said.by)),
        why: obstacle.sentence(question.channel, terms),
        lift: obstacle.lift().to_owned(),
    }
}
