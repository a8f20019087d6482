//! The list of accounts, the forms of one, and the question before one is removed.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    Account, Locked, ProviderKind, Vault,
    form::{AccountForm, Preset, Sort},
    store::{self, MOST},
};
use crate::{
    console::{Request, Shell},
    db::ids::{SendingAccountId, new_id},
    error::AppError,
    subscriptions::Medium,
    web::{Answer, FormData, page, page_with, pairs::Pairs},
};

#[derive(Template)]
#[template(path = "sending_accounts/index.html")]
struct IndexPage {
    shell: Shell,
    accounts: Vec<Account>,
}

impl IndexPage {
    fn path(&self) -> String {
        self.shell.scope.path("sending")
    }

    fn is_full(&self) -> bool {
        self.accounts.len() >= MOST
    }

    /// Accounts of each channel that has some.
    fn channels(&self) -> Vec<(Medium, Vec<&Account>)> {
        let of = |channel: &Medium| (*channel, self.accounts.iter().filter(|it| it.channel == *channel).collect());
        Medium::ALL.iter().map(of).filter(|(_, accounts): &(_, Vec<_>)| !accounts.is_empty()).collect()
    }
}

#[derive(Template)]
#[template(path = "sending_accounts/choose.html")]
struct ChoosePage {
    shell: Shell,
}

impl ChoosePage {
    fn path(&self) -> String {
        self.shell.scope.path("sending")
    }

    /// Channels, each with its kinds of providers.
    fn channels(&self) -> Vec<(Medium, &'static [ProviderKind])> {
        Medium::ALL.iter().map(|channel| (*channel, ProviderKind::of(*channel))).collect()
    }

    fn link(&self, channel: &Medium, kind: &ProviderKind) -> String {
        let asked = Pairs::default().with("channel", channel.as_str()).with("provider", kind.as_str());
        asked.address(&format!("{}/new", self.path()))
    }
}

#[derive(Template)]
#[template(path = "sending_accounts/form.html")]
struct FormPage {
    shell: Shell,
    /// Name of the account; `None` for a new one.
    name: Option<String>,
    form: AccountForm,
    /// Why no secret can be stored.
    locked: Option<Locked>,
}

impl FormPage {
    fn path(&self) -> String {
        let list = self.shell.scope.path("sending");
        if self.name.is_some() { format!("{list}/{}", self.form.sort.id) } else { list }
    }

    fn action(&self) -> String {
        let last = if self.name.is_some() { "edit" } else { "new" };
        format!("{}/{last}", self.path())
    }

    /// Links that fill in the form of a new gateway.
    fn presets(&self) -> Vec<(String, &'static str)> {
        let asked = |preset: Preset| {
            Pairs::default()
                .with("channel", self.form.sort.channel.as_str())
                .with("provider", self.form.sort.kind.as_str())
                .with("preset", preset.as_str())
        };
        let link = |preset: Preset| (asked(preset).address(&format!("{}/new", self.path())), preset.label());
        match (self.form.sort.kind, &self.name) {
            (ProviderKind::Gateway, None) => Preset::ALL.into_iter().map(link).collect(),
            _ => Vec::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "sending_accounts/remove.html")]
struct RemovePage {
    shell: Shell,
    account: Account,
}

/// The account in the address.
pub fn asked(request: &Request, conn: &mut PgConnection) -> Result<Account, AppError> {
    let id: SendingAccountId = request.id()?;
    store::find(conn, request.scope().workspace.id, id)?.ok_or(AppError::NotFound)
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let accounts = store::list(conn, request.scope().workspace.id)?;
    Ok(page(&IndexPage { shell: request.shell.clone(), accounts }))
}

/// Channel and kind of provider of a new account; `None` until both are chosen.
pub fn chosen(asked: &Pairs) -> Option<(Medium, ProviderKind)> {
    let channel = Medium::parse(asked.get("channel")).ok()?;
    let kind: ProviderKind = asked.parsed("provider")?;
    ProviderKind::of(channel).contains(&kind).then_some((channel, kind))
}

pub fn new(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let typed = request.unsent();
    let Some((channel, kind)) = chosen(typed.map_or(&request.query.0, |FormData(pairs)| pairs)) else {
        return Ok(page(&ChoosePage { shell: request.shell.clone() }));
    };
    let sort = Sort { id: SendingAccountId(new_id(request.now.at)), channel, kind, has_secret: false };
    let preset = request.query.0.parsed("preset").unwrap_or(Preset::Twilio);
    let typed = typed.map(|sent| AccountForm::typed(sort, sent, Default::default()));
    let form = typed.unwrap_or_else(|| AccountForm::blank(sort, preset));
    Ok(page(&form_page(request, None, form)))
}

fn form_page(request: &Request, name: Option<String>, form: AccountForm) -> FormPage {
    let locked = Vault::obstacle(&request.state.config).filter(|_| form.sort.kind != ProviderKind::Kept);
    FormPage { shell: request.shell.clone(), name, form, locked }
}

pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let account = asked(request, conn)?;
    let has_secret = store::sealed(conn, request.scope().workspace.id, account.id)?.is_some();
    let stored = AccountForm::of(&account, has_secret);
    let form = match request.unsent() {
        Some(sent) => AccountForm::typed(stored.sort, sent, Default::default()),
        None => stored,
    };
    Ok(page(&form_page(request, Some(account.name.as_str().to_owned()), form)))
}

/// The form again, with its problems; `name` is that of a stored account.
pub fn form_again(request: &Request, name: Option<String>, form: AccountForm) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &form_page(request, name, form))
}

pub fn confirm_remove(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let account = asked(request, conn)?;
    Ok(page(&RemovePage { shell: request.shell.clone(), account }))
}
