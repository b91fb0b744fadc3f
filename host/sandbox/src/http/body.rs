//! Bodies on their way: counted, and ended with an error past their limit.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hookbox_egress::reqwest;
use http_body::{Body, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::{Error, WasiBody};

/// Why the body of a request ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum UploadError {
    /// It is longer than it may be.
    #[error("the body of the request is too long")]
    TooLong,
    /// The guest dropped it, or ended.
    #[error("the body of the request was not finished")]
    Unfinished,
}

/// The body of a request. Trailers are not sent.
pub(super) struct Upload {
    /// Never locked: the client wants bodies that threads may share, and this is the way to be one.
    body: Mutex<WasiBody>,
    left: u64,
    call_is_over: Arc<AtomicBool>,
}

impl Upload {
    /// At most `bytes_max` of `body`, as long as the call is not over.
    pub(super) fn new(body: WasiBody, bytes_max: u64, call_is_over: Arc<AtomicBool>) -> Self {
        Self { body: Mutex::new(body), left: bytes_max, call_is_over }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        let frame = ready!(Pin::new(self.body.get_mut()).poll_frame(context));
        let data = match frame.map(|frame| frame.map(Frame::into_data)) {
            // A guest that is gone leaves a body that looks complete, and is not.
            None if self.call_is_over.load(Ordering::Acquire) => {
                return Poll::Ready(Some(Err(UploadError::Unfinished)));
            }
            None | Some(Ok(Err(_))) => return Poll::Ready(None),
            Some(Err(_)) => return Poll::Ready(Some(Err(UploadError::Unfinished))),
            Some(Ok(Ok(data))) => data,
        };
        match self.left.checked_sub(data.len() as u64) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Some(Err(UploadError::TooLong))),
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.lock().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.lock().size_hint()
    }
}

/// The body of an answer, with the place that its request holds among those of its step. Trailers are dropped.
pub(super) struct Download {
    /// Gone at its end, and with it the place.
    open: Option<(reqwest::Body, OwnedSemaphorePermit)>,
    bytes_max: u64,
    left: u64,
    between_bytes: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Download {
    /// At most `bytes_max` of `body`, never standing still for longer than `between_bytes`.
    pub(super) fn new(
        body: reqwest::Body,
        place: OwnedSemaphorePermit,
        bytes_max: u64,
        between_bytes: Duration,
    ) -> Self {
        Self { open: Some((body, place)), bytes_max, left: bytes_max, between_bytes, pause: None }
    }

    fn end(&mut self, error: Error) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.open = None;
        Poll::Ready(Some(Err(error)))
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        loop {
            let Some((body, _)) = &mut this.open else { return Poll::Ready(None) };
            let Poll::Ready(frame) = Pin::new(body).poll_frame(context) else {
                let pause = this.pause.get_or_insert_with(|| Box::pin(sleep(this.between_bytes)));
                ready!(pause.as_mut().poll(context));
                return this.end(Error::ConnectionReadTimeout);
            };
            match frame.map(|frame| frame.map(Frame::into_data)) {
                None => {
                    this.open = None;
                    return Poll::Ready(None);
                }
                Some(Err(_)) => return this.end(Error::HttpResponseIncomplete),
                Some(Ok(Err(_))) => {}
                Some(Ok(Ok(data))) => {
                    // Only waiting counts: a guest may take its time with what it has.
                    this.pause = None;
                    match this.left.checked_sub(data.len() as u64) {
                        Some(left) => this.left = left,
                        None => return this.end(Error::HttpResponseBodySize(Some(this.bytes_max))),
                    }
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
            }
        }
    }
}
