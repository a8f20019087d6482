//! The page of an account, and that of a test.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{Account, HandedOver, Line, Provider, Sealed, Vault, pages, store};
use crate::{
    console::{Request, Shell},
    error::AppError,
    web::{
        Answer, Field, FormData, Now, Timestamp,
        form::{Control, Problems},
        page, page_with,
    },
};

#[derive(Template)]
#[template(path = "sending_accounts/show.html")]
struct AccountPage {
    shell: Shell,
    account: Account,
    secret: String,
    /// Why the stored secret cannot be read.
    locked: Option<String>,
    to: Field,
    problems: Problems,
    now: Now,
}

impl AccountPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("sending/{}", self.account.id))
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    /// Facts of the provider: label and value.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("Channel", self.account.channel.label().to_owned())];
        match &self.account.provider {
            Provider::Kept => facts.push(("Provider", self.account.provider.label())),
            Provider::Smtp(smtp) => {
                facts.push(("Mail server", format!("{}, port {}", smtp.host, smtp.port)));
                facts.push(("Encryption", smtp.security.label().to_owned()));
                let user = if smtp.user.is_empty() { "none" } else { &smtp.user };
                facts.push(("User name", user.to_owned()));
                facts.push(("From", format!("{} <{}>", smtp.from.name, smtp.from.email).trim().to_owned()));
                if !smtp.reply_to.is_empty() {
                    facts.push(("Answers go to", smtp.reply_to.clone()));
                }
            }
            Provider::Gateway(gateway) => {
                facts.push(("Gateway", format!("{} {}", gateway.method.label(), gateway.address)));
                facts.push(("Body", gateway.body.clone()));
            }
            Provider::Chat(chat) => facts.push(("Sends by", chat.way.label().to_owned())),
        }
        facts.push(("Secret", self.secret.clone()));
        facts
    }

    /// Limits: label and value.
    fn limits(&self) -> Vec<(&'static str, String)> {
        let limits = &self.account.limits;
        let often = if limits.per_second == 0 { "no limit".to_owned() } else { limits.per_second.to_string() };
        vec![
            ("Messages a second", often),
            ("At once", limits.at_once.to_string()),
            ("Give up after", format!("{} hours", limits.give_up.num_hours())),
        ]
    }
}

#[derive(Template)]
#[template(path = "sending_accounts/tested.html")]
struct TestedPage {
    shell: Shell,
    account: Account,
    to: String,
    came: HandedOver,
    lines: Vec<Line>,
}

impl TestedPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("sending/{}", self.account.id))
    }

    /// What came of it, in one sentence, and its sign.
    fn verdict(&self) -> (&'static str, &'static str) {
        match &self.came {
            HandedOver::Taken { .. } if self.account.provider == Provider::Kept => {
                ("good", "The test was kept here: by this account nothing leaves.")
            }
            HandedOver::Taken { .. } => ("good", "The provider took the test. Look whether it arrives."),
            HandedOver::Later { is_of_account: true, .. } => {
                ("bad", "The account does not work, so none of its messages leaves.")
            }
            HandedOver::Later { .. } => {
                ("warn", "The provider did not take the test now. A message would be tried again later.")
            }
            HandedOver::Refused { .. } => ("bad", "The provider refused the test."),
            HandedOver::NoSuchAddress { .. } => ("bad", "The provider says that there is no such address."),
            HandedOver::Unknown { .. } => {
                ("warn", "The test was handed over, and no answer came. Look whether it arrives.")
            }
        }
    }

    /// The conversation as one text.
    fn talk(&self) -> String {
        let signed = |line: &Line| {
            let parts = line.text().split('\n').map(|part| format!("{} {part}", line.sign()).trim_end().to_owned());
            parts.collect::<Vec<_>>().join("\n")
        };
        self.lines.iter().map(signed).collect::<Vec<_>>().join("\n")
    }
}

fn account_page(
    request: &Request,
    account: Account,
    sealed: Option<&Sealed>,
    to: &str,
    problems: Problems,
) -> AccountPage {
    let config = &request.state.config;
    let opened = sealed.map(|sealed| Vault::reveal(config, account.id, sealed).map(drop));
    let (secret, locked) = match opened {
        None => ("none", None),
        Some(Ok(())) => ("stored, encrypted; never shown", None),
        Some(Err(locked)) => ("stored, but it cannot be read", Some(locked.to_string())),
    };
    let to = Field::new("to", "Send a test to", Control::Text)
        .required()
        .limit(254)
        .value(to)
        .hint("An address of your own. The test is sent at once, whatever the test list says.")
        .problem(&problems.0);
    let secret = secret.to_owned();
    AccountPage { shell: request.shell.clone(), account, secret, locked, to, problems, now: request.now }
}

pub fn show(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let account = pages::asked(request, conn)?;
    let sealed = store::sealed(conn, request.scope().workspace.id, account.id)?;
    let to = request.unsent().map_or("", |sent| sent.raw("to"));
    Ok(page(&account_page(request, account, sealed.as_ref(), to, Problems::default())))
}

/// The page again, with the problem of the test's address.
pub fn show_again(
    request: &Request,
    account: Account,
    sealed: Option<&Sealed>,
    sent: &FormData,
    rule: String,
) -> Answer {
    let mut problems = Problems::default();
    problems.add("to", rule);
    let page = account_page(request, account, sealed, sent.raw("to"), problems);
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// What came of a test.
pub fn tested(request: &Request, account: Account, to: String, came: HandedOver, lines: Vec<Line>) -> Answer {
    page(&TestedPage { shell: request.shell.clone(), account, to, came, lines })
}
