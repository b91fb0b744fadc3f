//! Answers: the 200s, and refusals, as responses or as bytes for where HTTP has not begun or has failed.

use std::time::SystemTime;

use bytes::Bytes;
use hookbox_model::{CaptureId, Problem, Run};
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use serde::Serialize;

use crate::capture::Purpose;
use crate::refusal::Refusal;
use crate::request_id::{RequestId, X_REQUEST_ID};
use crate::run_shape::RunShape;

/// The capture that a request became.
static HOOKBOX_CAPTURE_ID: HeaderName = HeaderName::from_static("hookbox-capture-id");

/// The body of a webhook URL's 200, to the byte.
const CAPTURED: &[u8] = br#"{"message":"Request captured successfully"}"#;

/// The body of a test URL's 200.
const TEST_CAPTURED: &[u8] = br#"{"message":"Test request captured"}"#;

/// The body of the 200 that a channel gets.
const RECEIVED: &[u8] = br#"{"message":"Received"}"#;

/// The body of the 200 of a sender that waited for the run's result.
#[derive(Serialize)]
struct Finished<'a> {
    message: &'static str,
    run: RunShape<'a>,
}

/// What a 401 asks for where it is not a key.
static STANDARD_WEBHOOKS: HeaderValue = HeaderValue::from_static("Standard-Webhooks");

/// The 200. `spent` are the request's headers, of which only the memory is used again.
pub(crate) fn captured(
    mut spent: HeaderMap,
    request_id: &RequestId,
    capture: CaptureId,
    purpose: Purpose,
) -> Response<Bytes> {
    let (capture_id, request_id) = request_id.headers_with(capture);
    spent.clear();
    spent.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    spent.insert(&X_REQUEST_ID, request_id);
    spent.insert(&HOOKBOX_CAPTURE_ID, capture_id);
    let mut response = Response::new(Bytes::from_static(match purpose {
        Purpose::Run => CAPTURED,
        Purpose::Test => TEST_CAPTURED,
    }));
    *response.headers_mut() = spent;
    response
}

/// The 200 of a sender that waited for the run's result.
pub(crate) fn finished(request_id: &RequestId, capture: CaptureId, run: &Run) -> Response<Bytes> {
    let mut response = captured(HeaderMap::new(), request_id, capture, Purpose::Run);
    let whole = Finished { message: "Request captured successfully", run: RunShape::from(run) };
    *response.body_mut() = serde_json::to_vec(&whole).expect("texts and numbers always have a JSON form").into();
    response
}

/// The 200 that a channel gets.
pub(crate) fn received(request_id: &RequestId) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(RECEIVED));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(&X_REQUEST_ID, request_id.header());
    response
}

/// A refusal as a response.
pub(crate) fn refused(refusal: &Refusal, request_id: &RequestId, retry_after_s: u32) -> Response<Bytes> {
    let mut response = Response::new(refusal.body(&request_id.to_string()));
    *response.status_mut() = refusal.kind().0;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::CONTENT_TYPE));
    headers.insert(&X_REQUEST_ID, request_id.header());
    match refusal {
        Refusal::Method => drop(headers.insert(header::ALLOW, HeaderValue::from_static("POST"))),
        Refusal::Unauthorized => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Refusal::Signature | Refusal::Channel => {
            headers.insert(header::WWW_AUTHENTICATE, STANDARD_WEBHOOKS.clone());
        }
        Refusal::TooOften { retry_after_s } => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
        }
        Refusal::Busy | Refusal::DiskFull | Refusal::Unavailable | Refusal::Connections => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        Refusal::NotFound
        | Refusal::Encoding
        | Refusal::BodyTooLarge { .. }
        | Refusal::Address
        | Refusal::ContentType
        | Refusal::Wait
        | Refusal::BodyTooSlow
        | Refusal::BodyBroken
        | Refusal::Json(_)
        | Refusal::Content(_)
        | Refusal::MessageMissing
        | Refusal::Archived
        | Refusal::Draft
        | Refusal::IdempotencyKey
        | Refusal::Conflict
        | Refusal::Internal
        | Refusal::Host
        | Refusal::Ambiguous
        | Refusal::Head
        | Refusal::Target
        | Refusal::HeadTooLarge
        | Refusal::HeadTooSlow => {}
    }
    response
}

/// A refusal as the bytes of a whole HTTP/1.1 response, after which the connection is closed.
pub(crate) fn refused_bytes(refusal: &Refusal, request_id: &RequestId, retry_after_s: u32) -> Vec<u8> {
    let response = refused(refusal, request_id, retry_after_s);
    let body = response.body();
    let date = httpdate::fmt_http_date(SystemTime::now());
    let mut bytes = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in response.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    let end = format!("connection: close\r\ncontent-length: {}\r\ndate: {date}\r\n\r\n", body.len());
    bytes.extend_from_slice(end.as_bytes());
    bytes.extend_from_slice(body);
    bytes
}
