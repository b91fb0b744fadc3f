//! A component as it is sent: streamed, counted, and in memory only as often as uploads are allowed at once.

use std::sync::Arc;
use std::time::Duration;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, Response, SchemaObject};
use aide::operation::set_body;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::door::Door;
use crate::given::{body_refusals, is_encoded, media_type};
use crate::refusal::Refusal;
use crate::telling::{News, Step};

/// The media types that a component is taken as, the registered one first.
const MEDIA_TYPES: [&str; 2] = ["application/wasm", "application/octet-stream"];

/// A component of which the head was read. What that says makes sense.
pub(crate) struct Component {
    body: Body,
    received: BytesMut,
    /// How many bytes are to come, if the sender says so.
    declared: Option<usize>,
    bytes_max: usize,
    timeout_ms: u64,
    end: Instant,
}

impl Component {
    /// Waits until it begins to come. A sender that asks first whether it may (`Expect: 100-continue`) is answered by that, and
    /// only as long as nothing else was.
    pub(crate) async fn begin(&mut self) -> Result<(), Refusal> {
        while self.received.is_empty() {
            if !self.receive_some().await? {
                return Err(empty());
            }
        }
        Ok(())
    }

    /// The whole component, while telling how much of it is there.
    pub(crate) async fn receive(mut self, news: &News) -> Result<Bytes, Refusal> {
        let of = self.declared.map(|bytes| bytes as u64);
        loop {
            news.tell(Step { phase: "receiving", done: Some(self.received.len() as u64), of });
            if !self.receive_some().await? {
                return Ok(self.received.freeze());
            }
        }
    }

    /// Whether anything more came.
    async fn receive_some(&mut self) -> Result<bool, Refusal> {
        let timeout_ms = self.timeout_ms;
        let frame = timeout_at(self.end, self.body.frame()).await.map_err(|_| Refusal::TooSlow { timeout_ms })?;
        let Some(frame) = frame else { return Ok(false) };
        let Ok(data) = frame.map_err(|_| broken("it ended before it was whole"))?.into_data() else { return Ok(true) };
        if data.len() > self.bytes_max - self.received.len() {
            return Err(Refusal::TooLarge { bytes_max: self.bytes_max });
        }
        if self.received.is_empty() {
            self.received.reserve(self.declared.unwrap_or_default().max(data.len()));
        }
        self.received.extend_from_slice(&data);
        Ok(true)
    }
}

impl FromRequest<Arc<Door>> for Component {
    type Rejection = Refusal;

    async fn from_request(request: Request, door: &Arc<Door>) -> Result<Self, Refusal> {
        let config = door.config();
        let (bytes_max, timeout_ms) = (config.component_bytes_max, config.upload_timeout_ms);
        let declared = declared(request.headers());
        match media_type(request.headers()).as_deref() {
            None if declared == Some(0) => return Err(empty()),
            Some(text) if MEDIA_TYPES.contains(&text) && !is_encoded(request.headers()) => {}
            None | Some(_) => return Err(Refusal::ContentType { wanted: "application/wasm" }),
        }
        if declared.is_some_and(|bytes| bytes > bytes_max) {
            return Err(Refusal::TooLarge { bytes_max });
        }
        let end = Instant::now() + Duration::from_millis(timeout_ms);
        Ok(Self { body: request.into_body(), received: BytesMut::new(), declared, bytes_max, timeout_ms, end })
    }
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn empty() -> Refusal {
    broken("it is empty; send the .wasm file")
}

fn broken(reason: &str) -> Refusal {
    Refusal::Body { reason: reason.to_owned() }
}

impl OperationInput for Component {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = schemars::json_schema!({ "type": "string", "format": "binary" });
        let schema = SchemaObject { json_schema, example: None, external_docs: None };
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        let content = MEDIA_TYPES.into_iter().map(|text| (text.to_owned(), media.clone())).collect();
        set_body(ctx, operation, RequestBody { content, required: true, ..RequestBody::default() });
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        body_refusals(ctx)
    }
}
