//! Why a call failed, read from what the client reports.

use std::error::Error;
use std::io;

use crate::AddressForbidden;

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may not go where it was to go. Nothing was sent.
    #[error("its address may not be reached")]
    Forbidden,
    /// The name is not known, or could not be looked up. Nothing was sent.
    #[error("its name could not be looked up")]
    UnknownName,
    /// No connection came about in time. Nothing was sent.
    #[error("the connection took too long to open")]
    ConnectTimeout,
    /// The certificate is not one to trust. Nothing was sent.
    #[error("its certificate is not one to trust")]
    Certificate,
    /// No TLS connection came about. Nothing was sent.
    #[error("a TLS connection could not be made")]
    Tls,
    /// The connection was refused. Nothing was sent.
    #[error("the connection was refused")]
    Refused,
    /// It took too long; something may have been sent.
    #[error("it took too long")]
    Timeout,
    /// The connection ended, or what came was not HTTP; something may have been sent.
    #[error("the connection ended before the answer was complete, or the answer was not HTTP")]
    Interrupted,
}

impl Failure {
    /// Reads an error of a client that this room made.
    pub fn of(error: &reqwest::Error) -> Self {
        if is_forbidden(error) {
            return Self::Forbidden;
        }
        if !error.is_connect() {
            return if error.is_timeout() { Self::Timeout } else { Self::Interrupted };
        }
        if error.is_timeout() {
            return Self::ConnectTimeout;
        }
        match causes(error).find_map(tls_failure) {
            Some(failure) => failure,
            None if error.is_dns() => Self::UnknownName,
            None => Self::Refused,
        }
    }
}

/// Whether a call failed because it may not go where it was to go: nothing was sent.
pub fn is_forbidden(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.is::<AddressForbidden>()) || error.is_builder()
}

/// What an error was caused by, the nearest cause first.
pub fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// TLS errors come wrapped into errors of IO, more than once, which hide what they wrap from `source`.
fn tls_failure(mut cause: &(dyn Error + 'static)) -> Option<Failure> {
    while let Some(inner) = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        cause = inner;
    }
    cause.downcast_ref::<rustls::Error>().map(|error| match error {
        rustls::Error::InvalidCertificate(_) => Failure::Certificate,
        _ => Failure::Tls,
    })
}
