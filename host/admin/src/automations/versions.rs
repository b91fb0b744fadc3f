//! The versions of an automation, and saving a document as the next one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_model::{Automation, AutomationId, Document};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::AutomationShape;
use crate::asked::{All, Asked};
use crate::at::At;
use crate::audited::{self, of_automation};
use crate::caller::{AsEditor, Caller};
use crate::document::{self, Language};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::paged::Paged;
use crate::refusal::Refusal;

/// The version whose document is saved again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoreWish {
    /// The version.
    #[schemars(range(max = 4_294_967_295_u32))]
    version: u32,
}

pub(super) async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<AutomationId>,
    asked: Asked<All>,
) -> Result<Json<Paged<AutomationShape>>, Refusal> {
    let automations = door.store().automations();
    let found = automations.get(caller.workspace_id(), id).await?;
    found.ok_or(Refusal::Missing { what: "automation" })?;
    let page = automations.versions_page(caller.workspace_id(), id, asked.page).await?;
    Ok(Paged::of(page, |automation| AutomationShape::of(&automation, &door)))
}

pub(super) async fn restore(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    Given(wish): Given<RestoreWish>,
) -> Result<Json<AutomationShape>, Refusal> {
    let found = door.store().automations().version(caller.workspace_id(), id, wish.version).await?;
    let version = found.ok_or(Refusal::Missing { what: "version" })?;
    let after = save_checked(&door, (&caller, "automation.restore"), id, &version.document).await?;
    Ok(Json(AutomationShape::of(&after, &door)))
}

/// Saves a document as the next version of an automation, once it is checked again. The same document makes no version. The log is told
/// that it was this act.
pub(super) async fn save_checked(
    door: &Door,
    (caller, act): (&Caller, &'static str),
    id: AutomationId,
    document: &Document,
) -> Result<Automation, Refusal> {
    let store = door.store();
    let document = Arc::new(checked_again(door, caller, document).await?);
    for _ in 0..door.config().change_attempts_max {
        let found = store.automations().get(caller.workspace_id(), id).await?;
        let before = found.ok_or(Refusal::Missing { what: "automation" })?;
        if *before.document == *document {
            return Ok((*before).clone());
        }
        match save(door, (caller, act), &before, &document).await {
            Err(Refusal::Store(StoreError::Stale { .. })) => {}
            decided => return decided,
        }
    }
    Err(StoreError::Stale { what: "automation" }.into())
}

/// A document after the checks that every document goes through: what it names may be gone since it was written.
pub(super) async fn checked_again(door: &Door, caller: &Caller, document: &Document) -> Result<Document, Refusal> {
    let damaged = |error: serde_json::Error| StoreError::Damaged { what: "document", reason: error.to_string() };
    let text = serde_json::to_vec(document).map_err(damaged)?;
    document::checked(&text, Language::Json, door.store(), &caller.workspace, door.config()).await
}

/// Puts a checked document in the place of the one before.
pub(super) async fn save(
    door: &Door,
    (caller, act): (&Caller, &'static str),
    before: &Automation,
    document: &Arc<Document>,
) -> Result<Automation, Refusal> {
    let after = Automation {
        version: before.version + 1,
        document: Arc::clone(document),
        updated_at: fresh::now(),
        saved_by: caller.by(),
        ..before.clone()
    };
    let versions = (&audited::version(before), &audited::version(&after));
    let entry = audited::changed(caller, act, of_automation(&after), versions);
    door.store().automations().update(&after, entry).await?;
    tracing::info!(automation.id = %after.id, version = after.version, "an automation was changed");
    Ok(after)
}
