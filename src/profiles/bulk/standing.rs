//! Where somebody stands towards a change, as SQL about a row of `profiles`: it is so already, or it is kept as it is.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, QueryFragment},
    sql_types::{Jsonb, Text, Uuid as SqlUuid},
};

use super::change::Change;
use crate::{
    db::{fragment::condition, ids::SegmentId},
    json::Json,
    subscriptions::{Line, Medium},
};

/// Where somebody stands, as a condition.
#[derive(Clone, Debug)]
pub struct Standing(Question);

#[derive(Clone, Debug)]
enum Question {
    Never,
    Has { tag: String },
    Lacks { tag: String },
    Value { name: String, value: Json },
    Chosen(SegmentId),
    NotChosen(SegmentId),
    Unsubscribed(&'static str),
    Suppressed(&'static str),
    Off,
    On,
    OffByWish,
}

impl Standing {
    /// The change changes nothing about them.
    pub fn already(change: &Change) -> Self {
        let text = |channel: &Option<Medium>| Line { channel: *channel, topic: None }.channel_text();
        Self(match change {
            Change::Tag { tag } => Question::Has { tag: tag.clone() },
            Change::Untag { tag } => Question::Lacks { tag: tag.clone() },
            Change::Set { name, value } => Question::Value { name: name.clone(), value: Json(value.clone()) },
            Change::Choose { segment, .. } => Question::Chosen(*segment),
            Change::Unchoose { segment, .. } => Question::NotChosen(*segment),
            Change::Unsubscribe { channel } => Question::Unsubscribed(text(channel)),
            Change::Suppress { channel } => Question::Suppressed(text(channel)),
            Change::TurnOff => Question::Off,
            Change::TurnOn => Question::On,
            Change::Send(_) | Change::Erase => Question::Never,
        })
    }

    /// They are left as they are, because they complained or asked for it.
    pub fn kept(change: &Change) -> Self {
        Self(if *change == Change::TurnOn { Question::OffByWish } else { Question::Never })
    }
}

/// Begins the condition that the person has a restriction, called `x`.
const RESTRICTED: &str = "EXISTS (SELECT FROM restrictions x WHERE x.environment_id = profiles.environment_id \
     AND x.profile_id = profiles.id AND x.cause IS NOT NULL AND x.kind = ";

impl Question {
    fn write<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Never => out.push_sql("FALSE"),
            Self::Has { tag } => {
                out.push_sql("profiles.tags @> ARRAY[");
                out.push_bind_param::<Text, _>(tag)?;
                out.push_sql("]");
            }
            Self::Lacks { tag } => {
                out.push_sql("NOT profiles.tags @> ARRAY[");
                out.push_bind_param::<Text, _>(tag)?;
                out.push_sql("]");
            }
            Self::Value { name, value } => {
                out.push_sql("profiles.attributes -> ");
                out.push_bind_param::<Text, _>(name)?;
                out.push_sql(" = ");
                out.push_bind_param::<Jsonb, _>(value)?;
            }
            Self::Chosen(segment) | Self::NotChosen(segment) => {
                out.push_sql(if matches!(self, Self::NotChosen(_)) { "NOT " } else { "" });
                out.push_sql(
                    "EXISTS (SELECT FROM segment_choices x WHERE x.environment_id = profiles.environment_id \
                         AND x.profile_id = profiles.id AND x.is_member AND x.segment_id = ",
                );
                out.push_bind_param::<SqlUuid, SegmentId>(segment)?;
                out.push_sql(")");
            }
            Self::Unsubscribed(channel) => {
                out.push_sql(
                    "EXISTS (SELECT FROM subscriptions x WHERE x.environment_id = profiles.environment_id \
                         AND x.profile_id = profiles.id AND x.topic = '' AND x.state = 'unsubscribed' AND x.channel = ",
                );
                out.push_bind_param::<Text, _>(*channel)?;
                out.push_sql(")");
            }
            Self::Suppressed(channel) => {
                out.push_sql(RESTRICTED);
                out.push_sql("'suppressed' AND x.address = '' AND x.until IS NULL AND x.channel = ");
                out.push_bind_param::<Text, _>(*channel)?;
                out.push_sql(")");
            }
            Self::Off | Self::On => {
                out.push_sql(if matches!(self, Self::On) { "NOT " } else { "" });
                out.push_sql(RESTRICTED);
                out.push_sql("'disabled')");
            }
            Self::OffByWish => {
                out.push_sql(RESTRICTED);
                out.push_sql("'disabled' AND x.cause IN ('complaint', 'request'))");
            }
        }
        Ok(())
    }
}

condition!(Standing);

impl QueryFragment<Pg> for Standing {
    // Of a row that is missing nothing is known, so nothing is so.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("COALESCE(");
        self.0.write(&mut out)?;
        out.push_sql(", FALSE)");
        Ok(())
    }
}
