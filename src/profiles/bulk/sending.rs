//! A message to several people.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::{
    BulkId,
    change::Change,
    store::{self, Target},
};
use crate::{
    console::Request,
    db::{
        ids::{MessageTemplateId, ProfileId, SendingAccountId},
        keyset::Seek,
    },
    message_templates,
    messages::{self, Content, Draft, Forecast},
    sending_accounts,
    subscriptions::{Medium, Topic},
    verdict::MessageKind,
};

/// People of whom the verdict is asked before the message is, at most: 1,000 at a time.
pub const LOOKED_AT: usize = 5_000;
const AT_ONCE: usize = 1_000;

/// The message that people are sent: a version of a template, as it was when somebody chose it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sending {
    pub template: MessageTemplateId,
    pub version: i32,
    /// Name of the template.
    pub name: String,
    pub channel: Medium,
    pub kind: MessageKind,
    topic: Option<String>,
    account: SendingAccountId,
    /// When it is sent at the earliest.
    pub due_at: DateTime<Utc>,
}

impl Sending {
    /// The message from a template's newest version, by its channel's default account.
    ///
    /// # Errors
    /// The rule that the choice of the template breaks.
    pub fn from_template(
        request: &Request,
        conn: &mut PgConnection,
        template: MessageTemplateId,
        due_at: DateTime<Utc>,
    ) -> QueryResult<Result<Self, String>> {
        let workspace = request.scope().workspace.id;
        let found = message_templates::store::find(conn, workspace, template)?.filter(|it| it.archived_at.is_none());
        let Some(found) = found else { return Ok(Err("Choose a template.".to_owned())) };
        let mut accounts = sending_accounts::store::usable(conn, workspace)?;
        let Some(account) = accounts.remove(&found.channel).and_then(|those| those.into_iter().next()) else {
            return Ok(Err(format!("No account sends {}. Ask an admin to set one up.", found.channel.label())));
        };
        Ok(Ok(Self {
            template,
            version: found.version,
            name: found.name.as_str().to_owned(),
            channel: found.channel,
            kind: found.kind,
            topic: found.topic.map(|topic| topic.as_str().to_owned()),
            account: account.id,
            due_at,
        }))
    }

    /// The message to be asked for at `now`.
    pub fn draft(&self, now: DateTime<Utc>) -> Draft {
        Draft {
            channel: self.channel,
            account: self.account,
            kind: self.kind,
            topic: self.topic.as_deref().and_then(|topic| Topic::new(topic).ok()),
            content: Content::Template { id: self.template, version: self.version },
            name: self.name.clone(),
            event: Map::new(),
            due_at: self.due_at.max(now),
            unasked: None,
            is_confirmation: false,
        }
    }

    /// How many of those who were chosen may be sent it, of the first 5,000.
    pub fn forecast(&self, request: &Request, conn: &mut PgConnection, bulk: BulkId) -> QueryResult<Forecast> {
        let (environment, db) = (request.scope().environment, &request.state.db);
        let (question, change) = (self.draft(request.now.at).question(), Change::Send(self.clone()));
        let (mut forecast, mut way) = (Forecast::default(), Seek::Start);
        for _ in 0..LOOKED_AT / AT_ONCE {
            let page = store::targets(conn, environment, bulk, &change, None, way, AT_ONCE)?;
            let people: Vec<ProfileId> = page.rows.iter().map(Target::id).collect();
            forecast.add(db, conn, environment, &question, &people)?;
            match page.rows.last() {
                Some(last) if page.has_next => way = Seek::After(last.profile),
                _ => break,
            }
        }
        Ok(forecast)
    }

    /// Whether each of these people may be sent it, in a sentence.
    pub fn sentences(
        &self,
        request: &Request,
        conn: &mut PgConnection,
        targets: &[Target],
    ) -> QueryResult<std::collections::HashMap<ProfileId, String>> {
        let people: Vec<ProfileId> = targets.iter().map(Target::id).collect();
        let question = self.draft(request.now.at).question();
        messages::sentences(&request.state.db, conn, request.scope().environment, &question, &people)
    }
}
