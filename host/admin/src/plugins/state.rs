//! `/plugins/{id}/state`: what a plugin remembers in the workspace, seen and forgotten by hand. It belongs to the name, so it is
//! there also when no version is.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use futures_util::{StreamExt, TryStreamExt, stream};
use hookbox_model::{Audited, StateEntry, Timestamp};
use hookbox_store::{PageRequest, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::found::version;
use crate::asked::{All, Asked};
use crate::at::{AtText, AtTextKey};
use crate::audited::audited;
use crate::caller::{AsAdmin, Caller};
use crate::door::Door;
use crate::fresh;
use crate::paged::Paged;
use crate::refusal::Refusal;
use crate::words::words;

/// How many keys one request forgets at most; each is an entry of the audit log.
const FORGOTTEN_MAX: usize = PageRequest::LIMIT_MAX;

/// How many of these are with the store at once, so that they are committed together.
const FORGETTING_AT_ONCE: usize = 64;

/// The routes of this resource.
pub(super) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("plugins_state_page", "What a plugin remembers, by key")).delete_with(
        forget_all,
        words("plugins_state_forget_all", "Forget what a plugin remembers, 1,000 keys at a time"),
    );
    let one = get_with(one, words("plugins_state_get", "What a plugin remembers under a key"))
        .delete_with(forget, words("plugins_state_forget", "Forget what a plugin remembers under a key"));
    ApiRouter::new().api_route_with("/api/v1/plugins/{id}/state", all, |item| item.tag("plugins")).api_route_with(
        "/api/v1/plugins/{id}/state/{key}",
        one,
        |item| item.tag("plugins"),
    )
}

/// What is under a key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginState")]
struct EntryShape {
    /// The key.
    key: String,
    /// What the plugin wrote.
    value: String,
    /// Gone from here on; kept until it is forgotten when null.
    expires_at: Option<Timestamp>,
}

/// What was forgotten.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginStateForgotten")]
struct ForgottenShape {
    /// How many keys.
    forgotten: usize,
    /// Whether there are more; another request forgets them.
    more: bool,
}

impl EntryShape {
    fn of(key: String, entry: StateEntry) -> Self {
        Self { key, value: entry.value, expires_at: entry.expires_at }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    AtText(text): AtText,
    asked: Asked<All>,
) -> Result<Json<Paged<EntryShape>>, Refusal> {
    let name = name(&door, &caller, &text).await?;
    let page = door.store().plugin_state().page(caller.workspace_id(), &name, asked.page).await?;
    Ok(Paged::of(page, |(key, entry)| EntryShape::of(key, entry)))
}

async fn one(
    State(door): State<Arc<Door>>,
    caller: Caller,
    AtText(text): AtText,
    AtTextKey(key): AtTextKey,
) -> Result<Json<EntryShape>, Refusal> {
    let name = name(&door, &caller, &text).await?;
    let found = door.store().plugin_state().get(caller.workspace_id(), &name, &key, fresh::now()).await?;
    let entry = found.ok_or(Refusal::Missing { what: "key of plugin state" })?;
    Ok(Json(EntryShape::of(key, entry)))
}

async fn forget(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(text): AtText,
    AtTextKey(key): AtTextKey,
) -> Result<Json<ForgottenShape>, Refusal> {
    let name = name(&door, &caller, &text).await?;
    let entry = forgetting(&caller, &name, &key);
    door.store().plugin_state().forget(caller.workspace_id(), &name, &key, entry).await?;
    Ok(Json(ForgottenShape { forgotten: 1, more: false }))
}

async fn forget_all(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(text): AtText,
) -> Result<Json<ForgottenShape>, Refusal> {
    let (name, workspace, store) = (name(&door, &caller, &text).await?, caller.workspace_id(), door.store());
    let wanted = PageRequest { after: None, limit: FORGOTTEN_MAX };
    let page = store.plugin_state().page(workspace, &name, wanted).await?;
    let (caller, name) = (&caller, name.as_str());
    let forgotten = stream::iter(page.items)
        .map(|(key, _)| async move {
            let entry = forgetting(caller, name, &key);
            match store.plugin_state().forget(workspace, name, &key, entry).await {
                Ok(()) => Ok(1),
                // A run came first.
                Err(StoreError::Missing { .. }) => Ok(0),
                Err(error) => Err(error),
            }
        })
        .buffer_unordered(FORGETTING_AT_ONCE)
        .try_fold(0, async |sum, one| Ok(sum + one))
        .await?;
    Ok(Json(ForgottenShape { forgotten, more: page.next.is_some() }))
}

/// The name whose state is meant: that of the version that is named, or the text itself when there is none.
async fn name(door: &Door, caller: &Caller, text: &str) -> Result<String, Refusal> {
    match version(door.store(), caller.workspace_id(), text).await {
        Ok(plugin) => Ok(plugin.manifest.name.clone()),
        Err(missing @ Refusal::NoPlugin { .. }) => {
            let usage = door.store().plugin_state().usage(caller.workspace_id(), text).await?;
            if usage.keys == 0 { Err(missing) } else { Ok(text.to_owned()) }
        }
        Err(refusal) => Err(refusal),
    }
}

/// The log says which key was forgotten and not what was under it, which may be about people.
fn forgetting(caller: &Caller, name: &str, key: &str) -> Audited {
    audited(caller, "plugin-state.forget", name.to_owned(), &json!({"key": key}), &Value::Null)
}
