//! A contact as the API shows it, with its lists by name.

use std::collections::{BTreeMap, BTreeSet};

use hookbox_model::{Consent, Contact, ContactId, ListId, Timestamp};
use hookbox_store::{Page, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::names::{Named, Names};
use crate::paged::Paged;

/// A person written to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Contact")]
pub(crate) struct ContactShape {
    /// Their id.
    id: ContactId,
    /// In E.164; unique in the workspace.
    phone: Option<String>,
    /// In lower case; unique in the workspace.
    email: Option<String>,
    /// The customer's own id; unique in the workspace.
    external_id: Option<String>,
    /// Fields by name: texts, numbers, true or false.
    fields: BTreeMap<String, Value>,
    /// Tags.
    tags: BTreeSet<String>,
    /// The lists they are on.
    lists: Vec<Named<ListId>>,
    /// They asked not to be written to.
    opted_out: bool,
    /// Whether they may be written to, since when not, and why.
    consent: Consent,
    /// 1 at first; grows by one with every change.
    version: u64,
    /// When they were first seen.
    created_at: Timestamp,
    /// When they last changed.
    updated_at: Timestamp,
}

impl ContactShape {
    /// A contact with its lists by name.
    pub(crate) async fn of(contact: Contact, names: &mut Names<'_>) -> Result<Self, StoreError> {
        let mut lists = Vec::with_capacity(contact.lists.len());
        for list in &contact.lists {
            // One that was removed has no name any more, and nobody is on it.
            lists.extend(Some(names.list(*list).await?).filter(|list| !list.name.is_empty()));
        }
        Ok(Self {
            id: contact.id,
            phone: contact.phone,
            email: contact.email,
            external_id: contact.external_id,
            fields: contact.fields.into_iter().map(|(name, value)| (name, value.to_json())).collect(),
            tags: contact.tags,
            lists,
            opted_out: contact.consent.opted_out.is_some(),
            consent: contact.consent,
            version: contact.version,
            created_at: contact.created_at,
            updated_at: contact.updated_at,
        })
    }

    /// A page of contacts with their lists by name.
    pub(crate) async fn page_of(page: Page<Contact>, names: &mut Names<'_>) -> Result<Paged<Self>, StoreError> {
        let mut items = Vec::with_capacity(page.items.len());
        for contact in page.items {
            items.push(Self::of(contact, names).await?);
        }
        Ok(Paged { items, next: page.next })
    }
}
