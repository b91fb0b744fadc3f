//! `/audit`: who changed what of plugins and their secrets, and whether anything of that was changed since.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{AuditEntry, Digest, Timestamp};
use hookbox_store::AuditVerified;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::asked::{All, Asked};
use crate::caller::AsAdmin;
use crate::door::Door;
use crate::paged::Paged;
use crate::refusal::Refusal;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("audit_page", "Who changed what, newest first"));
    let verify = get_with(verify, words("audit_verify", "Follow the chain of the whole log"));
    ApiRouter::new().api_route_with("/api/v1/audit", all, |item| item.tag("audit")).api_route_with(
        "/api/v1/audit/verify",
        verify,
        |item| item.tag("audit"),
    )
}

/// One change.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
struct EntryShape {
    /// Its place in the workspace's log, from 1.
    place: u64,
    /// When.
    at: Timestamp,
    /// Who: the id of a token, or `host`.
    by: String,
    /// What was done: `plugin.approve`.
    act: String,
    /// To what.
    subject: String,
    /// What it was before; null when it was not there.
    before: Value,
    /// What it is since; null when it is gone.
    after: Value,
    /// The digest of the entry before this one; zeros for the first.
    previous: Digest,
    /// SHA-256 of everything above.
    digest: Digest,
}

/// What came of following the chain.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
#[schemars(rename = "AuditVerified")]
enum VerifiedShape {
    /// Every entry is as it was written and follows the one before it.
    Whole {
        /// How many there are.
        entries: u64,
    },
    /// The chain breaks.
    Broken {
        /// At which place.
        place: u64,
        /// What is wrong there.
        why: String,
    },
}

impl From<AuditEntry> for EntryShape {
    fn from(entry: AuditEntry) -> Self {
        Self {
            place: entry.place,
            at: entry.at,
            by: entry.by,
            act: entry.act,
            subject: entry.subject,
            before: told(entry.before),
            after: told(entry.after),
            previous: entry.previous,
            digest: entry.digest,
        }
    }
}

/// The JSON of an entry; a text that is none, which is never written, is shown as a text.
fn told(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

async fn page(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    asked: Asked<All>,
) -> Result<Json<Paged<EntryShape>>, Refusal> {
    Ok(Paged::of(door.store().audit().page(caller.workspace_id(), asked.page).await?, EntryShape::from))
}

async fn verify(State(door): State<Arc<Door>>, AsAdmin(caller): AsAdmin) -> Result<Json<VerifiedShape>, Refusal> {
    Ok(Json(match door.store().audit().verify(caller.workspace_id()).await? {
        AuditVerified::Whole { entries } => VerifiedShape::Whole { entries },
        AuditVerified::Broken { place, why } => VerifiedShape::Broken { place, why },
    }))
}
