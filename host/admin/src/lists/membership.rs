//! Putting contacts on a list and taking them off: all of a request at once, and nothing of it twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{ContactId, List, ListId};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ListShape, found, subject};
use crate::at::{At, AtContact};
use crate::audited::audited;
use crate::caller::{AsEditor, Caller};
use crate::door::Door;
use crate::given::Given;
use crate::refusal::{Fault, Refusal};

/// The most contacts that one request puts on a list.
const CONTACTS_MAX: usize = 100;

/// Whom to put on a list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Joining {
    /// The contacts; one that is on the list already stays as it is.
    #[schemars(length(min = 1, max = CONTACTS_MAX))]
    contacts: Vec<ContactId>,
}

/// What came of putting contacts on a list.
#[derive(Serialize, JsonSchema)]
pub(super) struct Joined {
    /// How many were put on it.
    added: usize,
    /// How many were on it already.
    already: usize,
}

pub(super) async fn add(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<ListId>,
    Given(Joining { contacts }): Given<Joining>,
) -> Result<Json<Joined>, Refusal> {
    let list = found(&door, &caller, id).await?;
    if !(1..=CONTACTS_MAX).contains(&contacts.len()) {
        let message = format!("1 to {CONTACTS_MAX} contacts are put on a list at once");
        return Err(Refusal::Faults(vec![Fault::new("contacts", message)]));
    }
    let wanted: BTreeSet<ContactId> = contacts.iter().copied().collect();
    for _ in 0..door.config().change_attempts_max {
        let joining = not_on(&door, &caller, &list, &contacts).await?;
        let answer = Joined { added: joining.len(), already: wanted.len() - joining.len() };
        if joining.is_empty() {
            return Ok(Json(answer));
        }
        let after = json!({ "contacts": joining });
        let entry = audited(&caller, "list.add-contacts", subject(&list), &Value::Null, &after);
        match door.store().lists().add_contacts(list.workspace, list.id, &joining, entry).await {
            Ok(()) => return Ok(Json(answer)),
            // Somebody else put one of them on the list, or wrote much into it: look again.
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Stale { what: "contact" }.into())
}

/// Those of the contacts that are not on the list; or what is wrong with any of them.
async fn not_on(
    door: &Door,
    caller: &Caller,
    list: &List,
    contacts: &[ContactId],
) -> Result<BTreeSet<ContactId>, Refusal> {
    let (mut joining, mut faults) = (BTreeSet::new(), Vec::new());
    for (place, id) in contacts.iter().enumerate() {
        let at = format!("contacts[{place}]");
        let Some(mut contact) = door.store().contacts().get(caller.workspace_id(), *id).await? else {
            faults.push(Fault::new(at, "this workspace has no such contact"));
            continue;
        };
        if !contact.lists.insert(list.id) {
            continue;
        }
        match contact.check_size() {
            Ok(()) => drop(joining.insert(*id)),
            Err(error) => faults.push(Fault::new(at, error.to_string())),
        }
    }
    if faults.is_empty() { Ok(joining) } else { Err(Refusal::Faults(faults)) }
}

pub(super) async fn remove(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<ListId>,
    AtContact(contact): AtContact,
) -> Result<Json<ListShape>, Refusal> {
    let list = found(&door, &caller, id).await?;
    let stored = door.store().contacts().get(caller.workspace_id(), contact).await?;
    let stored = stored.ok_or(Refusal::Missing { what: "contact" })?;
    if stored.lists.contains(&list.id) {
        let before = json!({ "contacts": [contact] });
        let entry = audited(&caller, "list.remove-contact", subject(&list), &before, &Value::Null);
        match door.store().lists().remove_contact(list.workspace, list.id, contact, entry).await {
            // Somebody else took it off a moment before.
            Ok(()) | Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Json(list.into()))
}
