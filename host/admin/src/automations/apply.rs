//! Applying a document: the automation of its name becomes what it says, or is made with its first key.

use std::sync::Arc;

use aide::generate::GenContext;
use aide::openapi::{Operation, RequestBody, Response as ResponseShape};
use aide::operation::set_body;
use aide::{OperationInput, OperationOutput};
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hookbox_model::{Automation, AutomationId, AutomationState, Document, TriggerKey};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shape::webhook_url;
use super::versions::save;
use crate::asked::Choice;
use crate::audited::{self, of_automation};
use crate::caller::{AsEditor, Caller};
use crate::document::{self, Language};
use crate::door::Door;
use crate::fresh;
use crate::given::{body_refusals, is_encoded, media_type, read};
use crate::refusal::Refusal;
use crate::written::in_each_language;

/// What the log calls it.
const APPLY: &str = "automation.apply";

/// A document as it was sent.
pub(super) struct DocumentText {
    pub(super) text: Bytes,
    pub(super) language: Language,
}

impl FromRequest<Arc<Door>> for DocumentText {
    type Rejection = Refusal;

    async fn from_request(request: Request, door: &Arc<Door>) -> Result<Self, Refusal> {
        let language = media_type(request.headers()).as_deref().and_then(Language::of);
        let language = language.filter(|_| !is_encoded(request.headers()));
        let language = language.ok_or(Refusal::ContentType { wanted: "application/json or application/yaml" })?;
        Ok(Self { text: read(request.into_body(), door.config()).await?, language })
    }
}

/// What may become a document, whatever it is by now.
pub(super) struct DraftText(pub(super) DocumentText);

impl FromRequest<Arc<Door>> for DraftText {
    type Rejection = Refusal;

    async fn from_request(request: Request, door: &Arc<Door>) -> Result<Self, Refusal> {
        DocumentText::from_request(request, door).await.map(Self)
    }
}

impl OperationInput for DraftText {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let content = in_each_language::<Value, _>(ctx);
        set_body(ctx, operation, RequestBody { content, required: true, ..RequestBody::default() });
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        body_refusals(ctx)
    }
}

impl OperationInput for DocumentText {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let content = in_each_language::<Document, _>(ctx);
        set_body(ctx, operation, RequestBody { content, required: true, ..RequestBody::default() });
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        body_refusals(ctx)
    }
}

/// In which state a new automation begins.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstState {
    /// The state of an automation that this makes; `live` when absent. One that is there keeps its own.
    state: Option<NewState>,
}

/// A state that an automation may begin in.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum NewState {
    /// Only its test URL takes requests.
    Draft,
    /// It captures and runs.
    Live,
}

/// What became of a document.
pub(super) enum Applied {
    /// There was no automation of its name.
    Created(AppliedShape),
    /// There was one; it may have been the same.
    Found(AppliedShape),
}

/// What became of a document.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Applied")]
pub(super) struct AppliedShape {
    /// The automation.
    id: AutomationId,
    /// Its name.
    name: String,
    /// Where outside systems send JSON to.
    url: String,
    /// The version that the document is.
    version: u32,
    /// Whether the document was another before.
    changed: bool,
    /// The first API key, when the automation was made. It is shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

pub(super) async fn apply(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    Choice(choice): Choice<FirstState>,
    sent: DocumentText,
) -> Result<Applied, Refusal> {
    let state = match choice.state {
        Some(NewState::Draft) => AutomationState::Draft,
        Some(NewState::Live) | None => AutomationState::Live,
    };
    let store = door.store();
    let document = document::checked(&sent.text, sent.language, store, &caller.workspace, door.config()).await?;
    let sent_as = Arc::new(document);
    for _ in 0..door.config().change_attempts_max {
        let found = store.automations().find(caller.workspace_id(), &sent_as.name).await?;
        let document = match (sent.language, &found) {
            (Language::Yaml, Some(found)) => document::with_sample_of(&sent_as, &found.document),
            (Language::Yaml, None) | (Language::Json, _) => Arc::clone(&sent_as),
        };
        let applied = match found {
            Some(found) if *found.document == *document => {
                return Ok(Applied::Found(shape(&door, &found, false, None)));
            }
            Some(found) => change(&door, &caller, &found, &document).await,
            None => create(&door, &caller, &document, state).await,
        };
        match applied {
            Err(Refusal::Store(StoreError::Stale { .. } | StoreError::Exists { .. })) => {}
            decided => return decided,
        }
    }
    Err(StoreError::Stale { what: "automation" }.into())
}

async fn change(
    door: &Door,
    caller: &Caller,
    before: &Automation,
    document: &Arc<Document>,
) -> Result<Applied, Refusal> {
    let after = save(door, (caller, APPLY), before, document).await?;
    Ok(Applied::Found(shape(door, &after, true, None)))
}

async fn create(
    door: &Door,
    caller: &Caller,
    document: &Arc<Document>,
    state: AutomationState,
) -> Result<Applied, Refusal> {
    let (workspace, now) = (caller.workspace_id(), fresh::now());
    let automation = Automation {
        id: fresh::id(),
        workspace,
        state,
        version: 1,
        document: Arc::clone(document),
        created_at: now,
        updated_at: now,
        saved_by: caller.by(),
    };
    let (key, text) = TriggerKey::generate(automation.id, workspace, fresh::random()?, now);
    let mut told = audited::version(&automation);
    told["key"] = key.id.to_string().into();
    let entry = audited::made(caller, APPLY, of_automation(&automation), &told);
    door.store().automations().create(&automation, &key, entry).await?;
    tracing::info!(automation.id = %automation.id, "an automation was made");
    Ok(Applied::Created(shape(door, &automation, true, Some(text))))
}

fn shape(door: &Door, automation: &Automation, changed: bool, key: Option<String>) -> AppliedShape {
    AppliedShape {
        id: automation.id,
        name: automation.document.name.clone(),
        url: webhook_url(door, automation.id),
        version: automation.version,
        changed,
        key,
    }
}

impl IntoResponse for Applied {
    fn into_response(self) -> Response {
        match self {
            Self::Created(shape) => (StatusCode::CREATED, Json(shape)).into_response(),
            Self::Found(shape) => Json(shape).into_response(),
        }
    }
}

impl OperationOutput for Applied {
    type Inner = AppliedShape;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<ResponseShape> {
        Json::<AppliedShape>::operation_response(ctx, operation)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        let Some(found) = Self::operation_response(ctx, operation) else { return Vec::new() };
        let created = ResponseShape { description: "The automation was made".to_owned(), ..found.clone() };
        vec![(Some(200), found), (Some(201), created)]
    }
}
