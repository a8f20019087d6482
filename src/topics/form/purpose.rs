//! The form of a purpose.

use super::{description, description_field, name, name_field};
use crate::{
    db::ids::PurposeId,
    subscriptions::Purpose,
    topics::{Catalogue, PurposeDefinition},
    web::{
        Field, FormData,
        form::{Control, Problems},
        pairs::Pairs,
    },
};

/// A purpose, as it was typed.
#[derive(Clone, Debug)]
pub struct PurposeForm {
    /// Asked for while the purpose is new.
    pub key: Field,
    pub name: Field,
    pub description: Field,
    pub problems: Problems,
}

impl PurposeForm {
    /// The form as it was typed, with its problems.
    pub fn typed(sent: &FormData, problems: Problems) -> Self {
        let found = &problems.0;
        let key = Field::new("key", "Key", Control::Text).required().limit(100).value(sent.raw("key")).problem(found).hint(
            "What systems send, such as gdpr.marketing. It cannot be changed later. Keys that begin with ccpa. are opt-outs: \
             a yes means that the person opted out.",
        );
        Self {
            key,
            name: name_field(sent, "What people read, such as Marketing.", &problems),
            description: description_field(sent, "What they agree to, in a sentence.", &problems),
            problems,
        }
    }

    /// The form of a purpose.
    pub fn of(known: &PurposeDefinition) -> Self {
        let pairs = Pairs::default().with("name", &known.name).with("description", &known.description);
        Self::typed(&FormData(pairs), Problems::default())
    }

    /// Reads a new purpose, or a new name and description of `own`.
    ///
    /// # Errors
    /// The form as it was typed, with its problems.
    pub fn parse(
        sent: &FormData,
        known: &Catalogue,
        own: Option<&PurposeDefinition>,
    ) -> Result<PurposeDefinition, Box<Self>> {
        let mut problems = Problems::default();
        let (name, description) = (name(sent, &mut problems), description(sent, &mut problems));
        let next = PurposeId(known.purposes.iter().map(|it| it.id.0).max().unwrap_or(0) + 1);
        let id_and_key = match own {
            Some(own) => Some((own.id, own.purpose.clone())),
            None => read_key(sent, known, &mut problems).map(|purpose| (next, purpose)),
        };
        match id_and_key {
            Some((id, purpose)) if problems.is_empty() => Ok(PurposeDefinition { id, purpose, name, description }),
            _ => Err(Box::new(Self::typed(sent, problems))),
        }
    }
}

fn read_key(sent: &FormData, known: &Catalogue, problems: &mut Problems) -> Option<Purpose> {
    let Ok(purpose) = Purpose::new(sent.get("key")) else {
        problems.add("key", "Enter the key that systems send: 1 to 100 characters.");
        return None;
    };
    if known.purpose(&purpose).is_some() {
        problems.add("key", format!("The purpose {purpose} is defined already."));
    }
    if known.purposes.len() >= Catalogue::MOST_PURPOSES {
        problems.add("key", "There are 100 purposes already, which is the limit.");
    }
    Some(purpose)
}
