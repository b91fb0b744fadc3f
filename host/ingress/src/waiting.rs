//! How long a connection may stand still, and the one timer that ends it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::Config;
use crate::framing::Place;

/// How long a connection may stand still.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) head: Duration,
    pub(crate) idle: Duration,
    pub(crate) linger: Duration,
    pub(crate) linger_bytes: u64,
}

impl Patience {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            head: Duration::from_millis(config.head_timeout_ms),
            idle: Duration::from_millis(config.idle_timeout_ms),
            linger: Duration::from_millis(config.linger_timeout_ms),
            linger_bytes: config.linger_bytes_max,
        }
    }

    /// How long the other side may take to go on from `place`.
    pub(crate) const fn for_place(&self, place: Place) -> Duration {
        match place {
            Place::Between | Place::Body => self.idle,
            Place::Head => self.head,
        }
    }
}

/// A timer that is set far more often than it rings.
///
/// It may ring early: who is woken looks at its own deadline again. So a deadline that moves on with every request moves
/// the timer only when it rings, and a request costs no timer at all.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    /// Has whoever polls woken at `deadline` or before. A connection is polled in one place all its life, so that the
    /// waker once registered stays the right one.
    pub(crate) fn wake_by(&mut self, cx: &mut Context<'_>, deadline: Instant) {
        let sleep = match &mut self.sleep {
            Some(sleep) if sleep.deadline() <= deadline && !sleep.is_elapsed() => return,
            Some(sleep) => {
                sleep.as_mut().reset(deadline);
                sleep
            }
            None => self.sleep.insert(Box::pin(sleep_until(deadline))),
        };
        match sleep.as_mut().poll(cx) {
            Poll::Pending => {}
            Poll::Ready(()) => cx.waker().wake_by_ref(),
        }
    }
}
