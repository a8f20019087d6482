//! What the list says of messages: whether a campaign can reach somebody, and what they said of a channel.

use std::collections::HashMap;

use diesel::{PgConnection, QueryResult};

use crate::{
    console::Request,
    db::{
        Decided,
        ids::{ProfileId, SourceId},
    },
    subscriptions::{Line, Medium},
    topics::Catalogue,
    verdict::{self, Agreement, Facts, Summary, Terms},
    web::Timestamp,
};

/// Facts about messages to one person, and what follows from them.
pub struct Reach {
    facts: Facts,
    summary: Summary,
    /// Channels in words, or why there are none; empty until the sources are known by name.
    sentence: String,
}

impl Reach {
    /// Of these people, with one SQL statement. Sentences follow with [`Reach::tell`].
    pub fn of_many(
        request: &Request,
        conn: &mut PgConnection,
        people: &[ProfileId],
    ) -> QueryResult<HashMap<ProfileId, Self>> {
        if people.is_empty() {
            return Ok(HashMap::new());
        }
        let (environment, now) = (request.scope().environment, request.now.at);
        let catalogue = Catalogue::remembered_by(conn, &request.state.db, environment, now)?;
        let facts = verdict::of_many(conn, environment, people)?;
        let summed = |(person, facts): (ProfileId, Facts)| {
            let summary = Summary::new(&facts, &catalogue.rules, now);
            (person, Self { facts, summary, sentence: String::new() })
        };
        Ok(facts.into_iter().map(summed).collect())
    }

    /// The source that the sentence will name.
    pub fn source(&self) -> Option<SourceId> {
        Some(self.summary.block.as_ref()?.1.said?.by)
    }

    /// Puts all of it into words.
    pub fn tell(
        request: &Request,
        conn: &mut PgConnection,
        all: &mut HashMap<ProfileId, Self>,
        sources: &HashMap<SourceId, String>,
    ) -> QueryResult<()> {
        let (environment, now) = (request.scope().environment, request.now);
        let catalogue = Catalogue::remembered_by(conn, &request.state.db, environment, now.at)?;
        let day = |at| Timestamp::new(at, now).date();
        let source = |source| sources.get(&source).cloned().unwrap_or_default();
        let terms = Terms { day: &day, source: &source, rules: &catalogue.rules };
        all.values_mut().for_each(|reach| reach.sentence = reach.summary.sentence(&terms));
        Ok(())
    }

    /// Whether a campaign can reach the person by some channel.
    pub fn is_open(&self) -> bool {
        !self.summary.can.is_empty()
    }

    /// Why no campaign can reach somebody who has an email, a phone or a device; `None`: one can, or they have none.
    pub fn obstacle(&self) -> Option<&str> {
        self.summary.block.as_ref().map(|_| self.sentence.as_str())
    }

    /// Channels in words, or why there are none, as a sentence of its own.
    pub fn sentence(&self) -> String {
        let mut letters = self.sentence.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }

    /// What the person said of messages on a channel; a no to everything is one to each. `None`: nothing.
    pub fn agreement(&self, channel: Medium) -> Option<Agreement> {
        let said = |line: &Line| self.facts.lines.get(line).map(|(agreement, _)| *agreement);
        let of_all = said(&Line::everything()).filter(|agreement| matches!(agreement, Agreement::No(_)));
        of_all.or_else(|| said(&Line::channel(channel)))
    }
}
