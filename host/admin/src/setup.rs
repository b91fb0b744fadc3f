//! `/setup`: the first user, by the link that a start prints while there is none. There is no default password.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{Digest, Role, User};
use hookbox_store::{Store, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audited::entry;
use crate::door::Door;
use crate::entrance::{Entered, Entrance, LinkOver, new_session};
use crate::fresh::{self, secret_of};
use crate::given::Given;
use crate::names::{DEFAULT_WORKSPACE, EmailText, NameText, email_of, name_fault};
use crate::password::Password;
use crate::refusal::{Fault, Refusal};
use crate::words::words;

/// How to get another link.
const AGAIN: &str = "while there is no user, every start of the host prints a new one";

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let setup = get_with(needed, words("setup_get", "Whether the first user is still to be made"))
        .post_with(create, |operation| {
            words("setup_create", "Make the first user, an operator")(operation).response::<410, LinkOver>()
        });
    ApiRouter::new().api_route_with("/api/v1/setup", setup, |item| item.tag("setup"))
}

/// Whether there is something to set up.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Setup")]
struct SetupShape {
    /// There is no user yet; the link that the host printed at its start makes the first.
    needed: bool,
}

/// The first user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FirstUser {
    /// What follows `#` in the link.
    token: String,
    /// Their address.
    #[schemars(with = "EmailText")]
    email: String,
    /// What others call them.
    #[schemars(with = "NameText")]
    name: String,
    /// At least 12 characters.
    #[schemars(length(min = 12, max = 200))]
    password: Password,
}

/// The token of this start's set-up link; nothing when there is a user. It is kept in memory only.
///
/// # Errors
/// Those of the store. Calling again is safe.
pub async fn setup_token(store: &dyn Store, random: [u8; 32]) -> Result<Option<String>, StoreError> {
    Ok(store.users().is_empty().await?.then(|| secret_of(random)))
}

async fn needed(State(door): State<Arc<Door>>) -> Result<Json<SetupShape>, Refusal> {
    Ok(Json(SetupShape { needed: door.store().users().is_empty().await? }))
}

async fn create(
    State(door): State<Arc<Door>>,
    _: Entrance,
    Given(given): Given<FirstUser>,
) -> Result<Entered, Refusal> {
    let over = || Refusal::LinkOver { again: AGAIN };
    if door.setup() != Some(Digest::of(given.token.as_bytes())) || !door.store().users().is_empty().await? {
        return Err(over());
    }
    let (email, of_email) = email_of(&given.email);
    let faults = of_email.into_iter().chain(name_fault("name", &given.name));
    let faults: Vec<Fault> = faults.chain(door.passwords().fault("password", &given.password, &email)).collect();
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    let workspace = door.workspace(DEFAULT_WORKSPACE).await?;
    let (id, now) = (fresh::id(), fresh::now());
    let user = User {
        id,
        email,
        name: given.name,
        password: Some(door.passwords().hash(given.password, fresh::random()?).await?),
        operator: true,
        roles: workspace.iter().map(|workspace| (workspace.id, Role::Owner)).collect(),
        disabled: false,
        created_at: now,
        updated_at: now,
    };
    let (session, secret) = new_session(&door, &user)?;
    let after = json!({"email": user.email, "name": user.name, "operator": true});
    let audited = entry(id.to_string(), "user.create", format!("{id} {}", user.email), &Value::Null, &after);
    let created = door.store().users().create_first(&user, &session, audited).await;
    created.map_err(|error| match error {
        StoreError::Exists { .. } => over(),
        error => error.into(),
    })?;
    tracing::info!(user.id = %id, "the first user was made");
    Entered::with(&door, user, session, &secret).await
}
