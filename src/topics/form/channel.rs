//! The form of the rules of a channel.

use super::{Ticks, ticked};
use crate::{
    subscriptions::Medium,
    topics::{Catalogue, ChannelRules, Confirmation},
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
        pairs::Pairs,
    },
};

/// Rules of a channel, as they were typed.
#[derive(Clone, Debug)]
pub struct ChannelForm {
    /// `None`: nothing can be chosen.
    pub agreement: Option<Choices>,
    pub purposes: Ticks,
    /// Whether a subscription is confirmed, and how often that is asked; only by email.
    pub confirmation: Option<(Choices, Field)>,
    pub problems: Problems,
}

const FIRST: &str = "first";
const UNTIL_NO: &str = "until-no";

impl ChannelForm {
    /// The form as it was typed, with its problems.
    pub fn typed(channel: Medium, sent: &FormData, known: &Catalogue, problems: Problems) -> Self {
        let choice = |name, value, label, hint| Choice { value, label, hint, is_on: sent.get(name) == value };
        let agreement = vec![
            choice("agreement", UNTIL_NO, "Yes until they say no", "People who never answered get campaigns."),
            choice("agreement", FIRST, "Only after a yes", "People who never answered get no campaigns."),
        ];
        let asked = choice(
            "confirm",
            "yes",
            "Ask for confirmation",
            "A new subscription counts once the person confirmed it by a link.",
        );
        let often = (1..=Confirmation::MOST).map(|n| (n.to_string(), n.to_string()));
        let most = Field::new("most", "Confirmation emails a day to one address, at most", Control::Select)
            .options(often)
            .hint("Somebody else may have typed the address: a limit keeps it from being flooded.")
            .value(sent.get("most"))
            .problem(&problems.0);
        let confirm = Choices::any("confirm", "Confirmation (double opt-in)", vec![asked]);
        Self {
            agreement: (channel != Medium::Whatsapp)
                .then(|| Choices::one("agreement", "Campaigns go out", agreement).problem(&problems.0)),
            purposes: Ticks::new(known, sent),
            confirmation: (channel == Medium::Email).then_some((confirm, most)),
            problems,
        }
    }

    /// The form of the rules that hold.
    pub fn of(channel: Medium, known: &Catalogue) -> Self {
        let rules = known.channel(channel);
        let pairs = Pairs::default()
            .with("agreement", if rules.asks_first { FIRST } else { UNTIL_NO })
            .with("confirm", if rules.confirmation.is_asked { "yes" } else { "" })
            .with("most", &rules.confirmation.most_a_day.to_string());
        let pairs = rules.purposes.iter().fold(pairs, |pairs, purpose| pairs.and("purpose", purpose.as_str()));
        Self::typed(channel, &FormData(pairs), known, Problems::default())
    }

    /// Reads the rules.
    ///
    /// # Errors
    /// The form as it was typed, with its problems.
    pub fn parse(channel: Medium, sent: &FormData, known: &Catalogue) -> Result<ChannelRules, Box<Self>> {
        let mut problems = Problems::default();
        let asks_first = match sent.get("agreement") {
            FIRST => true,
            UNTIL_NO => false,
            _ if channel == Medium::Whatsapp => true,
            _ => {
                problems.add("agreement", "Choose when campaigns go out.");
                false
            }
        };
        let usual = ChannelRules::usual(channel).confirmation;
        let confirmation = match sent.parsed("most").filter(|n| (1..=Confirmation::MOST).contains(n)) {
            _ if channel != Medium::Email => usual,
            Some(most_a_day) => Confirmation { is_asked: sent.get("confirm") == "yes", most_a_day },
            None => {
                problems.add("most", "Choose a number from 1 to 3.");
                usual
            }
        };
        match problems.is_empty() {
            true => Ok(ChannelRules { asks_first, purposes: ticked(known, sent), confirmation }),
            false => Err(Box::new(Self::typed(channel, sent, known, problems))),
        }
    }
}
