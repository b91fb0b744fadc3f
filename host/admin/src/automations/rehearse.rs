//! Dry runs: what an automation would do with a capture, with pasted JSON or with its sample, and nothing of it done.
//!
//! But calls that change nothing elsewhere really leave, with secrets of plugins in them. A dry run whose steps may make some is in the
//! audit log before it begins, with the settings of these steps, as the document may be one that nobody ever saves; and after it with
//! the requests that were made, as it is the payload that may say where to.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use hookbox_model::{AutomationId, CaptureId, Document, DryRun, DryRunReport, Extent, Payload};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::OwnedSemaphorePermit;

use super::calling::{self, calling};
use super::report::ReportShape;
use crate::at::At;
use crate::audited::audited;
use crate::caller::{AsEditor, Caller};
use crate::document::{self, Language};
use crate::door::Door;
use crate::given::{Verbatim, present};
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
    payload: Option<Option<Box<RawValue>>>,
    /// The version that is tried out; the newest when absent.
    #[schemars(range(max = 4_294_967_295_u32))]
    version: Option<u32>,
    /// A document that is not saved, instead of a version: an object, or a text in YAML.
    #[schemars(with = "Option<Value>")]
    document: Option<Box<RawValue>>,
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
    Verbatim(wish): Verbatim<DryRunWish>,
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
    rehearse(door, caller, Some(id), document, wish).await
}

/// Tries a document out that no automation has yet.
pub(super) async fn unsaved(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    Verbatim(wish): Verbatim<DryRunWish>,
) -> Result<Json<ReportShape>, Refusal> {
    if wish.version.is_some() {
        return Err(fault("version", "only an automation has versions; this path takes a document"));
    }
    let Some(unsaved) = &wish.document else {
        return Err(fault("document", "this key is needed where no automation is named"));
    };
    let document = checked(&door, &caller, unsaved).await?;
    rehearse(door, caller, None, document, wish).await
}

async fn rehearse(
    door: Arc<Door>,
    caller: Caller,
    id: Option<AutomationId>,
    document: Arc<Document>,
    wish: DryRunWish,
) -> Result<Json<ReportShape>, Refusal> {
    let payload = match (wish.capture, wish.test, wish.payload) {
        (Some(capture), None, None) => captured(&door, &caller, capture).await?,
        (None, Some(test), None) => tested(&door, &caller, id, test).await?,
        (None, None, Some(pasted)) => written(&door, "payload", pasted.as_deref().map_or("null", RawValue::get))?,
        (None, None, None) => {
            let needed = "one of capture, test and payload is needed: the document has no sample";
            let sample = document.trigger.webhook.sample.text().ok_or_else(|| fault("payload", needed))?;
            written(&door, "document.trigger.webhook.sample", sample)?
        }
        (Some(_), _, _) | (_, Some(_), _) => {
            return Err(fault("payload", "only one of capture, test and payload can be given"));
        }
    };
    let workspace = caller.workspace_id();
    let (item, extent) = (wish.item, wish.extent.into());
    let room = door.room_for_dry_run()?;
    let calls = match extent {
        Extent::Steps => calling(&document.steps, workspace, door.store()).await?,
        Extent::Mapping => Vec::new(),
    };
    let subject = id.map_or_else(|| document.name.clone(), |id| format!("{id} {}", document.name));
    let told = calling::before(&calls, &payload);
    let asked = DryRun { workspace, document, payload, item, extent, instead: None, as_of: None };
    let report = match told.is_empty() {
        true => door.rehearse_in(room, asked).await?,
        false => noted(&door, caller, (subject, told), (room, asked)).await?,
    };
    Ok(Json(ReportShape::of(report, &mut Names::new(door.store(), workspace)).await?))
}

/// Tries an automation out whose steps may call out. Also when nobody waits for it any more what it requested is noted.
async fn noted(
    door: &Arc<Door>,
    caller: Caller,
    (subject, told): (String, Vec<Value>),
    (room, asked): (OwnedSemaphorePermit, DryRun),
) -> Result<DryRunReport, Refusal> {
    note(door, &caller, &subject, told).await?;
    let door = Arc::clone(door);
    let ended = tokio::spawn(async move {
        let report = door.rehearse_in(room, asked).await?;
        note(&door, &caller, &subject, calling::after(&report)).await?;
        Ok(report)
    });
    ended.await.map_err(|error| Refusal::BrokenOff { what: "dry run", reason: error.to_string() })?
}

async fn note(door: &Door, caller: &Caller, subject: &str, told: Vec<Value>) -> Result<(), Refusal> {
    for told in told {
        let entry = audited(caller, "automation.dry-run", subject.to_owned(), &Value::Null, &told);
        door.store().audit().note(caller.workspace_id(), entry).await?;
    }
    Ok(())
}

/// The document if it could be saved; its faults lie below `document`.
async fn checked(door: &Door, caller: &Caller, unsaved: &RawValue) -> Result<Arc<Document>, Refusal> {
    let (text, language) = match serde_json::from_str::<String>(unsaved.get()) {
        Ok(yaml) => (Cow::Owned(yaml), Language::Yaml),
        Err(_) => (Cow::Borrowed(unsaved.get()), Language::Json),
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

fn written(door: &Door, at: &str, text: &str) -> Result<Payload, Refusal> {
    Payload::parse(Bytes::copy_from_slice(text.as_bytes()), door.config().json)
        .map_err(|error| fault(at, &error.to_string()))
}

fn fault(at: &str, message: &str) -> Refusal {
    Refusal::Faults(vec![Fault::new(at, message)])
}
