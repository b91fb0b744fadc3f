//! `/audit`: who changed what, and whether anything of that was changed since. Of the host itself, for operators, as of a workspace.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{AuditEntry, Digest, Timestamp, WorkspaceId};
use hookbox_store::{AuditFilter, AuditVerified};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::asked::{Asked, Choice, Moment, Text};
use crate::caller::{AsAdmin, Caller};
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

/// Whose log is meant.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Of {
    /// That of the workspace.
    Workspace,
    /// That of the host: users, sessions, new workspaces. For operators.
    Host,
}

/// Which entries.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// Whose log: `workspace` when absent.
    of: Option<Of>,
    /// Only of this act (`plugin.approve`), or of every act upon this noun (`plugin`).
    act: Option<Text>,
    /// Only by this user or token, by their id, or by the `host`.
    by: Option<Text>,
    /// Only those whose subject begins so: the id of what was changed is enough.
    subject: Option<Text>,
    /// Only those of this moment or later.
    from: Option<Moment>,
    /// Only those before this moment.
    to: Option<Moment>,
}

/// Which log.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LogChoice {
    /// Whose log: `workspace` when absent.
    of: Option<Of>,
}

/// One change.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
struct EntryShape {
    /// Its place in the workspace's log, from 1.
    place: u64,
    /// When.
    at: Timestamp,
    /// Who: the id of a user (`usr_…`), of a token (`tok_…`), of a user with a token (`usr_… with tok_…`), or `host`.
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

/// Whose log is meant; that of the host is for operators.
fn log(caller: &Caller, of: Option<Of>) -> Result<WorkspaceId, Refusal> {
    match of {
        None | Some(Of::Workspace) => Ok(caller.workspace_id()),
        Some(Of::Host) => caller.who.as_operator().map(|()| WorkspaceId::HOST),
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    asked: Asked<AuditQuery>,
) -> Result<Json<Paged<EntryShape>>, Refusal> {
    let AuditQuery { of, act, by, subject, from, to } = asked.filter;
    let [act, by, subject] = [act, by, subject].map(|text| text.map(|text| text.0));
    let filter = AuditFilter { act, by, subject, from: from.map(|from| from.0), to: to.map(|to| to.0) };
    Ok(Paged::of(door.store().audit().page(log(&caller, of)?, &filter, asked.page).await?, EntryShape::from))
}

async fn verify(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    Choice(LogChoice { of }): Choice<LogChoice>,
) -> Result<Json<VerifiedShape>, Refusal> {
    Ok(Json(match door.store().audit().verify(log(&caller, of)?).await? {
        AuditVerified::Whole { entries } => VerifiedShape::Whole { entries },
        AuditVerified::Broken { place, why } => VerifiedShape::Broken { place, why },
    }))
}
