//! Ids in paths. A text that is not an id of the kind asked for names nothing, so it answers 404 like an unknown id.

use std::str::FromStr;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathStyle, Response, SchemaObject};
use aide::operation::add_parameters;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use hookbox_model::{
    AutomationId, CaptureId, ContactId, ConversationId, FieldId, InboxId, KeyId, ListId, MemberId, MessageId, RunId,
    SecretId, TemplateId, TokenId, UserId, WorkspaceId,
};
use schemars::{JsonSchema, Schema};

use crate::refusal::{Refusal, problem};

/// What a record is called when there is none by its id.
pub(crate) trait Named: FromStr + JsonSchema {
    /// One word of the vocabulary.
    const NOUN: &'static str;
}

impl Named for WorkspaceId {
    const NOUN: &'static str = "workspace";
}
impl Named for InboxId {
    const NOUN: &'static str = "inbox";
}
impl Named for MemberId {
    const NOUN: &'static str = "member";
}
impl Named for ListId {
    const NOUN: &'static str = "list";
}
impl Named for FieldId {
    const NOUN: &'static str = "field";
}
impl Named for TemplateId {
    const NOUN: &'static str = "template";
}
impl Named for MessageId {
    const NOUN: &'static str = "message";
}
impl Named for ContactId {
    const NOUN: &'static str = "contact";
}
impl Named for ConversationId {
    const NOUN: &'static str = "conversation";
}
impl Named for AutomationId {
    const NOUN: &'static str = "automation";
}
impl Named for CaptureId {
    const NOUN: &'static str = "capture";
}
impl Named for UserId {
    const NOUN: &'static str = "user";
}
impl Named for TokenId {
    const NOUN: &'static str = "token";
}
impl Named for RunId {
    const NOUN: &'static str = "run";
}

/// The record whose id is the path parameter `id`.
pub(crate) struct At<I>(pub(crate) I);

/// The key whose id is the path parameter `key`.
pub(crate) struct AtKey(pub(crate) KeyId);

/// The signing secret whose id is the path parameter `key`.
pub(crate) struct AtSecret(pub(crate) SecretId);

/// The contact whose id is the path parameter `key`.
pub(crate) struct AtContact(pub(crate) ContactId);

/// The text of the path parameter `id`, where more than ids are taken.
pub(crate) struct AtText(pub(crate) String);

/// The text of the path parameter `key`, where it is no key of a trigger.
pub(crate) struct AtTextKey(pub(crate) String);

impl<I: Named, S: Send + Sync> FromRequestParts<S> for At<I> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let text = parameter(parts, state, "id").await;
        text.and_then(|text| text.parse().ok()).map(Self).ok_or(Refusal::Missing { what: I::NOUN })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AtKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let text = parameter(parts, state, "key").await;
        text.and_then(|text| text.parse().ok()).map(Self).ok_or(Refusal::Missing { what: "key" })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AtSecret {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let text = parameter(parts, state, "key").await;
        text.and_then(|text| text.parse().ok()).map(Self).ok_or(Refusal::Missing { what: "secret" })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AtContact {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let text = parameter(parts, state, "key").await;
        text.and_then(|text| text.parse().ok()).map(Self).ok_or(Refusal::Missing { what: "contact" })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AtText {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        parameter(parts, state, "id").await.map(Self).ok_or(Refusal::NoSuchPath)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AtTextKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        parameter(parts, state, "key").await.map(Self).ok_or(Refusal::NoSuchPath)
    }
}

/// A path parameter; `None` also when it is not UTF-8, which no id is.
async fn parameter<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Option<String> {
    let parameters = RawPathParams::from_request_parts(parts, state).await.ok()?;
    parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

impl<I: Named> OperationInput for At<I> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = I::json_schema(&mut ctx.schema);
        describe(ctx, operation, "id", &format!("The {}", I::NOUN), schema);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![(Some(404), problem(ctx, "There is nothing by that id"))]
    }
}

impl OperationInput for AtKey {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = KeyId::json_schema(&mut ctx.schema);
        describe(ctx, operation, "key", "The key", schema);
    }
}

impl OperationInput for AtSecret {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = SecretId::json_schema(&mut ctx.schema);
        describe(ctx, operation, "key", "The signing secret", schema);
    }
}

impl OperationInput for AtContact {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = ContactId::json_schema(&mut ctx.schema);
        describe(ctx, operation, "key", "The contact", schema);
    }
}

impl OperationInput for AtText {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = String::json_schema(&mut ctx.schema);
        describe(ctx, operation, "id", "What names it", schema);
    }
}

impl OperationInput for AtTextKey {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = String::json_schema(&mut ctx.schema);
        describe(ctx, operation, "key", "The key, percent-encoded", schema);
    }
}

fn describe(ctx: &mut GenContext, operation: &mut Operation, name: &str, description: &str, json_schema: Schema) {
    let parameter_data = ParameterData {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: true,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(SchemaObject { json_schema, example: None, external_docs: None }),
        example: None,
        examples: Default::default(),
        explode: None,
        extensions: Default::default(),
    };
    add_parameters(ctx, operation, [Parameter::Path { parameter_data, style: PathStyle::Simple }]);
}
