//! The slow lane: calls that compute for long take turns, so that short calls of others find a thread free.
//!
//! A call that has computed for [`Config::slow_ms`](crate::Config) runs on only while it has a turn, which lasts until the next
//! tick or until it waits for something. There are fewer turns than processors, and workspaces get them one after the other: a
//! hundred endless loops of one slow nobody's honest call, and another's long calculation waits for one of them, not for all.

use std::sync::Arc;

use hookbox_model::WorkspaceId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::lines::Lines;

/// Gives turns to slow calls.
pub(crate) struct SlowLane {
    turns: Arc<Semaphore>,
    workspaces: Lines<Option<WorkspaceId>>,
}

/// The right to compute until the next tick. Dropping it lets the next call run.
pub(crate) struct Turn {
    _turn: OwnedSemaphorePermit,
    _first: OwnedSemaphorePermit,
}

impl SlowLane {
    /// A lane with so many turns at once.
    pub(crate) fn new(turns: usize) -> Self {
        let count = turns.max(1);
        Self { turns: Arc::new(Semaphore::new(count)), workspaces: Lines::new(count) }
    }

    /// Waits for a turn: behind the calls of its own workspace first, then behind as many calls of each other as there are turns.
    pub(crate) async fn turn(&self, workspace: Option<WorkspaceId>) -> Turn {
        let line = self.workspaces.of(workspace);
        let first = line.acquire_owned().await.expect("the semaphore is never closed");
        let turn = Arc::clone(&self.turns).acquire_owned().await.expect("the semaphore is never closed");
        Turn { _turn: turn, _first: first }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use hookbox_model::WorkspaceId;

    use super::SlowLane;

    fn is_let_in<F: Future>(waiting: std::pin::Pin<&mut F>) -> bool {
        waiting.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn a_workspace_that_is_alone_gets_every_turn() {
        let lane = SlowLane::new(3);
        let only = Some(WorkspaceId::from_bytes([1; 16]));
        let turns = [lane.turn(only).await, lane.turn(only).await, lane.turn(only).await];
        let mut fourth = pin!(lane.turn(only));
        assert!(!is_let_in(fourth.as_mut()));
        drop(turns);
        assert!(is_let_in(fourth.as_mut()));
    }

    #[tokio::test]
    async fn workspaces_get_their_turns_one_after_the_other() {
        let lane = SlowLane::new(1);
        let (busy, quiet) = (Some(WorkspaceId::from_bytes([1; 16])), Some(WorkspaceId::from_bytes([2; 16])));
        let first = lane.turn(busy).await;
        let mut second = pin!(lane.turn(busy));
        assert!(!is_let_in(second.as_mut()));
        let mut other = pin!(lane.turn(quiet));
        assert!(!is_let_in(other.as_mut()), "there is one turn");
        drop(first);
        assert!(!is_let_in(second.as_mut()), "the other workspace came first");
        let other = other.await;
        drop(other);
        assert!(is_let_in(second.as_mut()));
    }
}
