//! What the provider of an account tells of messages: in which format, with which key it signs, and which address it calls.

use diesel::{OptionalExtension, PgConnection, QueryResult, prelude::*};

use super::{Sealed, store::Author};
use crate::{
    auth::Action,
    db::{
        ids::{MessageId, SendingAccountId, WorkspaceId},
        schema::sending_accounts as accounts,
    },
    subscriptions::Medium,
    words::words,
};

/// Accounts of all workspaces that may have one id.
const MOST_OF_ID: i64 = 10;
/// Name under which providers keep the id of a message and tell it again.
pub const ARGUMENT: &str = "kith_message";

words! {
    /// Format in which a provider tells what becomes of messages.
    pub enum FeedbackFormat {
        Kith = "kith", "kith's own JSON";
        Sendgrid = "sendgrid", "SendGrid";
        Postmark = "postmark", "Postmark";
        Mailgun = "mailgun", "Mailgun";
        Ses = "ses", "Amazon SES";
        Twilio = "twilio", "Twilio";
    }
}

impl FeedbackFormat {
    /// The formats that a channel can use.
    pub fn of(channel: Medium) -> &'static [Self] {
        match channel {
            Medium::Email => &[Self::Kith, Self::Sendgrid, Self::Postmark, Self::Mailgun, Self::Ses],
            // What Twilio tells of calls has other fields.
            Medium::Sms | Medium::Whatsapp => &[Self::Kith, Self::Twilio],
            _ => &[Self::Kith],
        }
    }

    /// What the provider calls the key that its signatures are checked with; `None`: it signs nothing, or with a certificate.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::Sendgrid => Some("Verification key"),
            Self::Mailgun => Some("HTTP webhook signing key"),
            Self::Twilio => Some("Auth token"),
            Self::Kith | Self::Postmark | Self::Ses => None,
        }
    }

    /// The header by which the provider is handed the id of a message, so that it tells it again.
    pub fn header(self, message: MessageId) -> Option<(&'static str, String)> {
        match self {
            // docs.sendgrid.com/for-developers/sending-email/unique-arguments
            Self::Sendgrid => Some(("X-SMTPAPI", format!(r#"{{"unique_args":{{"{ARGUMENT}":"{message}"}}}}"#))),
            // postmarkapp.com/developer/user-guide/send-email-with-smtp
            Self::Postmark => Some(("X-PM-Metadata-kith_message", message.to_string())),
            // documentation.mailgun.com/docs/mailgun/user-manual/sending-messages
            Self::Mailgun => Some(("X-Mailgun-Variables", format!(r#"{{"{ARGUMENT}":"{message}"}}"#))),
            // docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html
            Self::Ses => Some(("X-SES-MESSAGE-TAGS", format!("{ARGUMENT}={message}"))),
            Self::Kith | Self::Twilio => None,
        }
    }
}

/// How the provider of an account tells what becomes of messages.
#[derive(Clone, Debug)]
pub struct Hook {
    pub workspace: WorkspaceId,
    pub account: SendingAccountId,
    pub name: String,
    pub channel: Medium,
    pub format: FeedbackFormat,
    pub key: Option<Sealed>,
    /// How often its address was replaced.
    pub turn: i32,
    /// Address by which an admin confirms that Amazon may send here.
    pub confirm: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct Row {
    workspace_id: i16,
    id: SendingAccountId,
    name: String,
    channel: String,
    feedback: String,
    feedback_key: Option<Vec<u8>>,
    feedback_turn: i32,
    feedback_confirm: Option<String>,
}

/// The hook of a row; `None` for one that a newer version of kith wrote and this one does not know.
fn hook(row: Row) -> Option<Hook> {
    Some(Hook {
        workspace: WorkspaceId(row.workspace_id),
        account: row.id,
        name: row.name,
        channel: Medium::parse(&row.channel).ok()?,
        format: FeedbackFormat::from_stored(&row.feedback)?,
        key: row.feedback_key.map(Sealed),
        turn: row.feedback_turn,
        confirm: row.feedback_confirm,
    })
}

/// The hook of an account that was not removed.
pub fn find(conn: &mut PgConnection, workspace: WorkspaceId, id: SendingAccountId) -> QueryResult<Option<Hook>> {
    let rows = accounts::table.find((workspace.0, id)).filter(accounts::removed_at.is_null());
    Ok(rows.select(Row::as_select()).first(conn).optional()?.and_then(hook))
}

/// Hooks of all accounts with this id that were not removed: only the secret in an address says of which workspace it is.
pub fn of_id(conn: &mut PgConnection, id: SendingAccountId) -> QueryResult<Vec<Hook>> {
    let rows = accounts::table.filter(accounts::id.eq(id).and(accounts::removed_at.is_null()));
    let rows: Vec<Row> = rows.order(accounts::workspace_id).limit(MOST_OF_ID).select(Row::as_select()).load(conn)?;
    Ok(rows.into_iter().filter_map(hook).collect())
}

/// Stores the format and, if there is a new one, the key. Returns whether there is such an account.
pub fn set(
    conn: &mut PgConnection,
    hook: &Hook,
    format: FeedbackFormat,
    key: Option<&Sealed>,
    by: &Author,
) -> QueryResult<bool> {
    let row = accounts::table.find((hook.workspace.0, hook.account));
    // A key of another provider opens nothing here.
    let kept = hook.key.as_ref().filter(|_| format == hook.format);
    let key = key.or(kept).filter(|_| format.key().is_some()).map(|sealed| sealed.0.as_slice());
    let set = (
        (accounts::feedback.eq(format.as_str()), accounts::feedback_key.eq(key)),
        accounts::feedback_confirm.eq(hook.confirm.as_deref().filter(|_| format == FeedbackFormat::Ses)),
    );
    let changed = diesel::update(row).filter(accounts::removed_at.is_null()).set(set).execute(conn)?;
    let what = format!("feedback: {}", format.label());
    if changed > 0 {
        by.note(conn, Action::SendingAccountChanged, hook.account, &hook.name, &what)?;
    }
    Ok(changed > 0)
}

/// Replaces the address that the provider calls: the old one is worth nothing from now on. Returns whether there is such an account.
pub fn replace(conn: &mut PgConnection, hook: &Hook, by: &Author) -> QueryResult<bool> {
    let row = accounts::table.find((hook.workspace.0, hook.account)).filter(accounts::removed_at.is_null());
    let changed = diesel::update(row).set(accounts::feedback_turn.eq(accounts::feedback_turn + 1)).execute(conn)?;
    if changed > 0 {
        by.note(conn, Action::SendingAccountChanged, hook.account, &hook.name, "feedback: new address")?;
    }
    Ok(changed > 0)
}

/// Stores the address by which an admin confirms that Amazon may send here; `None`: it was confirmed.
pub fn note_confirm(conn: &mut PgConnection, hook: &Hook, confirm: Option<&str>) -> QueryResult<usize> {
    diesel::update(accounts::table.find((hook.workspace.0, hook.account)))
        .set(accounts::feedback_confirm.eq(confirm))
        .execute(conn)
}
