//! Whether the host wants requests: `GET /readyz` says so, and answers that go on and on end by it.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether this host wants requests. It does until [`Readiness::drain`]; clones share the answer.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<watch::Sender<bool>>);

impl Readiness {
    /// From now on `GET /readyz` answers 503, so that load balancers send requests elsewhere, and answers that have no end of
    /// their own end.
    pub fn drain(&self) {
        self.0.send_replace(true);
    }

    /// Whether [`Readiness::drain`] was called.
    pub fn is_draining(&self) -> bool {
        *self.0.borrow()
    }

    /// Says when that is called.
    pub(crate) fn listen(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}
