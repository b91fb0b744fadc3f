//! `/session`: logging in and out.
//!
//! Whether there is a user by an address is told neither by the answer nor by how long it takes: without one as much is hashed, and
//! what is written of a failure is written after the answer.

use std::sync::Arc;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseShape};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hookbox_model::{User, UserId, WorkspaceId};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::audited::entry;
use crate::caller::Known;
use crate::cookie;
use crate::door::Door;
use crate::entrance::{Entered, Entrance, NoSession, new_session};
use crate::given::Given;
use crate::password::Password;
use crate::refusal::{Refusal, problem};
use crate::who::Who;
use crate::words::words;

/// How the audit log names whoever did not prove who they are.
const NOBODY: &str = "nobody";

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let session =
        post_with(begin, |operation| words("session_begin", "Log in")(operation).response::<401, WrongLogin>())
            .delete_with(end, |operation| words("session_end", "Log out")(operation).response::<409, NoSession>());
    ApiRouter::new().api_route_with("/api/v1/session", session, |item| item.tag("session"))
}

/// Who wants to come in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LogIn {
    /// The user's address.
    email: String,
    /// Their password.
    password: Password,
}

/// Describes the 401 of a log-in that failed.
struct WrongLogin;

/// The answer to somebody who left: nothing, and the cookie is gone.
struct Gone;

async fn begin(
    State(door): State<Arc<Door>>,
    entrance: Entrance,
    Given(given): Given<LogIn>,
) -> Result<Entered, Refusal> {
    let email = User::spelled(&given.email).unwrap_or_default();
    let found = door.store().users().find(&email).await?.filter(User::is_active);
    let hash = found.as_ref().and_then(|user| user.password.clone());
    let is_right = entrance.is_right(&door, &email, given.password, hash).await?;
    let Some(user) = found.as_ref().filter(|_| is_right) else {
        failed(&door, found.map(|user| user.id), &entrance);
        return Err(Refusal::WrongLogin);
    };
    let (session, secret) = new_session(&door, user)?;
    let after = json!({"from": entrance.address});
    let audited = entry(user.id.to_string(), "session.begin", session.id.to_string(), &Value::Null, &after);
    let begun = door.store().sessions().begin(user, &session, door.config().login.sessions_max, audited).await;
    begun.map_err(|error| match error {
        // They were disabled while their password was looked at.
        StoreError::Missing { what: "user" } => Refusal::WrongLogin,
        error => error.into(),
    })?;
    tracing::info!(session.id = %session.id, user.id = %user.id, "a session began");
    Entered::with(&door, user.clone(), session, &secret).await
}

/// Tells of a failed attempt. Only of a user who is there it is in the audit log too: that keeps whoever guesses from filling it.
fn failed(door: &Arc<Door>, user: Option<UserId>, entrance: &Entrance) {
    tracing::warn!(from = %entrance.address, known = user.is_some(), "a log-in failed");
    let Some(user) = user else { return };
    let (door, after) = (Arc::clone(door), json!({"from": entrance.address}));
    // After the answer, which must not take longer for a user who is there.
    tokio::spawn(async move {
        let audited = entry(NOBODY.to_owned(), "session.fail", user.to_string(), &Value::Null, &after);
        if let Err(error) = door.store().audit().note(WorkspaceId::HOST, audited).await {
            tracing::warn!(user.id = %user, %error, "a failed log-in was not noted in the audit log");
        }
    });
}

async fn end(State(door): State<Arc<Door>>, known: Known) -> Result<Gone, Refusal> {
    let Who::Session { user, session } = &known.who else {
        return Err(Refusal::NoSession);
    };
    let audited = entry(known.by(), "session.end", session.id.to_string(), &Value::Null, &Value::Null);
    match door.store().sessions().end(user.id, session.id, audited).await {
        // It ended meanwhile, which is what was wished.
        Ok(()) | Err(StoreError::Missing { .. }) => Ok(Gone),
        Err(error) => Err(error.into()),
    }
}

impl IntoResponse for Gone {
    fn into_response(self) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        response.headers_mut().extend(cookie::taken().map(|cookie| (header::SET_COOKIE, cookie)));
        response
    }
}

impl OperationOutput for Gone {
    type Inner = ();

    fn operation_response(_: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        Some(ResponseShape { description: "The session is over".to_owned(), ..ResponseShape::default() })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        Self::operation_response(ctx, operation).map(|response| (Some(204), response)).into_iter().collect()
    }
}

impl OperationOutput for WrongLogin {
    type Inner = ();

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        Some(problem(ctx, "The address or the password is wrong; nobody is told which"))
    }
}
