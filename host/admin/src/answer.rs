//! The outermost layer: the request id, the security headers, the bodies of refusals, one log span per request.
//!
//! Refusals are made deep inside, where the request id is not known; here they get it. The span carries the path and never
//! the query, which may hold a phone number.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hookbox_model::Problem;
use tracing::Instrument;
use uuid::Uuid;

use crate::refusal::{Draft, Refusal};

/// The header that names a request in the log and in refusals.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The policy of answers that are data.
const NO_DOCUMENT: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// For a year browsers come to this host over TLS alone, where they came so once. Only this host: what else there is below its name is
/// not ours to decide about.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The longest request id that is taken over from a client.
const REQUEST_ID_CHARS_MAX: usize = 100;

/// The request's id, for answers that name it in their body.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Answers a request through everything inside; `is_tls` is whether browsers come over TLS.
pub(crate) async fn answer(mut request: Request, next: Next, is_tls: bool) -> Response {
    let id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    let span = tracing::info_span!("admin_request", request.id = %id, %method, path = request.uri().path());
    let inner = next.run(request).instrument(span).await;
    let mut response = finished(inner, &method, &id);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    if is_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What is no document is never to be shown as one; the page brings a policy of its own.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NO_DOCUMENT);
    // Files of the page say themselves how long they may be kept; everything else is of its moment.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The response with the body it lacks: refusals made here and refusals made by the router itself.
fn finished(mut response: Response, method: &Method, id: &str) -> Response {
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow = response.headers().get(header::ALLOW).cloned();
        response = if *method == Method::OPTIONS {
            StatusCode::NO_CONTENT.into_response()
        } else {
            Refusal::Method.into_response()
        };
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    let Some(draft) = response.extensions_mut().remove::<Draft>() else { return response };
    let (mut parts, _) = response.into_parts();
    let body = Json(draft.into_problem(id)).into_response().into_body();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::CONTENT_TYPE));
    Response::from_parts(parts, body)
}

/// The client's request id if it is a sane one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let sane = |text: &&str| {
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        (1..=REQUEST_ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(harmless)
    };
    given.filter(sane).map_or_else(|| Uuid::now_v7().simple().to_string(), str::to_owned)
}
