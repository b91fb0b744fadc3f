//! Consent: who may be written to, and the words by which people change it.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Why and since when something about a contact holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Since {
    /// Since when.
    pub at: Timestamp,
    /// Why, for whoever asks later (`they wrote STOP to support`).
    pub reason: String,
}

/// Whether a contact may be written to. Both can hold at once: lifting a block does not undo what the contact asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Consent {
    /// They asked not to be written to.
    pub opted_out: Option<Since>,
    /// Somebody of the workspace forbade to write to them.
    pub blocked: Option<Since>,
}

/// What a consent word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConsentWord {
    /// Not to be written to any more.
    OptOut,
    /// To be written to again.
    OptIn,
}

impl Consent {
    /// Whether messages may be sent to the contact.
    pub const fn allows(&self) -> bool {
        self.opted_out.is_none() && self.blocked.is_none()
    }

    /// Why messages may not be sent, in words for people; `None` when they may.
    pub fn refusal(&self) -> Option<String> {
        match (&self.blocked, &self.opted_out) {
            (Some(since), _) => Some(format!("the contact is blocked: {}", since.reason)),
            (None, Some(since)) => Some(format!("the contact opted out: {}", since.reason)),
            (None, None) => None,
        }
    }

    /// Takes a consent word at `at`; says whether anything changed. Opting in never lifts a block.
    pub fn take(&mut self, word: ConsentWord, at: Timestamp, reason: &str) -> bool {
        match (word, &self.opted_out) {
            (ConsentWord::OptOut, None) => {
                self.opted_out = Some(Since { at, reason: reason.to_owned() });
                true
            }
            (ConsentWord::OptIn, Some(_)) => {
                self.opted_out = None;
                true
            }
            (ConsentWord::OptOut, Some(_)) | (ConsentWord::OptIn, None) => false,
        }
    }
}

impl ConsentWord {
    /// What opts out, as carriers of the United States demand it; a word of two is read without its space.
    const OPT_OUT: [&str; 8] = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"];
    /// What opts in.
    const OPT_IN: [&str; 3] = ["START", "YES", "UNSTOP"];

    /// The consent word that is the whole of a text; case, spaces and punctuation do not count.
    pub fn of(text: &str) -> Option<Self> {
        // Longer than any word with some punctuation: no message of that length is one.
        if text.len() > 64 {
            return None;
        }
        let letters: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
        if Self::OPT_OUT.contains(&letters.as_str()) {
            Some(Self::OptOut)
        } else if Self::OPT_IN.contains(&letters.as_str()) {
            Some(Self::OptIn)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Consent, ConsentWord, Since};
    use crate::Timestamp;

    #[test]
    fn consent_words_are_read_whatever_their_case_spaces_and_punctuation() {
        for text in ["STOP", "stop", " Stop. ", "S T O P", "Opt out", "OPT-OUT!", "StopAll", "unsubscribe", "\"quit\""]
        {
            assert_eq!(ConsentWord::of(text), Some(ConsentWord::OptOut), "{text}");
        }
        for text in ["START", "yes!", "un-stop"] {
            assert_eq!(ConsentWord::of(text), Some(ConsentWord::OptIn), "{text}");
        }
        for text in ["", "please stop", "stop it", "STOPS", "no", "yes please", &"STOP ".repeat(40)] {
            assert_eq!(ConsentWord::of(text), None, "{text}");
        }
    }

    #[test]
    fn opting_in_never_lifts_a_block() {
        let at = Timestamp::from_millis(1);
        let mut consent = Consent { blocked: Some(Since { at, reason: "fraud".into() }), ..Consent::default() };
        assert!(consent.take(ConsentWord::OptOut, at, "they wrote STOP"));
        assert!(!consent.take(ConsentWord::OptOut, at, "again"));
        assert!(consent.take(ConsentWord::OptIn, at, "they wrote START"));
        assert!(!consent.allows());
        assert_eq!(consent.refusal().as_deref(), Some("the contact is blocked: fraud"));
    }
}
