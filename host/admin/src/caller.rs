//! What a handler asks of whoever calls, as its argument: a handler that takes an [`AsEditor`] cannot be reached by anybody less.
//!
//! Each of these writes the role that it needs into the OpenAPI document (`x-role`). The order of refusals is: 401 without
//! credentials that are good, 404 for a workspace in which the caller has no role (as for one that is nowhere), 403 for a role that is
//! too low. Nothing else of the request was looked at by then.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{
    HeaderStyle, Operation, Parameter, ParameterData, ParameterSchemaOrContent, Response, SchemaObject,
};
use aide::operation::add_parameters;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hookbox_model::{Role, Workspace, WorkspaceId};

use crate::credentials::{again, who};
use crate::door::Door;
use crate::names::DEFAULT_WORKSPACE;
use crate::refusal::{Refusal, problem};
use crate::who::Who;

/// The names of the security schemes in the OpenAPI document: a token, or the cookie of a session.
pub(crate) const SECURITY_SCHEMES: [&str; 2] = ["token", "session"];

/// The header that chooses the workspace, by id or by name.
pub(crate) const WORKSPACE_HEADER: &str = "Hookbox-Workspace";

/// Where an operation of the OpenAPI document says which role it needs: `any`, `oneself` (`any`, but no bounded
/// token), the name of a [`Role`], or `operator`.
const ROLE_KEY: &str = "x-role";

/// Somebody whose credentials are good, wherever they may do what.
pub(crate) struct Known {
    /// Who.
    pub(crate) who: Who,
}

/// The same, with nothing that bounds them: a session, or a token that is good for all that its user may. Whoever found a token with a
/// scope does not change its user, nor what else they have.
pub(crate) struct Oneself {
    /// Who.
    pub(crate) who: Who,
}

/// Somebody who may do everything everywhere.
pub(crate) struct Operator {
    /// Who.
    pub(crate) who: Who,
}

/// Somebody with any role in the workspace: enough to read most of it.
pub(crate) struct Caller {
    /// Who.
    pub(crate) who: Who,
    /// The workspace.
    pub(crate) workspace: Arc<Workspace>,
}

/// A caller who may at least what an editor may.
pub(crate) struct AsEditor(pub(crate) Caller);

/// A caller who may at least what an admin may.
pub(crate) struct AsAdmin(pub(crate) Caller);

/// A caller who may what an owner may.
pub(crate) struct AsOwner(pub(crate) Caller);

impl Known {
    /// How the audit log names them.
    pub(crate) fn by(&self) -> String {
        self.who.by()
    }

    /// The same in a workspace that the path names, where they need this role.
    pub(crate) async fn in_workspace(self, door: &Door, id: WorkspaceId, needed: Role) -> Result<Caller, Refusal> {
        let missing = || Refusal::Missing { what: "workspace" };
        let workspace = door.workspace(&id.to_string()).await?.ok_or_else(missing)?;
        self.who.role_in(id).ok_or_else(missing)?;
        self.who.has_role(needed, &workspace, &workspace.name)?;
        Ok(Caller { who: self.who, workspace })
    }
}

impl Oneself {
    /// How the audit log names them.
    pub(crate) fn by(&self) -> String {
        self.who.by()
    }
}

impl Operator {
    /// How the audit log names them.
    pub(crate) fn by(&self) -> String {
        self.who.by()
    }
}

impl Caller {
    /// The workspace's id.
    pub(crate) fn workspace_id(&self) -> WorkspaceId {
        self.workspace.id
    }

    /// How the audit log names them: `usr_…`, `usr_… with tok_…` or `tok_…`.
    pub(crate) fn by(&self) -> String {
        self.who.by()
    }

    /// The same caller as they are now, for what takes long: refused when their credentials are good no more, or their role is less
    /// than `needed`.
    pub(crate) async fn again(&self, door: &Door, needed: Role) -> Result<Self, Refusal> {
        let who = again(&self.who, door).await?;
        let workspace = Arc::clone(&self.workspace);
        who.has_role(needed, &workspace, &workspace.name)?;
        Ok(Self { who, workspace })
    }
}

/// Whoever calls, in the workspace they mean, if their role there is `needed` or more.
async fn caller(parts: &Parts, door: &Arc<Door>, needed: Role) -> Result<Caller, Refusal> {
    let who = who(parts, door).await?;
    let asked = match (parts.headers.get(WORKSPACE_HEADER), who.token().and_then(|token| token.workspace)) {
        (Some(value), _) => String::from_utf8_lossy(value.as_bytes()).trim().to_owned(),
        (None, Some(only)) => only.to_string(),
        (None, None) => DEFAULT_WORKSPACE.to_owned(),
    };
    let found = door.workspace(&asked).await?;
    let workspace = found.ok_or_else(|| Refusal::UnknownWorkspace { asked: asked.chars().take(100).collect() })?;
    who.has_role(needed, &workspace, &asked)?;
    Ok(Caller { who, workspace })
}

impl FromRequestParts<Arc<Door>> for Known {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        Ok(Self { who: who(parts, door).await? })
    }
}

impl FromRequestParts<Arc<Door>> for Oneself {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        let who = who(parts, door).await?;
        if who.is_unbounded() { Ok(Self { who }) } else { Err(Refusal::Bounded) }
    }
}

impl FromRequestParts<Arc<Door>> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        let who = who(parts, door).await?;
        who.as_operator()?;
        Ok(Self { who })
    }
}

impl FromRequestParts<Arc<Door>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        caller(parts, door, Role::Viewer).await
    }
}

impl FromRequestParts<Arc<Door>> for AsEditor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        caller(parts, door, Role::Editor).await.map(Self)
    }
}

impl FromRequestParts<Arc<Door>> for AsAdmin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        caller(parts, door, Role::Admin).await.map(Self)
    }
}

impl FromRequestParts<Arc<Door>> for AsOwner {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        caller(parts, door, Role::Owner).await.map(Self)
    }
}

/// Says in the OpenAPI document which role an operation needs, for what decides by more than its arguments.
pub(crate) fn needs(operation: &mut Operation, role: &str) {
    operation.extensions.insert(ROLE_KEY.to_owned(), role.into());
}

/// The role and the credentials that an operation needs.
fn describe_needs(operation: &mut Operation, role: &str) {
    needs(operation, role);
    operation.security.extend(SECURITY_SCHEMES.map(|scheme| [(scheme.to_owned(), Vec::new())].into_iter().collect()));
}

/// The header that chooses the workspace.
fn describe_workspace(ctx: &mut GenContext, operation: &mut Operation) {
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

fn unauthorized(ctx: &mut GenContext) -> (Option<u16>, Response) {
    (Some(401), problem(ctx, "The credentials are missing or not good"))
}

fn forbidden(ctx: &mut GenContext) -> (Option<u16>, Response) {
    (Some(403), problem(ctx, "The role is too low, or a session's request came from another site"))
}

fn unknown_workspace(ctx: &mut GenContext) -> (Option<u16>, Response) {
    (Some(404), problem(ctx, "There is no such workspace, or nothing by that id in it"))
}

impl OperationInput for Known {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        describe_needs(operation, "any");
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![unauthorized(ctx), forbidden(ctx)]
    }
}

impl OperationInput for Oneself {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        describe_needs(operation, "oneself");
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![unauthorized(ctx), forbidden(ctx)]
    }
}

impl OperationInput for Operator {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        describe_needs(operation, "operator");
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![unauthorized(ctx), forbidden(ctx)]
    }
}

impl OperationInput for Caller {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe_needs(operation, Role::Viewer.as_str());
        describe_workspace(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![unauthorized(ctx), forbidden(ctx), unknown_workspace(ctx)]
    }
}

impl OperationInput for AsEditor {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe_needs(operation, Role::Editor.as_str());
        describe_workspace(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Response)> {
        Caller::inferred_early_responses(ctx, operation)
    }
}

impl OperationInput for AsAdmin {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe_needs(operation, Role::Admin.as_str());
        describe_workspace(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Response)> {
        Caller::inferred_early_responses(ctx, operation)
    }
}

impl OperationInput for AsOwner {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe_needs(operation, Role::Owner.as_str());
        describe_workspace(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Response)> {
        Caller::inferred_early_responses(ctx, operation)
    }
}
