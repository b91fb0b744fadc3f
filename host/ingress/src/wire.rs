//! A socket under hyper that knows what it waits for, and for how long.
//!
//! hyper's one timer cannot tell a connection that rests between requests from one that dribbles a head, and its own
//! answers to heads that it cannot read are empty. So this stands between hyper and the socket: it closes what stands
//! still, gives those answers their body, and before closing lets a sender read its refusal.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use uuid::Uuid;

use crate::answer;
use crate::exchange::Exchange;
use crate::framing::{Framing, Place};
use crate::metrics::Refusals;
use crate::refusal::Refusal;
use crate::request_id::RequestId;
use crate::waiting::{Alarm, Patience};

/// A connection's socket.
pub(crate) struct Wire<T> {
    stream: T,
    exchange: Arc<Exchange>,
    framing: Framing,
    patience: Patience,
    refusals: Refusals,
    alarm: Alarm,
    /// What is waited for, and since when.
    reading: Option<(Place, Instant)>,
    /// Since when the other side has not taken what we write.
    writing: Option<Instant>,
    /// An answer of our own that stands for hyper's, as far as it is not written.
    own: Bytes,
    refused: bool,
    linger: Option<Linger>,
}

#[derive(Debug, Clone, Copy)]
struct Linger {
    until: Instant,
    left_bytes: u64,
}

/// How much of what a refused sender still sends is read at one time.
const DISCARD_BYTES: usize = 8 << 10;

impl<T: AsyncRead + AsyncWrite + Unpin> Wire<T> {
    pub(crate) fn new(stream: T, exchange: Arc<Exchange>, patience: Patience, refusals: Refusals) -> Self {
        Self {
            stream,
            exchange,
            framing: Framing::default(),
            patience,
            refusals,
            alarm: Alarm::default(),
            reading: None,
            writing: None,
            own: Bytes::new(),
            refused: false,
            linger: None,
        }
    }

    fn follow(&mut self, bytes: &[u8]) {
        let head_ended = self.framing.follow(bytes);
        if (head_ended && self.framing.is_ambiguous()) || self.framing.is_lost() {
            self.exchange.set_ambiguous();
        }
        // Bytes of a body are progress. Bytes of a head are not: its time runs from its first byte to its last.
        if head_ended || self.framing.place() == Place::Body {
            self.reading = None;
        }
    }

    /// Nothing came. Waits on, if the other side owes us something and its time is not up.
    fn wait_to_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let place = self.framing.place();
        if place != Place::Body && !self.exchange.is_quiet() {
            return Poll::Pending;
        }
        let allowed = self.patience.for_place(place);
        let now = Instant::now();
        let since = match self.reading {
            Some((waited_for, since)) if waited_for == place => since,
            Some(_) | None => now,
        };
        self.reading = Some((place, since));
        if now < since + allowed {
            self.alarm.wake_by(cx, since + allowed);
            return Poll::Pending;
        }
        match place {
            // The end of the stream: hyper closes an idle connection without a word.
            Place::Between => Poll::Ready(Ok(())),
            Place::Head => {
                self.refuse(&Refusal::HeadTooSlow);
                // If the socket does not take it at once, the sender is not reading either.
                let _ = self.poll_own(cx);
                Poll::Ready(Ok(()))
            }
            Place::Body => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
        }
    }

    fn refuse(&mut self, refusal: &Refusal) {
        self.refusals.count(refusal.kind().0);
        let request_id = RequestId::Made(Uuid::now_v7());
        tracing::debug!(request.id = %request_id, problem = refusal.kind().1, "a request head was refused");
        // No 503 is among these refusals, so no `Retry-After` is written.
        self.own = answer::refused_bytes(refusal, &request_id, 0).into();
        self.refused = true;
    }

    /// Takes hyper's own answer to a head that it could not read, if `bytes` are one, and puts ours in its place.
    fn replace(&mut self, bytes: &[u8]) -> bool {
        if self.refused {
            return true;
        }
        if !self.exchange.is_quiet() {
            return false;
        }
        let refusal = match bytes.get(..12) {
            Some(b"HTTP/1.1 400" | b"HTTP/1.0 400") => Refusal::Head,
            Some(b"HTTP/1.1 414" | b"HTTP/1.0 414") => Refusal::Target,
            Some(b"HTTP/1.1 431" | b"HTTP/1.0 431") => Refusal::HeadTooLarge,
            Some(_) | None => return false,
        };
        self.refuse(&refusal);
        true
    }

    fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.own.has_remaining() {
            let written = Pin::new(&mut self.stream).poll_write(cx, &self.own);
            match ready!(self.written(cx, written))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.own.advance(count),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Waits on for a writer that is stuck, if its time is not up.
    fn written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.writing = None;
            return written;
        }
        let now = Instant::now();
        let until = *self.writing.get_or_insert(now) + self.patience.idle;
        if now >= until {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.alarm.wake_by(cx, until);
        Poll::Pending
    }

    /// Reads and forgets what a refused sender still sends. To close with bytes unread would reset the connection, and
    /// the reset would overtake the answer.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let patience = self.patience;
        let linger = self.linger.get_or_insert_with(|| Linger {
            until: Instant::now() + patience.linger,
            left_bytes: patience.linger_bytes,
        });
        let mut scratch = [0; DISCARD_BYTES];
        while linger.left_bytes > 0 {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    linger.left_bytes = linger.left_bytes.saturating_sub(buf.filled().len() as u64);
                }
                Poll::Ready(Ok(()) | Err(_)) => return Poll::Ready(()),
                Poll::Pending if Instant::now() >= linger.until => return Poll::Ready(()),
                Poll::Pending => {
                    self.alarm.wake_by(cx, linger.until);
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(())
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => {
                self.follow(&buf.filled()[before..]);
                if self.framing.is_lost() && !self.exchange.is_quiet() {
                    // The service has the head already. What came is taken back, and the body breaks off: it answers 400.
                    buf.set_filled(before);
                    return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.wait_to_read(cx),
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.replace(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // hyper's own answers have no body: their first slice is all of them.
        if slices.first().is_some_and(|first| self.replace(first)) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_own(cx))?;
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        if self.exchange.flushed() {
            // hyper does not read again until something comes, so the wait for it begins here.
            let (place, now) = (self.framing.place(), Instant::now());
            let until = now + self.patience.for_place(place);
            self.reading = Some((place, now));
            self.alarm.wake_by(cx, until);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(self.poll_own(cx))?;
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        if self.refused || self.framing.place() != Place::Between {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}
