//! HTTP calls of a component: our request through `wasi:http`, and its answer back. Nothing here waits but on the host.

use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, HeaderError, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme, http_error_code,
};
use crate::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::http::{Error, Outgoing, Response};

/// The most bytes of an answer that are taken at once.
const READ_BYTES_MAX: u64 = 64 * 1024;

pub(crate) fn send_http(outgoing: Outgoing) -> Result<Response, Error> {
    let scope = outgoing.address.scope(&outgoing.method);
    let failed = |code| error(&scope, code);
    let options = options(&outgoing);
    let request = request(&outgoing)?;
    // A request that has no body opens none, so that it does not go out as one of unknown length. Otherwise the body is written
    // after the request is handed over: before that nobody takes it.
    let body = match outgoing.body.as_deref() {
        Some(bytes) => Some((request.body().map_err(|()| Error::Invalid("a request has one body".into()))?, bytes)),
        None => None,
    };
    let coming = outgoing_handler::handle(request, Some(options)).map_err(failed)?;
    let written = body.map_or(Ok(()), |(body, bytes)| write(body, bytes));
    coming.subscribe().block();
    let answer = match coming.get() {
        Some(Ok(answer)) => answer.map_err(failed)?,
        Some(Err(())) | None => return Err(Error::Network("the host gave no answer".into())),
    };
    // A service may answer before it took the whole body. Only without an answer is that a fault, and then it was told above.
    drop(written);
    read(&answer, outgoing.answer_bytes_max, failed)
}

fn request(outgoing: &Outgoing) -> Result<OutgoingRequest, Error> {
    let address = &outgoing.address;
    let request = OutgoingRequest::new(fields(outgoing)?);
    let scheme = if address.secure { Scheme::Https } else { Scheme::Http };
    request
        .set_method(&method(&outgoing.method))
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(Some(&address.authority)))
        .and_then(|()| request.set_path_with_query(Some(&address.path_with_query)))
        .map_err(|()| {
            Error::Invalid(format!("the host does not take the URL of {}", address.scope(&outgoing.method)))
        })?;
    Ok(request)
}

/// The headers, and the length of the body: many services refuse one that comes without.
fn fields(outgoing: &Outgoing) -> Result<Fields, Error> {
    let fields = Fields::new();
    for (name, value) in &outgoing.headers {
        fields.append(name, value.as_bytes()).map_err(|error| match error {
            HeaderError::InvalidSyntax => Error::Invalid(format!("header {name} is wrongly written")),
            HeaderError::Forbidden => Error::Invalid(format!("header {name} is set by the host alone")),
            HeaderError::Immutable => Error::Invalid(format!("header {name} cannot be set")),
        })?;
    }
    let length = match (&outgoing.body, outgoing.method.as_str()) {
        (Some(body), _) => Some(body.len()),
        (None, "POST" | "PUT" | "PATCH") => Some(0),
        (None, _) => None,
    };
    if let Some(length) = length {
        fields
            .set("content-length", &[length.to_string().into_bytes()])
            .map_err(|_| Error::Invalid("the length of the body cannot be told".into()))?;
    }
    Ok(fields)
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        "PATCH" => Method::Patch,
        other => Method::Other(other.into()),
    }
}

fn options(outgoing: &Outgoing) -> RequestOptions {
    let options = RequestOptions::new();
    let nanoseconds = outgoing.timeout.map(|timeout| u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX));
    if nanoseconds.is_some() {
        // A host that knows no such time keeps its own, which is one it can answer for.
        let _ = options.set_connect_timeout(nanoseconds);
        let _ = options.set_first_byte_timeout(nanoseconds);
        let _ = options.set_between_bytes_timeout(nanoseconds);
    }
    options
}

/// Writes the body, as much at once as the host takes. The error is that it does not take all of it.
fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), StreamError> {
    let stream = body.write().map_err(|()| StreamError::Closed)?;
    let written = write_all(&stream, bytes);
    drop(stream);
    written?;
    OutgoingBody::finish(body, None).map_err(|_| StreamError::Closed)
}

fn write_all(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), StreamError> {
    let ready = stream.subscribe();
    while !bytes.is_empty() {
        ready.block();
        let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        let (part, rest) = bytes.split_at(room.min(bytes.len()));
        stream.write(part)?;
        bytes = rest;
    }
    stream.flush()?;
    ready.block();
    stream.check_write().map(drop)
}

fn read(answer: &IncomingResponse, bytes_max: usize, failed: impl Fn(ErrorCode) -> Error) -> Result<Response, Error> {
    let no_body = |()| Error::Network("the host gave no body of the answer".into());
    let text = |bytes: Vec<u8>| {
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    };
    let headers = answer.headers().entries().into_iter();
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), text(value))).collect();
    let body: IncomingBody = answer.consume().map_err(no_body)?;
    let stream = body.stream().map_err(no_body)?;
    Ok(Response { status: answer.status(), headers, body: read_all(&stream, bytes_max, failed)? })
}

fn read_all(stream: &InputStream, bytes_max: usize, failed: impl Fn(ErrorCode) -> Error) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(READ_BYTES_MAX) {
            Ok(part) if bytes.len() + part.len() > bytes_max => {
                return Err(Error::Limit(format!("the body of the answer has more than {bytes_max} bytes")));
            }
            Ok(part) => bytes.extend(part),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(match http_error_code(&error) {
                    Some(code) => failed(code),
                    None => Error::Network(format!("the answer broke off: {}", error.to_debug_string())),
                });
            }
        }
    }
}

/// What the host said, in our words. `scope` names the call.
fn error(scope: &str, code: ErrorCode) -> Error {
    use ErrorCode as Code;
    match code {
        // The host has one word for all of these; its own words are in the log of the step.
        Code::HttpRequestDenied => Error::Denied(format!(
            "{scope} was refused: it is not granted (http for {scope:?}), or the operator, the hosts of a secret or the number \
             of requests forbid it; the log of the step says which"
        )),
        Code::DestinationIpProhibited => Error::Denied(format!(
            "{scope} was refused: it leads to an address that plugins may not reach, or is not https"
        )),
        Code::HttpRequestMethodInvalid
        | Code::HttpRequestUriInvalid
        | Code::HttpRequestUriTooLong
        | Code::HttpRequestLengthRequired => Error::Invalid(format!("{scope}: the request is wrong: {}", said(&code))),
        Code::ConnectionLimitReached
        | Code::HttpRequestBodySize(_)
        | Code::HttpRequestHeaderSectionSize(_)
        | Code::HttpRequestHeaderSize(_)
        | Code::HttpRequestTrailerSectionSize(_)
        | Code::HttpRequestTrailerSize(_)
        | Code::HttpResponseHeaderSectionSize(_)
        | Code::HttpResponseHeaderSize(_)
        | Code::HttpResponseBodySize(_)
        | Code::HttpResponseTrailerSectionSize(_)
        | Code::HttpResponseTrailerSize(_) => Error::Limit(format!("{scope}: a limit is reached: {}", said(&code))),
        Code::DnsTimeout
        | Code::ConnectionTimeout
        | Code::ConnectionReadTimeout
        | Code::ConnectionWriteTimeout
        | Code::HttpResponseTimeout => Error::Timeout(format!("{scope}: nothing came in time: {}", said(&code))),
        Code::InternalError(Some(text)) => Error::Network(format!("{scope}: {text}")),
        Code::DnsError(_)
        | Code::DestinationNotFound
        | Code::DestinationUnavailable
        | Code::DestinationIpUnroutable
        | Code::ConnectionRefused
        | Code::ConnectionTerminated
        | Code::TlsProtocolError
        | Code::TlsCertificateError
        | Code::TlsAlertReceived(_)
        | Code::HttpResponseIncomplete
        | Code::HttpResponseTransferCoding(_)
        | Code::HttpResponseContentCoding(_)
        | Code::HttpUpgradeFailed
        | Code::HttpProtocolError
        | Code::LoopDetected
        | Code::ConfigurationError
        | Code::InternalError(None) => Error::Network(format!("{scope}: there is no answer: {}", said(&code))),
    }
}

/// The name of a code: `ErrorCode::DnsTimeout` is `DnsTimeout`.
fn said(code: &ErrorCode) -> String {
    let shown = format!("{code:?}");
    shown.strip_prefix("ErrorCode::").unwrap_or(&shown).to_owned()
}
