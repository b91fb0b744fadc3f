//! The way in: what every request is looked at for that brings a password, and the session that comes of it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Once};

use aide::OperationInput;
use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseShape};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hookbox_model::{Digest, PasswordHash, Session, User};

use crate::cookie;
use crate::door::Door;
use crate::fresh;
use crate::myself::MeShape;
use crate::origin::{Origin, is_private, is_proxy};
use crate::password::Password;
use crate::refusal::{Refusal, problem};
use crate::who::Who;

/// A request that may bring a password: nobody on the way reads along, and no page of another site sent it.
pub(crate) struct Entrance {
    /// The address that it comes from; unspecified when whoever serves this door does not tell.
    pub(crate) address: IpAddr,
    /// The address that attempts are counted for: none where it would be that of a proxy, which is everybody's.
    counted: Option<IpAddr>,
}

/// The answer to somebody who came in: who they are, and the cookie of their session.
pub(crate) struct Entered {
    me: MeShape,
    cookie: Option<HeaderValue>,
}

impl FromRequestParts<Arc<Door>> for Entrance {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        let public_url = door.config().public_url.as_deref();
        if Origin::of(&parts.headers, public_url) == Origin::Foreign {
            return Err(Refusal::ForeignOrigin);
        }
        if !is_private(&parts.headers, public_url) {
            return Err(Refusal::Insecure);
        }
        let address = parts.extensions.get::<IpAddr>().copied().unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let counted = Some(address).filter(|address| !is_proxy(*address, &parts.headers));
        if counted.is_none() {
            UNTRUSTED.call_once(|| {
                tracing::warn!(
                    %address,
                    "log-ins come through a proxy that is not named in ingress.trusted_proxies: failed ones are counted for each \
                     user's address alone, and whoever knows one can keep its user from logging in"
                );
            });
        }
        Ok(Self { address, counted })
    }
}

/// It was said in the log that a proxy is not named.
static UNTRUSTED: Once = Once::new();

impl Entrance {
    /// Whether a password is the one of this hash, as one attempt of somebody with this e-mail: 429 while they have to wait. What
    /// fails for another reason than the password is no attempt.
    pub(crate) async fn is_right(
        &self,
        door: &Door,
        email: &str,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<bool, Refusal> {
        let attempt = door.backoff().attempt(email, self.counted, door.now());
        let attempt = attempt.map_err(|wait_ms| Refusal::TooManyAttempts { retry_after_s: wait_ms.div_ceil(1_000) })?;
        let verified = door.passwords().verify(password, hash).await;
        match verified {
            Ok(true) => attempt.succeeded(door.backoff(), door.now()),
            Ok(false) => {}
            Err(_) => attempt.given_back(door.backoff(), door.now()),
        }
        verified
    }
}

/// Describes the 410 of a link that is good no more.
pub(crate) struct LinkOver;

/// Describes the 409 of what only somebody who logged in can have.
pub(crate) struct NoSession;

/// A session of this user from now on, and its secret; nothing is stored yet.
pub(crate) fn new_session(door: &Door, user: &User) -> Result<(Session, String), Refusal> {
    let (secret, now) = (fresh::secret()?, door.now());
    let session = Session {
        id: fresh::id(),
        sha256: Digest::of(secret.as_bytes()),
        user: user.id,
        created_at: now,
        seen_at: now,
        expires_at: now.plus_millis(door.config().login.session_ms),
    };
    Ok((session, secret))
}

impl Entered {
    /// The answer to the user of this session, which is stored now.
    pub(crate) async fn with(door: &Door, user: User, session: Session, secret: &str) -> Result<Self, Refusal> {
        let cookie = cookie::given(&session, secret);
        let who = Who::Session { user: Arc::new(user), session: Arc::new(session) };
        Ok(Self { me: MeShape::of(door, &who).await?, cookie })
    }
}

impl IntoResponse for Entered {
    fn into_response(self) -> Response {
        let mut response = Json(self.me).into_response();
        response.headers_mut().extend(self.cookie.map(|cookie| (header::SET_COOKIE, cookie)));
        response
    }
}

impl OperationOutput for Entered {
    type Inner = MeShape;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<ResponseShape> {
        let shape = Json::<MeShape>::operation_response(ctx, operation)?;
        Some(ResponseShape { description: "Who came in; `Set-Cookie` has the session".to_owned(), ..shape })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        Self::operation_response(ctx, operation).map(|response| (Some(200), response)).into_iter().collect()
    }
}

impl OperationOutput for LinkOver {
    type Inner = ();

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        Some(problem(ctx, "The link is not good any more"))
    }
}

impl OperationOutput for NoSession {
    type Inner = ();

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        Some(problem(ctx, "A token has no session"))
    }
}

impl OperationInput for Entrance {
    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        let read_along = "It would pass over plain HTTP, or a page of another site sent it";
        vec![
            (Some(403), problem(ctx, read_along)),
            (Some(429), problem(ctx, "Too many attempts failed; `Retry-After` says when to try again")),
        ]
    }
}
