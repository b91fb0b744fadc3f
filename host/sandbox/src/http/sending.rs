//! Sends one request that was let through, within its times.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_egress::{Failure, causes, reqwest};
use hookbox_model::WorkspaceId;
use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::body::{Download, Upload, UploadError};
use super::fields::bytes_of;
use super::record::Record;
use super::refusal::Refusal;
use super::target::Target;
use super::{Door, HttpConfig};
use crate::secrets::Secrets;

/// A request with all that it takes to send it.
pub(super) struct Sending {
    pub(super) target: Target,
    pub(super) headers: HeaderMap,
    pub(super) body: Upload,
    pub(super) times: Times,
    pub(super) door: Arc<Door>,
    pub(super) workspace: WorkspaceId,
    pub(super) places: Arc<Semaphore>,
    pub(super) secrets: Option<Arc<Secrets>>,
    pub(super) record: Arc<Record>,
}

/// How long a request may take: what the operator allows, or less when the guest asks for less.
pub(super) struct Times {
    /// For a place among the step's requests.
    place: Duration,
    /// From there to the head of the answer. The client has a limit of its own for the connection.
    head: Duration,
    between_bytes: Duration,
}

impl Times {
    pub(super) fn new(config: &HttpConfig, asked: Option<RequestOptions>) -> Self {
        let asked = asked.unwrap_or_default();
        let least = |ms, asked: Option<Duration>| {
            let allowed = Duration::from_millis(ms);
            asked.map_or(allowed, |asked| asked.min(allowed))
        };
        let connect = least(config.connect_timeout_ms, asked.connect_timeout);
        let first_byte = least(config.first_byte_timeout_ms, asked.first_byte_timeout);
        // A guest that asks for the first byte only means all of the time until then.
        let first_byte_only = asked.first_byte_timeout.is_some() && asked.connect_timeout.is_none();
        Self {
            place: connect,
            head: if first_byte_only { first_byte } else { connect + first_byte },
            between_bytes: least(config.between_bytes_timeout_ms, asked.between_bytes_timeout),
        }
    }
}

impl Sending {
    /// Sends it and waits for the head of its answer, whose body comes as it is read.
    pub(super) async fn send(self) -> Result<Response<WasiBody>, Error> {
        let record = Arc::clone(&self.record);
        match self.answer().await {
            Ok(answer) => {
                record.answered(answer.status().as_u16());
                Ok(answer)
            }
            Err(refusal) => {
                record.failed(&refusal);
                Err(refusal.into())
            }
        }
    }

    async fn answer(self) -> Result<Response<WasiBody>, Refusal> {
        let config = &self.door.config;
        let asked = self.target.clone();
        let place = self.place().await?;
        let target = (self.target.transport, &self.target.url);
        let client = self.door.clients.of(self.workspace, target, Instant::now());
        let client = client.map_err(|error| {
            tracing::error!(%error, "plugins cannot call other machines");
            Refusal::Host
        })?;
        let mut request = reqwest::Request::new(self.target.method, self.target.url);
        *request.headers_mut() = self.headers;
        *request.body_mut() = Some(reqwest::Body::wrap(self.body));
        let answer = timeout(self.times.head, client.execute(request)).await.map_err(|_| Refusal::NoAnswer)?;
        let answer = answer.map_err(|error| refusal_of(&error, config))?;
        let (mut parts, body) = Response::<reqwest::Body>::from(answer).into_parts();
        let max = config.header_bytes_max;
        if bytes_of(&parts.headers) > max {
            return Err(Refusal::ResponseHeaders { max });
        }
        if let Some(secrets) = &self.secrets {
            secrets.hide(&mut parts.headers, asked.of_grants());
        }
        let body = Download::new(body, place, config.response_bytes_max, self.times.between_bytes);
        Ok(Response::from_parts(parts, body.boxed_unsync()))
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let free = timeout(self.times.place, Arc::clone(&self.places).acquire_owned()).await;
        let max = self.door.config.requests_at_once_max;
        free.ok().and_then(Result::ok).ok_or(Refusal::TooManyAtOnce { max })
    }
}

fn refusal_of(error: &reqwest::Error, config: &HttpConfig) -> Refusal {
    match causes(error).find_map(|cause| cause.downcast_ref::<UploadError>()) {
        Some(UploadError::TooLong) => Refusal::RequestBody { max: config.request_bytes_max },
        Some(UploadError::Unfinished) => Refusal::Unfinished,
        None => Refusal::Failed(Failure::of(error)),
    }
}
