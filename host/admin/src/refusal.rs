//! Why the admin door refused, and the one place that says which status each reason has.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseShape, SchemaObject};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hookbox_model::{Problem, Role};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::ReportShape;

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// No token, or none that is known.
    #[error(
        "the credentials are missing or not good any more; log in, or send a token as `Authorization: Bearer TOKEN`"
    )]
    Unauthorized,
    /// The address or the password is wrong, or the user cannot log in; nobody is told which.
    #[error("the address or the password is wrong")]
    WrongLogin,
    /// Too many attempts failed.
    #[error("too many attempts failed; try again in {retry_after_s} s")]
    TooManyAttempts {
        /// How long to wait.
        retry_after_s: u64,
    },
    /// A browser was made to send this by a page that is not ours.
    #[error("this request comes from a page of another site, and a session is good for pages of this host only")]
    ForeignOrigin,
    /// A password would pass over the network for everybody to read.
    #[error(
        "passwords are not taken over plain HTTP: put TLS in front of this host, set admin.public_url to its https URL and \
         ingress.trusted_proxies to the proxy's network, or come from the machine itself (http://127.0.0.1)"
    )]
    Insecure,
    /// A link that is good once was used, replaced, or is too old.
    #[error("this link is not good any more: it was used, replaced or is too old; {again}")]
    LinkOver {
        /// How to get another.
        again: &'static str,
    },
    /// What concerns a user in other workspaces too.
    #[error(
        "{email} has a role in a workspace that these credentials do not own, or keeps this host; an operator of the host can do this"
    )]
    NotYours {
        /// The user's address.
        email: String,
    },
    /// The caller is known, and may not do this.
    #[error("this needs {}; {}", needed_text(needed), had_text(*.role))]
    Forbidden {
        /// What is needed: the name of a role, or `operator`.
        needed: &'static str,
        /// The role that there is in the workspace.
        role: Option<Role>,
    },
    /// A token that is bounded by a scope or a workspace, where its user themselves is needed.
    #[error(
        "a token with a scope or a workspace does not change its user or make tokens; log in, or use one without bounds"
    )]
    Bounded,
    /// The `Hookbox-Workspace` header names nothing.
    #[error("there is no workspace {asked:?}; `Hookbox-Workspace` takes the id or the name of one")]
    UnknownWorkspace {
        /// The header's text, cut to 100 characters.
        asked: String,
    },
    /// The workspace has no such record. A record of another workspace answers the same.
    #[error("this workspace has no such {what}")]
    Missing {
        /// The kind of record.
        what: &'static str,
    },
    /// The workspace can use no such plugin version.
    #[error("this workspace has no plugin {named:?}; `GET /api/v1/plugins` (`hookbox plugin page`) lists those it has")]
    NoPlugin {
        /// The name, id or digest that was asked for, cut to 100 characters.
        named: String,
    },
    /// Nothing is at this path.
    #[error("nothing is at this path; `GET /api/v1/openapi.json` lists what there is")]
    NoSuchPath,
    /// The path knows other methods.
    #[error("this path does not take that method; the `Allow` header lists those it takes")]
    Method,
    /// A query parameter is unknown or makes no sense.
    #[error("the query is wrong: {reason}")]
    Query {
        /// Which parameter, and why.
        reason: String,
    },
    /// Each query parameter makes sense, and not here or not together.
    #[error("the query cannot be answered: {reason}")]
    Unanswerable {
        /// Which parameters, and why.
        reason: String,
    },
    /// The body is not what its content type says.
    #[error("the body cannot be read: {reason}")]
    Body {
        /// What is wrong, and where.
        reason: String,
    },
    /// The body is no text in its language; where.
    #[error("the body cannot be read: {}", faults_in_a_line(.0))]
    Unreadable(Vec<Fault>),
    /// The body has a content type that this path does not take.
    #[error("the content type must be {wanted}, without a content encoding")]
    ContentType {
        /// What it takes.
        wanted: &'static str,
    },
    /// The body is too large.
    #[error("the body is larger than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// The body took too long.
    #[error("the body did not come within {timeout_ms} ms; nothing was changed, sending it again is safe")]
    TooSlow {
        /// The limit.
        timeout_ms: u64,
    },
    /// The body was read and is wrong; every fault that was found.
    #[error("{}", faults_in_a_line(.0))]
    Faults(Vec<Fault>),
    /// The record is at another version than the caller named.
    #[error("the {what} is at version {version} now; read it again and repeat the change")]
    Version {
        /// The kind of record.
        what: &'static str,
        /// Where it is.
        version: u64,
    },
    /// Somebody with a token wants what only somebody who logged in can have.
    #[error("a token has no session; log in for this")]
    NoSession,
    /// The record is in a state in which this cannot be done.
    #[error("{reason}")]
    NotNow {
        /// Which state, and what can be done.
        reason: String,
    },
    /// The component cannot become a plugin; everything that was found.
    #[error("this file cannot become a plugin: {}", .0.in_a_line())]
    Unfit(Box<ReportShape>),
    /// As much of this as may be is under way.
    #[error("{max} {what} are under way, as many as may be; nothing was done, try again shortly")]
    Crowded {
        /// What, in the plural.
        what: &'static str,
        /// How many that is.
        max: usize,
    },
    /// Something came to no end: a fault of ours.
    #[error("the {what} ended in a fault of the host: {reason}")]
    BrokenOff {
        /// What it was.
        what: &'static str,
        /// What is known of it.
        reason: String,
    },
    /// The store refused.
    #[error(transparent)]
    Store(StoreError),
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system: {0}")]
    Randomness(getrandom::Error),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            // Only a backend can read a cursor; one that it did not give is a fault of the query.
            StoreError::Missing { what: "page" } => {
                Self::Query { reason: "after: no page gave this `next`".to_owned() }
            }
            error => Self::Store(error),
        }
    }
}

/// One thing that is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Fault {
    /// Where: a path into the body (`steps[1].settings.list`), or line and column where it could not be read.
    pub(crate) at: String,
    /// What is wrong and what would be right.
    pub(crate) message: String,
}

impl Fault {
    /// A fault at a path.
    pub(crate) fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }
}

/// A refusal that waits for the request id, which only the outermost layer knows.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// The problem, its `request_id` still empty.
    pub(crate) problem: Problem,
    /// What is wrong with the body.
    pub(crate) faults: Vec<Fault>,
    /// What was found in a component.
    pub(crate) report: Option<Box<ReportShape>>,
}

/// The body of every refusal (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemShape {
    #[serde(flatten)]
    pub(crate) problem: Problem,
    /// Every fault of a body that was read and is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) faults: Vec<Fault>,
    /// What was found in a component that cannot become a plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) report: Option<Box<ReportShape>>,
}

impl Draft {
    /// The body, now that the request id is known.
    pub(crate) fn into_problem(self, request_id: &str) -> ProblemShape {
        let problem = Problem { request_id: request_id.to_owned(), ..self.problem };
        ProblemShape { problem, faults: self.faults, report: self.report }
    }
}

impl Refusal {
    /// The status and the title of each reason.
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::WrongLogin => (StatusCode::UNAUTHORIZED, "Wrong login"),
            Self::TooManyAttempts { .. } => (StatusCode::TOO_MANY_REQUESTS, "Too many attempts"),
            Self::Forbidden { .. } | Self::NotYours { .. } | Self::Bounded => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "Foreign origin"),
            Self::Insecure => (StatusCode::FORBIDDEN, "Insecure connection"),
            Self::LinkOver { .. } => (StatusCode::GONE, "Link over"),
            Self::UnknownWorkspace { .. } => (StatusCode::NOT_FOUND, "Unknown workspace"),
            Self::Missing { .. }
            | Self::NoPlugin { .. }
            | Self::NoSuchPath
            | Self::Store(StoreError::Missing { .. }) => (StatusCode::NOT_FOUND, "Not found"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::Query { .. } => (StatusCode::BAD_REQUEST, "Wrong query"),
            Self::Body { .. } | Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "Malformed body"),
            Self::ContentType { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "Body too large"),
            Self::TooSlow { .. } => (StatusCode::REQUEST_TIMEOUT, "Body too slow"),
            Self::Unanswerable { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "Wrong query"),
            Self::Faults(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Invalid"),
            Self::Version { .. } | Self::Store(StoreError::Stale { .. }) => (StatusCode::CONFLICT, "Changed meanwhile"),
            Self::NotNow { .. } | Self::NoSession => (StatusCode::CONFLICT, "Not possible now"),
            Self::Store(StoreError::Exists { .. }) => (StatusCode::CONFLICT, "Exists"),
            Self::Store(StoreError::InUse { .. }) => (StatusCode::CONFLICT, "In use"),
            Self::Store(StoreError::Busy) => (StatusCode::SERVICE_UNAVAILABLE, "Busy"),
            Self::Store(StoreError::DiskFull { .. }) => (StatusCode::SERVICE_UNAVAILABLE, "Disk full"),
            Self::Store(StoreError::Unavailable { .. }) => (StatusCode::SERVICE_UNAVAILABLE, "Store unavailable"),
            Self::Store(StoreError::Damaged { .. }) => (StatusCode::INTERNAL_SERVER_ERROR, "Damaged record"),
            Self::Unfit(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Invalid plugin"),
            Self::Crowded { .. } => (StatusCode::SERVICE_UNAVAILABLE, "Busy"),
            Self::BrokenOff { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "Broken off"),
            Self::Randomness(_) => (StatusCode::SERVICE_UNAVAILABLE, "No randomness"),
        }
    }

    /// The body of the refusal, its request id still empty. A reason of ours is logged here, once.
    pub(crate) fn into_draft(self) -> Draft {
        let (status, title) = self.status();
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), error = %self, "an admin request was refused for a reason of ours");
        }
        let problem = Problem::new(status.as_u16(), title, self.detail(), "");
        match self {
            Self::Faults(faults) | Self::Unreadable(faults) => Draft { problem, faults, report: None },
            Self::Unfit(report) => {
                let faults = report.told().map(|(code, fault)| Fault::new(code, fault)).collect();
                Draft { problem, faults, report: Some(report) }
            }
            Self::Unauthorized
            | Self::WrongLogin
            | Self::TooManyAttempts { .. }
            | Self::ForeignOrigin
            | Self::Insecure
            | Self::LinkOver { .. }
            | Self::NotYours { .. }
            | Self::NoSession
            | Self::Bounded
            | Self::Forbidden { .. }
            | Self::UnknownWorkspace { .. }
            | Self::Missing { .. }
            | Self::NoPlugin { .. }
            | Self::NoSuchPath
            | Self::Method
            | Self::Query { .. }
            | Self::Unanswerable { .. }
            | Self::Body { .. }
            | Self::ContentType { .. }
            | Self::TooLarge { .. }
            | Self::TooSlow { .. }
            | Self::Version { .. }
            | Self::NotNow { .. }
            | Self::Crowded { .. }
            | Self::BrokenOff { .. }
            | Self::Store(_)
            | Self::Randomness(_) => Draft { problem, faults: Vec::new(), report: None },
        }
    }

    /// What the caller is told: reasons that are for the log stay there.
    fn detail(&self) -> String {
        match self {
            Self::Store(error) => told(error),
            Self::BrokenOff { what, .. } => {
                format!("the {what} ended in a fault of the host; nothing was changed, the log says more")
            }
            Self::Randomness(_) => "the operating system gave no randomness; try again shortly".to_owned(),
            Self::Unauthorized
            | Self::WrongLogin
            | Self::TooManyAttempts { .. }
            | Self::ForeignOrigin
            | Self::Insecure
            | Self::LinkOver { .. }
            | Self::NotYours { .. }
            | Self::NoSession
            | Self::Bounded
            | Self::Forbidden { .. }
            | Self::UnknownWorkspace { .. }
            | Self::Missing { .. }
            | Self::NoPlugin { .. }
            | Self::NoSuchPath
            | Self::Method
            | Self::Query { .. }
            | Self::Unanswerable { .. }
            | Self::Body { .. }
            | Self::Unreadable(_)
            | Self::ContentType { .. }
            | Self::TooLarge { .. }
            | Self::TooSlow { .. }
            | Self::Faults(_)
            | Self::Version { .. }
            | Self::NotNow { .. }
            | Self::Unfit(_)
            | Self::Crowded { .. } => self.to_string(),
        }
    }
}

/// What a store error tells somebody outside: never the reason that is for the log.
pub(crate) fn told(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable { .. } => "the store is unavailable; nothing was changed, try again later".to_owned(),
        StoreError::Damaged { what, .. } => {
            format!("the stored {what} is damaged and was set aside; the log says more")
        }
        StoreError::Exists { .. }
        | StoreError::Missing { .. }
        | StoreError::Stale { .. }
        | StoreError::InUse { .. }
        | StoreError::Busy
        | StoreError::DiskFull { .. } => error.to_string(),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, _) = self.status();
        let mut response = status.into_response();
        let headers = response.headers_mut();
        if let Self::TooManyAttempts { retry_after_s } = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::REQUEST_TIMEOUT {
            // What still comes of the body is no next request.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response.extensions_mut().insert(self.into_draft());
        response
    }
}

impl OperationOutput for Refusal {
    type Inner = ProblemShape;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        Some(problem(ctx, "Refused"))
    }

    fn inferred_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        vec![
            (Some(500), problem(ctx, "A stored record is damaged")),
            (Some(503), problem(ctx, "The store cannot answer at present; `Retry-After` says when to try again")),
        ]
    }
}

/// The description of a refusal in the OpenAPI document.
pub(crate) fn problem(ctx: &mut GenContext, description: &str) -> ResponseShape {
    let json_schema = ctx.schema.subschema_for::<ProblemShape>();
    let schema = SchemaObject { json_schema, example: None, external_docs: None };
    let media = MediaType { schema: Some(schema), ..MediaType::default() };
    ResponseShape {
        description: description.to_owned(),
        content: [(Problem::CONTENT_TYPE.to_owned(), media)].into_iter().collect(),
        ..ResponseShape::default()
    }
}

/// What is needed, in a sentence.
fn needed_text(needed: &str) -> String {
    match needed {
        "operator" => "an operator of the host".to_owned(),
        role => format!("the role {role} in this workspace"),
    }
}

/// What there is instead.
fn had_text(role: Option<Role>) -> String {
    match role {
        Some(role) => format!("these credentials have the role {role}, which an owner can change"),
        None => "these credentials are no operator's".to_owned(),
    }
}

/// The faults as one sentence, for readers that show `detail` only.
fn faults_in_a_line(faults: &[Fault]) -> String {
    let shown: Vec<String> = faults.iter().take(3).map(|fault| format!("{}: {}", fault.at, fault.message)).collect();
    let more = faults.len().saturating_sub(shown.len());
    let tail = if more == 0 { String::new() } else { format!("; and {more} more") };
    format!("{}{tail}", shown.join("; "))
}
