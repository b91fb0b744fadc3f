//! `/me`: who calls, what they may do where, and what they may change of themselves.

use std::sync::Arc;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseShape};
use axum::Json;
use axum::extract::State;
use hookbox_model::{User, WorkspaceId};
use hookbox_store::{Ends, UserChange};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::audited::entry;
use crate::caller::{Known, Oneself};
use crate::credentials::again;
use crate::door::Door;
use crate::entrance::{Entrance, NoSession};
use crate::fresh;
use crate::given::Given;
use crate::myself::MeShape;
use crate::names::{NameText, name_fault};
use crate::password::Password;
use crate::refusal::{Fault, Refusal, problem};
use crate::who::Who;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let me = get_with(get, words("me_get", "Who calls, and what they may do where")).patch_with(patch, |operation| {
        words("me_change", "Change one's own name")(operation).response::<409, Nobody>()
    });
    let password = post_with(password, |operation| {
        words("me_password", "Change one's own password; every other session ends, and every link for a new one")(
            operation,
        )
        .response::<409, NoSession>()
    });
    ApiRouter::new().api_route_with("/api/v1/me", me, |item| item.tag("me")).api_route_with(
        "/api/v1/me/password",
        password,
        |item| item.tag("me"),
    )
}

/// What to change of oneself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MeChange {
    /// What others call one.
    #[schemars(with = "NameText")]
    name: String,
}

/// A new password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    /// The one that there is.
    current: Password,
    /// The one that there will be: at least 12 characters.
    #[schemars(length(min = 12, max = 200))]
    new: Password,
    /// Whether one's tokens end too. Whoever had the old password may have made one.
    #[serde(default)]
    end_tokens: bool,
}

async fn get(State(door): State<Arc<Door>>, known: Known) -> Result<Json<MeShape>, Refusal> {
    MeShape::of(&door, &known.who).await.map(Json)
}

async fn patch(
    State(door): State<Arc<Door>>,
    known: Oneself,
    Given(wish): Given<MeChange>,
) -> Result<Json<MeShape>, Refusal> {
    let user = known.who.user().ok_or_else(nobody)?;
    if let Some(fault) = name_fault("name", &wish.name) {
        return Err(Refusal::Faults(vec![fault]));
    }
    if wish.name != user.name {
        let (before, after) = (json!({"name": user.name}), json!({"name": wish.name}));
        let audited = entry(known.by(), "user.change", format!("{} {}", user.id, user.email), &before, &after);
        let after = User { name: wish.name, updated_at: fresh::now(), ..(**user).clone() };
        let change = UserChange { before: (**user).clone(), after, ends: Ends::Nothing, invite: None };
        door.store().users().change(change, [(WorkspaceId::HOST, audited)].into()).await?;
    }
    MeShape::of(&door, &again(&known.who, &door).await?).await.map(Json)
}

/// The refusal of somebody who has no name that could be changed.
fn nobody() -> Refusal {
    Refusal::NotNow { reason: "an operator's token is nobody's, so there is no name to change".to_owned() }
}

/// Describes the 409 of a token that is nobody's.
struct Nobody;

impl OperationOutput for Nobody {
    type Inner = ();

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        Some(problem(ctx, "The token is nobody's"))
    }
}

async fn password(
    State(door): State<Arc<Door>>,
    known: Known,
    entrance: Entrance,
    Given(wish): Given<PasswordChange>,
) -> Result<Json<MeShape>, Refusal> {
    let Who::Session { user, session } = &known.who else {
        return Err(Refusal::NoSession);
    };
    if let Some(fault) = door.passwords().fault("new", &wish.new, &user.email) {
        return Err(Refusal::Faults(vec![fault]));
    }
    if !entrance.is_right(&door, &user.email, wish.current, user.password.clone()).await? {
        return Err(Refusal::Faults(vec![Fault::new("current", "this is not the password that there is")]));
    }
    let hash = door.passwords().hash(wish.new, fresh::random()?).await?;
    let noted = json!({"end_tokens": wish.end_tokens});
    let audited = entry(known.by(), "user.password", format!("{} {}", user.id, user.email), &Value::Null, &noted);
    let after = User { password: Some(hash), updated_at: fresh::now(), ..(**user).clone() };
    let ends = if wish.end_tokens { Ends::EverythingBut(session.id) } else { Ends::OtherSessions(session.id) };
    let change = UserChange { before: (**user).clone(), after, ends, invite: None };
    door.store().users().change(change, [(WorkspaceId::HOST, audited)].into()).await?;
    MeShape::of(&door, &known.who).await.map(Json)
}
