//! Decides whose a request is, and takes one of ours through its checks: method, coding, the address's rate, then, for an
//! automation, declared length, key, address, the key's rate, content type, wait, body, signature, JSON, the automation's state,
//! idempotency key; `reception` has those for an inbox. The first that fails is the answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hookbox_model::{AutomationId, AutomationState, CaptureId};
use hookbox_store::Store;
use hookbox_vault::Vault;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use hyper::body::Incoming;
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

use crate::answer;
use crate::auth::{self, Verified};
use crate::body::{self, Pace};
use crate::capture::{self, Purpose, Received};
use crate::clock::now;
use crate::config::Config;
use crate::head;
use crate::metrics::Metrics;
use crate::rates::Rates;
use crate::reception::Reception;
use crate::refusal::Refusal;
use crate::request_id::RequestId;
use crate::signature;
use crate::source::source;
use crate::told::Normalise;
use crate::triggers::{KnownTrigger, TriggerCache};
use crate::uses::Uses;
use crate::wait::{self, Wait, Waits};

/// What the paths of webhook URLs begin with.
const AUTOMATIONS: &str = "/automations/";

/// What the paths that channels are told begin with.
const INBOXES: &str = "/inboxes/";

/// Whether a request for `path` is for this door.
pub(crate) fn is_ours(path: &str) -> bool {
    path.starts_with(AUTOMATIONS) || path.starts_with(INBOXES)
}

/// What a path of ours names.
#[derive(Debug, PartialEq, Eq)]
enum Route<'a> {
    /// `/automations/{name}`, or `/automations/{name}/test`.
    Automation(&'a str, Purpose),
    /// `/inboxes/{name}/incoming`.
    Inbox(&'a str),
}

/// What became of a request that was not refused.
enum Taken {
    /// It is captured, and its sender may want to wait for the run's result.
    Captured(CaptureId, Option<Wait>),
    /// It is kept to be looked at.
    Tested(CaptureId),
    /// What a channel told is stored.
    Received,
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
    reception: Reception,
    waits: Waits,
}

impl Router {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        vault: Vault,
        normalise: Arc<Normalise>,
        config: Config,
        metrics: Metrics,
    ) -> Self {
        let reception = Reception::new(Arc::clone(&store), vault.clone(), normalise, &config);
        let (pace, triggers) = (Pace::of(&config), TriggerCache::new(&config, vault));
        let (rates, uses, waits) = (Rates::new(&config), Uses::new(&config), Waits::new(&config));
        Self { store, config, pace, metrics, triggers, rates, uses, reception, waits }
    }

    /// The address that a request from a connection with `peer` is taken to be from.
    pub(crate) fn source(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        source(peer, headers, &self.config.trusted_proxies)
    }

    /// Answers a request whose path is ours, from a connection with `peer`.
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Bytes> {
        let (began, new) = (Instant::now(), Uuid::now_v7());
        let (parts, mut body) = request.into_parts();
        let request_id = RequestId::of(&parts.headers, new);
        let span = tracing::debug_span!(
            "request",
            request.id = %request_id,
            automation.id = Empty,
            capture.id = Empty,
            inbox.id = Empty
        );
        let taken = self.take(&parts, &mut body, peer, new).instrument(span).await;
        match taken {
            Ok(Taken::Received) => {
                self.metrics.incoming.inc();
                answer::received(&request_id)
            }
            Ok(Taken::Tested(capture)) => answer::captured(parts.headers, &request_id, capture, Purpose::Test),
            Ok(Taken::Captured(capture, wait)) => {
                // A repetition is answered with the id of the first request, which is never this one's.
                let counter = if capture.uuid() == new { &self.metrics.captures } else { &self.metrics.repetitions };
                counter.inc();
                self.metrics.capture.observe(began.elapsed().as_secs_f64());
                let Some(wait) = wait else {
                    return answer::captured(parts.headers, &request_id, capture, Purpose::Run);
                };
                // Nothing of the request stays in memory while its sender waits.
                let request_id = request_id.detached();
                drop((parts, body));
                Box::pin(self.answer_when_finished(&request_id, capture, wait)).await
            }
            Err(refusal) => {
                let mut response = self.refuse(&refusal, &request_id);
                // Where a broken body ends nobody knows, and so not where the next request begins.
                if refusal == Refusal::BodyBroken || !body::discard_ready(&mut body).await {
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

    async fn take(&self, parts: &Parts, body: &mut Incoming, peer: IpAddr, new: Uuid) -> Result<Taken, Refusal> {
        let route = route(parts)?;
        let headers = &parts.headers;
        if head::is_encoded(headers) {
            return Err(Refusal::Encoding);
        }
        let address = self.source(peer, headers);
        self.rates.address(address)?;
        match route {
            Route::Automation(name, purpose) => {
                let id = CaptureId::from_uuid(new);
                self.capture((name, purpose), parts, body, address, id).await
            }
            Route::Inbox(name) => {
                // Boxed so that it does not make every capture's future larger.
                Box::pin(self.reception.receive(name, headers, body, &self.rates, new)).await?;
                Ok(Taken::Received)
            }
        }
    }

    async fn capture(
        &self,
        (name, purpose): (&str, Purpose),
        parts: &Parts,
        body: &mut Incoming,
        address: IpAddr,
        id: CaptureId,
    ) -> Result<Taken, Refusal> {
        let (headers, received_at) = (&parts.headers, now());
        let trigger = self.trigger(name).await?;
        let verified = auth::verify(headers, trigger, received_at);
        // To a caller without a key every automation seems to have the same limit, whether it is there or not.
        let limit_bytes = verified.as_ref().map_or(self.config.body_bytes_max, |verified| self.limit_of(verified));
        body::check_declared(body, limit_bytes)?;
        let verified = verified?;
        if !verified.known().allows(address) {
            return Err(Refusal::Address);
        }
        self.rates.key(verified.key(), verified.known().trigger().rate)?;
        self.uses.note(&self.store, verified.known().trigger(), verified.key(), received_at);
        if !head::is_json(headers) {
            return Err(Refusal::ContentType);
        }
        let wait = wait::wanted(parts.uri.query())?.map(|wanted| wait_of(verified.known(), wanted));
        let body = body::read(body, limit_bytes, self.pace).await?;
        let tolerance_s = self.config.signature_tolerance_s;
        // The body may have taken its time: the signature's age counts at its end.
        let is_signed = signature::check(verified.known(), headers, &body, now(), tolerance_s)?;
        let received = Received { id, purpose, verified, headers, is_signed, body, received_at, from: address };
        let capture = capture::capture(&*self.store, received, self.config.json).await?;
        let span = tracing::Span::current();
        span.record("capture.id", tracing::field::display(capture));
        tracing::debug!("a request was captured");
        Ok(match purpose {
            Purpose::Run => Taken::Captured(capture, wait),
            Purpose::Test => Taken::Tested(capture),
        })
    }

    /// Answers a request that is captured and whose sender wants to wait for the run's result.
    async fn answer_when_finished(&self, request_id: &RequestId, capture: CaptureId, wait: Wait) -> Response<Bytes> {
        match self.waits.result(&*self.store, capture.retyped(), wait).await {
            Some(run) => answer::finished(request_id, capture, &run),
            None => answer::captured(HeaderMap::new(), request_id, capture, Purpose::Run),
        }
    }

    /// The host stops: whoever waits for a result gets the plain answer.
    pub(crate) fn end_waits(&self) {
        self.waits.end();
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

/// The wait for a run of the trigger. While the automation is paused its runs are held, and there is nothing to wait for but
/// what is final already.
fn wait_of(known: &KnownTrigger, wanted: Duration) -> Wait {
    let trigger = known.trigger();
    let longest = match trigger.state {
        AutomationState::Paused => Duration::ZERO,
        AutomationState::Draft | AutomationState::Live | AutomationState::Archived => wanted,
    };
    Wait { workspace: trigger.workspace, longest }
}

/// Who is meant by a POST.
fn route(parts: &Parts) -> Result<Route<'_>, Refusal> {
    let path = parts.uri.path();
    let route = match path.strip_prefix(AUTOMATIONS) {
        Some(rest) => match rest.strip_suffix("/test") {
            Some(name) => Some((name, Route::Automation(name, Purpose::Test))),
            None => Some((rest, Route::Automation(rest, Purpose::Run))),
        },
        None => {
            let name = path.strip_prefix(INBOXES).and_then(|rest| rest.strip_suffix("/incoming"));
            name.map(|name| (name, Route::Inbox(name)))
        }
    };
    match route {
        Some((name, route)) if !name.is_empty() && !name.contains('/') => {
            if parts.method == Method::POST {
                Ok(route)
            } else {
                Err(Refusal::Method)
            }
        }
        Some(_) | None => Err(Refusal::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, is_ours, route};
    use crate::capture::Purpose;
    use crate::refusal::Refusal;
    use http::Request;

    #[test]
    fn a_url_of_ours_ends_with_one_name_and_takes_post() {
        let (run, test) =
            (|name| Ok(Route::Automation(name, Purpose::Run)), |name| Ok(Route::Automation(name, Purpose::Test)));
        for (method, path, expected) in [
            ("POST", "/automations/aut_1", run("aut_1")),
            ("POST", "/automations/aut_1?wait=3", run("aut_1")),
            ("POST", "http://example.test/automations/x", run("x")),
            ("GET", "/automations/x", Err(Refusal::Method)),
            ("BREW", "/automations/x", Err(Refusal::Method)),
            ("POST", "/automations/x/test", test("x")),
            ("GET", "/automations/x/test", Err(Refusal::Method)),
            ("POST", "/automations//test", Err(Refusal::NotFound)),
            ("POST", "/automations/x/y/test", Err(Refusal::NotFound)),
            ("POST", "/automations/", Err(Refusal::NotFound)),
            ("GET", "/automations/x/", Err(Refusal::NotFound)),
            ("POST", "/automations/x/y", Err(Refusal::NotFound)),
            ("POST", "/automations/x/incoming", Err(Refusal::NotFound)),
            ("POST", "/inboxes/inb_1/incoming", Ok(Route::Inbox("inb_1"))),
            ("POST", "/inboxes/inb_1/incoming?a=b", Ok(Route::Inbox("inb_1"))),
            ("GET", "/inboxes/inb_1/incoming", Err(Refusal::Method)),
            ("POST", "/inboxes//incoming", Err(Refusal::NotFound)),
            ("POST", "/inboxes/x/y/incoming", Err(Refusal::NotFound)),
            ("POST", "/inboxes/incoming", Err(Refusal::NotFound)),
            ("POST", "/inboxes/x", Err(Refusal::NotFound)),
            ("POST", "/inboxes/x/test", Err(Refusal::NotFound)),
            ("POST", "/inboxes/x/incoming/", Err(Refusal::NotFound)),
        ] {
            let (parts, ()) = Request::builder().method(method).uri(path).body(()).expect("a request").into_parts();
            assert_eq!(route(&parts), expected, "{method} {path}");
            assert!(is_ours(parts.uri.path()), "{path}");
        }
    }
}
