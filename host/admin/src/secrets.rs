//! `/automations/{id}/secrets`: what requests to a trigger may be signed with. A secret is shown once.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, SigningSecret};
use hookbox_vault::Place;
use schemars::JsonSchema;
use serde::Serialize;

use crate::at::{At, AtSecret};
use crate::audited;
use crate::caller::{AsEditor, Caller};
use crate::door::Door;
use crate::given::Given;
use crate::paged::Created;
use crate::refusal::Refusal;
use crate::signing::{NewSecret, SecretShape, sealed};
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(all, words("secrets_all", "The signing secrets of an automation; never their texts"))
        .post_with(create, words("secrets_create", "Add a signing secret; it is shown this once"));
    let one = delete_with(remove, words("secrets_remove", "Take a signing secret away, from now on"));
    ApiRouter::new().api_route_with("/api/v1/automations/{id}/secrets", all, |item| item.tag("secrets")).api_route_with(
        "/api/v1/automations/{id}/secrets/{key}",
        one,
        |item| item.tag("secrets"),
    )
}

/// All signing secrets of an automation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SigningSecrets")]
struct SecretsShape {
    /// The secrets, oldest first.
    items: Vec<SecretShape>,
}

/// The secrets of an automation of the caller's workspace.
async fn secrets(door: &Door, caller: &Caller, automation: AutomationId) -> Result<Vec<SigningSecret>, Refusal> {
    let trigger = door.store().triggers().get(automation).await?;
    // The trigger is found without its workspace, so it is compared here.
    let trigger = trigger.filter(|trigger| trigger.workspace == caller.workspace_id());
    Ok(trigger.ok_or(Refusal::Missing { what: "automation" })?.secrets)
}

async fn all(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
) -> Result<Json<SecretsShape>, Refusal> {
    let mut secrets = secrets(&door, &caller, id).await?;
    secrets.sort_by_key(|secret| secret.id);
    Ok(Json(SecretsShape { items: secrets.iter().map(|secret| SecretShape::of(secret, None)).collect() }))
}

async fn create(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    Given(new): Given<NewSecret>,
) -> Result<Created<SecretShape>, Refusal> {
    secrets(&door, &caller, id).await?;
    let workspace = caller.workspace_id();
    let (secret, text) = sealed(&door, new, |secret| Place::of_automation(workspace, id, secret))?;
    let entry = audited::made(&caller, "secret.add", subject(id, &secret), &SecretShape::of(&secret, None));
    door.store().triggers().add_secret(workspace, id, &secret, entry).await?;
    tracing::info!(automation.id = %id, secret.id = %secret.id, "a signing secret was added");
    Ok(Created(SecretShape::of(&secret, Some(text))))
}

async fn remove(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    AtSecret(key): AtSecret,
) -> Result<Json<SecretShape>, Refusal> {
    let secrets = secrets(&door, &caller, id).await?;
    let secret = secrets.iter().find(|secret| secret.id == key).ok_or(Refusal::Missing { what: "secret" })?;
    let entry = audited::gone(&caller, "secret.remove", subject(id, secret), &SecretShape::of(secret, None));
    door.store().triggers().remove_secret(caller.workspace_id(), id, key, entry).await?;
    tracing::info!(automation.id = %id, secret.id = %key, "a signing secret was taken away");
    Ok(Json(SecretShape::of(secret, None)))
}

/// What the log calls a secret: that of its automation first.
fn subject(automation: AutomationId, secret: &SigningSecret) -> String {
    format!("{automation} secret {}", secret.id)
}
