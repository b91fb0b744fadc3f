//! Makes the calls, and writes down what came of each.

use serde::Serialize;

use crate::bindings::wasi::http::outgoing_handler::handle;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme,
};
use crate::bindings::wasi::io::streams::StreamError;
use crate::settings::{Call, Read, Settings};

/// How much of an answer's body is written down.
const BODY_SHOWN: usize = 4096;

/// What came of a call.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Came {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    body_bytes: usize,
    error: Option<String>,
}

/// A call that was begun, with what it was told to do.
struct Begun<'a> {
    call: &'a Call,
    answer: FutureIncomingResponse,
    written: Result<(), String>,
}

/// Makes the calls.
pub(crate) fn make(settings: &Settings) -> Vec<Came> {
    let _idle: Vec<_> = (0..settings.idle_bodies).map(|_| idle_body()).collect();
    let mut kept = Vec::new();
    if settings.leave {
        kept.extend(settings.calls.iter().map(|call| begin(call, settings).map(|begun| begun.answer)).map(drop));
        return Vec::new();
    }
    let mut bodies = Vec::new();
    if settings.at_once {
        let begun: Vec<_> = settings.calls.iter().map(|call| begin(call, settings)).collect();
        return begun.into_iter().map(|begun| finish(begun, &mut bodies)).collect();
    }
    settings.calls.iter().map(|call| finish(begin(call, settings), &mut bodies)).collect()
}

fn finish(begun: Result<Begun<'_>, String>, kept: &mut Vec<IncomingBody>) -> Came {
    let mut came = Came::default();
    if let Err(error) = begun.and_then(|begun| read(begun, &mut came, kept)) {
        came.error = Some(error);
    }
    came
}

fn begin<'a>(call: &'a Call, settings: &Settings) -> Result<Begun<'a>, String> {
    let headers = Fields::new();
    for (name, value) in &call.headers {
        let value = filled(value, settings);
        headers.append(name, value.as_bytes()).map_err(|error| format!("header: {error:?}"))?;
    }
    for n in 0..call.fields {
        headers.append(&format!("x-{n}"), b"x").map_err(|error| format!("header: {error:?}"))?;
    }
    let request = OutgoingRequest::new(headers);
    let refused = |what: &'static str| move |()| what.to_owned();
    request.set_method(&method(call.method.as_deref())).map_err(refused("method"))?;
    request.set_scheme(scheme(call.scheme.as_deref()).as_ref()).map_err(refused("scheme"))?;
    request.set_authority(Some(&call.authority)).map_err(refused("authority"))?;
    let path = call.path.as_ref().map_or("/".to_owned(), |path| filled(path, settings));
    request.set_path_with_query(Some(&path)).map_err(refused("path"))?;
    let has_body = call.body.is_some() || call.body_bytes > 0;
    let body = has_body.then(|| request.body()).transpose().map_err(refused("body"))?;
    let answer = handle(request, options(call)).map_err(|error| describe(&error))?;
    let written = body.map_or(Ok(()), |body| write(body, call, settings));
    Ok(Begun { call, answer, written })
}

fn write(body: OutgoingBody, call: &Call, settings: &Settings) -> Result<(), String> {
    let text = call.body.as_ref().map(|body| filled(body, settings)).unwrap_or_default();
    let stream = body.write().map_err(|()| "no stream".to_owned())?;
    let mut left = call.body_bytes;
    let pieces = std::iter::from_fn(|| {
        let piece = left.min(4096);
        left -= piece;
        (piece > 0).then(|| vec![b'x'; piece])
    });
    for piece in text.as_bytes().chunks(4096).map(<[u8]>::to_vec).chain(pieces) {
        stream.blocking_write_and_flush(&piece).map_err(|error| format!("write: {error:?}"))?;
    }
    drop(stream);
    OutgoingBody::finish(body, None).map_err(|error| describe(&error))
}

fn read(begun: Begun<'_>, came: &mut Came, kept: &mut Vec<IncomingBody>) -> Result<(), String> {
    begun.answer.subscribe().block();
    let answer = begun.answer.get().ok_or("not ready")?.map_err(|()| "taken")?;
    let answer: IncomingResponse = answer.map_err(|error| describe(&error))?;
    begun.written?;
    came.status = answer.status();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    came.headers = answer.headers().entries().iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let body = answer.consume().map_err(|()| "no body")?;
    match begun.call.read {
        Read::Drop => Ok(()),
        Read::Keep => {
            kept.push(body);
            Ok(())
        }
        Read::All => read_all(&body, came),
    }
}

fn read_all(body: &IncomingBody, came: &mut Came) -> Result<(), String> {
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut shown = Vec::new();
    let end = loop {
        match stream.blocking_read(64 * 1024) {
            Ok(bytes) => {
                came.body_bytes += bytes.len();
                let room = BODY_SHOWN.saturating_sub(shown.len()).min(bytes.len());
                shown.extend_from_slice(&bytes[..room]);
            }
            Err(StreamError::Closed) => break Ok(()),
            Err(StreamError::LastOperationFailed(error)) => break Err(format!("read: {}", error.to_debug_string())),
        }
    };
    came.body = String::from_utf8_lossy(&shown).into_owned();
    end
}

fn idle_body() -> Option<(OutgoingRequest, OutgoingBody)> {
    let request = OutgoingRequest::new(Fields::new());
    let body = request.body().ok()?;
    let stream = body.write().ok()?;
    while let Ok(room @ 1..) = stream.check_write() {
        stream.write(&vec![b'x'; usize::try_from(room).ok()?]).ok()?;
    }
    drop(stream);
    Some((request, body))
}

fn options(call: &Call) -> Option<RequestOptions> {
    let options = RequestOptions::new();
    let nanos = |millis: u64| millis * 1_000_000;
    options.set_first_byte_timeout(call.first_byte_ms.map(nanos)).ok()?;
    options.set_between_bytes_timeout(call.between_bytes_ms.map(nanos)).ok()?;
    Some(options)
}

fn method(name: Option<&str>) -> Method {
    match name {
        None | Some("GET") => Method::Get,
        Some("HEAD") => Method::Head,
        Some("POST") => Method::Post,
        Some("PUT") => Method::Put,
        Some("DELETE") => Method::Delete,
        Some("CONNECT") => Method::Connect,
        Some("OPTIONS") => Method::Options,
        Some("TRACE") => Method::Trace,
        Some("PATCH") => Method::Patch,
        Some(other) => Method::Other(other.into()),
    }
}

fn scheme(name: Option<&str>) -> Option<Scheme> {
    Some(match name? {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.into()),
    })
}

fn describe(error: &ErrorCode) -> String {
    format!("{error:?}")
}

fn filled(text: &str, settings: &Settings) -> String {
    let secret = settings.secret.as_deref().unwrap_or_default();
    let more = settings.more.as_ref().and_then(|more| more.secret.as_deref()).unwrap_or_default();
    let basic = base64(format!("user:{secret}").as_bytes());
    text.replace("{secret}", secret).replace("{more}", more).replace("{basic}", &basic)
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let at = |n: usize| u32::from(group.get(n).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for n in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * n) & 63) as usize];
            text.push(if n <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
