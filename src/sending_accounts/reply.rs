//! What a mail server's refusal means, by where it stands in the conversation.

use super::HandedOver;

/// Where in the conversation an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Connecting, encrypting and signing in: what fails here fails for all messages.
    Greeting,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`.
    Recipient,
    /// `DATA`, and what follows the final dot.
    Data,
}

/// A refusal of the server: its three digits, and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub words: String,
}

/// Enhanced codes that say that there is no such address (RFC 3463).
const NO_SUCH_ADDRESS: [&str; 4] = ["5.1.1", "5.1.2", "5.1.3", "5.1.10"];
/// Words by which servers without enhanced codes say it.
const UNKNOWN: [&str; 9] = [
    "unknown user",
    "user unknown",
    "unknown recipient",
    "recipient unknown",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "does not exist",
    "user not found",
];
/// The server wants another sign-in, or encryption first.
const SIGN_IN: [u16; 5] = [530, 534, 535, 538, 525];

impl Refusal {
    /// The enhanced code, such as "5.1.1".
    fn enhanced(&self) -> Option<&str> {
        let word = self.words.split_whitespace().next()?;
        let parts: Vec<&str> = word.split('.').collect();
        let is_number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        (parts.len() == 3 && parts[0].len() == 1 && parts.iter().all(is_number)).then_some(word)
    }

    /// The code as it is stored: "550 5.1.1".
    fn stored(&self) -> String {
        self.enhanced().map_or_else(|| self.code.to_string(), |enhanced| format!("{} {enhanced}", self.code))
    }

    fn is_about_the_address(&self, stage: Stage) -> bool {
        if self.enhanced().is_some_and(|code| NO_SUCH_ADDRESS.contains(&code)) {
            return matches!(stage, Stage::Recipient | Stage::Data);
        }
        let words = self.words.to_lowercase();
        let is_plain = self.enhanced().is_none_or(|code| code == "5.0.0" || code == "5.5.0");
        stage == Stage::Recipient && is_plain && self.code == 550 && UNKNOWN.iter().any(|known| words.contains(known))
    }

    /// What comes of the message.
    pub fn judged(self, stage: Stage) -> HandedOver {
        let code = Some(self.stored());
        if SIGN_IN.contains(&self.code) {
            let words = format!("The mail server does not let kith in: {}", self.words);
            return HandedOver::of_account(code, words);
        }
        match (self.code, stage) {
            (_, Stage::Greeting) => {
                HandedOver::of_account(code, format!("The mail server refuses to talk: {}", self.words))
            }
            (500.., _) if self.is_about_the_address(stage) => HandedOver::NoSuchAddress { code, words: self.words },
            (500.., _) => HandedOver::Refused { code, words: self.words },
            _ => HandedOver::later(code, self.words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(code: u16, words: &str, stage: Stage) -> HandedOver {
        Refusal { code, words: words.to_owned() }.judged(stage)
    }

    #[test]
    fn refusals_mean_what_their_stage_says() {
        let no_address =
            |code, words| matches!(judged(code, words, Stage::Recipient), HandedOver::NoSuchAddress { .. });
        for (code, words) in [
            (550, "5.1.1 <x@y.z>: no"),
            (550, "5.1.10 null MX"),
            (553, "5.1.3 bad syntax"),
            (550, "User unknown"),
            (550, "No such user here"),
            (550, "5.0.0 mailbox does not exist"),
        ] {
            assert!(no_address(code, words), "{code} {words}");
        }
        for (code, words) in [
            (550, "5.7.1 relaying denied"),
            (554, "5.7.1 user unknown to the policy"),
            (550, "Requested action not taken: mailbox unavailable"),
            (552, "5.2.2 mailbox full"),
            (550, "5.1.8 bad sender"),
            (550, "5.1.1000 odd"),
        ] {
            assert!(!no_address(code, words), "{code} {words}");
        }
        let said = judged(550, "5.1.1 unknown", Stage::Sender);
        assert!(matches!(said, HandedOver::Refused { .. }), "not of the address that it goes to");
    }

    #[test]
    fn passwords_and_greetings_are_the_account_s_affair() {
        for said in [
            judged(535, "5.7.8 wrong", Stage::Greeting),
            judged(530, "5.7.0 Must issue STARTTLS", Stage::Sender),
            judged(554, "no service", Stage::Greeting),
            judged(421, "too busy", Stage::Greeting),
        ] {
            assert!(matches!(said, HandedOver::Later { is_of_account: true, .. }), "{said:?}");
        }
        let later = judged(451, "4.7.1 greylisted", Stage::Recipient);
        assert!(
            matches!(&later, HandedOver::Later { is_of_account: false, code: Some(code), .. } if code == "451 4.7.1")
        );
    }
}
