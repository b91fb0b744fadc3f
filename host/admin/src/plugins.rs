//! `/plugins`: which actions a workspace can use, what they say of themselves and what they may do.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{Digest, Manifest, Need, Origin, Plugin, PluginId, Timestamp, WorkspaceId};
use hookbox_store::{PageRequest, Store, StoreError};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::asked::{All, Asked};
use crate::at::AtText;
use crate::caller::Caller;
use crate::door::Door;
use crate::paged::Paged;
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("plugins_page", "Every plugin version that the workspace can use, by name"));
    let one = get_with(one, words("plugins_get", "One plugin version, by its id or its digest"));
    ApiRouter::new().api_route_with("/api/v1/plugins", all, |item| item.tag("plugins")).api_route_with(
        "/api/v1/plugins/{id}",
        one,
        |item| item.tag("plugins"),
    )
}

/// One installed version of a plugin.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Plugin")]
struct PluginShape {
    /// Its id.
    id: PluginId,
    /// What it says of itself.
    manifest: ManifestShape,
    /// SHA-256 of its component: its identity.
    digest: Digest,
    /// The size of its component in bytes.
    component_bytes: u64,
    /// Where it came from.
    origin: Origin,
    /// What it may do.
    grants: Vec<Need>,
    /// Whether new runs take this version of the name.
    active: bool,
    /// When it was installed.
    installed_at: Timestamp,
}

/// What a plugin says of itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Manifest")]
struct ManifestShape {
    /// The name that documents use.
    name: String,
    /// Semantic version.
    version: String,
    /// The name that people read.
    title: String,
    /// What it does.
    description: String,
    /// JSON Schema (2020-12) of its settings.
    settings: Value,
    /// What it asks to be allowed.
    needs: Vec<Need>,
}

impl From<&Manifest> for ManifestShape {
    fn from(manifest: &Manifest) -> Self {
        Self {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            title: manifest.title.clone(),
            description: manifest.description.clone(),
            // A manifest whose schema is not JSON is never installed; were it, null says so.
            settings: serde_json::from_str(&manifest.settings).unwrap_or_default(),
            needs: manifest.needs.clone(),
        }
    }
}

impl From<Arc<Plugin>> for PluginShape {
    fn from(plugin: Arc<Plugin>) -> Self {
        Self {
            id: plugin.id,
            manifest: (&plugin.manifest).into(),
            digest: plugin.digest,
            component_bytes: plugin.component_bytes,
            origin: plugin.origin,
            grants: plugin.grants.as_needs().to_vec(),
            active: plugin.active,
            installed_at: plugin.installed_at,
        }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<All>,
) -> Result<Json<Paged<PluginShape>>, Refusal> {
    Ok(Paged::of(door.store().plugins().page(caller.workspace_id(), asked.page).await?, PluginShape::from))
}

async fn one(
    State(door): State<Arc<Door>>,
    caller: Caller,
    AtText(text): AtText,
) -> Result<Json<PluginShape>, Refusal> {
    let found = match (text.parse::<Digest>(), text.parse::<PluginId>()) {
        (Ok(digest), _) => door.store().plugins().get(caller.workspace_id(), digest).await?,
        (Err(_), Ok(id)) => with_id(door.store(), caller.workspace_id(), id).await?,
        (Err(_), Err(_)) => None,
    };
    Ok(Json(found.ok_or(Refusal::Missing { what: "plugin" })?.into()))
}

/// The version with this id. There are few, so they are looked through.
async fn with_id(store: &dyn Store, workspace: WorkspaceId, id: PluginId) -> Result<Option<Arc<Plugin>>, StoreError> {
    let mut wanted = PageRequest::first();
    loop {
        let page = store.plugins().page(workspace, wanted.clone()).await?;
        if let Some(found) = page.items.into_iter().find(|plugin| plugin.id == id) {
            return Ok(Some(found));
        }
        let Some(next) = page.next else { return Ok(None) };
        wanted.after = Some(next);
    }
}
