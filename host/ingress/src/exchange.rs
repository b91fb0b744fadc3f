//! Where a connection's current request stands, shared by the two ends of hyper that we hold: the socket below it and the
//! service above it. One request is answered at a time, so plain atomics do.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Nothing is owed: what hyper writes now is an answer of its own, to a head that it could not read.
const QUIET: u8 = 0;
/// A request is with the service, or its answer is not yet all with hyper.
const OWED: u8 = 1;
/// hyper has all of the answer; it is quiet again once that is flushed.
const HANDED_OVER: u8 = 2;

/// Where the current request of one connection stands.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    stage: AtomicU8,
    ambiguous: AtomicBool,
}

impl Exchange {
    /// The service got a request.
    pub(crate) fn begin(&self) {
        self.stage.store(OWED, Ordering::Relaxed);
    }

    /// Nothing is owed to the other side.
    pub(crate) fn is_quiet(&self) -> bool {
        self.stage.load(Ordering::Relaxed) == QUIET
    }

    /// Everything that hyper was given is written. Whether that ended an exchange.
    pub(crate) fn flushed(&self) -> bool {
        let ended = self.stage.load(Ordering::Relaxed) == HANDED_OVER;
        if ended {
            self.stage.store(QUIET, Ordering::Relaxed);
        }
        ended
    }

    /// A head on this connection gave the length of its body in more than one way.
    pub(crate) fn set_ambiguous(&self) {
        self.ambiguous.store(true, Ordering::Relaxed);
    }

    /// Whether any head did. Nothing more on such a connection is trusted.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.ambiguous.load(Ordering::Relaxed)
    }
}

/// The body of an answer: ours, or that of the door behind us. hyper drops it when it has all of it.
#[derive(Debug)]
pub(crate) struct Answer<B> {
    content: Content<B>,
    exchange: Arc<Exchange>,
}

#[derive(Debug)]
enum Content<B> {
    Ours(Option<Bytes>),
    Rest(B),
}

impl<B> Answer<B> {
    pub(crate) fn ours(bytes: Bytes, exchange: &Arc<Exchange>) -> Self {
        Self { content: Content::Ours(Some(bytes)), exchange: Arc::clone(exchange) }
    }

    pub(crate) fn rest(body: B, exchange: &Arc<Exchange>) -> Self {
        Self { content: Content::Rest(body), exchange: Arc::clone(exchange) }
    }
}

impl<B> Drop for Answer<B> {
    fn drop(&mut self) {
        self.exchange.stage.store(HANDED_OVER, Ordering::Relaxed);
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Answer<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut self.content {
            Content::Ours(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Rest(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Ours(bytes) => bytes.is_none(),
            Content::Rest(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Ours(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Content::Rest(body) => body.size_hint(),
        }
    }
}
