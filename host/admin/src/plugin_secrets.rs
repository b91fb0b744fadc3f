//! `/plugin-secrets`: texts that plugins use without seeing them, kept sealed and never shown again, each with the places it
//! may be sent to.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{Grants, HttpScope, Plugin, PluginId, PluginSecret, SecretId, Timestamp};
use hookbox_store::StoreError;
use hookbox_vault::{Place, Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::asked::{All, Asked};
use crate::at::AtText;
use crate::audited::audited;
use crate::caller::{AsAdmin, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::paged::{Conflict, Paged, every};
use crate::refusal::{Fault, Refusal};
use crate::words::words;

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 64;

/// The most places that one secret may be sent to.
const HOSTS_MAX: usize = 50;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all =
        get_with(page, words("plugin_secrets_page", "The secrets that plugins can use, by name; never their texts"))
            .put_with(put, |operation| {
                let summary = "Keep a secret under its name; one that is there gets the new text and the new places";
                words("plugin_secrets_put", summary)(operation).response::<409, Conflict>()
            });
    let one = get_with(one, words("plugin_secrets_get", "A secret by its name; never its text"))
        .delete_with(remove, words("plugin_secrets_remove", "Forget a secret, from now on"));
    ApiRouter::new().api_route_with("/api/v1/plugin-secrets", all, |item| item.tag("plugin-secrets")).api_route_with(
        "/api/v1/plugin-secrets/{id}",
        one,
        |item| item.tag("plugin-secrets"),
    )
}

/// A secret that plugins can use.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginSecret")]
struct SecretShape {
    /// Its id; a new text keeps it.
    id: SecretId,
    /// The name that settings and grants use.
    name: String,
    /// Where it may be sent; `*` is every place that the plugin may call.
    hosts: Vec<String>,
    /// The plugin versions that are granted it.
    granted_to: Vec<GrantedShape>,
    /// When it was made.
    created_at: Timestamp,
    /// When its text or its places changed last.
    updated_at: Timestamp,
}

/// A plugin version that is granted a secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SecretGrant")]
struct GrantedShape {
    /// Its id.
    id: PluginId,
    /// The name that documents use.
    name: String,
    /// Semantic version.
    version: String,
    /// Whether new runs take it.
    active: bool,
}

/// A secret as it is given.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewPluginSecret")]
struct SecretWish {
    /// 1 to 64 letters, digits, dashes, underscores and dots.
    #[schemars(regex(pattern = "^[A-Za-z0-9._-]{1,64}$"))]
    name: String,
    /// The text, at most 4 KiB, as it stands in a header.
    #[schemars(length(min = 1, max = 4096))]
    text: String,
    /// Where it may be sent, like `POST https://api.example.com`; `*` for every place that the plugin may call.
    #[schemars(length(min = 1, max = 50))]
    hosts: Vec<String>,
}

impl SecretShape {
    fn of(secret: &PluginSecret, plugins: &[Arc<Plugin>]) -> Self {
        let granted = plugins.iter().filter(|plugin| plugin.grants.check(Grants::SECRET, &secret.name).is_ok());
        let granted = granted.map(|plugin| GrantedShape {
            id: plugin.id,
            name: plugin.manifest.name.clone(),
            version: plugin.manifest.version.clone(),
            active: plugin.active,
        });
        Self {
            id: secret.id,
            name: secret.name.clone(),
            hosts: secret.hosts.clone(),
            granted_to: granted.collect(),
            created_at: secret.created_at,
            updated_at: secret.updated_at,
        }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    asked: Asked<All>,
) -> Result<Json<Paged<SecretShape>>, Refusal> {
    let page = door.store().plugin_secrets().page(caller.workspace_id(), asked.page).await?;
    let plugins = plugins(&door, &caller).await?;
    Ok(Paged::of(page, |secret| SecretShape::of(&secret, &plugins)))
}

async fn one(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(name): AtText,
) -> Result<Json<SecretShape>, Refusal> {
    let found = door.store().plugin_secrets().get(caller.workspace_id(), &name).await?;
    let secret = found.ok_or(Refusal::Missing { what: "plugin secret" })?;
    Ok(Json(SecretShape::of(&secret, &plugins(&door, &caller).await?)))
}

async fn put(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    Given(wish): Given<SecretWish>,
) -> Result<Json<SecretShape>, Refusal> {
    let (workspace, secrets) = (caller.workspace_id(), door.store().plugin_secrets());
    let (text, hosts) = checked(&wish.name, wish.text, &wish.hosts)?;
    for _ in 0..door.config().change_attempts_max {
        let before = secrets.get(workspace, &wish.name).await?;
        let now = fresh::now();
        let id = before.as_ref().map_or_else(fresh::id, |before| before.id);
        let secret = PluginSecret {
            id,
            workspace,
            name: wish.name.clone(),
            hosts: hosts.clone(),
            sealed: door.vault().seal_text(&Place::of_plugin_secret(workspace, id), &text, fresh::random()?),
            created_at: before.as_ref().map_or(now, |before| before.created_at),
            updated_at: now,
        };
        let known = before.as_deref().map_or(Value::Null, kept);
        let entry = audited(&caller, "plugin-secret.put", subject(&secret), &known, &kept(&secret));
        match secrets.put(&secret, entry).await {
            Ok(()) => {
                tracing::info!(secret.id = %id, "a plugin secret was kept");
                return Ok(Json(SecretShape::of(&secret, &plugins(&door, &caller).await?)));
            }
            // Somebody made or forgot it in between.
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Stale { what: "plugin secret" }.into())
}

async fn remove(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(name): AtText,
) -> Result<Json<SecretShape>, Refusal> {
    let (workspace, secrets) = (caller.workspace_id(), door.store().plugin_secrets());
    let secret = secrets.get(workspace, &name).await?.ok_or(Refusal::Missing { what: "plugin secret" })?;
    let entry = audited(&caller, "plugin-secret.remove", subject(&secret), &kept(&secret), &Value::Null);
    secrets.remove(workspace, &name, entry).await?;
    tracing::info!(secret.id = %secret.id, "a plugin secret was forgotten");
    Ok(Json(SecretShape::of(&secret, &plugins(&door, &caller).await?)))
}

/// The text and the places, each in its one spelling; or everything that is wrong.
fn checked(name: &str, text: String, hosts: &[String]) -> Result<(Text, Vec<String>), Refusal> {
    let mut faults = Vec::new();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) || !name.chars().all(plain) {
        let message = format!("it must be 1 to {NAME_CHARS_MAX} letters, digits, dashes, underscores and dots");
        faults.push(Fault::new("name", message));
    }
    if !(1..=HOSTS_MAX).contains(&hosts.len()) {
        let message =
            format!("1 to {HOSTS_MAX} places are needed, like \"POST https://api.example.com\"; \"*\" is every one");
        faults.push(Fault::new("hosts", message));
    }
    let mut spelled = Vec::with_capacity(hosts.len().min(HOSTS_MAX));
    for (index, host) in hosts.iter().take(HOSTS_MAX).enumerate() {
        match host.parse::<HttpScope>() {
            Ok(scope) => spelled.push(scope.to_string()),
            Err(error) => faults.push(Fault::new(format!("hosts[{index}]"), error.to_string())),
        }
    }
    match Text::new(text.into()) {
        Ok(text) if faults.is_empty() => Ok((text, spelled)),
        Ok(_) => Err(Refusal::Faults(faults)),
        Err(error) => {
            faults.push(Fault::new("text", error.to_string()));
            Err(Refusal::Faults(faults))
        }
    }
}

/// What the audit log keeps of a secret. That its text changed shows by the time.
fn kept(secret: &PluginSecret) -> Value {
    json!({"hosts": secret.hosts, "updated_at": secret.updated_at})
}

fn subject(secret: &PluginSecret) -> String {
    format!("{} {}", secret.id, secret.name)
}

async fn plugins(door: &Door, caller: &Caller) -> Result<Vec<Arc<Plugin>>, StoreError> {
    every(|page| door.store().plugins().page(caller.workspace_id(), page)).await
}
