//! A contact: a person written to, found by phone, email or an id of the customer's own.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Consent, ContactId, Field, FieldFault, FieldValue, ListId, Timestamp, WorkspaceId, WritePolicy};
use serde::{Deserialize, Serialize};

/// A person written to.
///
/// `version` grows by one with every change; a commit names the version it read and is refused if another came first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Their id.
    pub id: ContactId,
    /// The workspace they belong to.
    pub workspace: WorkspaceId,
    /// 1 when first stored.
    pub version: u64,
    /// In E.164 (`+12155556677`); unique in the workspace.
    pub phone: Option<String>,
    /// In lower case; unique in the workspace.
    pub email: Option<String>,
    /// The customer's own id; unique in the workspace.
    pub external_id: Option<String>,
    /// Fields by name (`first_name`).
    pub fields: BTreeMap<String, FieldValue>,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// The lists they are on.
    pub lists: BTreeSet<ListId>,
    /// Whether they may be written to.
    pub consent: Consent,
    /// When they were first seen.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
}

/// A contact is larger than one may be; trying again changes nothing. The messages show no value of the contact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContactTooLarge {
    /// It has too many fields.
    #[error("the contact would have {count} fields and may have {max}", max = Contact::FIELDS_MAX)]
    Fields {
        /// How many.
        count: usize,
    },
    /// It has too many tags.
    #[error("the contact would have {count} tags and may have {max}", max = Contact::TAGS_MAX)]
    Tags {
        /// How many.
        count: usize,
    },
    /// The name of a field is too long.
    #[error("the name of the field {name:?} (cut here) is longer than {max} characters", max = Contact::NAME_CHARS_MAX)]
    FieldName {
        /// Its beginning.
        name: String,
    },
    /// A tag is too long.
    #[error("a tag has {chars} characters and may have {max}", max = Contact::NAME_CHARS_MAX)]
    Tag {
        /// How many characters it has.
        chars: usize,
    },
    /// All together is too much.
    #[error("the fields, tags and lists of the contact would take {bytes} bytes and may take {max}", max = Contact::BYTES_MAX)]
    Bytes {
        /// How many bytes.
        bytes: usize,
    },
    /// The text in a field is too long.
    #[error("the text of the field {name:?} has {chars} characters and may have {max}", max = Contact::TEXT_CHARS_MAX)]
    Text {
        /// The field.
        name: String,
        /// How many characters the text has.
        chars: usize,
    },
}

impl ContactTooLarge {
    /// Where in the contact: `fields`, `tags` or `fields.name`.
    pub fn place(&self) -> String {
        match self {
            Self::Fields { .. } | Self::Bytes { .. } => "fields".to_owned(),
            Self::Tags { .. } | Self::Tag { .. } => "tags".to_owned(),
            Self::FieldName { name } | Self::Text { name, .. } => format!("fields.{name}"),
        }
    }
}

/// What finds a contact. The text is already in the stored form (E.164, lower case).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Identifier {
    /// A phone number in E.164.
    Phone(String),
    /// An email address in lower case.
    Email(String),
    /// The customer's own id.
    ExternalId(String),
}

impl Contact {
    /// The most fields of a contact. A contact is read and written whole, so it must stay small.
    pub const FIELDS_MAX: usize = 500;
    /// The most tags of a contact.
    pub const TAGS_MAX: usize = 500;
    /// The longest name of a field and the longest tag, in characters.
    pub const NAME_CHARS_MAX: usize = 100;
    /// The longest text in a field, in characters.
    pub const TEXT_CHARS_MAX: usize = 10_000;

    /// The most bytes of fields, tags and lists in all: every run of the contact reads and writes them. 256 KiB.
    pub const BYTES_MAX: usize = 256 * 1024;

    /// Whether fields and tags are within their limits; the first that is not.
    pub fn check_size(&self) -> Result<(), ContactTooLarge> {
        if self.fields.len() > Self::FIELDS_MAX {
            return Err(ContactTooLarge::Fields { count: self.fields.len() });
        }
        if self.tags.len() > Self::TAGS_MAX {
            return Err(ContactTooLarge::Tags { count: self.tags.len() });
        }
        for (name, value) in &self.fields {
            if chars_beyond(name, Self::NAME_CHARS_MAX).is_some() {
                let name = name.chars().take(Self::NAME_CHARS_MAX).collect();
                return Err(ContactTooLarge::FieldName { name });
            }
            let (single, several) = match value {
                FieldValue::Many(values) => (None, values.as_slice()),
                single => (Some(single), [].as_slice()),
            };
            let texts = single.into_iter().chain(several).filter_map(|value| match value {
                FieldValue::Text(text) => chars_beyond(text, Self::TEXT_CHARS_MAX),
                FieldValue::Integer(_) | FieldValue::Decimal(_) | FieldValue::Boolean(_) | FieldValue::Many(_) => None,
            });
            if let Some(chars) = texts.max() {
                return Err(ContactTooLarge::Text { name: name.clone(), chars });
            }
        }
        if let Some(chars) = self.tags.iter().find_map(|tag| chars_beyond(tag, Self::NAME_CHARS_MAX)) {
            return Err(ContactTooLarge::Tag { chars });
        }
        let bytes = self.bytes();
        if bytes > Self::BYTES_MAX { Err(ContactTooLarge::Bytes { bytes }) } else { Ok(()) }
    }

    /// The bytes of its fields, tags and lists.
    fn bytes(&self) -> usize {
        let fields: usize = self.fields.iter().map(|(name, value)| name.len() + value.bytes()).sum();
        let tags: usize = self.tags.iter().map(String::len).sum();
        fields + tags + self.lists.len() * size_of::<ListId>()
    }

    /// Writes a field as its declaration (if it has one) stores it; says whether the contact changed. A field that is not
    /// declared holds a single value, and only one that is declared to hold several can be appended to: else nothing is
    /// written. A blank text and no values at all are empty, to be filled. Identifiers are no fields.
    pub fn write_field(
        &mut self,
        name: &str,
        value: FieldValue,
        policy: WritePolicy,
        declared: Option<&Field>,
    ) -> Result<bool, FieldFault> {
        let value = match declared {
            Some(field) => field.accept(value)?,
            None if matches!(value, FieldValue::Many(_)) => {
                let wanted = "only a field that is declared to hold several values takes more than one".to_owned();
                return Err(FieldFault { field: name.to_owned(), wanted });
            }
            None => value,
        };
        let before = self.fields.get(name);
        let value = match (policy, before) {
            (WritePolicy::FillEmpty, Some(before)) if !before.is_empty() => return Ok(false),
            (WritePolicy::Append, before) => appended(name, before, value, declared)?,
            (WritePolicy::Overwrite | WritePolicy::FillEmpty, _) => value,
        };
        if before == Some(&value) {
            return Ok(false);
        }
        self.fields.insert(name.to_owned(), value);
        Ok(true)
    }

    /// A contact that nobody has stored yet (version 0) and nothing is known of.
    pub fn blank(id: ContactId, workspace: WorkspaceId, now: Timestamp) -> Self {
        Self {
            id,
            workspace,
            version: 0,
            phone: None,
            email: None,
            external_id: None,
            fields: BTreeMap::new(),
            tags: BTreeSet::new(),
            lists: BTreeSet::new(),
            consent: Consent::default(),
            created_at: now,
            updated_at: now,
        }
    }

    /// A contact that nobody has stored yet (version 0), known by one identifier only.
    pub fn unknown(id: ContactId, workspace: WorkspaceId, identifier: &Identifier, now: Timestamp) -> Self {
        let mut contact = Self::blank(id, workspace, now);
        match identifier {
            Identifier::Phone(phone) => contact.phone = Some(phone.clone()),
            Identifier::Email(email) => contact.email = Some(email.clone()),
            Identifier::ExternalId(external) => contact.external_id = Some(external.clone()),
        }
        contact
    }

    /// What people call the contact, by its fields: `first_name` and `last_name`, else `full_name`, else `name`.
    pub fn name(&self) -> Option<String> {
        let text = |field: &str| match self.fields.get(field) {
            Some(FieldValue::Text(text)) if !text.trim().is_empty() => Some(text.trim()),
            Some(_) | None => None,
        };
        let parts: Vec<&str> = ["first_name", "last_name"].into_iter().filter_map(text).collect();
        if parts.is_empty() {
            text("full_name").or_else(|| text("name")).map(str::to_owned)
        } else {
            Some(parts.join(" "))
        }
    }

    /// How a list shows the contact: by its name, else by what it is found by.
    pub fn label(&self) -> Option<String> {
        let found_by = || self.phone.clone().or_else(|| self.email.clone()).or_else(|| self.external_id.clone());
        self.name().or_else(found_by)
    }

    /// Every identifier this contact can be found by.
    pub fn identifiers(&self) -> impl Iterator<Item = Identifier> {
        [
            self.phone.clone().map(Identifier::Phone),
            self.email.clone().map(Identifier::Email),
            self.external_id.clone().map(Identifier::ExternalId),
        ]
        .into_iter()
        .flatten()
    }
}

/// `before` with what of `value` it does not hold yet.
fn appended(
    name: &str,
    before: Option<&FieldValue>,
    value: FieldValue,
    declared: Option<&Field>,
) -> Result<FieldValue, FieldFault> {
    let fault = |wanted: &str| FieldFault { field: name.to_owned(), wanted: wanted.to_owned() };
    if declared.is_none_or(|field| !field.many) {
        return Err(fault("only a field that is declared to hold several values can be appended to"));
    }
    let mut values = match before {
        Some(FieldValue::Many(values)) => values.clone(),
        Some(single) => vec![single.clone()],
        None => Vec::new(),
    };
    let new = match value {
        FieldValue::Many(values) => values,
        single => vec![single],
    };
    for value in new {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    if values.len() > Field::VALUES_MAX {
        return Err(fault(&format!("it would hold more than {} values", Field::VALUES_MAX)));
    }
    Ok(FieldValue::Many(values))
}

/// How many characters a text has, if it has more than `max`. Characters are not counted where the bytes tell already.
fn chars_beyond(text: &str, max: usize) -> Option<usize> {
    (text.len() > max).then(|| text.chars().count()).filter(|chars| *chars > max)
}

#[cfg(test)]
mod tests {
    use super::{Contact, FieldValue, Identifier};
    use crate::{Field, FieldKind, Id, Timestamp, WritePolicy};
    use uuid::Uuid;

    fn contact() -> Contact {
        let known_by = Identifier::ExternalId("17".to_owned());
        let (id, workspace) = (Id::from_uuid(Uuid::nil()), Id::from_uuid(Uuid::nil()));
        Contact::unknown(id, workspace, &known_by, Timestamp::from_millis(1))
    }

    fn check(change: impl FnOnce(&mut Contact), expected: Option<(&str, &str)>) {
        let mut contact = contact();
        change(&mut contact);
        let found = contact.check_size().err().map(|error| (error.place(), error.to_string()));
        let found = found.as_ref().map(|(place, message)| (place.as_str(), message.as_str()));
        assert_eq!(found, expected);
    }

    fn text(chars: usize) -> FieldValue {
        FieldValue::Text("ä".repeat(chars))
    }

    #[test]
    fn a_contact_past_a_limit_is_told_which_and_where() {
        let numbered = |count: usize| (0..count).map(|n| n.to_string());
        let long = "ä".repeat(100);
        check(|contact| contact.fields.extend(numbered(500).map(|name| (name, text(200)))), None);
        check(|contact| contact.tags.extend(numbered(499).chain([long.clone()])), None);
        check(
            |contact| contact.fields.extend(numbered(501).map(|name| (name, text(1)))),
            Some(("fields", "the contact would have 501 fields and may have 500")),
        );
        check(
            |contact| contact.tags.extend(numbered(501)),
            Some(("tags", "the contact would have 501 tags and may have 500")),
        );
        check(
            |contact| contact.fields.extend([("note".to_owned(), text(10_001))]),
            Some(("fields.note", "the text of the field \"note\" has 10001 characters and may have 10000")),
        );
        check(
            |contact| contact.fields.extend([(format!("{long}b"), text(1))]),
            Some((
                &format!("fields.{long}"),
                &format!("the name of the field {long:?} (cut here) is longer than 100 characters"),
            )),
        );
        let many = |chars| FieldValue::Many(vec![text(chars); 26]);
        check(|contact| contact.fields.extend([("notes".to_owned(), many(5_000))]), None);
        check(
            |contact| contact.fields.extend([("a".to_owned(), many(5_000)), ("b".to_owned(), text(1_500))]),
            Some(("fields", "the fields, tags and lists of the contact would take 263002 bytes and may take 262144")),
        );
        check(
            |contact| contact.tags.extend([format!("{long}b")]),
            Some(("tags", "a tag has 101 characters and may have 100")),
        );
    }
    /// Writes `given` over `before`; what the field then holds, and whether that is a change; `None` when it is refused.
    fn check_write(
        before: Option<FieldValue>,
        given: FieldValue,
        policy: WritePolicy,
        many: Option<bool>,
    ) -> Option<(FieldValue, bool)> {
        let (id, workspace) = (Id::from_uuid(Uuid::nil()), Id::from_uuid(Uuid::nil()));
        let declared = |many| Field {
            id,
            workspace,
            name: "f".into(),
            kind: FieldKind::Text,
            many,
            created_at: Timestamp::default(),
        };
        let mut contact = contact();
        contact.fields.extend(before.map(|before| ("f".to_owned(), before)));
        let unwritten = contact.clone();
        match contact.write_field("f", given, policy, many.map(declared).as_ref()) {
            Ok(changed) => contact.fields.remove("f").map(|value| (value, changed)),
            Err(_) => {
                assert_eq!(contact, unwritten, "what is refused changes nothing");
                None
            }
        }
    }

    #[test]
    fn a_field_is_overwritten_filled_or_appended_to() {
        let one = |text: &str| FieldValue::Text(text.to_owned());
        let many = |texts: &[&str]| FieldValue::Many(texts.iter().map(|text| one(text)).collect());
        let (overwrite, fill, append) = (WritePolicy::Overwrite, WritePolicy::FillEmpty, WritePolicy::Append);
        for (before, given, policy, declared, expected) in [
            (Some(one("a")), one("b"), overwrite, None, Some((one("b"), true))),
            (Some(one("a")), one("a"), overwrite, None, Some((one("a"), false))),
            (None, many(&["a"]), overwrite, None, None),
            (None, many(&["a"]), overwrite, Some(false), None),
            (Some(many(&["a"])), many(&["b", "c"]), overwrite, Some(true), Some((many(&["b", "c"]), true))),
            (Some(one("a")), one("b"), fill, None, Some((one("a"), false))),
            (None, one("b"), fill, None, Some((one("b"), true))),
            (Some(one(" ")), one("b"), fill, None, Some((one("b"), true))),
            (Some(many(&[])), one("b"), fill, Some(true), Some((many(&["b"]), true))),
            (Some(many(&["a"])), one("b"), fill, Some(true), Some((many(&["a"]), false))),
            (None, one("a"), append, Some(true), Some((many(&["a"]), true))),
            (Some(many(&["a"])), one("b"), append, Some(true), Some((many(&["a", "b"]), true))),
            (Some(many(&["a", "b"])), one("a"), append, Some(true), Some((many(&["a", "b"]), false))),
            (Some(one("a")), one("b"), append, Some(true), Some((many(&["a", "b"]), true))),
            (Some(one("a")), one("b"), append, None, None),
            (Some(one("a")), one("b"), append, Some(false), None),
        ] {
            let shown = format!("{before:?} {policy:?} {given:?} {declared:?}");
            assert_eq!(check_write(before, given, policy, declared), expected, "{shown}");
        }
        let full: Vec<FieldValue> = (0..Field::VALUES_MAX).map(|number| one(&number.to_string())).collect();
        assert_eq!(check_write(Some(FieldValue::Many(full)), one("more"), append, Some(true)), None);
    }
}
