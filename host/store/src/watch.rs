//! Watching runs: what is committed of them, told to whoever looks on.

use async_trait::async_trait;
use hookbox_model::{AutomationId, RunId, RunState};

/// A run that was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunChange {
    /// Which.
    pub run: RunId,
    /// Its automation.
    pub automation: AutomationId,
    /// The state that it came to.
    pub state: RunState,
}

/// What was committed since the last look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunNews {
    /// In the order of the commits.
    pub changes: Vec<RunChange>,
    /// How many there were beside those, because nobody looked for a while: backends keep only so many.
    pub missed: u64,
}

/// Looks on at the runs of one workspace; dropped, it costs nothing any more.
#[async_trait]
pub trait RunWatch: Send {
    /// Resolves when something was committed since the last call, or since watching began; everybody sees it by then. May resolve
    /// with nothing. When this is given up nothing is lost.
    async fn news(&mut self) -> RunNews;
}
