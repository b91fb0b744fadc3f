//! The admin page: static files, and nothing that a request could change.
//!
//! `/` leads to `/app/`; everything below `/app/` is the one document, whose script knows the pages; `/ui/…` are its files. The
//! document names them below a folder that is called after their content (`/ui/@4f2a…/app.js`), so that a browser keeps them for
//! good and a new version of the program never meets files of an old one; there a file comes with all that it imports. Without that
//! folder each is served as it stands in the repository, and asked about each time.
//!
//! Called by the router for every path that no route has. Whatever is answered here carries the headers that keep foreign
//! script out; what is asked for elsewhere is left to the API's refusals.

mod files;
mod joined;
mod media;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::config::Config;
use crate::refusal::Refusal;
use files::{File, Files};

/// Files of this host only: no inline script, no style in HTML, no frames, no forms to elsewhere.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// What the page never asks a browser for.
const NEVER_WANTED: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), \
    fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";

/// The headers of everything that is answered here.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// The headers that only a document obeys; its many files go without their weight.
const DOCUMENT_HEADERS: [(HeaderName, HeaderValue); 2] = [
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(NEVER_WANTED)),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// The document, below `/ui/`.
const DOCUMENT: &str = "index.html";

/// What is named after its content never changes.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// What may change is asked about each time.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The page.
#[derive(Debug)]
pub(crate) struct Page {
    files: Files,
}

/// What a path means.
#[derive(Debug, PartialEq, Eq)]
enum Asked<'a> {
    /// Leads to the page.
    Front,
    /// A file, by its name below `ui`; `for_good` when its address says which content it has.
    File { name: &'a str, for_good: bool },
    /// Not ours.
    Nothing,
}

impl Page {
    /// The page as the program carries it, or from the folder of the settings.
    pub(crate) fn new(config: &Config) -> Self {
        Self { files: Files::of(&config.ui_dir) }
    }

    /// Answers what no route of the API has.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        let path = request.uri().path();
        let asked = asked(path, self.files.version());
        if asked == Asked::Nothing {
            return Refusal::NoSuchPath.into_response();
        }
        let is_document = !path.starts_with("/ui/");
        let mut response = if request.method() == Method::GET || request.method() == Method::HEAD {
            self.get(asked, request.headers()).await
        } else {
            let mut refused = Refusal::Method.into_response();
            refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
            refused
        };
        response.headers_mut().extend(HEADERS);
        if is_document {
            response.headers_mut().extend(DOCUMENT_HEADERS);
        }
        response
    }

    async fn get(&self, asked: Asked<'_>, headers: &HeaderMap) -> Response {
        let (name, for_good) = match asked {
            Asked::Front => return (StatusCode::FOUND, [(header::LOCATION, "/app/")]).into_response(),
            Asked::Nothing => return Refusal::NoSuchPath.into_response(),
            Asked::File { name, for_good } => (name, for_good),
        };
        match self.files.get(name, for_good).await {
            Some(file) => answered(&file, headers, if for_good { FOR_GOOD } else { ASK_AGAIN }),
            None => Refusal::NoSuchPath.into_response(),
        }
    }
}

/// What a path means, when files are of this version.
fn asked<'a>(path: &'a str, version: Option<&str>) -> Asked<'a> {
    if path == "/" || path == "/app" {
        return Asked::Front;
    }
    if path.starts_with("/app/") {
        return Asked::File { name: DOCUMENT, for_good: false };
    }
    let Some(rest) = path.strip_prefix("/ui/") else { return Asked::Nothing };
    match rest.strip_prefix('@').map(|named| named.split_once('/').unwrap_or((named, ""))) {
        None => Asked::File { name: rest, for_good: false },
        Some((folder, name)) if Some(folder) == version => Asked::File { name, for_good: true },
        // A page of an older version asks for what this program does not have; it is told so and loads itself anew.
        Some((_, _)) => Asked::File { name: "", for_good: false },
    }
}

/// The file, or that it is as it was, or that it is packed.
fn answered(file: &File, headers: &HeaderMap, caching: HeaderValue) -> Response {
    let mut response =
        if matches_tag(headers, file.tag()) { StatusCode::NOT_MODIFIED.into_response() } else { whole(file, headers) };
    let told = response.headers_mut();
    told.insert(header::ETAG, file.tag().clone());
    told.insert(header::CACHE_CONTROL, caching);
    told.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

fn whole(file: &File, headers: &HeaderMap) -> Response {
    let packed = if takes_gzip(headers) { file.packed() } else { None };
    let is_packed = packed.is_some();
    let body: Bytes = packed.unwrap_or_else(|| file.bytes());
    let mut response = ([(header::CONTENT_TYPE, file.media_type())], body).into_response();
    if is_packed {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether the browser has the file with this tag already.
fn matches_tag(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.as_bytes() == tag.as_bytes())
}

/// Whether the browser takes gzip: named, and not with a weight of nothing.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        named && !refused
    })
}

#[cfg(test)]
mod tests;
