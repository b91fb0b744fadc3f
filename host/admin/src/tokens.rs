//! `/tokens`: one's own tokens, for scripts and the command line. A token is shown once; only its hash is kept.
//!
//! It can do less than its maker and never more: a token that makes another gives it no more than it has, nor a longer life.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with};
use axum::Json;
use axum::extract::State;
use hookbox_model::{Digest, Role, Timestamp, Token, TokenId, WorkspaceId};
use hookbox_store::PageRequest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::asked::{All, Asked};
use crate::at::At;
use crate::audited::entry;
use crate::caller::Known;
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{NameText, name_fault};
use crate::paged::{Conflict, Created, Paged};
use crate::refusal::{Fault, Refusal};
use crate::token::token_text;
use crate::who::Who;
use crate::words::words;

/// How long a token is good when its maker does not say, in days.
const DAYS: u32 = 90;

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("tokens_page", "One's own tokens, oldest first; never their texts"))
        .post_with(create, words("tokens_create", "Make a token; it is shown this once"));
    let one = delete_with(revoke, |operation| {
        words("tokens_revoke", "Take a token back, from now on")(operation).response::<409, Conflict>()
    });
    ApiRouter::new().api_route_with("/api/v1/tokens", all, |item| item.tag("tokens")).api_route_with(
        "/api/v1/tokens/{id}",
        one,
        |item| item.tag("tokens"),
    )
}

/// A token of one's own.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token")]
struct TokenShape {
    /// Its id.
    id: TokenId,
    /// What it is for.
    name: String,
    /// The most that it may do; `owner` without a workspace is all that its user may.
    scope: Role,
    /// The only workspace that it is good in; null when it is good in every one of its user's.
    workspace: Option<WorkspaceId>,
    /// When it was made.
    created_at: Timestamp,
    /// No longer good from here on; null when it is good until taken back.
    expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    seen_at: Option<Timestamp>,
    /// What to send as `Authorization: Bearer TOKEN`. Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// What a new token is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What it is for.
    #[schemars(with = "NameText")]
    name: String,
    /// The most that it may do.
    scope: Role,
    /// The only workspace that it is to be good in, by id; all of one's own when absent.
    workspace: Option<WorkspaceId>,
    /// How long it is good, in days: 1 to 365; 90 when absent.
    #[schemars(range(min = 1, max = 365))]
    expires_in_days: Option<u32>,
}

impl TokenShape {
    fn of(token: Token, text: Option<String>) -> Self {
        let Token { id, sha256: _, name, user: _, workspace, scope, created_at, expires_at, seen_at } = token;
        Self { id, name, scope, workspace, created_at, expires_at, seen_at, token: text }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    known: Known,
    asked: Asked<All>,
) -> Result<Json<Paged<TokenShape>>, Refusal> {
    // Of one user there are few.
    let tokens = door.store().tokens().of(known.who.user_id(), PageRequest::LIMIT_MAX).await?;
    let PageRequest { after, limit } = asked.page;
    let begins = match after {
        None => 0,
        Some(text) => {
            let last = text.parse::<TokenId>().ok().and_then(|last| tokens.iter().position(|token| token.id == last));
            last.ok_or_else(|| Refusal::Query { reason: "after: no page gave this `next`".to_owned() })? + 1
        }
    };
    let rest = tokens.len().saturating_sub(begins);
    let items: Vec<TokenShape> =
        tokens.into_iter().skip(begins).take(limit).map(|token| TokenShape::of(token, None)).collect();
    let next = (rest > limit).then(|| items.last().map(|token| token.id.to_string())).flatten();
    Ok(Json(Paged { items, next }))
}

async fn create(
    State(door): State<Arc<Door>>,
    known: Known,
    Given(new): Given<NewToken>,
) -> Result<Created<TokenShape>, Refusal> {
    let (now, login) = (door.now(), &door.config().login);
    let days = new.expires_in_days.unwrap_or(DAYS.min(login.token_days_max));
    let expires_at = now.plus_millis(u64::from(days).saturating_mul(DAY_MS));
    let faults = faults(&new, days, login.token_days_max, &known.who, expires_at);
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    let user = known.who.user_id();
    let most = login.tokens_max.min(PageRequest::LIMIT_MAX);
    if door.store().tokens().of(user, most).await?.len() >= most {
        return Err(Refusal::NotNow { reason: format!("there are {most} tokens, as many as may be; take one back") });
    }
    let text = token_text(fresh::random()?);
    let token = Token {
        id: fresh::id(),
        sha256: Digest::of(text.as_bytes()),
        name: new.name,
        user,
        workspace: new.workspace,
        scope: new.scope,
        created_at: now,
        expires_at: Some(expires_at),
        seen_at: None,
    };
    let audited = entry(known.by(), "token.create", token.id.to_string(), &Value::Null, &told(&token));
    door.store().tokens().add(&token, audited).await?;
    tracing::info!(token.id = %token.id, "a token was made");
    Ok(Created(TokenShape::of(token, Some(text))))
}

/// What is wrong with a token that somebody wants.
fn faults(new: &NewToken, days: u32, days_max: u32, who: &Who, expires_at: Timestamp) -> Vec<Fault> {
    let mut faults: Vec<Fault> = name_fault("name", &new.name).into_iter().collect();
    if !(1..=days_max).contains(&days) {
        faults.push(Fault::new("expires_in_days", format!("it is a number of days from 1 to {days_max}")));
    }
    if new.workspace.is_some_and(|workspace| who.role_in(workspace).is_none()) {
        faults.push(Fault::new("workspace", "there is no such workspace, or you have no role in it"));
    }
    let Some(maker) = who.token() else { return faults };
    if new.scope > maker.scope {
        faults.push(Fault::new("scope", format!("this token's own scope is {}", maker.scope)));
    }
    if maker.workspace.is_some() && new.workspace != maker.workspace {
        faults.push(Fault::new("workspace", "this token is good in one workspace only; name that one"));
    }
    if maker.expires_at.is_some_and(|end| end < expires_at) {
        faults.push(Fault::new("expires_in_days", "this token ends before that"));
    }
    faults
}

async fn revoke(State(door): State<Arc<Door>>, known: Known, At(id): At<TokenId>) -> Result<Json<TokenShape>, Refusal> {
    let user = known.who.user_id();
    if user.is_none() && known.who.token().is_some_and(|own| own.id == id) {
        let reason =
            "an operator's token does not take back itself, or nobody might be left; another one can".to_owned();
        return Err(Refusal::NotNow { reason });
    }
    let tokens = door.store().tokens().of(user, PageRequest::LIMIT_MAX).await?;
    let token = tokens.into_iter().find(|token| token.id == id).ok_or(Refusal::Missing { what: "token" })?;
    let audited = entry(known.by(), "token.revoke", id.to_string(), &told(&token), &Value::Null);
    door.store().tokens().remove(user, id, audited).await?;
    tracing::info!(token.id = %id, "a token was taken back");
    Ok(Json(TokenShape::of(token, None)))
}

/// A token as the log keeps it.
fn told(token: &Token) -> Value {
    json!({
        "name": token.name, "user": token.user, "scope": token.scope, "workspace": token.workspace,
        "expires_at": token.expires_at,
    })
}
