//! `/tokens`: one's own tokens, for scripts and the command line. A token is shown once; only its hash is kept.
//!
//! Only who is not bounded makes one: a session, or a token without a scope or a workspace. What a token makes lives no longer than it
//! does, and is taken back with it. A bounded token sees and takes back itself alone.

use std::collections::BTreeSet;
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
use crate::caller::{Known, Oneself};
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
    let all = get_with(
        page,
        words("tokens_page", "One's own tokens, oldest first; never their texts. To a bounded token itself alone"),
    )
    .post_with(create, words("tokens_create", "Make a token; it is shown this once"));
    let one = delete_with(revoke, |operation| {
        words("tokens_revoke", "Take a token back, and those that it made, from now on")(operation)
            .response::<409, Conflict>()
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
    /// The token that made it, with which it is taken back; null when its user did.
    made_by: Option<TokenId>,
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
        let Token { id, sha256: _, name, user: _, workspace, scope, made_by, created_at, expires_at, seen_at } = token;
        Self { id, name, scope, workspace, made_by, created_at, expires_at, seen_at, token: text }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    known: Known,
    asked: Asked<All>,
) -> Result<Json<Paged<TokenShape>>, Refusal> {
    let tokens = own(&door, &known.who).await?;
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
    known: Oneself,
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
    let held = door.store().tokens().of(user, PageRequest::LIMIT_MAX).await?;
    if held.iter().filter(|token| token.is_live(now)).count() >= most {
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
        made_by: known.who.token().map(|maker| maker.id),
        created_at: now,
        expires_at: Some(expires_at),
        seen_at: None,
    };
    let audited = entry(known.by(), "token.create", token.id.to_string(), &Value::Null, &told(&token));
    door.store().tokens().add(&token, known.who.user().map(|user| &**user), audited).await?;
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
    if who.token().and_then(|maker| maker.expires_at).is_some_and(|end| end < expires_at) {
        faults.push(Fault::new("expires_in_days", "this token ends before that"));
    }
    faults
}

async fn revoke(State(door): State<Arc<Door>>, known: Known, At(id): At<TokenId>) -> Result<Json<TokenShape>, Refusal> {
    let user = known.who.user_id();
    let tokens = own(&door, &known.who).await?;
    let token = tokens.iter().find(|token| token.id == id).ok_or(Refusal::Missing { what: "token" })?;
    let made = made_by(&tokens, id);
    let presented = known.who.token().filter(|own| user.is_none() && own.is_unbounded());
    if presented.is_some_and(|own| own.id == id || made.contains(&own.id)) {
        let reason = "an operator's token does not take back itself, nor the one that made it, or nobody might be left; \
            another one can";
        return Err(Refusal::NotNow { reason: reason.to_owned() });
    }
    let mut before = told(token);
    if !made.is_empty() {
        before["and"] = json!(made);
    }
    let audited = entry(known.by(), "token.revoke", id.to_string(), &before, &Value::Null);
    door.store().tokens().remove(user, id, audited).await?;
    tracing::info!(token.id = %id, "a token was taken back");
    Ok(Json(TokenShape::of(token.clone(), None)))
}

/// The tokens that somebody may know of: their own, of which there are few; or the one they came with, if that is bounded.
async fn own(door: &Door, who: &Who) -> Result<Vec<Token>, Refusal> {
    let mut tokens = door.store().tokens().of(who.user_id(), PageRequest::LIMIT_MAX).await?;
    if !who.is_unbounded() {
        tokens.retain(|token| who.token().is_some_and(|own| own.id == token.id));
    }
    Ok(tokens)
}

/// Which of these a token made, and those made.
fn made_by(tokens: &[Token], id: TokenId) -> BTreeSet<TokenId> {
    let mut made = BTreeSet::new();
    loop {
        let is_next = |token: &&Token| token.made_by.is_some_and(|maker| maker == id || made.contains(&maker));
        let found: BTreeSet<TokenId> = tokens.iter().filter(is_next).map(|token| token.id).collect();
        if found.len() == made.len() {
            return made;
        }
        made = found;
    }
}

/// A token as the log keeps it.
fn told(token: &Token) -> Value {
    json!({
        "name": token.name, "user": token.user, "scope": token.scope, "workspace": token.workspace,
        "made_by": token.made_by, "expires_at": token.expires_at,
    })
}
