//! The answer to a request.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::Failure;

/// The most digits of `retry-after` that are taken: 11 days.
const RETRY_AFTER_DIGITS_MAX: usize = 6;

/// The answer to a request, whatever its status is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status: 200 and the like.
    pub status: u16,
    /// The headers in the order they came, names in lower case. Bytes that are no text are replaced.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the status is from 200 to 299.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The body as text; bytes that are none are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as a type of yours.
    ///
    /// # Errors
    /// A permanent failure with the code `unexpected-answer` that says what does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Failure::permanent("unexpected-answer", format!("the answer is not what was expected: {error}"))
        })
    }

    /// The header `retry-after` in milliseconds, when it is 1 to 6 digits. (It may also be a date, which is passed over.)
    pub fn retry_after_ms(&self) -> Option<u64> {
        let digits = self.header("retry-after")?.trim();
        if digits.len() > RETRY_AFTER_DIGITS_MAX || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.parse::<u64>().ok().map(|seconds| seconds * 1_000)
    }

    /// A failure that is tried again, not before the answer's `retry-after`.
    pub fn retryable(&self, message: impl Into<String>) -> Failure {
        Failure::Retryable { message: message.into(), after_ms: self.retry_after_ms() }
    }
}

#[cfg(test)]
mod tests {
    use super::Response;

    #[test]
    fn retry_after_is_taken_in_seconds_and_nothing_else() {
        let after = |value: &str| {
            let headers = vec![("retry-after".into(), value.into())];
            Response { status: 503, headers, body: Vec::new() }.retry_after_ms()
        };
        assert_eq!(after("30"), Some(30_000));
        assert_eq!(after(" 999999 "), Some(999_999_000));
        for other in ["", "-1", "+1", "1.5", "1000000", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(after(other), None, "{other}");
        }
    }
}
