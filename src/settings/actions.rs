//! Changes a setting.

use serde_json::json;

use super::{WorkspaceSettings, form::SettingForm, pages, store, workspace::Setting};
use crate::{
    auth::{self, Action, Actor, Place},
    console::Request,
    db::Decided,
    error::AppError,
    web::{Answer, FormData, respond::see_other_saying},
};

pub fn update(request: &Request, sent: &FormData) -> Result<Answer, AppError> {
    let setting: Setting = request.id()?;
    let change = match SettingForm::parse(setting, sent) {
        Ok(change) => change,
        Err(form) => return Ok(pages::form(request, setting, *form)),
    };
    let (workspace, now) = (request.scope().workspace.id, request.now.at);
    let by = Actor { place: Place::Workspace(workspace), ..request.actor() };
    let is_new = request.state.db.tx_now(|conn| {
        let (before, after) = store::change(conn, workspace, &change, now)?;
        if before != after {
            let [before, after] = [before, after].map(|whole| whole.told(setting));
            let detail = json!({ "setting": setting.as_str(), "before": before, "after": after });
            auth::audit(conn, &by, Action::SettingChanged, detail, now)?;
            return Ok(true);
        }
        Ok(false)
    })?;
    WorkspaceSettings::forget(&request.state.db);
    let message = match (is_new, setting) {
        (false, _) => "Nothing changed.",
        (true, Setting::Country) => "Saved. It applies to new numbers, within ten seconds.",
        (true, Setting::Events) => "Saved. It applies to new kinds of events from now on.",
        (true, Setting::Texts) => "Saved. Older texts are removed within an hour.",
        (true, Setting::Name | Setting::Colour) => "Saved.",
        (true, _) => "Saved. It takes effect within ten seconds.",
    };
    Ok(see_other_saying(&request.scope().path("settings"), message))
}
