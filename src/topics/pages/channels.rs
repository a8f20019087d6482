//! The list of channels, and the form of the rules of one.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use crate::{
    console::{Request, Shell},
    db::Decided,
    error::AppError,
    subscriptions::{Medium, Purpose},
    topics::{
        Catalogue, ChannelRules,
        form::{ChannelForm, Templates},
    },
    web::{Answer, form::Problems, page, page_with},
};

#[derive(Template)]
#[template(path = "topics/channels.html")]
struct ChannelsPage {
    shell: Shell,
    known: Catalogue,
    can_change: bool,
}

impl ChannelsPage {
    fn path(&self) -> String {
        self.shell.scope.path("topics")
    }

    fn rows(&self) -> Vec<(Medium, ChannelRules)> {
        Medium::ALL.iter().map(|channel| (*channel, self.known.channel(*channel))).collect()
    }

    fn purposes(&self, rules: &ChannelRules) -> String {
        let names = rules.purposes.iter().map(|purpose: &Purpose| self.known.rules.purpose_name(purpose));
        names.collect::<Vec<_>>().join(", ")
    }
}

#[derive(Template)]
#[template(path = "topics/channel.html")]
struct FormPage {
    shell: Shell,
    channel: Medium,
    form: ChannelForm,
}

impl FormPage {
    fn path(&self) -> String {
        self.shell.scope.path("topics/channels")
    }
}

/// The channel of the address.
///
/// # Errors
/// `NotFound` if there is none of that name.
pub fn channel_of(request: &Request) -> Result<Medium, AppError> {
    Medium::parse(&request.part("channel")).map_err(|_| AppError::NotFound)
}

pub fn channels(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let known = Catalogue::read(conn, request.scope().environment)?;
    let can_change = request.scope().role.can_change_settings();
    Ok(page(&ChannelsPage { shell: request.shell.clone(), known, can_change }))
}

pub fn edit_channel(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let channel = channel_of(request)?;
    let known = Catalogue::read(conn, request.scope().environment)?;
    let sent = request.unsent().cloned().unwrap_or_else(|| ChannelForm::of(channel, &known));
    let templates = Templates::load(conn, request.scope().workspace.id, channel, &sent)?;
    let form = ChannelForm::typed(channel, &sent, &known, &templates, Problems::default());
    Ok(page(&FormPage { shell: request.shell.clone(), channel, form }))
}

/// The form again, with its problems.
pub fn channel_again(request: &Request, channel: Medium, form: ChannelForm) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { shell: request.shell.clone(), channel, form })
}
