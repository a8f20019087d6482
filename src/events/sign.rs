//! The sign of an event, as it is stored.

use crate::web::Icon;

/// Characters that were signs before there was a sprite, by the sign that is nearest.
const CHARACTERS: [(Icon, &str); 22] = [
    (Icon::Bag, "🛍👜💰🧾"),
    (Icon::Cart, "🛒"),
    (Icon::Box, "📦"),
    (Icon::Truck, "🚚🚛"),
    (Icon::Card, "💳💶💵"),
    (Icon::Return, "↩"),
    (Icon::Repeat, "🔁🔄♻"),
    (Icon::Gift, "🎁🎉"),
    (Icon::Ticket, "🎫🎟"),
    (Icon::Tag, "🏷"),
    (Icon::Eye, "👁👀"),
    (Icon::Page, "📄📃📝"),
    (Icon::Search, "🔍🔎"),
    (Icon::Play, "▶🎬"),
    (Icon::Mobile, "📱"),
    (Icon::Key, "🔑🔐"),
    (Icon::Sprout, "🌱👋"),
    (Icon::Message, "✉📧📨📩"),
    (Icon::Phone, "📞☎"),
    (Icon::Bell, "🔔"),
    (Icon::Headset, "🎧"),
    (Icon::Star, "⭐★☆"),
];

/// The sign of an event as it is stored: a name of the sprite, or characters that an operator typed before there were names. `None` if
/// there is none.
pub fn sign(stored: &str) -> Option<Icon> {
    let near = || CHARACTERS.into_iter().find(|(_, all)| stored.starts_with(|first| all.contains(first)));
    match stored {
        "" => None,
        named => Some(Icon::from_stored(named).or_else(|| near().map(|(icon, _)| icon)).unwrap_or(Icon::Dot)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_before_has_a_sign() {
        assert_eq!(
            ["", "box", "📦", "👁\u{FE0F}", "?", "rot13"].map(sign),
            [None, Some(Icon::Box), Some(Icon::Box), Some(Icon::Eye), Some(Icon::Dot), Some(Icon::Dot)]
        );
    }
}
