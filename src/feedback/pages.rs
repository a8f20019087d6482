//! The page of what the provider of an account tells: the address to enter there, the format, and what could not be assigned.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::store::{self, Miss};
use crate::{
    console::{Request, Shell},
    error::AppError,
    sending_accounts::{
        FeedbackFormat, Secret, Vault,
        feedback::{self, Hook},
    },
    subscriptions::Medium,
    web::{
        Answer, Field, FormData, Now, Timestamp,
        form::{Control, Problems},
        page, page_with,
    },
};

#[derive(Template)]
#[template(path = "feedback/show.html")]
struct FeedbackPage {
    shell: Shell,
    now: Now,
    hook: Hook,
    /// The address to enter at the provider.
    address: String,
    format: Field,
    /// Of providers that sign with a key.
    key: Field,
    problems: Problems,
    misses: Vec<Miss>,
    /// Why the stored key cannot be read.
    locked: Option<String>,
}

impl FeedbackPage {
    fn account(&self) -> String {
        self.shell.scope.path(&format!("sending/{}", self.hook.account))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// Where the address belongs.
    fn place(&self) -> &'static str {
        match self.hook.format {
            FeedbackFormat::Kith => "Have your system post kith's own JSON to it.",
            FeedbackFormat::Sendgrid => {
                "In SendGrid under Settings, Mail Settings, Event Webhook, as Post URL. Turn on Signed Event Webhook, and enter its Verification Key below."
            }
            FeedbackFormat::Postmark => {
                "In Postmark on the page of the message stream under Webhooks, for delivery, bounce, spam complaint, open, click and subscription change."
            }
            FeedbackFormat::Mailgun => {
                "In Mailgun under Send, Sending, Webhooks, for delivered, permanent failure, opened, clicked, complained and unsubscribed. Enter the HTTP webhook signing key of that page below."
            }
            FeedbackFormat::Ses => {
                "In Amazon SNS, as an HTTPS subscription of the topic to which your configuration set of Amazon SES publishes; leave raw message delivery off. Then confirm it here."
            }
            FeedbackFormat::Twilio => {
                "Twilio calls the address that each message names. Add this to the end of the body of the account:"
            }
        }
    }

    /// What is added to the body of a Twilio account.
    fn callback(&self) -> Option<String> {
        let is_twilio = self.hook.format == FeedbackFormat::Twilio;
        let encoded: String =
            form_urlencoded::byte_serialize(format!("{}?message=", self.address).as_bytes()).collect();
        is_twilio.then(|| format!("&StatusCallback={encoded}{{{{ id }}}}"))
    }

    fn is_mail(&self) -> bool {
        self.hook.channel == Medium::Email
    }
}

/// The hook of the account in the address.
pub fn asked(request: &Request, conn: &mut PgConnection) -> Result<Hook, AppError> {
    let found = feedback::find(conn, request.scope().workspace.id, request.id()?)?;
    found.ok_or(AppError::NotFound)
}

fn feedback_page(
    request: &Request,
    conn: &mut PgConnection,
    hook: Hook,
    sent: Option<&FormData>,
    problems: Problems,
) -> Result<FeedbackPage, AppError> {
    let address = format!("{}{}", request.state.config.server.site.origin(), store::path(conn, &hook)?);
    let misses = store::misses(conn, &hook)?;
    let options = FeedbackFormat::of(hook.channel).iter().map(|it| (it.as_str().to_owned(), it.label().to_owned()));
    let chosen = sent.map_or(hook.format.as_str(), |sent| sent.get("format"));
    let format = Field::new("format", "Format", Control::Select)
        .options(options)
        .value(chosen)
        .hint("What sends it. Emails carry the message's id in the way that this provider tells again.")
        .problem(&problems.0);
    let stored = if hook.key.is_some() { " One is stored, encrypted. Leave this empty to keep it." } else { "" };
    let key = Field::new("key", "Key", Control::Password)
        .autocomplete("new-password")
        .limit(Secret::LONGEST)
        .hint(format!("What the provider signs with: the verification key of SendGrid, the webhook signing key of Mailgun, the auth token of Twilio. The others need none.{stored}"))
        .problem(&problems.0);
    let opened = hook.key.as_ref().map(|sealed| Vault::reveal(&request.state.config, hook.account, sealed));
    let locked = opened.and_then(Result::err).map(|locked| locked.to_string());
    let (shell, now) = (request.shell.clone(), request.now);
    Ok(FeedbackPage { shell, now, hook, address, format, key, problems, misses, locked })
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let hook = asked(request, conn)?;
    Ok(page(&feedback_page(request, conn, hook, request.unsent(), Problems::default())?))
}

/// The page again, with what was chosen and its problems.
pub fn show_again(request: &Request, hook: &Hook, sent: &FormData, problems: &Problems) -> Result<Answer, AppError> {
    let shown = request.read(|conn| feedback_page(request, conn, hook.clone(), Some(sent), problems.clone()))?;
    Ok(page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown))
}
