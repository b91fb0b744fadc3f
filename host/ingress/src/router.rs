//! Decides whose a request is, and takes one of ours through its checks, in this order: method, coding, the address's rate,
//! declared length, key, address, the key's rate, content type, body, signature, JSON, the automation's state, idempotency key. The first that fails is the answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use hookbox_model::{AutomationId, CaptureId, Timestamp};
use hookbox_store::Store;
use hookbox_vault::Vault;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Version, header};
use http_body::Body;
use hyper::body::Incoming;
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

use crate::answer;
use crate::auth::{self, Verified};
use crate::body::{self, Pace};
use crate::capture::{self, Purpose, Received};
use crate::config::Config;
use crate::metrics::Metrics;
use crate::rates::Rates;
use crate::refusal::Refusal;
use crate::request_id::RequestId;
use crate::signature;
use crate::source::source;
use crate::triggers::{KnownTrigger, TriggerCache};
use crate::uses::Uses;

/// What every path of this door begins with.
const OURS: &str = "/automations/";

/// Whether a request for `path` is for this door.
pub(crate) fn is_ours(path: &str) -> bool {
    path.starts_with(OURS)
}

/// Answers requests for this door.
pub(crate) struct Router {
    store: Arc<dyn Store>,
    config: Config,
    pace: Pace,
    metrics: Metrics,
    triggers: TriggerCache,
    rates: Rates,
    uses: Uses,
}

impl Router {
    pub(crate) fn new(store: Arc<dyn Store>, vault: Vault, config: Config, metrics: Metrics) -> Self {
        let (pace, triggers) = (Pace::of(&config), TriggerCache::new(&config, vault));
        let (rates, uses) = (Rates::new(&config), Uses::new(&config));
        Self { store, config, pace, metrics, triggers, rates, uses }
    }

    /// Answers a request whose path is ours, from a connection with `peer`.
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Bytes> {
        let (began, new) = (Instant::now(), Uuid::now_v7());
        let (parts, mut body) = request.into_parts();
        let request_id = RequestId::of(&parts.headers, new);
        let span = tracing::debug_span!("request", request.id = %request_id, automation.id = Empty, capture.id = Empty);
        let taken = self.take(&parts, &mut body, peer, CaptureId::from_uuid(new)).instrument(span).await;
        match taken {
            Ok((capture, Purpose::Test)) => answer::captured(parts.headers, &request_id, capture, Purpose::Test),
            Ok((capture, Purpose::Run)) => {
                // A repetition is answered with the id of the first request, which is never this one's.
                let counter = if capture.uuid() == new { &self.metrics.captures } else { &self.metrics.repetitions };
                counter.inc();
                self.metrics.capture.observe(began.elapsed().as_secs_f64());
                answer::captured(parts.headers, &request_id, capture, Purpose::Run)
            }
            Err(refusal) => {
                let mut response = self.refuse(&refusal, &request_id);
                if !body::discard_ready(&mut body).await {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                response
            }
        }
    }

    /// Refuses a request, ours or not, for what its head is like: the connection ends.
    pub(crate) fn refuse_head(&self, refusal: &Refusal, headers: &HeaderMap) -> Response<Bytes> {
        let mut response = self.refuse(refusal, &RequestId::of(headers, Uuid::now_v7()));
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }

    fn refuse(&self, refusal: &Refusal, request_id: &RequestId) -> Response<Bytes> {
        let (status, title) = refusal.kind();
        self.metrics.refusals.count(status);
        tracing::debug!(request.id = %request_id, status = status.as_u16(), problem = title, "a request was refused");
        answer::refused(refusal, request_id, self.config.retry_after_s)
    }

    async fn take(
        &self,
        parts: &Parts,
        body: &mut Incoming,
        peer: IpAddr,
        id: CaptureId,
    ) -> Result<(CaptureId, Purpose), Refusal> {
        let (name, purpose) = automation_name(parts)?;
        let headers = &parts.headers;
        if is_encoded(headers) {
            return Err(Refusal::Encoding);
        }
        let address = source(peer, headers, &self.config.trusted_proxies);
        self.rates.address(address)?;
        let received_at = now();
        let trigger = self.trigger(name).await?;
        let verified = auth::verify(headers, trigger, received_at);
        // To a caller without a key every automation seems to have the same limit, whether it is there or not.
        let limit_bytes = verified.as_ref().map_or(self.config.body_bytes_max, |verified| self.limit_of(verified));
        if body.size_hint().exact().is_some_and(|declared| declared > limit_bytes) {
            return Err(Refusal::BodyTooLarge { limit_bytes });
        }
        let verified = verified?;
        if !verified.known().allows(address) {
            return Err(Refusal::Address);
        }
        self.rates.key(verified.key(), verified.known().trigger().rate)?;
        self.uses.note(&self.store, verified.known().trigger(), verified.key(), received_at);
        if !is_json(headers) {
            return Err(Refusal::ContentType);
        }
        let body = body::read(body, limit_bytes, self.pace).await?;
        let tolerance_s = self.config.signature_tolerance_s;
        // The body may have taken its time: the signature's age counts at its end.
        let is_signed = signature::check(verified.known(), headers, &body, now(), tolerance_s)?;
        let received = Received { id, purpose, verified, headers, is_signed, body, received_at };
        let capture = capture::capture(&*self.store, received, self.config.json).await?;
        let span = tracing::Span::current();
        span.record("capture.id", tracing::field::display(capture));
        tracing::debug!("a request was captured");
        Ok((capture, purpose))
    }

    /// The trigger of the automation called `name`. A name that is no id is that of an automation nobody has.
    async fn trigger(&self, name: &str) -> Result<Option<Arc<KnownTrigger>>, Refusal> {
        let Ok(automation) = name.parse::<AutomationId>() else { return Ok(None) };
        tracing::Span::current().record("automation.id", tracing::field::display(automation));
        self.triggers.get(&*self.store, automation).await.map_err(|error| Refusal::of_store(&error))
    }

    fn limit_of(&self, verified: &Verified) -> u64 {
        let own = verified.known().trigger().body_bytes_max;
        own.map_or(self.config.body_bytes_max, |own| own.min(self.config.body_bytes_ceiling))
    }
}

/// What is wrong with a request's head, whoever it is for, if anything is.
pub(crate) fn head_fault(request: &Request<Incoming>, length_is_ambiguous: bool) -> Option<Refusal> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let one_host = hosts.next().is_some() && hosts.next().is_none();
    if length_is_ambiguous {
        Some(Refusal::Ambiguous)
    } else if !one_host && request.version() >= Version::HTTP_11 {
        Some(Refusal::Host)
    } else {
        None
    }
}

/// Who is meant by a POST to `/automations/{name}`, or to `/automations/{name}/test`.
fn automation_name(parts: &Parts) -> Result<(&str, Purpose), Refusal> {
    let path = parts.uri.path().strip_prefix(OURS);
    let (name, purpose) = match path.and_then(|path| path.strip_suffix("/test")) {
        Some(name) => (Some(name), Purpose::Test),
        None => (path, Purpose::Run),
    };
    match name {
        Some(name) if !name.is_empty() && !name.contains('/') => {
            if parts.method == Method::POST {
                Ok((name, purpose))
            } else {
                Err(Refusal::Method)
            }
        }
        Some(_) | None => Err(Refusal::NotFound),
    }
}

fn is_encoded(headers: &HeaderMap) -> bool {
    let other_than = |name: HeaderName, plain: &str| {
        headers.get_all(name).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(plain.as_bytes()))
    };
    other_than(header::CONTENT_ENCODING, "identity") || other_than(header::TRANSFER_ENCODING, "chunked")
}

/// Whether the one content type is `application/json` or `application/*+json`, in UTF-8 if it names a charset.
fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    if value == "application/json" {
        return true;
    }
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let Some(subtype) = media_type.strip_prefix("application/") else { return false };
    let is_json = subtype == "json" || subtype.strip_suffix("+json").is_some_and(|front| !front.is_empty());
    is_json && parts.all(is_utf8_or_no_charset)
}

fn is_utf8_or_no_charset(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return parameter.is_empty() };
    !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{automation_name, is_encoded, is_json};
    use crate::capture::Purpose;
    use crate::refusal::Refusal;
    use http::{HeaderMap, HeaderName, HeaderValue, Request, header};

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).expect("a header value"));
        }
        headers
    }

    #[test]
    fn json_in_utf8_is_accepted_under_each_of_its_names() {
        for (values, accepted) in [
            (&["application/json"][..], true),
            (&["Application/JSON; charset=UTF-8"], true),
            (&["application/json;charset=\"utf-8\";"], true),
            (&["application/cloudevents+json; version=1"], true),
            (&["application/json; charset=latin1"], false),
            (&["application/json; charset"], false),
            (&["application/+json"], false),
            (&["application/jsonx"], false),
            (&["text/json"], false),
            (&["text/plain"], false),
            (&[""], false),
            (&[], false),
            (&["application/json", "application/json"], false),
            (&["application/json, text/plain"], false),
        ] {
            assert_eq!(is_json(&headers(header::CONTENT_TYPE, values)), accepted, "{values:?}");
        }
    }

    #[test]
    fn only_plain_bodies_are_accepted() {
        for (name, value, encoded) in [
            (header::CONTENT_ENCODING, "identity", false),
            (header::CONTENT_ENCODING, "gzip", true),
            (header::CONTENT_ENCODING, "", true),
            (header::TRANSFER_ENCODING, "chunked", false),
            (header::TRANSFER_ENCODING, "gzip, chunked", true),
        ] {
            assert_eq!(is_encoded(&headers(name, &[value])), encoded, "{value:?}");
        }
    }

    #[test]
    fn a_webhook_url_ends_with_one_name_and_takes_post() {
        for (method, path, expected) in [
            ("POST", "/automations/aut_1", Ok(("aut_1", Purpose::Run))),
            ("POST", "/automations/aut_1?wait=3", Ok(("aut_1", Purpose::Run))),
            ("POST", "http://example.test/automations/x", Ok(("x", Purpose::Run))),
            ("GET", "/automations/x", Err(Refusal::Method)),
            ("BREW", "/automations/x", Err(Refusal::Method)),
            ("POST", "/automations/x/test", Ok(("x", Purpose::Test))),
            ("GET", "/automations/x/test", Err(Refusal::Method)),
            ("POST", "/automations//test", Err(Refusal::NotFound)),
            ("POST", "/automations/x/y/test", Err(Refusal::NotFound)),
            ("POST", "/automations/", Err(Refusal::NotFound)),
            ("GET", "/automations/x/", Err(Refusal::NotFound)),
            ("POST", "/automations/x/y", Err(Refusal::NotFound)),
        ] {
            let request = Request::builder().method(method).uri(path).body(()).expect("a request");
            assert_eq!(automation_name(&request.into_parts().0), expected, "{method} {path}");
        }
    }
}
