//! A plugin version as the API shows it: on pages, and alone with everything that is known of it.

use hookbox_model::{
    Approval, AutomationId, Digest, Grants, HealthState, Manifest, Need, NeedsChange, Origin, Plugin, PluginFault,
    PluginId, Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::used;
use crate::caller::Caller;
use crate::door::Door;
use crate::names::Named;
use crate::refusal::Refusal;

/// One installed version of a plugin.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Plugin")]
pub(super) struct PluginShape {
    /// Its id.
    id: PluginId,
    /// What it says of itself.
    manifest: ManifestShape,
    /// SHA-256 of its component: its identity.
    digest: Digest,
    /// The size of its component in bytes.
    component_bytes: u64,
    /// Where it came from. Only what was uploaded is the workspace's own.
    origin: Origin,
    /// What was decided about what it asks.
    approval: Approval,
    /// What it may do.
    grants: Vec<Need>,
    /// Whether new runs take this version of the name; one of the workspace's own comes before one of the host's.
    active: bool,
    /// When it was installed.
    installed_at: Timestamp,
    /// When it was last made the active version.
    activated_at: Option<Timestamp>,
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

/// One installed version of a plugin, with everything that is known of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginDetail")]
pub(super) struct DetailShape {
    #[serde(flatten)]
    plugin: PluginShape,
    /// What it asks compared with what the active version of its name may do; null for the active one.
    change: Option<NeedsChange>,
    /// The automations whose newest version uses its name.
    used_by: Vec<Named<AutomationId>>,
    /// Whether it is called, or in quarantine because it trapped or exhausted its limits again and again.
    health: HealthState,
    /// The last trap or exhausted limit since the host started, with the guest's frames.
    last_fault: Option<PluginFault>,
    /// What its name remembers in this workspace, whatever version wrote it.
    state: UsageShape,
}

/// How much a plugin remembers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginStateUsage")]
struct UsageShape {
    /// Keys.
    keys: u64,
    /// Bytes of keys and values.
    bytes: u64,
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

impl PluginShape {
    /// A version as pages show it.
    pub(super) fn of(plugin: &Plugin) -> Self {
        Self {
            id: plugin.id,
            manifest: (&plugin.manifest).into(),
            digest: plugin.digest,
            component_bytes: plugin.component_bytes,
            origin: plugin.origin,
            approval: plugin.approval.clone(),
            grants: plugin.grants.as_needs().to_vec(),
            active: plugin.active,
            installed_at: plugin.installed_at,
            activated_at: plugin.activated_at,
        }
    }
}

impl DetailShape {
    /// A version with everything that is known of it.
    pub(super) async fn of(door: &Door, caller: &Caller, plugin: &Plugin) -> Result<Self, Refusal> {
        let (store, workspace, name) = (door.store(), caller.workspace_id(), &plugin.manifest.name);
        let active = store.plugins().active(workspace, name).await?;
        let change = match &active {
            Some(active) if active.id == plugin.id => None,
            Some(active) => Some(active.grants.change_to(&plugin.manifest.needs)),
            None => Some(Grants::default().change_to(&plugin.manifest.needs)),
        };
        let automations = used::automations(store, workspace, name).await?;
        let health = door.health(workspace, plugin.digest);
        let usage = store.plugin_state().usage(workspace, name).await?;
        Ok(Self {
            plugin: PluginShape::of(plugin),
            change,
            used_by: automations.iter().map(|automation| used::named(automation)).collect(),
            health: health.state,
            last_fault: health.last_fault,
            state: UsageShape { keys: usage.keys, bytes: usage.bytes },
        })
    }
}
