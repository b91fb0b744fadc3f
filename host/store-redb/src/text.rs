//! Looking for a text: whatever its case, and for phone numbers by their digits.

use hookbox_model::Contact;

/// The fewest digits that are looked for in phone numbers; fewer are in most of them.
const DIGITS_MIN: usize = 3;

/// What is looked for.
#[derive(Debug, Clone)]
pub(crate) struct Needle {
    /// In lower case, without blanks around it.
    text: String,
    /// The digits of what may be a part of a phone number.
    digits: Option<String>,
}

impl Needle {
    /// What `text` looks for.
    pub(crate) fn new(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        let is_of_phone = text.chars().all(|char| char.is_ascii_digit() || "+-(). /".contains(char));
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        Self { digits: Some(digits).filter(|digits| is_of_phone && digits.len() >= DIGITS_MIN), text }
    }

    /// Whether it is in a text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.text)
    }

    /// Whether a contact has it in its name or in what it is found by.
    pub(crate) fn is_of(&self, contact: &Contact) -> bool {
        let is_in = |text: &Option<String>| text.as_deref().is_some_and(|text| self.is_in(text));
        let in_phone = || match (&self.digits, &contact.phone) {
            (Some(digits), Some(phone)) => phone.contains(digits),
            (None | Some(_), None | Some(_)) => false,
        };
        is_in(&contact.phone)
            || is_in(&contact.email)
            || is_in(&contact.external_id)
            || in_phone()
            || is_in(&contact.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Needle;
    use hookbox_model::{Contact, FieldValue, Id, Timestamp};

    fn check(text: &str, is_found: bool) {
        let mut contact = Contact::blank(Id::from_bytes([1; 16]), Id::from_bytes([2; 16]), Timestamp::default());
        contact.phone = Some("+12155556677".into());
        contact.email = Some("ann@example.com".into());
        contact.external_id = Some("A-17".into());
        for (field, value) in [("first_name", "Änne"), ("last_name", "Smith"), ("city", "Köln")] {
            contact.fields.insert(field.into(), FieldValue::Text(value.into()));
        }
        assert_eq!(Needle::new(text).is_of(&contact), is_found, "{text:?}");
    }

    #[test]
    fn a_contact_is_found_by_a_part_of_its_name_or_of_what_finds_it() {
        for text in ["ÄNNE", "änne smith", " smi ", "ANN@", "a-17", "+1215", "(215) 555-66", "215.555", "5556677"] {
            check(text, true);
        }
        for text in ["smith änne", "köln", "21 6", "(216)", "77 77", "+(-)"] {
            check(text, false);
        }
    }

    #[test]
    fn a_text_that_is_longer_in_lower_case_is_found() {
        assert!(Needle::new("i̇stanbul").is_in("İSTANBUL"));
        assert!(Needle::new("é").is_in("CAFÉ"));
    }
}
