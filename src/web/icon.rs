//! The signs of the console: one sprite, `static/icons.svg`, drawn with one pen. Characters of a font would need that font.

use askama::{Template, filters::HtmlSafe};

use crate::words::words;

words! {
    /// A sign of the sprite, under the name that it has there. It is decoration: the text beside it says the same.
    #[derive(Template)]
    #[template(path = "ui/icon.html")]
    pub enum Icon {
        Dot = "dot", "Dot";
        Bag = "bag", "Shopping bag";
        Cart = "cart", "Cart";
        Box = "box", "Parcel";
        Truck = "truck", "Delivery";
        Card = "card", "Payment";
        Return = "return", "Return";
        Repeat = "repeat", "Renewal";
        Gift = "gift", "Gift";
        Ticket = "ticket", "Ticket";
        Tag = "tag", "Tag";
        Eye = "eye", "View";
        Page = "page", "Page";
        Search = "search", "Search";
        Click = "click", "Click";
        Play = "play", "Video";
        Link = "link", "Link";
        Mobile = "mobile", "Phone app";
        Door = "door", "Sign-in";
        Key = "key", "Key";
        Sprout = "sprout", "New start";
        Message = "message", "Letter";
        Chat = "chat", "Chat";
        Phone = "phone", "Call";
        Bell = "bell", "Bell";
        Headset = "headset", "Support";
        Calendar = "calendar", "Date";
        Place = "place", "Place";
        Home = "home", "House";
        Flag = "flag", "Flag";
        Star = "star", "Star";
        Heart = "heart", "Heart";
        Check = "check", "Done";
        Cross = "cross", "Cancelled";
        Warning = "warning", "Warning";
        People = "people", "Person";
        Event = "event", "Flash";
        Note = "note", "Note";
        Team = "team";
        Merge = "merge";
        Segment = "segment";
        Subscription = "subscription";
        Attribute = "attribute";
        Import = "import";
        Stream = "stream";
        Rejected = "rejected";
        Settings = "settings";
        Audit = "audit";
        Help = "help";
        History = "history";
        Identity = "identity";
        Edit = "edit";
        Remove = "remove";
    }
}

impl HtmlSafe for Icon {}

impl Icon {
    /// Those that an event can have, in the order in which they are offered.
    pub fn for_events() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|icon| *icon <= Self::Note)
    }
}

/// Radio buttons with pictures: one sign, or none.
#[derive(Clone, Debug, Template)]
#[template(path = "ui/icons.html")]
pub struct IconChoice {
    name: &'static str,
    legend: &'static str,
    /// What no choice means.
    none: &'static str,
    chosen: Option<Icon>,
    error: Option<String>,
}

impl HtmlSafe for IconChoice {}

impl IconChoice {
    /// A choice under this name, with what no sign means.
    pub fn new(name: &'static str, legend: &'static str, none: &'static str, chosen: Option<Icon>) -> Self {
        Self { name, legend, none, chosen, error: None }
    }

    fn is_chosen(&self, icon: &Icon) -> bool {
        self.chosen == Some(*icon)
    }

    /// Shows the first of these problems that is about it.
    pub fn problem(mut self, problems: &[super::Problem]) -> Self {
        self.error = problems.iter().find(|problem| problem.field == self.name).map(|problem| problem.message.clone());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Icon;

    #[test]
    fn the_sprite_has_every_sign_and_no_other() {
        let sprite = include_str!("../../static/icons.svg");
        let drawn = sprite.split("<symbol id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let (mut drawn, mut named): (Vec<&str>, Vec<&str>) = (drawn.collect(), Icon::ALL.map(Icon::as_str).into());
        drawn.sort_unstable();
        named.sort_unstable();
        assert_eq!(drawn, named);
    }
}
