//! `/automations/{id}/keys`: what opens a trigger. A key is shown once; only its hash is kept.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, KeyId, Timestamp, TriggerKey};
use hookbox_store::PageRequest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asked::{All, Asked};
use crate::at::{At, AtKey};
use crate::audited;
use crate::caller::{AsEditor, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::paged::{Created, Paged};
use crate::refusal::{Fault, Refusal};
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("keys_page", "The keys of an automation, oldest first; never their secrets"))
        .post_with(create, words("keys_create", "Make a key; it is shown this once"));
    let one = delete_with(revoke, words("keys_revoke", "Take a key back, from now on; a second time changes nothing"));
    ApiRouter::new().api_route_with("/api/v1/automations/{id}/keys", all, |item| item.tag("keys")).api_route_with(
        "/api/v1/automations/{id}/keys/{key}",
        one,
        |item| item.tag("keys"),
    )
}

/// An API key of a trigger.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Key")]
struct KeyShape {
    /// Its public half.
    #[schemars(with = "KeyId")]
    id: String,
    /// The automation whose trigger it opens.
    automation: AutomationId,
    /// When it was made.
    created_at: Timestamp,
    /// No longer good from here on.
    not_after: Option<Timestamp>,
    /// Taken back at this time.
    revoked_at: Option<Timestamp>,
    /// When it last opened its trigger, to the minute.
    last_used_at: Option<Timestamp>,
    /// What to send as `Authorization: Bearer KEY`. Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// What a new key is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// No longer good from here on (RFC 3339); good until revoked when absent.
    not_after: Option<Timestamp>,
}

impl KeyShape {
    fn of(key: &TriggerKey, text: Option<String>) -> Self {
        Self {
            id: key.id.to_string(),
            automation: key.automation,
            created_at: key.created_at,
            not_after: key.not_after,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            key: text,
        }
    }
}

/// The keys of an automation of the caller's workspace, oldest first.
async fn keys(door: &Door, caller: &Caller, automation: AutomationId) -> Result<Vec<TriggerKey>, Refusal> {
    let missing = Refusal::Missing { what: "automation" };
    let trigger = door.store().triggers().get(automation).await?;
    // The trigger is the one record that is found without its workspace, so it is compared here.
    let trigger = trigger.filter(|trigger| trigger.workspace == caller.workspace_id()).ok_or(missing)?;
    let mut keys = trigger.keys;
    keys.sort_by_key(|key| (key.created_at, key.id));
    Ok(keys)
}

async fn page(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    asked: Asked<All>,
) -> Result<Json<Paged<KeyShape>>, Refusal> {
    let keys = keys(&door, &caller, id).await?;
    let PageRequest { after, limit } = asked.page;
    let begins = match after {
        None => 0,
        Some(text) => {
            let wrong = || Refusal::Query { reason: "after: no page gave this `next`".to_owned() };
            let last = text.parse::<KeyId>().ok().and_then(|last| keys.iter().position(|key| key.id == last));
            last.ok_or_else(wrong)? + 1
        }
    };
    let rest = keys.get(begins..).unwrap_or_default();
    let items: Vec<KeyShape> = rest.iter().take(limit).map(|key| KeyShape::of(key, None)).collect();
    let next = (rest.len() > limit).then(|| items.last().map(|key| key.id.to_string())).flatten();
    Ok(Json(Paged { items, next }))
}

async fn create(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    Given(new): Given<NewKey>,
) -> Result<Created<KeyShape>, Refusal> {
    keys(&door, &caller, id).await?;
    let now = fresh::now();
    if new.not_after.is_some_and(|end| end <= now) {
        return Err(Refusal::Faults(vec![Fault::new(
            "not_after",
            "it is in the past; the key would never open anything",
        )]));
    }
    let (mut key, text) = TriggerKey::generate(id, caller.workspace_id(), fresh::random()?, now);
    key.not_after = new.not_after;
    let entry = audited::made(&caller, "key.create", subject(&key), &KeyShape::of(&key, None));
    door.store().triggers().add_key(&key, entry).await?;
    tracing::info!(automation.id = %id, key.id = %key.id, "a key was made");
    Ok(Created(KeyShape::of(&key, Some(text))))
}

async fn revoke(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    AtKey(key): AtKey,
) -> Result<Json<KeyShape>, Refusal> {
    let before = keys(&door, &caller, id).await?.into_iter().find(|candidate| candidate.id == key);
    let before = before.ok_or(Refusal::Missing { what: "key" })?;
    let at = fresh::now();
    let after = TriggerKey { revoked_at: before.revoked_at.or(Some(at)), ..before.clone() };
    let shapes = (&KeyShape::of(&before, None), &KeyShape::of(&after, None));
    let entry = audited::changed(&caller, "key.revoke", subject(&before), shapes);
    door.store().triggers().revoke_key(caller.workspace_id(), id, key, at, entry).await?;
    tracing::info!(automation.id = %id, key.id = %key, "a key was revoked");
    let keys = keys(&door, &caller, id).await?;
    let revoked = keys.iter().find(|candidate| candidate.id == key);
    Ok(Json(KeyShape::of(revoked.ok_or(Refusal::Missing { what: "key" })?, None)))
}

/// What the log calls a key: that of its automation first.
fn subject(key: &TriggerKey) -> String {
    format!("{} key {}", key.automation, key.id)
}
