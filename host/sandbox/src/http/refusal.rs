//! Why a request of a guest is not sent, or has no answer: for the step's log, and as the guest is told.

use hookbox_egress::Failure;
use wasmtime_wasi_http::Error;

/// Why there is no answer. The text goes into the step's log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// An admin did not grant it; the text names the grant.
    #[error("{0}")]
    NotGranted(String),
    /// The operator does not let guests go there.
    #[error("not sent: {what}: the operator of this host does not let plugins call there (sandbox.http.allowed_hosts)")]
    NotAllowed { what: String },
    /// The address is not one that guests may reach, or `http` without a named network.
    #[error(
        "not sent: {what}: plugins reach public addresses, and those only with https (sandbox.http.allowed_networks)"
    )]
    Address { what: String },
    /// It is no URL to call.
    #[error("not sent: the request has no right {part}")]
    Url { part: &'static str },
    /// A method that makes a proxy of the host or an echo of the peer.
    #[error("not sent: {what}: the methods CONNECT and TRACE are not for plugins")]
    Method { what: String },
    /// A secret in a header, on its way to a host that it is not for.
    #[error("not sent: {what}: the secret {secret:?} may not be sent there; its hosts are set with it")]
    SecretElsewhere { what: String, secret: String },
    /// A secret's text has characters that no header may have.
    #[error("not sent: {what}: the secret {secret:?} has characters that no header may have")]
    SecretText { what: String, secret: String },
    /// The step has made all its requests.
    #[error("not sent: a step may make {max} requests")]
    TooMany { max: u32 },
    /// All its places are taken.
    #[error("a step may make {max} requests at once, and none of them ended")]
    TooManyAtOnce { max: u32 },
    /// It is tried out.
    #[error("dry run: {what} was not sent")]
    DryRun { what: String },
    /// More headers than a request may have.
    #[error("not sent: a request may have {max} bytes of headers")]
    RequestHeaders { max: u64 },
    /// More headers than an answer may have.
    #[error("the answer has more than {max} bytes of headers")]
    ResponseHeaders { max: u64 },
    /// The body of the request is longer than it may be.
    #[error("the body of a request may have {max} bytes")]
    RequestBody { max: u64 },
    /// The plugin did not finish the body, or ended before it did.
    #[error("the plugin did not finish the body of the request")]
    Unfinished,
    /// No answer in time.
    #[error("there was no answer in time")]
    NoAnswer,
    /// The host cannot call anything.
    #[error("this host cannot make calls; its log says why")]
    Host,
    /// What became of the connection.
    #[error("{0}")]
    Failed(Failure),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotGranted(_)
            | Refusal::NotAllowed { .. }
            | Refusal::SecretElsewhere { .. }
            | Refusal::TooMany { .. } => Self::HttpRequestDenied,
            Refusal::Address { .. } | Refusal::Failed(Failure::Forbidden) => Self::DestinationIpProhibited,
            Refusal::Url { .. } => Self::HttpRequestUriInvalid,
            Refusal::Method { .. } => Self::HttpRequestMethodInvalid,
            Refusal::SecretText { .. } | Refusal::Host => Self::ConfigurationError,
            Refusal::TooManyAtOnce { .. } => Self::ConnectionLimitReached,
            // The one that a plugin can do nothing about in itself: it is told so in words.
            Refusal::DryRun { .. } => Self::InternalError(Some(refusal.to_string())),
            Refusal::RequestHeaders { max } => Self::HttpRequestHeaderSectionSize(u32::try_from(max).ok()),
            Refusal::ResponseHeaders { max } => Self::HttpResponseHeaderSectionSize(u32::try_from(max).ok()),
            Refusal::RequestBody { max } => Self::HttpRequestBodySize(Some(max)),
            Refusal::Unfinished => Self::HttpProtocolError,
            Refusal::NoAnswer | Refusal::Failed(Failure::Timeout) => Self::HttpResponseTimeout,
            Refusal::Failed(Failure::UnknownName) => Self::DnsError { rcode: None, info_code: None },
            Refusal::Failed(Failure::ConnectTimeout) => Self::ConnectionTimeout,
            Refusal::Failed(Failure::Certificate) => Self::TlsCertificateError,
            Refusal::Failed(Failure::Tls) => Self::TlsProtocolError,
            Refusal::Failed(Failure::Refused) => Self::ConnectionRefused,
            Refusal::Failed(Failure::Interrupted) => Self::HttpResponseIncomplete,
        }
    }
}
