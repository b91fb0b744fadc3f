//! Header fields: which are not a guest's to set, and how large all of a message are.

use http::{HeaderMap, HeaderName, header};
use wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS;

/// Headers of the connection, which are the client's, and `Host`, which is the URL's.
pub(super) fn is_forbidden(name: &HeaderName) -> bool {
    DEFAULT_FORBIDDEN_HEADERS.contains(name) || [header::TE, header::TRAILER].contains(name)
}

/// Bytes of all names and values.
pub(super) fn bytes_of(headers: &HeaderMap) -> u64 {
    headers.iter().map(|(name, value)| (name.as_str().len() + value.len()) as u64).sum()
}
