//! `?wait=SECONDS`: a sender that wants the run's result waits for it, for a while, and not too many do at one time.
//!
//! Whoever waits keeps its connection and the ids of a run, nothing of its request. It waits for the capture's first run;
//! a run that is not final when the time runs out, when there is no place or when the host stops is none: the answer is
//! then the plain one, because captured it is.

use std::time::Duration;

use hookbox_model::{Run, RunId, WorkspaceId};
use hookbox_store::Store;
use tokio::sync::{Semaphore, watch};

use crate::config::Config;
use crate::refusal::Refusal;

/// The longest that a sender may wait, in seconds.
const SECONDS_MAX: u64 = 30;

/// What a sender waits for, and how long at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    pub(crate) workspace: WorkspaceId,
    pub(crate) longest: Duration,
}

/// The places of those who wait.
pub(crate) struct Waits {
    places: Semaphore,
    over: watch::Sender<bool>,
}

/// How long a query asks to wait, if it does. What else is in it is the sender's own and means nothing here.
pub(crate) fn wanted(query: Option<&str>) -> Result<Option<Duration>, Refusal> {
    let Some(query) = query else { return Ok(None) };
    let parameters = query.split('&').map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")));
    let mut waits = parameters.filter(|(name, _)| *name == "wait").map(|(_, value)| value);
    let Some(value) = waits.next() else { return Ok(None) };
    // `parse` alone would take a plus sign.
    let is_whole = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(seconds @ ..=SECONDS_MAX) if is_whole && waits.next().is_none() => Ok(Some(Duration::from_secs(seconds))),
        Ok(_) | Err(_) => Err(Refusal::Wait),
    }
}

impl Waits {
    pub(crate) fn new(config: &Config) -> Self {
        Self { places: Semaphore::new(config.waits_max.min(Semaphore::MAX_PERMITS)), over: watch::Sender::new(false) }
    }

    /// The run once it is final, `None` if it does not come to that in time. One that is final already needs no time.
    pub(crate) async fn result(&self, store: &dyn Store, run: RunId, wait: Wait) -> Option<Run> {
        let _place = self.places.try_acquire().ok()?;
        let mut over = self.over.subscribe();
        tokio::select! {
            biased;
            finished = store.runs().finished(wait.workspace, run) => finished
                .inspect_err(|error| tracing::debug!(%error, run.id = %run, "a run is not waited for any longer"))
                .ok(),
            () = tokio::time::sleep(wait.longest) => None,
            _ = over.wait_for(|over| *over) => None,
        }
    }

    /// The host stops: nobody waits any longer.
    pub(crate) fn end(&self) {
        self.places.close();
        self.over.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use super::wanted;
    use crate::refusal::Refusal;
    use std::time::Duration;

    #[test]
    fn a_wait_is_one_whole_number_of_seconds_up_to_30() {
        for (query, expected) in [
            (None, Ok(None)),
            (Some(""), Ok(None)),
            (Some("a=b&waiting=5&Wait=5&await=5"), Ok(None)),
            (Some("wait=0"), Ok(Some(0))),
            (Some("wait=30"), Ok(Some(30))),
            (Some("source=shop&wait=05&x"), Ok(Some(5))),
            (Some("wait"), Err(Refusal::Wait)),
            (Some("wait="), Err(Refusal::Wait)),
            (Some("wait=31"), Err(Refusal::Wait)),
            (Some("wait=99999999999999999999"), Err(Refusal::Wait)),
            (Some("wait=-1"), Err(Refusal::Wait)),
            (Some("wait=+1"), Err(Refusal::Wait)),
            (Some("wait=1.5"), Err(Refusal::Wait)),
            (Some("wait=1s"), Err(Refusal::Wait)),
            (Some("wait=true"), Err(Refusal::Wait)),
            (Some("wait=%35"), Err(Refusal::Wait)),
            (Some("wait=5&wait=5"), Err(Refusal::Wait)),
            (Some("wait=5&a=b&wait"), Err(Refusal::Wait)),
        ] {
            assert_eq!(wanted(query), expected.map(|seconds| seconds.map(Duration::from_secs)), "{query:?}");
        }
    }
}
