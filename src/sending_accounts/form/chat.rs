//! Fields of a chat.

use super::{Group, Sort, field, secret_field};
use crate::{
    sending_accounts::{Chat, ChatWay},
    subscriptions::Medium,
    web::{
        FormData,
        form::{Control, Problems},
    },
};

pub fn fields(sort: Sort, sent: &FormData, problems: &Problems) -> Vec<Group> {
    let mut fields = Vec::new();
    if sort.channel == Medium::Slack {
        let options = ChatWay::ALL.map(|way| (way.as_str().to_owned(), way.label().to_owned()));
        let way = field(sent, "way", "Sends by", Control::Select, problems)
            .options(options)
            .hint("A webhook leads to one channel of Slack. A bot reaches everybody whose Slack id is known.");
        fields.push(way);
        let hint =
            "The webhook's address (https://hooks.slack.com/…), or the bot's token (xoxb-…) with the right chat:write.";
        fields.push(secret_field(sort, "Address or token", hint, problems));
    } else {
        let hint = "As the chat shows it when a webhook is made for a channel. Who has it can write there, so it is kept like a password.";
        fields.push(secret_field(sort, "Address of the incoming webhook", hint, problems));
    }
    let about = "People whose own address is an incoming webhook are reached by that one.";
    vec![Group { heading: "Chat", about, fields }]
}

pub fn parse(channel: Medium, sent: &FormData) -> Chat {
    let way = sent.parsed("way").filter(|_| channel == Medium::Slack);
    Chat { way: way.unwrap_or(ChatWay::Hook) }
}
