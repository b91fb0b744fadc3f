//! What one call does over HTTP: made when a guest first touches `wasi:http`, and gone with the call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hookbox_model::{Grants, LogLevel, WorkspaceId};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::Door;
use super::body::Upload;
use super::fields::{bytes_of, is_forbidden};
use super::record::Record;
use super::refusal::Refusal;
use super::sending::{Sending, Times};
use super::target::Target;
use crate::log::SharedLog;
use crate::secrets::{Secrets, SwapError};
use crate::stop::Stop;

/// What a repetition of a request is recognised by.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Bytes that a guest may write into the body of a request before they are sent. A guest can begin as many bodies as a step has
/// requests, so that this bounds them all.
const CHUNK_BYTES_MAX: usize = 16 * 1024;

/// What `handle` answers: an answer, and what goes on beside its body (nothing: the client has tasks of its own).
type Answered = Result<(Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>), Error>;

/// A step's HTTP.
pub(crate) struct HttpCall {
    door: Arc<Door>,
    around: Around,
    /// Requests that the guest made, sent or not.
    requests: u32,
    /// Bodies of requests that the guest began.
    bodies: u32,
    /// Bytes of header fields that the guest wrote.
    field_bytes: u64,
    at_once: usize,
    places: Arc<Semaphore>,
    records: Vec<Arc<Record>>,
    is_over: Arc<AtomicBool>,
}

/// What a step's HTTP has to know of its call.
pub(crate) struct Around {
    pub(crate) workspace: WorkspaceId,
    pub(crate) grants: Arc<Grants>,
    pub(crate) secrets: Option<Arc<Secrets>>,
    pub(crate) log: SharedLog,
    /// What idempotency keys begin with; the number of the request follows.
    pub(crate) step_key: String,
    /// Only what changes nothing is sent.
    pub(crate) rehearsal: bool,
}

impl HttpCall {
    /// No request yet.
    pub(crate) fn new(door: Arc<Door>, around: Around) -> Self {
        let at_once = (door.config.requests_at_once_max as usize).min(Semaphore::MAX_PERMITS);
        Self {
            door,
            around,
            requests: 0,
            bodies: 0,
            field_bytes: 0,
            at_once,
            places: Arc::new(Semaphore::new(at_once)),
            records: Vec::new(),
            is_over: Arc::default(),
        }
    }

    /// Whether a request, or the body of its answer, is open.
    pub(crate) fn is_waiting(&self) -> bool {
        self.places.available_permits() < self.at_once
    }

    /// Charges header fields that the guest writes: all of them together are bounded, not only those of one request, because a
    /// guest can hold thousands that it never sends.
    pub(crate) fn charge_fields(&mut self, bytes: usize) -> Result<(), Stop> {
        let config = &self.door.config;
        let max = config.header_bytes_max.saturating_mul(config.requests_max.into());
        self.field_bytes = self.field_bytes.saturating_add(bytes as u64);
        if self.field_bytes > max { Err(Stop::HttpFields { limit_bytes: max }) } else { Ok(()) }
    }

    /// Everything that is decided before anything waits.
    fn admit(&mut self, request: Request<WasiBody>, options: Option<RequestOptions>) -> Result<Sending, Refusal> {
        let config = &self.door.config;
        self.requests = self.requests.saturating_add(1);
        if self.requests > config.requests_max {
            return Err(Refusal::TooMany { max: config.requests_max });
        }
        let (parts, body) = request.into_parts();
        let target = Target::read(&parts.method, &parts.uri)?;
        self.check(&target)?;
        let headers = self.headers(&target, parts.headers)?;
        let config = &self.door.config;
        let record = Arc::new(Record::begin(target.shown(), Arc::clone(&self.around.log)));
        self.records.push(Arc::clone(&record));
        Ok(Sending {
            body: Upload::new(body, config.request_bytes_max, Arc::clone(&self.is_over)),
            times: Times::new(config, options),
            door: Arc::clone(&self.door),
            workspace: self.around.workspace,
            places: Arc::clone(&self.places),
            secrets: self.around.secrets.clone(),
            target,
            headers,
            record,
        })
    }

    fn check(&self, target: &Target) -> Result<(), Refusal> {
        let Self { door, around, .. } = self;
        let wanted = target.of_grants();
        around.grants.check_http(wanted).map_err(|denied| Refusal::NotGranted(denied.to_string()))?;
        let what = || target.shown();
        if !door.config.allowed_hosts.iter().any(|scope| scope.covers(wanted)) {
            return Err(Refusal::NotAllowed { what: what() });
        }
        if !door.clients.addresses().admit(&target.url) {
            return Err(Refusal::Address { what: what() });
        }
        if around.rehearsal && target.is_unsafe() {
            return Err(Refusal::DryRun { what: what() });
        }
        Ok(())
    }

    fn headers(&self, target: &Target, mut headers: HeaderMap) -> Result<HeaderMap, Refusal> {
        let max = self.door.config.header_bytes_max;
        if bytes_of(&headers) > max {
            return Err(Refusal::RequestHeaders { max });
        }
        // The client sets it, from the URL that everything was decided by.
        headers.remove(header::HOST);
        if let Some(secrets) = &self.around.secrets {
            let what = || target.shown();
            secrets.swap(&mut headers, target.of_grants()).map_err(|error| match error {
                SwapError::Elsewhere(secret) => Refusal::SecretElsewhere { what: what(), secret },
                SwapError::NotForHeaders(secret) => Refusal::SecretText { what: what(), secret },
            })?;
        }
        if target.is_unsafe() && !headers.contains_key(IDEMPOTENCY_KEY) {
            let key = format!("{}:{}", self.around.step_key, self.requests);
            headers.insert(IDEMPOTENCY_KEY, HeaderValue::try_from(key).map_err(|_| Refusal::Host)?);
        }
        Ok(headers)
    }
}

impl WasiHttpHooks for HttpCall {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> wasmtime_wasi_http::ForbiddenHeaderFilter {
        Arc::new(is_forbidden)
    }

    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Answered> + Send> {
        match self.admit(request, options) {
            Ok(sending) => Box::new(async move {
                let answer = sending.send().await?;
                Ok((answer, Box::new(std::future::ready(Ok(()))) as Box<dyn Future<Output = _> + Send>))
            }),
            Err(refusal) => {
                let level = if matches!(refusal, Refusal::DryRun { .. }) { LogLevel::Info } else { LogLevel::Warn };
                self.around.log.lock().write(level, &refusal.to_string());
                Box::new(std::future::ready(Err(refusal.into())))
            }
        }
    }

    /// Asked for once for each body that a guest begins. One that can never be sent holds next to nothing.
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        self.bodies = self.bodies.saturating_add(1);
        if self.bodies > self.door.config.requests_max { 1 } else { CHUNK_BYTES_MAX }
    }
}

impl Drop for HttpCall {
    /// The step is over: what is still under way is given up (its tasks go with the call's resources), and says so.
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        self.records.iter().for_each(|record| record.left());
    }
}
