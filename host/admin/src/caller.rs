//! Who calls: somebody with an admin token, and the workspace they mean.
//!
//! A handler that takes a [`Caller`] cannot be reached without a token, and has no workspace but the caller's.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{
    HeaderStyle, Operation, Parameter, ParameterData, ParameterSchemaOrContent, Response, SchemaObject,
};
use aide::operation::add_parameters;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use hookbox_model::{Digest, TokenId, Workspace, WorkspaceId};

use crate::door::Door;
use crate::refusal::{Refusal, problem};

/// The name of the security scheme in the OpenAPI document.
pub(crate) const SECURITY_SCHEME: &str = "token";

/// The header that chooses the workspace, by id or by name.
pub(crate) const WORKSPACE_HEADER: &str = "Hookbox-Workspace";

/// The workspace that is meant when the header is absent.
pub(crate) const DEFAULT_WORKSPACE: &str = "default";

/// Somebody with an admin token.
pub(crate) struct Operator {
    token: TokenId,
}

/// Somebody with an admin token, in a workspace.
pub(crate) struct Caller {
    /// The token, which the audit log names.
    pub(crate) token: TokenId,
    /// The workspace.
    pub(crate) workspace: Arc<Workspace>,
}

impl Caller {
    /// The workspace's id.
    pub(crate) fn workspace_id(&self) -> WorkspaceId {
        self.workspace.id
    }
}

impl FromRequestParts<Arc<Door>> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        let token = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
        let sha256 = Digest::of(token.ok_or(Refusal::Unauthorized)?.as_bytes());
        let token = door.token(sha256).await?.ok_or(Refusal::Unauthorized)?;
        Ok(Self { token })
    }
}

impl FromRequestParts<Arc<Door>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        let Operator { token } = Operator::from_request_parts(parts, door).await?;
        let asked = match parts.headers.get(WORKSPACE_HEADER) {
            None => DEFAULT_WORKSPACE.to_owned(),
            Some(value) => String::from_utf8_lossy(value.as_bytes()).trim().to_owned(),
        };
        let found = door.workspace(&asked).await?;
        let workspace = found.ok_or_else(|| Refusal::UnknownWorkspace { asked: asked.chars().take(100).collect() })?;
        Ok(Self { token, workspace })
    }
}

/// The token of `Bearer TOKEN`; the scheme's case does not matter.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl OperationInput for Operator {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.security.push([(SECURITY_SCHEME.to_owned(), Vec::new())].into_iter().collect());
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![(Some(401), problem(ctx, "The token is missing or not known"))]
    }
}

impl OperationInput for Caller {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Operator::operation_input(ctx, operation);
        let schema = SchemaObject {
            json_schema: schemars::json_schema!({ "type": "string", "default": DEFAULT_WORKSPACE }),
            example: None,
            external_docs: None,
        };
        let parameter_data = ParameterData {
            name: WORKSPACE_HEADER.to_owned(),
            description: Some("The workspace, by id or by name".to_owned()),
            required: false,
            deprecated: None,
            format: ParameterSchemaOrContent::Schema(schema),
            example: None,
            examples: Default::default(),
            explode: None,
            extensions: Default::default(),
        };
        add_parameters(ctx, operation, [Parameter::Header { parameter_data, style: HeaderStyle::Simple }]);
    }

    fn inferred_early_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Response)> {
        let mut responses = Operator::inferred_early_responses(ctx, operation);
        responses.push((Some(404), problem(ctx, "There is no such workspace, or nothing by that id in it")));
        responses
    }
}
