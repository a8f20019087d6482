//! Push tokens and descriptions of devices, checked.

use serde::{Deserialize, Serialize};

use crate::{attributes::AttributeName, ledger::Invalid};

/// Longest token, in bytes: so long may a token of Firebase be. Indexes hold a hash of it.
const LONGEST_TOKEN: usize = 4096;
/// Longest text that describes a device, in characters.
const LONGEST_TEXT: usize = 256;

/// A checked push token or device id: 1 to 4096 printable ASCII characters without spaces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(String);

impl Token {
    /// A token as stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// Checks a token.
    ///
    /// # Errors
    /// Trimmed, the token is empty, has more than 4096 bytes, or has anything but printable ASCII characters without spaces.
    pub fn new(given: &str) -> Result<Self, Invalid> {
        let token = given.trim();
        if token.is_empty() || token.len() > LONGEST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let rule = "must have 1 to 4096 ASCII letters, digits and punctuation marks, and no spaces";
            return Err(Invalid::new("device token", rule, given));
        }
        Ok(Self(token.to_owned()))
    }

    /// Text of the token.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 6 and last 4 characters, by which people recognise a token; the whole token if it has at most 14.
    pub fn short(&self) -> String {
        match (self.0.get(..6), self.0.len().checked_sub(4).and_then(|end| self.0.get(end..))) {
            (Some(start), Some(end)) if self.0.len() > 14 => format!("{start}…{end}"),
            _ => self.0.clone(),
        }
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is delivered to a device (V2.5, F2.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// Push messages of an app.
    #[default]
    Push,
    /// Push messages of a browser.
    Webpush,
    /// Messages inside an app.
    Inapp,
}

/// Description of a device. A newer statement replaces an older one as a whole, so that the order of arrival does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// What is delivered to the device.
    #[serde(rename = "type")]
    pub kind: DeviceKind,
    /// Platform such as `android`, `ios` or `web`, in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Maker and model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Version of the operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// Whether messages may be sent to the device (F2.6); true unless stated otherwise.
    #[serde(rename = "active")]
    pub is_active: bool,
    /// Whether the person limits ad tracking (M3.3); `None`: not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits_ad_tracking: Option<bool>,
    /// App Tracking Transparency status, such as `authorized` or `denied` (M3.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub att_status: Option<String>,
}

impl Default for Device {
    fn default() -> Self {
        Self {
            kind: DeviceKind::Push,
            platform: None,
            model: None,
            os_version: None,
            is_active: true,
            limits_ad_tracking: None,
            att_status: None,
        }
    }
}

impl Device {
    /// Platform and kind: "Android push".
    pub fn label(&self) -> String {
        let kind = match self.kind {
            DeviceKind::Push => "push",
            DeviceKind::Webpush => "web push",
            DeviceKind::Inapp => "in-app",
        };
        match self.platform.as_deref() {
            Some("ios") => format!("iOS {kind}"),
            Some("web") if self.kind == DeviceKind::Webpush => "Web push".to_owned(),
            Some(platform) => AttributeName::humanise(&format!("{platform} {kind}")),
            None => AttributeName::humanise(kind),
        }
    }

    /// Model and version of the operating system, as far as they are known.
    pub fn model(&self) -> String {
        let version = self.os_version.as_ref().map(|version| format!("version {version}"));
        self.model.iter().cloned().chain(version).collect::<Vec<_>>().join(", ")
    }

    /// Checks the texts, and puts the platform in lower case.
    ///
    /// # Errors
    /// A text has more than 256 characters, or a line end or other control character.
    pub fn checked(self) -> Result<Self, Invalid> {
        for (field, text) in [
            ("device platform", &self.platform),
            ("device model", &self.model),
            ("device os_version", &self.os_version),
            ("device att_status", &self.att_status),
        ] {
            if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_TEXT || text.contains(char::is_control))
            {
                let given = text.as_deref().unwrap_or_default();
                return Err(Invalid::new(field, "must have at most 256 characters and no line breaks", given));
            }
        }
        Ok(Self { platform: self.platform.map(|platform| platform.to_lowercase()), ..self })
    }
}
