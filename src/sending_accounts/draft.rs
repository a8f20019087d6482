//! What people decide about an account.

use super::{AccountName, Limits, Provider, Sealed};

/// What people decide about an account; its channel never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub name: AccountName,
    pub provider: Provider,
    pub limits: Limits,
    /// Normalised.
    pub test_list: Vec<String>,
}

/// What becomes of the secret that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewSecret {
    /// It stays as it is.
    Keep,
    /// The account needs none any more.
    None,
    Is(Sealed),
}

impl Draft {
    /// What differs from how it was before, in words that name no secret; empty if nothing does.
    pub fn differences(&self, before: &Self, secret: &NewSecret) -> String {
        let renamed = format!("name: “{}” → “{}”", before.name.as_str(), self.name.as_str());
        let (was, is) = (before.provider.label(), self.provider.label());
        let moved = format!("provider: “{was}” → “{is}”");
        let parts = [
            (before.name != self.name).then_some(renamed),
            (was != is).then_some(moved),
            (was == is && before.provider != self.provider).then(|| "details of the provider".to_owned()),
            (before.limits != self.limits).then(|| "limits".to_owned()),
            (before.test_list != self.test_list).then(|| "test list".to_owned()),
            matches!(secret, NewSecret::Is(_)).then(|| "new secret".to_owned()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}
