//! Dry runs: what an automation would do with a capture, with pasted JSON or with its sample, and nothing of it done.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use hookbox_model::{AutomationId, CaptureId, Document, DryRun, Extent, Payload};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::report::ReportShape;
use crate::at::At;
use crate::caller::{AsEditor, Caller};
use crate::document::{self, Language};
use crate::door::Door;
use crate::given::{Given, present};
use crate::names::Names;
use crate::refusal::{Fault, Refusal};

/// What is tried out on what. Without `capture`, `test` and `payload` it is the document's sample.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DryRunWish {
    /// The capture whose body it is tried on.
    capture: Option<CaptureId>,
    /// The test capture whose body it is tried on.
    test: Option<CaptureId>,
    /// The JSON that it is tried on.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Value>")]
    payload: Option<Option<Value>>,
    /// The version that is tried out; the newest when absent.
    #[schemars(range(max = 4_294_967_295_u32))]
    version: Option<u32>,
    /// A document that is not saved, instead of a version: an object, or a text in YAML.
    document: Option<Value>,
    /// Which element of `each`, from 0; the first when absent.
    #[schemars(range(max = 4_294_967_295_u32))]
    item: Option<u32>,
    /// How much of it runs; every step when absent.
    #[serde(default)]
    extent: ExtentWish,
}

/// How much of an automation runs.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ExtentWish {
    /// The mapping alone: the contact as it would become.
    Mapping,
    /// Every step. Waits are over at once; a step that fails is not tried again.
    #[default]
    Steps,
}

impl From<ExtentWish> for Extent {
    fn from(wish: ExtentWish) -> Self {
        match wish {
            ExtentWish::Mapping => Self::Mapping,
            ExtentWish::Steps => Self::Steps,
        }
    }
}

/// Tries an automation out that is there, as it is saved or as it is about to be.
pub(super) async fn one(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    Given(wish): Given<DryRunWish>,
) -> Result<Json<ReportShape>, Refusal> {
    let automations = door.store().automations();
    let found = automations.get(caller.workspace_id(), id).await?;
    let newest = found.ok_or(Refusal::Missing { what: "automation" })?;
    let document = match (&wish.document, wish.version) {
        (Some(_), Some(_)) => {
            return Err(fault("version", "it is given together with document; leave one of them out"));
        }
        (Some(unsaved), None) => checked(&door, &caller, unsaved).await?,
        (None, Some(version)) => {
            let found = automations.version(caller.workspace_id(), id, version).await?;
            Arc::clone(&found.ok_or(Refusal::Missing { what: "version" })?.document)
        }
        (None, None) => Arc::clone(&newest.document),
    };
    rehearse(&door, &caller, Some(id), document, wish).await
}

/// Tries a document out that no automation has yet.
pub(super) async fn unsaved(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    Given(wish): Given<DryRunWish>,
) -> Result<Json<ReportShape>, Refusal> {
    if wish.version.is_some() {
        return Err(fault("version", "only an automation has versions; this path takes a document"));
    }
    let Some(unsaved) = &wish.document else {
        return Err(fault("document", "this key is needed where no automation is named"));
    };
    let document = checked(&door, &caller, unsaved).await?;
    rehearse(&door, &caller, None, document, wish).await
}

async fn rehearse(
    door: &Door,
    caller: &Caller,
    id: Option<AutomationId>,
    document: Arc<Document>,
    wish: DryRunWish,
) -> Result<Json<ReportShape>, Refusal> {
    let payload = match (wish.capture, wish.test, wish.payload) {
        (Some(capture), None, None) => captured(door, caller, capture).await?,
        (None, Some(test), None) => tested(door, caller, id, test).await?,
        (None, None, Some(pasted)) => written(door, "payload", &pasted.unwrap_or_default())?,
        (None, None, None) if document.trigger.webhook.sample.is_null() => {
            return Err(fault("payload", "one of capture, test and payload is needed: the document has no sample"));
        }
        (None, None, None) => written(door, "document.trigger.webhook.sample", &document.trigger.webhook.sample)?,
        (Some(_), _, _) | (_, Some(_), _) => {
            return Err(fault("payload", "only one of capture, test and payload can be given"));
        }
    };
    let workspace = caller.workspace_id();
    let (item, extent) = (wish.item, wish.extent.into());
    let asked = DryRun { workspace, document, payload, item, extent, instead: None, as_of: None };
    let report = door.rehearse(asked).await?;
    Ok(Json(ReportShape::of(report, &mut Names::new(door.store(), workspace)).await?))
}

/// The document if it could be saved; its faults lie below `document`.
async fn checked(door: &Door, caller: &Caller, unsaved: &Value) -> Result<Arc<Document>, Refusal> {
    let (text, language) = match unsaved {
        Value::String(text) => (text.clone(), Language::Yaml),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            (unsaved.to_string(), Language::Json)
        }
    };
    match document::checked(text.as_bytes(), language, door.store(), &caller.workspace, door.config()).await {
        Ok(document) => Ok(Arc::new(document)),
        Err(Refusal::Faults(faults)) => {
            let below = |fault: Fault| Fault::new(format!("document.{}", fault.at), fault.message);
            Err(Refusal::Faults(faults.into_iter().map(below).collect()))
        }
        Err(refusal) => Err(refusal),
    }
}

async fn captured(door: &Door, caller: &Caller, id: CaptureId) -> Result<Payload, Refusal> {
    let found = door.store().captures().get(caller.workspace_id(), id).await?;
    Ok(found.ok_or(Refusal::Missing { what: "capture" })?.body)
}

async fn tested(door: &Door, caller: &Caller, id: Option<AutomationId>, test: CaptureId) -> Result<Payload, Refusal> {
    let Some(id) = id else { return Err(fault("test", "only an automation has test captures")) };
    let tests = door.store().captures().tests(caller.workspace_id(), id).await?;
    let found = tests.into_iter().find(|kept| kept.id == test);
    Ok(found.ok_or(Refusal::Missing { what: "test capture" })?.body)
}

fn written(door: &Door, at: &str, value: &Value) -> Result<Payload, Refusal> {
    let text = serde_json::to_vec(value)
        .map_err(|error| StoreError::Damaged { what: "document", reason: error.to_string() })?;
    Payload::parse(Bytes::from(text), door.config().json).map_err(|error| fault(at, &error.to_string()))
}

fn fault(at: &str, message: &str) -> Refusal {
    Refusal::Faults(vec![Fault::new(at, message)])
}
