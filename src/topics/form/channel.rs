//! The form of the rules of a channel.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::{Ticks, ticked};
use crate::{
    db::{
        BELIEVED,
        ids::{MessageTemplateId, WorkspaceId},
    },
    message_templates::{self, Template},
    subscriptions::Medium,
    topics::{Catalogue, ChannelRules, Confirmation},
    verdict::MessageKind,
    web::{
        Field, FormData,
        form::{Choice, Choices, Control, Problems},
        pairs::Pairs,
    },
};

/// Templates that can ask for a confirmation.
#[derive(Default)]
pub struct Templates {
    /// Id and name of each service template of email.
    offered: Vec<(String, String)>,
    /// The one that the form names.
    chosen: Option<Template>,
}

impl Templates {
    /// Reads them; none for a channel on which nothing is confirmed.
    pub fn load(
        conn: &mut PgConnection,
        workspace: WorkspaceId,
        channel: Medium,
        sent: &FormData,
    ) -> QueryResult<Self> {
        if channel != Medium::Email {
            return Ok(Self::default());
        }
        let all = message_templates::store::list(conn, workspace, Some(channel))?;
        let may = all.into_iter().filter(|it| it.kind == MessageKind::Service && !it.is_archived);
        let offered = may.map(|it| (it.id.to_string(), it.name.as_str().to_owned())).collect();
        let chosen = match sent.parsed::<MessageTemplateId>("template") {
            Some(id) => message_templates::store::find(conn, workspace, id)?,
            None => None,
        };
        Ok(Self { offered, chosen })
    }

    /// The template that a form names.
    fn read(&self, sent: &FormData) -> Result<Option<MessageTemplateId>, &'static str> {
        match (&self.chosen, sent.get("template")) {
            (_, "") => Ok(None),
            (Some(template), id) if self.offered.iter().any(|(offered, _)| offered == id) => {
                if template.confirms() {
                    Ok(Some(template.id))
                } else {
                    Err(WITHOUT_LINK)
                }
            }
            _ => Err("Choose a template for service messages by email, or kith’s own words."),
        }
    }
}

const WITHOUT_LINK: &str =
    "The words of this template have no {{ confirm_url }} in some language. Add it there, so that people can confirm.";

/// Rules of a channel, as they were typed.
#[derive(Clone, Debug)]
pub struct ChannelForm {
    /// `None`: nothing can be chosen.
    pub agreement: Option<Choices>,
    pub purposes: Ticks,
    /// Whether a subscription is confirmed, and how often that is asked; only by email.
    pub confirmation: Option<(Choices, [Field; 2])>,
    pub problems: Problems,
}

const FIRST: &str = "first";
const UNTIL_NO: &str = "until-no";

impl ChannelForm {
    /// The form as it was typed, with its problems.
    pub fn typed(
        channel: Medium,
        sent: &FormData,
        known: &Catalogue,
        templates: &Templates,
        problems: Problems,
    ) -> Self {
        let choice = |name, value, label, hint| Choice { value, label, hint, is_on: sent.get(name) == value };
        let agreement = vec![
            choice("agreement", UNTIL_NO, "Yes until they say no", "People who never answered get campaigns."),
            choice("agreement", FIRST, "Only after a yes", "People who never answered get no campaigns."),
        ];
        let asked = choice(
            "confirm",
            "yes",
            "Ask for confirmation",
            "A subscription to email that somebody says from now on counts once the person confirmed their email by a link.",
        );
        let often = (1..=Confirmation::MOST).map(|n| (n.to_string(), n.to_string()));
        let most = Field::new("most", "Confirmation emails a day to one address, at most", Control::Select)
            .options(often)
            .hint("Somebody else may have typed the address: a limit keeps it from being flooded.")
            .value(sent.get("most"))
            .problem(&problems.0);
        let words = std::iter::once((String::new(), "kith’s own words, in the person’s language".to_owned()));
        let template = Field::new("template", "Words of the confirmation email", Control::Select)
            .options(words.chain(templates.offered.iter().cloned()))
            .hint("A template for service messages whose words have {{ confirm_url }}.")
            .value(sent.get("template"))
            .problem(&problems.0);
        let confirm = Choices::any("confirm", "Confirmation (double opt-in)", vec![asked]);
        Self {
            agreement: (channel != Medium::Whatsapp)
                .then(|| Choices::one("agreement", "Campaigns go out", agreement).problem(&problems.0)),
            purposes: Ticks::new(known, sent),
            confirmation: (channel == Medium::Email).then_some((confirm, [template, most])),
            problems,
        }
    }

    /// The rules that hold, as the form would send them.
    pub fn of(channel: Medium, known: &Catalogue) -> FormData {
        let rules = known.channel(channel);
        let pairs = Pairs::default()
            .with("agreement", if rules.asks_first { FIRST } else { UNTIL_NO })
            .with("confirm", if rules.confirmation.is_asked() { "yes" } else { "" })
            .with("template", &rules.confirmation.template.map(|id| id.to_string()).unwrap_or_default())
            .with("most", &rules.confirmation.most_a_day.to_string());
        FormData(rules.purposes.iter().fold(pairs, |pairs, purpose| pairs.and("purpose", purpose.as_str())))
    }

    /// Reads the rules. Confirmations that were not asked for before are from when all servers know it.
    ///
    /// # Errors
    /// The form as it was typed, with its problems.
    pub fn parse(
        channel: Medium,
        sent: &FormData,
        known: &Catalogue,
        templates: &Templates,
        now: DateTime<Utc>,
    ) -> Result<ChannelRules, Box<Self>> {
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
        let before = known.channel(channel).confirmation.since;
        let since = (sent.get("confirm") == "yes").then(|| before.unwrap_or(now + BELIEVED));
        let template = templates.read(sent).map_err(|problem| problems.add("template", problem)).unwrap_or(None);
        let confirmation = match sent.parsed("most").filter(|n| (1..=Confirmation::MOST).contains(n)) {
            _ if channel != Medium::Email => usual,
            Some(most_a_day) => Confirmation { since, template, most_a_day },
            None => {
                problems.add("most", "Choose a number from 1 to 3.");
                usual
            }
        };
        match problems.is_empty() {
            true => Ok(ChannelRules { asks_first, purposes: ticked(known, sent), confirmation }),
            false => Err(Box::new(Self::typed(channel, sent, known, templates, problems))),
        }
    }
}
