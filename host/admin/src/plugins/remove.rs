//! Removing an uploaded version that nothing needs any more. What its name remembers stays.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::Plugin;
use serde_json::Value;

use super::found::{own, repeated};
use super::shape::PluginShape;
use crate::at::AtText;
use crate::audited::{audited, decided, subject};
use crate::caller::{AsAdmin, Caller};
use crate::door::Door;
use crate::refusal::Refusal;

pub(super) async fn remove(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(text): AtText,
) -> Result<Json<PluginShape>, Refusal> {
    let plugin = own(door.store(), caller.workspace_id(), &text).await?;
    let plugin = repeated(&door, plugin, |plugin| forget(&door, &caller, plugin)).await?;
    door.let_go(plugin.digest).await;
    tracing::info!(plugin.name = plugin.manifest.name, plugin.digest = %plugin.digest, "a plugin was removed");
    Ok(Json(PluginShape::of(&plugin)))
}

async fn forget(door: &Door, caller: &Caller, plugin: Arc<Plugin>) -> Result<Arc<Plugin>, Refusal> {
    let entry = audited(caller, "plugin.remove", subject(&plugin), &decided(&plugin), &Value::Null);
    door.store().plugins().remove(&plugin, entry).await?;
    Ok(plugin)
}
