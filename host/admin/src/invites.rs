//! `/invites`: the links by which users choose a password, their first or another. A link is `/app/invite#USER.SECRET`; browsers keep
//! what follows `#` to themselves, so it is in no log.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use axum::extract::State;
use hookbox_model::{Digest, Id, Invite, User, UserId, WorkspaceId};
use hookbox_store::{Ends, StoreError, UserChange};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::audited::entry;
use crate::door::Door;
use crate::entrance::{Entered, Entrance, LinkOver, new_session};
use crate::fresh;
use crate::given::Given;
use crate::names::{NameText, name_fault};
use crate::password::Password;
use crate::refusal::{Fault, Refusal};
use crate::words::words;

/// How to get another link.
const AGAIN: &str = "an owner of the workspace can make a new one";

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let accept = post_with(accept, |operation| {
        words("invites_accept", "Choose a password by the link of an invite, and log in")(operation)
            .response::<410, LinkOver>()
    });
    ApiRouter::new().api_route_with("/api/v1/invites/accept", accept, |item| item.tag("invites"))
}

/// Who was invited.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    /// What follows `#` in the link.
    token: String,
    /// At least 12 characters.
    #[schemars(length(min = 12, max = 200))]
    password: Password,
    /// What others call them; what whoever invited them wrote when absent.
    #[schemars(with = "Option<NameText>")]
    name: Option<String>,
}

/// A new invite of a user, and its link; nothing is stored yet.
pub(crate) fn new_invite(door: &Door, user: UserId) -> Result<(Invite, String), Refusal> {
    let secret = fresh::secret()?;
    let expires_at = door.now().plus_millis(door.config().login.invite_ms);
    let invite = Invite { sha256: Digest::of(secret.as_bytes()), user, expires_at };
    let base = door.config().public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    Ok((invite, format!("{base}/app/invite#{}.{secret}", user.uuid().simple())))
}

/// The user and the invite that a link names, if it is good.
async fn invited(door: &Door, token: &str) -> Result<Option<(Invite, User)>, Refusal> {
    let Some((user, secret)) = token.split_once('.') else { return Ok(None) };
    let Ok(id) = Uuid::try_parse(user).map(Id::from_uuid) else { return Ok(None) };
    let (sha256, now) = (Digest::of(secret.as_bytes()), door.now());
    let invite = door.store().users().find_invite(id).await?;
    let Some(invite) = invite.filter(|invite| invite.sha256 == sha256 && now < invite.expires_at) else {
        return Ok(None);
    };
    let user = door.store().users().get(id).await?.filter(|user| !user.disabled);
    Ok(user.map(|user| (invite, user)))
}

async fn accept(
    State(door): State<Arc<Door>>,
    _: Entrance,
    Given(given): Given<Acceptance>,
) -> Result<Entered, Refusal> {
    let over = || Refusal::LinkOver { again: AGAIN };
    let (invite, before) = invited(&door, &given.token).await?.ok_or_else(over)?;
    let name = given.name.unwrap_or_else(|| before.name.clone());
    let of_password = door.passwords().fault("password", &given.password, &before.email);
    let faults: Vec<Fault> = of_password.into_iter().chain(name_fault("name", &name)).collect();
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    let hash = door.passwords().hash(given.password, fresh::random()?).await?;
    let after = User { password: Some(hash), name, updated_at: fresh::now(), ..before.clone() };
    let (session, secret) = new_session(&door, &after)?;
    let subject = format!("{} {}", after.id, after.email);
    let noted = json!({"name": after.name, "session": session.id});
    let audited = entry(after.id.to_string(), "user.accept", subject, &Value::Null, &noted);
    let logs = after.roles.keys().copied().chain([WorkspaceId::HOST]);
    let audited = logs.map(|log| (log, audited.clone())).collect();
    let change = UserChange { before, after: after.clone(), ends: Ends::Everything, invite: None };
    let accepted = door.store().users().accept(&invite, change, &session, audited).await;
    accepted.map_err(|error| match error {
        // Somebody else was quicker with the same link.
        StoreError::Missing { what: "invite" } => over(),
        error => error.into(),
    })?;
    tracing::info!(user.id = %after.id, "an invite was accepted");
    Entered::with(&door, after, session, &secret).await
}
