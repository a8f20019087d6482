//! Ids as types: the id of a profile cannot be passed for that of a note.

use chrono::{DateTime, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// A new time-ordered id (version 7) for a row made at `now`.
pub fn new_id(now: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
}

/// The least id of all that [`new_id`] gives out at `at` or later.
pub fn first_id(at: DateTime<Utc>) -> Uuid {
    let milliseconds = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(u128::from(milliseconds) << 80)
}

/// New ids for rows made at `now`, ascending, and after those made at the same time with a smaller `before`.
pub fn new_ids(now: DateTime<Utc>, before: usize, count: usize) -> Vec<Uuid> {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    let time = || Timestamp::from_unix_time(seconds, now.timestamp_subsec_nanos(), before as u128, 32);
    let mut ids: Vec<Uuid> = (0..count).map(|_| Uuid::new_v7(time())).collect();
    ids.sort_unstable();
    ids
}

/// A profile, as tables know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileKey {
    /// Environment of the profile.
    pub environment: EnvironmentId,
    /// Id of the profile.
    pub profile: ProfileId,
}

/// Two profiles of one environment: what the first has goes to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Profile that gives.
    pub from: ProfileId,
    /// Profile that gets.
    pub to: ProfileId,
}

impl Pair {
    /// The ids of all first and of all second profiles, for a statement.
    pub fn columns(pairs: &[Self]) -> [Vec<Uuid>; 2] {
        [pairs.iter().map(|pair| pair.from.0).collect(), pairs.iter().map(|pair| pair.to.0).collect()]
    }
}

/// A job, as tables know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, diesel::Queryable)]
pub struct JobKey {
    /// Environment of the job.
    pub environment: EnvironmentId,
    /// Id of the job.
    pub job: JobId,
}

/// A webhook, as tables know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, diesel::Queryable)]
pub struct WebhookKey {
    /// Environment of the webhook.
    pub environment: EnvironmentId,
    /// Id of the webhook.
    pub webhook: WebhookId,
}

/// A message to a person, as tables know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageKey {
    /// Environment of the message.
    pub environment: EnvironmentId,
    /// The person, as it was asked for.
    pub profile: ProfileId,
    /// Id of the message.
    pub message: MessageId,
}

/// Declares a newtype of a column's Rust type that Diesel reads, writes and compares like the column.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty) as $sql:ty) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
            serde::Serialize, serde::Deserialize,
        )]
        #[diesel(sql_type = $sql)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl diesel::deserialize::FromSql<$sql, diesel::pg::Pg> for $name {
            fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                <$inner as diesel::deserialize::FromSql<$sql, diesel::pg::Pg>>::from_sql(bytes).map(Self)
            }
        }

        impl diesel::serialize::ToSql<$sql, diesel::pg::Pg> for $name {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
            ) -> diesel::serialize::Result {
                <$inner as diesel::serialize::ToSql<$sql, diesel::pg::Pg>>::to_sql(&self.0, out)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = <$inner as std::str::FromStr>::Err;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(/// Id of a workspace: one company, or one brand.
    WorkspaceId(i16) as diesel::sql_types::SmallInt);
id!(/// Id of a group of workspaces.
    WorkspaceGroupId(i16) as diesel::sql_types::SmallInt);
id!(/// Id of an environment: the live or the test half of a workspace. Nothing crosses.
    EnvironmentId(i16) as diesel::sql_types::SmallInt);
id!(/// Id of a source in the ledger: a key, an import, an operator or a job.
    SourceId(i32) as diesel::sql_types::Integer);
id!(/// Id of an event definition: one name in one environment.
    DefinitionId(i32) as diesel::sql_types::Integer);
id!(/// Id of a section of topics in a workspace.
    SectionId(i32) as diesel::sql_types::Integer);
id!(/// Id of a topic in a workspace.
    TopicId(i32) as diesel::sql_types::Integer);
id!(/// Id of a purpose of consents in a workspace.
    PurposeId(i32) as diesel::sql_types::Integer);
id!(/// Id of an operator, who signs in to the console.
    OperatorId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of an invitation to a workspace.
    InvitationId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of an imported file, which is the group of its changes.
    ImportId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a profile: a customer in one environment.
    ProfileId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of an event of a profile.
    EventId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a merge of one profile into another.
    MergeId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a note on a profile.
    NoteId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a job: one change of many profiles.
    JobId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a saved view of the list of profiles.
    ViewId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a key, which a sender shows with each call.
    KeyId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a segment: a group of profiles that a filter describes.
    SegmentId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of an attribute that follows a segment.
    MembershipAttributeId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a webhook: an address of another system that is told what happens.
    WebhookId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a sending account: a way by which messages leave.
    SendingAccountId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a template of messages.
    MessageTemplateId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a screen view.
    ScreenViewId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a message to a person.
    MessageId(Uuid) as diesel::sql_types::Uuid);
id!(/// Id of a message to webhooks, the same for all that get it and in all attempts.
    DeliveryId(Uuid) as diesel::sql_types::Uuid);

impl ProfileId {
    /// The last few digits, for display. The first ones are a time, and alike.
    pub fn short(&self) -> String {
        let text = self.0.simple().to_string();
        text[text.len() - 6..].to_owned()
    }
}
