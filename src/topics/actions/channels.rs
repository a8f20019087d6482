//! Changes of the rules of channels.

use serde_json::json;

use super::change;
use crate::{
    auth::Action,
    console::Request,
    error::AppError,
    topics::{
        form::{ChannelForm, Templates},
        pages, store,
    },
    web::{Answer, FormData, respond::see_other_saying},
};

pub fn update_channel(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let channel = pages::channel_of(request)?;
    let done = change(request, |conn, workspace, known| {
        let templates = Templates::load(conn, workspace, channel, sent)?;
        let new = match ChannelForm::parse(channel, sent, known, &templates, request.now.at) {
            Ok(new) => new,
            Err(form) => return Ok((Err(form), None)),
        };
        let what = new.differences(&known.channel(channel));
        if what.is_empty() {
            return Ok((Ok("Nothing changed."), None));
        }
        store::put_channel(conn, workspace, channel, &new)?;
        let detail = json!({ "channel": channel.label(), "what": what });
        Ok((Ok("Saved. It takes effect within ten seconds."), Some((Action::ChannelChanged, detail))))
    })?;
    match done {
        Ok(message) => Ok(see_other_saying(&request.scope().path("topics/channels"), message)),
        Err(form) => Ok(pages::channel_again(request, channel, *form)),
    }
}
