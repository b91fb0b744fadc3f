//! What reads much: searches for a text, and checks of audit logs. Only so many at once, on threads of their own; whoever comes on top
//! waits a moment for their turn.

use std::sync::Arc;
use std::time::Duration;

use hookbox_store::StoreError;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::config::Config;

/// Room for them.
pub(crate) struct Searches {
    room: Arc<Semaphore>,
    patience: Duration,
}

impl Searches {
    /// Nobody looks for anything yet.
    pub(crate) fn new(config: &Config) -> Self {
        let room = Arc::new(Semaphore::new(config.searches_max.clamp(1, Semaphore::MAX_PERMITS)));
        Self { room, patience: Duration::from_millis(config.search_wait_ms) }
    }

    /// Reads when it is its turn.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = timeout(self.patience, Arc::clone(&self.room).acquire_owned()).await;
        let place = turn.map_err(|_| StoreError::Busy)?.map_err(|_| StoreError::Busy)?;
        let looked = tokio::task::spawn_blocking(move || {
            // Kept also when nobody waits for the answer any more: it is read all the same.
            let _place = place;
            read()
        });
        looked.await.map_err(|error| StoreError::Unavailable { reason: error.to_string() })?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use hookbox_store::StoreError;

    use super::Searches;
    use crate::config::Config;

    #[tokio::test]
    async fn who_comes_on_top_is_told_to_come_again_also_when_nobody_waits_for_those_before() {
        let searches = Searches::new(&Config { searches_max: 1, search_wait_ms: 0, ..Config::default() });
        let (go, told) = mpsc::channel::<()>();
        let (began, beginning) = tokio::sync::oneshot::channel();
        let first = searches.read(move || {
            let _ = began.send(());
            let _ = told.recv();
            Ok(())
        });
        tokio::select! {
            biased;
            _ = first => panic!("it is not told to end"),
            begun = beginning => begun.expect("it begins"),
        }
        let further = searches.read(|| Ok(())).await;
        assert!(matches!(further, Err(StoreError::Busy)), "{further:?}");
        drop(go);
        let patient = Searches { patience: super::Duration::MAX, ..searches };
        assert!(patient.read(|| Ok(7)).await.is_ok_and(|read| read == 7), "there is room again");
    }
}
