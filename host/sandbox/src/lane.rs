//! The slow lane: calls that compute for long take turns, so that short calls of others find a processor free.
//!
//! A call that has computed for [`Config::slow_ms`](crate::Config) runs on only while it has a turn, which lasts until the next
//! tick or until it waits for something. There are fewer turns than processors, and workspaces get them one after the other: a
//! hundred endless loops of one slow nobody's honest call, and another's long calculation waits for one of them, not for all.
//!
//! The lane remembers which component was slow for which workspace. Further calls of that kind begin in turns too, until one has
//! ended soon: else a hundred calls that begin at once would each compute for a while before they are known.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hookbox_model::{Digest, WorkspaceId};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::lines::Lines;

/// How many kinds of calls are remembered as slow before they are forgotten and have to show it again.
const KINDS_KEPT: usize = 4_096;

/// What is slow together: the calls of a component for a workspace; without one, its descriptions of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) workspace: Option<WorkspaceId>,
    pub(crate) component: Digest,
}

/// Gives turns to slow calls.
pub(crate) struct SlowLane {
    turns: Arc<Semaphore>,
    workspaces: Lines<Option<WorkspaceId>>,
    slow: Mutex<HashSet<Kind>>,
    /// How many there are, so that nothing is looked up while there is none.
    slow_count: AtomicUsize,
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
        Self {
            turns: Arc::new(Semaphore::new(count)),
            workspaces: Lines::new(count),
            slow: Mutex::default(),
            slow_count: AtomicUsize::new(0),
        }
    }

    /// Whether calls of this kind are known as slow.
    pub(crate) fn is_slow(&self, kind: Kind) -> bool {
        self.slow_count.load(Ordering::Relaxed) > 0 && self.slow.lock().contains(&kind)
    }

    /// Remembers how the last call of this kind was.
    pub(crate) fn tell(&self, kind: Kind, was_slow: bool) {
        let mut slow = self.slow.lock();
        if was_slow {
            if slow.len() >= KINDS_KEPT {
                slow.clear();
            }
            slow.insert(kind);
        } else {
            slow.remove(&kind);
        }
        self.slow_count.store(slow.len(), Ordering::Relaxed);
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

    use hookbox_model::{Digest, WorkspaceId};

    use super::{KINDS_KEPT, Kind, SlowLane};

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
    #[test]
    fn what_was_slow_is_known_until_it_was_not() {
        let lane = SlowLane::new(1);
        let kind = |n: usize| Kind { workspace: None, component: Digest::of(&n.to_le_bytes()) };
        assert!(!lane.is_slow(kind(0)));
        lane.tell(kind(0), true);
        assert!(lane.is_slow(kind(0)) && !lane.is_slow(kind(1)));
        lane.tell(kind(0), false);
        assert!(!lane.is_slow(kind(0)));
        for n in 0..=KINDS_KEPT {
            lane.tell(kind(n), true);
        }
        assert!(lane.is_slow(kind(KINDS_KEPT)) && lane.slow.lock().len() <= KINDS_KEPT);
    }
}
