//! What names in payloads usually mean, and whether a value can be that. English names only.

use serde_json::Value;

use super::place::{Place, squashed};
use crate::IdentifierKind;
use crate::datum::Datum;
use crate::email::email;
use crate::phone;

/// The longest text that is taken for somebody's name, in bytes.
const NAME_BYTES_MAX: usize = 100;

/// What the contact is called in payloads: in front of another name, or as an object around it.
const PEOPLE: &str = "contact customer client person user buyer recipient lead patient guest attendee member invitee \
                      employee caller visitor student payer";
/// What may stand in front of a name without changing what it is about.
const KINDS: &str =
    "primary main default preferred work home personal private business billing shipping daytime evening";
/// Objects about somebody else: a phone number in them is not the contact's.
const OTHERS: &str = "company shop store seller merchant vendor agent support office branch sender assignee driver";

const PHONE: &str = "phonenumber mobile mobilephone mobilenumber mobilephonenumber cell cellphone cellnumber \
                     cellphonenumber tel telephone telephonenumber telnumber msisdn phoneno mobileno telno sms smsnumber \
                     whatsapp whatsappnumber contactnumber e164 phonee164";
const EMAIL: &str = "emailaddress mail mailaddress emailid emailaddr";
const EXTERNAL_ID: &str = "externalidentifier contactid customerid userid clientid personid memberid leadid patientid \
                           guestid customernumber customerno clientnumber crmid";
const FIRST_NAME: &str = "givenname givennames forename fname namefirst namegiven";
const LAST_NAME: &str = "surname familyname lname namelast namefamily";

/// A contact field that a value is looked for.
#[derive(Debug)]
pub(super) struct Target<'f> {
    pub(super) field: &'f str,
    squashed: String,
    synonyms: &'static str,
    holds: Holds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Identifier(IdentifierKind),
    PersonName,
    Anything,
}

impl<'f> Target<'f> {
    pub(super) fn identifier(kind: IdentifierKind) -> Self {
        let synonyms = match kind {
            IdentifierKind::Phone => PHONE,
            IdentifierKind::Email => EMAIL,
            IdentifierKind::ExternalId => EXTERNAL_ID,
        };
        Self { field: kind.field(), squashed: squashed(kind.field()), synonyms, holds: Holds::Identifier(kind) }
    }

    /// A field that the workspace declares, or one that every contact may have.
    pub(super) fn field(field: &'f str) -> Self {
        let (synonyms, holds) = match field {
            "first_name" => (FIRST_NAME, Holds::PersonName),
            "last_name" => (LAST_NAME, Holds::PersonName),
            _ => ("", Holds::Anything),
        };
        Self { field, squashed: squashed(field), synonyms, holds }
    }

    /// How far the place is from being surely this field, the least being the best; `None` if it is not.
    ///
    /// The same name is better than a synonym, a synonym better than a name with something in front, and each object
    /// around costs as much as a doubt about the name.
    pub(super) fn cost(&self, place: &Place<'_>) -> Option<usize> {
        let (own, around) = place.names.split_last()?;
        let about_others = || around.iter().any(|name| says(OTHERS, name));
        if self.squashed.is_empty() || (self.holds != Holds::Anything && about_others()) {
            return None;
        }
        let name = match around.last() {
            _ if place.written == self.field => 0,
            _ if *own == self.squashed => 1,
            _ if self.is_synonym(own) => 3,
            Some(parent) if self.is_named(&format!("{parent}{own}")) => 3,
            _ if self.is_synonym_with_more(own) => 4,
            _ => return None,
        };
        let strangers = around.iter().filter(|name| !says(PEOPLE, name)).count();
        self.fits(place.value).then_some(name + 2 * around.len() + strangers)
    }

    fn is_synonym(&self, name: &str) -> bool {
        self.synonyms.split(' ').any(|synonym| synonym == name)
    }

    fn is_named(&self, name: &str) -> bool {
        name == self.squashed || self.is_synonym(name)
    }

    /// `customeremail`, `homephone`, `customerhomephone`.
    fn is_synonym_with_more(&self, name: &str) -> bool {
        self.holds != Holds::Anything
            && without_front(name)
                .any(|rest| self.is_named(rest) || without_front(rest).any(|rest| self.is_named(rest)))
    }

    /// Whether the value can be what the field holds. A blank one says nothing.
    fn fits(&self, value: &Value) -> bool {
        let Some(datum) = Datum::of(value) else { return false };
        let whole = matches!(&datum, Datum::Number(number) if !number.is_f64());
        let past_range = matches!(&datum, Datum::Number(number) if number.is_u64() && !number.is_i64());
        let is_text = matches!(&datum, Datum::Text(_));
        let Some(text) = datum.into_text() else { return false };
        match self.holds {
            _ if text.trim().is_empty() => false,
            Holds::Identifier(IdentifierKind::Phone) => (is_text || whole) && phone::is_possible(&text),
            Holds::Identifier(IdentifierKind::Email) => is_text && email(&text).is_ok(),
            Holds::Identifier(kind @ IdentifierKind::ExternalId) => {
                (is_text || whole) && kind.normalise(&text, "").is_ok()
            }
            Holds::PersonName => {
                is_text && text.len() <= NAME_BYTES_MAX && text.contains(char::is_alphabetic) && !text.contains('@')
            }
            Holds::Anything => !past_range,
        }
    }

    /// What makes the value what a contact should hold, as far as the sample shows it.
    pub(super) fn transforms(&self, value: &Value) -> Vec<&'static str> {
        let Value::String(text) = value else { return Vec::new() };
        let blank = text.trim() != text;
        let one_case = text.chars().filter(|c| c.is_alphabetic()).count() > 1
            && (!text.contains(char::is_lowercase) || !text.contains(char::is_uppercase));
        match self.holds {
            Holds::Identifier(_) => Vec::new(),
            Holds::PersonName => [("trim", blank), ("title", one_case)]
                .into_iter()
                .filter(|(_, of_use)| *of_use)
                .map(|(name, _)| name)
                .collect(),
            Holds::Anything => {
                if blank {
                    vec!["trim"]
                } else {
                    Vec::new()
                }
            }
        }
    }

    /// Whether the two names are one in different case styles.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.squashed == other.squashed
    }
}

fn without_front(name: &str) -> impl Iterator<Item = &str> {
    PEOPLE.split(' ').chain(KINDS.split(' ')).filter_map(move |front| name.strip_prefix(front))
}

/// Whether the words name it, in either number.
fn says(words: &str, name: &str) -> bool {
    words.split(' ').any(|word| word == name || name.strip_suffix('s') == Some(word))
}
