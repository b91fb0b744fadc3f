//! Whom a run is about: the payload mapped to an identifier and fields, the contact found or to be made.

use std::sync::Arc;

use hookbox_mapping::{IdentifierKind, MappedField, Mapping, MappingSpec, WriteSpec};
use hookbox_model::{
    Contact, ContactId, Field, FieldFault, FieldValue, Identifier, RunFailure, WebhookDocument, WorkspaceId,
    WritePolicy,
};
use hookbox_store::{Known, Store, StoreError};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::now;
use crate::effects::Draft;
use crate::names::Names;

/// A trigger's mapping, compiled.
pub(crate) struct SubjectMapping(Mapping);

/// Whom a run is about, and what its payload says of them.
pub(crate) struct Subject {
    /// What finds the contact, in the stored form.
    pub(crate) identifier: Identifier,
    fields: Vec<MappedField>,
}

impl SubjectMapping {
    /// Compiles a document's mapping. It was checked when the document was saved, so a fault means that the language
    /// changed since: runs fail with it until the document is saved again.
    pub(crate) fn compile(webhook: &WebhookDocument, limits: &hookbox_mapping::Config) -> Result<Self, RunFailure> {
        let unusable = |message: String| RunFailure::new("mapping", "invalid-mapping", message);
        let spec: MappingSpec = serde_json::to_value(webhook)
            .and_then(serde_json::from_value)
            .map_err(|error| unusable(error.to_string()))?;
        let compiled = Mapping::compile_within(&spec, limits)
            .map_err(|faults| unusable(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
        Ok(Self(compiled))
    }
}

impl Subject {
    /// Maps a payload. A failure names the field and is mended by mending the mapping; the capture stays.
    pub(crate) fn find(
        mapping: &Result<SubjectMapping, RunFailure>,
        country: &str,
        payload: &Value,
    ) -> Result<Self, RunFailure> {
        let mapping = mapping.as_ref().map_err(Clone::clone)?;
        let mapped = mapping
            .0
            .apply(payload, country)
            .map_err(|error| RunFailure::new("mapping", error.code(), error.to_string()))?;
        let identifier = match mapped.identifier {
            (IdentifierKind::Phone, text) => Identifier::Phone(text),
            (IdentifierKind::Email, text) => Identifier::Email(text),
            (IdentifierKind::ExternalId, text) => Identifier::ExternalId(text),
        };
        Ok(Self { identifier, fields: mapped.fields })
    }

    /// The contact as stored, or one that nobody stored yet.
    pub(crate) async fn read_contact(&self, store: &dyn Store, workspace: WorkspaceId) -> Result<Known, StoreError> {
        if let Some(known) = store.contacts().find(workspace, &self.identifier).await? {
            return Ok(known);
        }
        let contact = Contact::unknown(ContactId::from_uuid(Uuid::now_v7()), workspace, &self.identifier, now());
        Ok(Known { contact: Arc::new(contact), conversations: Vec::new() })
    }

    /// Writes the mapped fields onto the contact.
    pub(crate) fn write(&self, draft: &mut Draft, names: &Names) -> Result<(), FieldFault> {
        let mut fault = Ok(());
        draft.change_contact(|contact| {
            let mut changed = false;
            for field in &self.fields {
                match write_field(contact, field, names.field(&field.name)) {
                    Ok(wrote) => changed |= wrote,
                    Err(error) => {
                        fault = Err(error);
                        break;
                    }
                }
            }
            changed
        });
        fault
    }
}

/// Whether the field changed the contact.
fn write_field(contact: &mut Contact, field: &MappedField, declared: Option<&Field>) -> Result<bool, FieldFault> {
    let identifier = match &*field.name {
        "phone" => Some(&mut contact.phone),
        "email" => Some(&mut contact.email),
        "external_id" => Some(&mut contact.external_id),
        _ => None,
    };
    if let Some(slot) = identifier {
        let keep = field.write == WriteSpec::FillEmpty && slot.is_some();
        let text = field.value.as_str().map(str::to_owned);
        if keep || text.is_none() || *slot == text {
            return Ok(false);
        }
        *slot = text;
        return Ok(true);
    }
    let Some(value) = FieldValue::from_json(&field.value) else {
        let wanted = "a field holds a text, a number of at most 64 bits, true or false".to_owned();
        return Err(FieldFault { field: field.name.to_string(), wanted });
    };
    let policy = match field.write {
        WriteSpec::Overwrite => WritePolicy::Overwrite,
        WriteSpec::FillEmpty => WritePolicy::FillEmpty,
        WriteSpec::Append => WritePolicy::Append,
    };
    contact.write_field(&field.name, value, policy, declared)
}

#[cfg(test)]
mod tests {
    use hookbox_mapping::{MappedField, WriteSpec};
    use hookbox_model::{Contact, ContactId, FieldValue, Identifier, Timestamp, WorkspaceId};
    use serde_json::json;

    use super::write_field;

    #[test]
    fn fields_are_overwritten_or_filled_as_the_mapping_says() -> Result<(), hookbox_model::FieldFault> {
        let identifier = Identifier::Phone("+12155556677".into());
        let ids = (ContactId::from_bytes([1; 16]), WorkspaceId::from_bytes([2; 16]));
        let mut contact = Contact::unknown(ids.0, ids.1, &identifier, Timestamp::default());
        let field = |value, write| MappedField { name: "source".into(), value, write };
        assert!(write_field(&mut contact, &field(json!("Salesforce"), WriteSpec::FillEmpty), None)?);
        assert!(!write_field(&mut contact, &field(json!("HubSpot"), WriteSpec::FillEmpty), None)?);
        assert!(!write_field(&mut contact, &field(json!("Salesforce"), WriteSpec::Overwrite), None)?);
        assert!(write_field(&mut contact, &field(json!(7), WriteSpec::Overwrite), None)?);
        assert_eq!(contact.fields["source"], FieldValue::Integer(7));
        let email = MappedField { name: "email".into(), value: json!("a@b.example"), write: WriteSpec::Overwrite };
        assert!(write_field(&mut contact, &email, None)?);
        assert_eq!(contact.email.as_deref(), Some("a@b.example"));
        Ok(())
    }
}
