//! What libraries state in the `context` of each message: device and consents.

use serde_json::Value;

use crate::{
    api::formats::reading::{Fields, Skipped, text},
    identities::{Device, DeviceKind, Devices, Token},
    ingest::Identify,
    registers::Fact,
    subscriptions::{Consent, Consents, Purpose},
};

/// The device of the context. One without a push token is stated only on identify: by its id, and as inactive.
pub fn device(context: &Fields, is_identify: bool, said: &mut Identify, skipped: &mut Skipped) {
    let Some(device) = context.get("device") else { return };
    let find = |place: Option<&Value>, field: &str| place?.get(field).and_then(text);
    let pushed = find(Some(device), "token");
    let Some(token) = pushed.clone().or_else(|| find(Some(device), "id").filter(|_| is_identify)) else { return };
    let Some(token) = skipped.keep(Token::new(&token)) else { return };
    let maker = [find(Some(device), "manufacturer"), find(Some(device), "model")];
    let model = maker.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let device = Device {
        kind: DeviceKind::Push,
        platform: find(Some(device), "type"),
        model: (!model.is_empty()).then_some(model),
        os_version: find(context.get("os"), "version"),
        is_active: pushed.is_some(),
        limits_ad_tracking: device.get("adTrackingEnabled").and_then(Value::as_bool).map(|is_on| !is_on),
        att_status: None,
    };
    said.facts.extend(skipped.keep(device.checked()).map(|device| Fact::new::<Devices>(token, Some(device))));
}

/// Consents, by category of the consent manager.
pub fn consents(context: &Fields, said: &mut Identify, skipped: &mut Skipped) {
    let categories =
        context.get("consent").and_then(|consent| consent.get("categoryPreferences")).and_then(Value::as_object);
    for (category, given) in categories.into_iter().flatten() {
        let field = format!("category:{category}");
        let Some(purpose) = skipped.keep(Purpose::new(&field)) else { continue };
        let Some(given) = skipped.flag(&field, given) else { continue };
        let consent = Consent { given, as_of: None, document: None, location: None, hardware_id: None };
        said.facts.push(Fact::new::<Consents>(purpose, consent));
    }
}
