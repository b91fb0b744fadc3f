//! Reads a body while counting it: it may be neither too large, nor late, nor slow.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use crate::config::Config;
use crate::refusal::Refusal;

/// How fast a body must come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    whole: Duration,
    bytes_per_s_min: u64,
}

/// The rate counts from the end of the first second: a round trip may pass before a sender is told to go on.
const HEAD_START: Duration = Duration::from_secs(1);

/// Bodies up to this size are copied out of the connection's buffer. A capture waits in memory for its run, and would
/// keep the whole buffer with it (8 KiB and more, with the head's headers); copying this much costs less than a new buffer.
const COPIED_BYTES_MAX: usize = 16 << 10;

/// The most that is set aside at once for a body by what its head says of its length.
const RESERVED_BYTES_MAX: u64 = 1 << 20;

/// After a refusal, at most so many parts of the body that are there already are thrown away.
const DISCARDED_FRAMES_MAX: usize = 16;

impl Pace {
    pub(crate) fn of(config: &Config) -> Self {
        Self { whole: Duration::from_millis(config.body_timeout_ms), bytes_per_s_min: config.body_rate_bytes_per_s_min }
    }

    /// When a body of which `received` bytes are there is too slow, if nothing more comes.
    fn deadline(&self, began: Instant, received_bytes: u64) -> Instant {
        let earned_ms = received_bytes.saturating_mul(1_000).checked_div(self.bytes_per_s_min);
        let earned = earned_ms.map_or(self.whole, |ms| HEAD_START + Duration::from_millis(ms));
        began + earned.min(self.whole)
    }
}

/// Refuses a body whose head says that it is too large.
pub(crate) fn check_declared(body: &Incoming, limit_bytes: u64) -> Result<(), Refusal> {
    match body.size_hint().exact() {
        Some(declared) if declared > limit_bytes => Err(Refusal::BodyTooLarge { limit_bytes }),
        Some(_) | None => Ok(()),
    }
}

/// The whole body, if it has at most `limit_bytes` and comes in time.
pub(crate) async fn read(body: &mut Incoming, limit_bytes: u64, pace: Pace) -> Result<Bytes, Refusal> {
    let mut began = None;
    let Some(first) = next(body, 0, pace, &mut began).await? else { return Ok(Bytes::new()) };
    let mut received = first.len() as u64;
    if received > limit_bytes {
        return Err(Refusal::BodyTooLarge { limit_bytes });
    }
    if body.is_end_stream() {
        return Ok(kept(first));
    }
    let Some(second) = next(body, received, pace, &mut began).await? else { return Ok(kept(first)) };
    let left = body.size_hint().exact().unwrap_or_default();
    let expected = received + second.len() as u64 + left;
    let mut whole = BytesMut::with_capacity(expected.min(RESERVED_BYTES_MAX) as usize);
    whole.extend_from_slice(&first);
    let mut part = second;
    loop {
        received += part.len() as u64;
        if received > limit_bytes {
            return Err(Refusal::BodyTooLarge { limit_bytes });
        }
        whole.extend_from_slice(&part);
        match next(body, received, pace, &mut began).await? {
            Some(next_part) => part = next_part,
            None => return Ok(whole.freeze()),
        }
    }
}

/// Throws away what is there of a body that is not wanted. Whether that was all of it; if not, the connection must end.
pub(crate) async fn discard_ready(body: &mut Incoming) -> bool {
    for _ in 0..DISCARDED_FRAMES_MAX {
        match ready_frame(body).await {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(None) => return true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => return false,
        }
    }
    false
}

/// The next part; the clock starts when the first has to be waited for.
async fn next(
    body: &mut Incoming,
    received_bytes: u64,
    pace: Pace,
    began: &mut Option<Instant>,
) -> Result<Option<Bytes>, Refusal> {
    loop {
        let frame = match ready_frame(body).await {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                let began = *began.get_or_insert_with(Instant::now);
                // Boxed because it is rare, and the timer would make every request's future larger.
                Box::pin(timeout_at(pace.deadline(began, received_bytes), frame(body)))
                    .await
                    .map_err(|_| Refusal::BodyTooSlow)?
            }
        };
        match frame {
            None => return Ok(None),
            Some(Err(error)) => {
                tracing::debug!(%error, "a body broke off");
                return Err(Refusal::BodyBroken);
            }
            // What is not data is trailers, which mean nothing here.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

type NextFrame = Option<Result<Frame<Bytes>, hyper::Error>>;

async fn frame(body: &mut Incoming) -> NextFrame {
    poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await
}

async fn ready_frame(body: &mut Incoming) -> Poll<NextFrame> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *body).poll_frame(cx))).await
}

fn kept(part: Bytes) -> Bytes {
    if part.len() <= COPIED_BYTES_MAX { Bytes::copy_from_slice(&part) } else { part }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use crate::config::Config;
    use std::time::Duration;
    use tokio::time::Instant;

    #[test]
    fn a_body_must_keep_to_its_rate_after_the_first_second_and_to_its_time_in_all() {
        let (began, pace) = (Instant::now(), Pace::of(&Config::default()));
        let allowed = |received| pace.deadline(began, received) - began;
        assert_eq!(allowed(0), Duration::from_secs(1));
        assert_eq!(allowed(3_500), Duration::from_millis(4_500));
        assert_eq!(allowed(1 << 20), Duration::from_secs(15));
        assert_eq!(allowed(u64::MAX), Duration::from_secs(15));
        let unpaced = Pace::of(&Config { body_rate_bytes_per_s_min: 0, ..Config::default() });
        assert_eq!(unpaced.deadline(began, 0) - began, Duration::from_secs(15));
    }
}
