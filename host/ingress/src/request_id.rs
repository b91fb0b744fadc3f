//! The id by which a request is found again: the sender's own if it sent a sane one, else a new one.

use std::fmt;

use bytes::Bytes;
use hookbox_model::CaptureId;
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;
use uuid::fmt::Simple;

/// `X-Request-Id`, in requests and in every answer.
pub(crate) static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id of a sender's own that is echoed.
const GIVEN_CHARS_MAX: usize = 128;

/// The id of one request.
#[derive(Debug, Clone)]
pub(crate) enum RequestId {
    /// The sender's own, 1 to 128 characters of `[A-Za-z0-9._-]`.
    Given(HeaderValue),
    /// A new one: 32 hexadecimal digits.
    Made(Uuid),
}

impl RequestId {
    /// The sender's id if there is one that is fit for logs, else `new`.
    pub(crate) fn of(headers: &HeaderMap, new: Uuid) -> Self {
        match headers.get(&X_REQUEST_ID) {
            Some(given) if is_sane(given.as_bytes()) => Self::Given(given.clone()),
            Some(_) | None => Self::Made(new),
        }
    }

    /// The same id without the buffer that the request came in, which a header's value holds on to.
    pub(crate) fn detached(self) -> Self {
        match self {
            Self::Given(value) => {
                Self::Given(HeaderValue::from_bytes(value.as_bytes()).expect("it was a header's value before"))
            }
            Self::Made(uuid) => Self::Made(uuid),
        }
    }

    /// The value of the answer's `X-Request-Id`.
    pub(crate) fn header(&self) -> HeaderValue {
        match self {
            Self::Given(value) => value.clone(),
            Self::Made(uuid) => {
                visible(Bytes::copy_from_slice(uuid.as_simple().encode_lower(&mut [0; Simple::LENGTH]).as_bytes()))
            }
        }
    }

    /// The values of the answer's `Hookbox-Capture-Id` and `X-Request-Id`; they share one buffer when the ids share a UUID.
    pub(crate) fn headers_with(&self, capture: CaptureId) -> (HeaderValue, HeaderValue) {
        let text = Bytes::from(capture.to_string());
        let request_id = match self {
            Self::Made(uuid) if *uuid == capture.uuid() => visible(text.slice(text.len() - Simple::LENGTH..)),
            Self::Given(_) | Self::Made(_) => self.header(),
        };
        (visible(text), request_id)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(value) => f.write_str(value.to_str().unwrap_or_default()),
            Self::Made(uuid) => write!(f, "{}", uuid.as_simple()),
        }
    }
}

fn is_sane(text: &[u8]) -> bool {
    (1..=GIVEN_CHARS_MAX).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn visible(text: Bytes) -> HeaderValue {
    HeaderValue::from_maybe_shared(text).expect("letters, digits and underscores are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::{RequestId, X_REQUEST_ID};
    use bytes::Bytes;
    use hookbox_model::CaptureId;
    use http::{HeaderMap, HeaderValue};
    use uuid::Uuid;

    fn check(given: &str, echoed: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(&X_REQUEST_ID, HeaderValue::from_str(given).expect("a header value"));
        let id = RequestId::of(&headers, Uuid::from_u128(1)).to_string();
        assert_eq!(id == given, echoed, "{given:?} became {id:?}");
    }

    #[test]
    fn a_sane_id_is_echoed_and_any_other_is_replaced() {
        check("a.B-9_z", true);
        check(&"a".repeat(128), true);
        for odd in ["", "a b", "a;b", "{}", "ä", "a\"b", &"a".repeat(129)] {
            check(odd, false);
        }
    }

    #[test]
    fn a_detached_id_is_the_same_and_lets_go_of_the_buffer_it_came_in() {
        let buffer = Bytes::from(b"mine-17 and more".to_vec());
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_maybe_shared(buffer.slice(..7)).expect("a header value");
        headers.insert(&X_REQUEST_ID, value);
        let id = RequestId::of(&headers, Uuid::nil());
        drop(headers);
        assert!(!buffer.is_unique(), "an id that is not detached holds on to it");
        assert_eq!(id.detached().to_string(), "mine-17");
        assert!(buffer.is_unique());
    }

    #[test]
    fn the_capture_id_reads_as_it_does_elsewhere_and_the_request_id_is_its_digits() {
        let uuid = Uuid::from_u128(0x0192_6f3e_0000_7000_8000_0000_0000_0001);
        let capture = CaptureId::from_uuid(uuid);
        let (capture_value, request_value) = RequestId::Made(uuid).headers_with(capture);
        assert_eq!(capture_value.to_str().ok(), Some(capture.to_string().as_str()));
        assert_eq!(request_value, RequestId::Made(uuid).header());
        let (_, other) = RequestId::Made(Uuid::from_u128(7)).headers_with(capture);
        assert_eq!(other.to_str().ok(), Some("00000000000000000000000000000007"));
    }
}
