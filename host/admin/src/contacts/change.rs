//! Adding and changing contacts: identifiers in their stored form, every fault at once, no change lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_mapping::IdentifierKind;
use hookbox_model::{ConsentWord, Contact, ContactId, Field, FieldValue, Since};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::ContactShape;
use crate::at::At;
use crate::audited;
use crate::caller::{AsEditor, Caller};
use crate::door::Door;
use crate::fields::declared;
use crate::fresh;
use crate::given::{Given, present};
use crate::names::{NameText, Names, name_fault};
use crate::paged::Created;
use crate::refusal::{Fault, Refusal};

/// The longest reason of an opt-out or a block, in characters.
const REASON_CHARS_MAX: usize = 500;

/// What a new contact is made of; one identifier at least.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = IDENTIFIERS.map(required)))]
pub(super) struct NewContact {
    /// A phone number; stored as E.164. National forms are read as those of the workspace's country.
    phone: Option<String>,
    /// An email address; stored in lower case.
    email: Option<String>,
    /// An id of the customer's own.
    external_id: Option<String>,
    /// Fields by name: texts, numbers, true or false.
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    /// Tags.
    #[serde(default)]
    #[schemars(with = "BTreeSet<NameText>")]
    tags: BTreeSet<String>,
    /// They asked not to be written to.
    #[serde(default)]
    opted_out: bool,
}

/// What to change of a contact; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactChange {
    /// The version that was read: the change is refused if another came first. Without it the change is made on the
    /// newest version.
    #[schemars(range(max = 18_446_744_073_709_551_615_u64))]
    version: Option<u64>,
    /// A phone number; null takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    phone: Option<Option<String>>,
    /// An email address; null takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    email: Option<Option<String>>,
    /// An id of the customer's own; null takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    external_id: Option<Option<String>>,
    /// Fields to write, by name; null empties one. Others stay.
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    /// All tags, in the place of those there are.
    #[schemars(with = "Option<BTreeSet<NameText>>")]
    tags: Option<BTreeSet<String>>,
    /// Whether they asked not to be written to.
    opted_out: Option<bool>,
    /// Whether somebody of the workspace forbids to write to them.
    blocked: Option<bool>,
    /// Why `opted_out` or `blocked` changes, for whoever asks later; `set by an admin` when absent.
    #[schemars(length(min = 1, max = 500), regex(pattern = r"\S"))]
    reason: Option<String>,
}

/// The identifiers, one of which a new contact has.
const IDENTIFIERS: [&str; 3] = ["phone", "email", "external_id"];

/// The schema of what has this identifier.
fn required(identifier: &str) -> Value {
    json!({ "required": [identifier], "properties": { identifier: { "type": "string", "minLength": 1 } } })
}

impl From<NewContact> for ContactChange {
    fn from(new: NewContact) -> Self {
        Self {
            version: None,
            phone: new.phone.map(Some),
            email: new.email.map(Some),
            external_id: new.external_id.map(Some),
            fields: new.fields,
            tags: Some(new.tags),
            opted_out: Some(new.opted_out),
            blocked: None,
            reason: None,
        }
    }
}

pub(super) async fn create(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    Given(new): Given<NewContact>,
) -> Result<Created<ContactShape>, Refusal> {
    let blank = Contact::blank(fresh::id(), caller.workspace_id(), fresh::now());
    let ground = Ground::of(&door, &caller).await?;
    let mut contact = changed(&blank, &new.into(), &ground).map_err(Refusal::Faults)?;
    contact.version = 1;
    let shape = ContactShape::of(contact.clone(), &mut Names::new(door.store(), caller.workspace_id())).await?;
    let entry = audited::made(&caller, "contact.create", contact.id.to_string(), &shape);
    door.store().contacts().create(&contact, entry).await?;
    Ok(Created(shape))
}

pub(super) async fn patch(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<ContactId>,
    Given(change): Given<ContactChange>,
) -> Result<Json<ContactShape>, Refusal> {
    let (store, workspace) = (door.store(), caller.workspace_id());
    let mut names = Names::new(store, workspace);
    let ground = Ground::of(&door, &caller).await?;
    for _ in 0..door.config().change_attempts_max {
        let found = store.contacts().get(workspace, id).await?;
        let before = found.ok_or(Refusal::Missing { what: "contact" })?;
        if change.version.is_some_and(|version| version != before.version) {
            return Err(Refusal::Version { what: "contact", version: before.version });
        }
        let mut after = changed(&before, &change, &ground).map_err(Refusal::Faults)?;
        if after == before {
            return Ok(Json(ContactShape::of(after, &mut names).await?));
        }
        after.version += 1;
        after.updated_at = fresh::now();
        let (was, shape) =
            (ContactShape::of(before, &mut names).await?, ContactShape::of(after.clone(), &mut names).await?);
        let entry = audited::changed(&caller, "contact.change", id.to_string(), (&was, &shape));
        match store.contacts().update(&after, entry).await {
            Ok(()) => return Ok(Json(shape)),
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Stale { what: "contact" }.into())
}

/// What a workspace says of its contacts.
struct Ground<'c> {
    /// The country of national phone numbers.
    country: &'c str,
    /// The fields that are declared.
    declared: Vec<Field>,
}

impl<'c> Ground<'c> {
    async fn of(door: &Door, caller: &'c Caller) -> Result<Self, StoreError> {
        let declared = declared(door.store(), caller.workspace_id()).await?;
        Ok(Self { country: &caller.workspace.country, declared })
    }
}

/// The contact with the change, or everything that is wrong with the change.
fn changed(before: &Contact, change: &ContactChange, ground: &Ground<'_>) -> Result<Contact, Vec<Fault>> {
    let mut after = before.clone();
    let mut faults = Vec::new();
    for (kind, given, kept) in [
        (IdentifierKind::Phone, &change.phone, &mut after.phone),
        (IdentifierKind::Email, &change.email, &mut after.email),
        (IdentifierKind::ExternalId, &change.external_id, &mut after.external_id),
    ] {
        let Some(text) = given else { continue };
        match text.as_deref().map(|text| normalise(kind, text, ground.country)).transpose() {
            Ok(identifier) => *kept = identifier,
            Err(reason) => faults.push(Fault::new(kind.field(), reason)),
        }
    }
    faults.extend(write_fields(&mut after, &change.fields, &ground.declared));
    if let Some(tags) = &change.tags {
        faults.extend(tags.iter().filter_map(|tag| name_fault("tags", tag)));
        after.tags.clone_from(tags);
    }
    faults.extend(set_consent(&mut after, change));
    if faults.is_empty() && after.identifiers().next().is_none() {
        faults.push(Fault::new("body", "a contact needs a phone number, an email address or an external id"));
    }
    if let Err(error) = after.check_size() {
        faults.push(Fault::new(error.place(), error.to_string()));
    }
    if faults.is_empty() { Ok(after) } else { Err(faults) }
}

/// Takes what an admin says of consent; what holds already keeps its time and reason.
fn set_consent(contact: &mut Contact, change: &ContactChange) -> Option<Fault> {
    let reason = change.reason.as_deref().unwrap_or("set by an admin");
    if reason.trim().is_empty() || reason.chars().nth(REASON_CHARS_MAX).is_some() {
        return Some(Fault::new("reason", format!("a reason has 1 to {REASON_CHARS_MAX} characters")));
    }
    let now = fresh::now();
    if let Some(out) = change.opted_out {
        let word = if out { ConsentWord::OptOut } else { ConsentWord::OptIn };
        contact.consent.take(word, now, reason);
    }
    match change.blocked {
        Some(true) => {
            contact.consent.blocked.get_or_insert_with(|| Since { at: now, reason: reason.to_owned() });
        }
        Some(false) => contact.consent.blocked = None,
        None => {}
    }
    None
}

/// Writes fields, those that are declared as their declaration stores them; null empties one.
fn write_fields(contact: &mut Contact, fields: &BTreeMap<String, Value>, declared: &[Field]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, value) in fields {
        let at = format!("fields.{name}");
        if let Err(error) = Field::check_name(name) {
            faults.push(Fault::new(at, error.to_string()));
        } else if value.is_null() {
            contact.fields.remove(name);
        } else {
            match field_value(name, value, declared) {
                Ok(value) => drop(contact.fields.insert(name.clone(), value)),
                Err(reason) => faults.push(Fault::new(at, reason)),
            }
        }
    }
    faults
}

/// The value as its field stores it, or why it cannot.
fn field_value(name: &str, value: &Value, declared: &[Field]) -> Result<FieldValue, String> {
    let read = FieldValue::from_json(value);
    match (read, declared.iter().find(|field| field.name == name)) {
        (None, _) => Err("a field is a text, a number of at most 64 bits, true or false".to_owned()),
        (Some(value), Some(field)) => field.accept(value).map_err(|fault| fault.wanted),
        (Some(FieldValue::Many(_)), None) => {
            Err("only a field that is declared to hold several takes an array".to_owned())
        }
        (Some(value), None) => Ok(value),
    }
}

/// An identifier in the form it is stored and looked up in, read as a mapping reads it.
pub(super) fn normalise(kind: IdentifierKind, text: &str, country: &str) -> Result<String, String> {
    kind.normalise(text, country).map_err(|error| error.to_string())
}
