//! The gate in front of the pool: so many calls at once, and of one workspace at most half of them. Past that work waits.
//!
//! A workspace waits in its own line first, so that its surplus does not fill the common one. A call of a component with many
//! parts takes as many places as its part of the pool, so that it cannot crowd others out. Both lines are fair: who waits for
//! many places is not passed by those who want one.

use std::time::Duration;

use hookbox_model::WorkspaceId;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::lines::Lines;

/// How long to wait for a call to end before looking again, should the last one have ended a moment before.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Lets so many calls in at once.
pub(crate) struct Gate {
    places: Semaphore,
    share: u32,
    workspaces: Lines<WorkspaceId>,
    ended: Notify,
}

/// Places among the running calls; dropping it lets the next one in.
pub(crate) struct Place<'gate> {
    gate: &'gate Gate,
    _place: SemaphorePermit<'gate>,
    _share: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// A gate for `calls` at once.
    pub(crate) fn new(calls: u32) -> Self {
        let share = (calls / 2).max(1);
        Self {
            places: Semaphore::new(calls as usize),
            share,
            workspaces: Lines::new(share as usize),
            ended: Notify::new(),
        }
    }

    /// Waits for `places` places for a call of `workspace`; for its whole share if that is less.
    pub(crate) async fn enter(&self, workspace: WorkspaceId, places: u32) -> Place<'_> {
        let places = places.min(self.share);
        let line = self.workspaces.of(workspace);
        let share = line.acquire_many_owned(places).await.expect("the semaphore is never closed");
        self.place(Some(share), places).await
    }

    /// Waits for `places` places for a call that belongs to no workspace; for as many as a workspace gets if that is less.
    pub(crate) async fn enter_for_host(&self, places: u32) -> Place<'_> {
        self.place(None, places.min(self.share)).await
    }

    /// Waits until some call has ended, or a moment.
    pub(crate) async fn a_call_ended(&self) {
        // Either way the caller looks again.
        let _ = tokio::time::timeout(LOOK_AGAIN, self.ended.notified()).await;
    }

    async fn place(&self, share: Option<OwnedSemaphorePermit>, places: u32) -> Place<'_> {
        let place = self.places.acquire_many(places).await.expect("the semaphore is never closed");
        Place { gate: self, _place: place, _share: share }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.gate.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use crate::lines::WORKSPACES_KEPT;
    use hookbox_model::WorkspaceId;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn let_in<F: Future>(entering: std::pin::Pin<&mut F>) -> Option<F::Output> {
        match entering.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        }
    }

    fn is_let_in<F: Future>(entering: std::pin::Pin<&mut F>) -> bool {
        let_in(entering).is_some()
    }

    #[tokio::test]
    async fn one_workspace_gets_half_of_the_places_and_waits_past_that() {
        let gate = Gate::new(4);
        let (busy, quiet) = (WorkspaceId::from_bytes([1; 16]), WorkspaceId::from_bytes([2; 16]));
        let first = gate.enter(busy, 1).await;
        let _second = gate.enter(busy, 1).await;
        let mut third = pin!(gate.enter(busy, 1));
        assert!(!is_let_in(third.as_mut()));
        let _other = gate.enter(quiet, 1).await;
        drop(first);
        assert!(is_let_in(third.as_mut()));
    }

    #[tokio::test]
    async fn a_call_with_many_parts_takes_many_places_and_is_not_passed_by_those_who_want_one() {
        let gate = Gate::new(8);
        let [a, b, c] = [1, 2, 3].map(|n| WorkspaceId::from_bytes([n; 16]));
        let large = gate.enter(a, 100).await;
        let mut second = pin!(gate.enter(a, 1));
        assert!(!is_let_in(second.as_mut()), "it takes the whole share of its workspace, and no more");
        let small = gate.enter(b, 1).await;
        let mut waiting = pin!(gate.enter(c, 4));
        assert!(!is_let_in(waiting.as_mut()), "three places are left");
        let mut later = pin!(gate.enter(b, 1));
        assert!(!is_let_in(later.as_mut()), "it came after the one that waits for four");
        drop(small);
        let _four = let_in(waiting.as_mut()).expect("now there are four");
        assert!(!is_let_in(later.as_mut()));
        drop(large);
        assert!(is_let_in(later.as_mut()));
        assert!(is_let_in(second.as_mut()));
    }

    #[tokio::test]
    async fn idle_workspaces_are_forgotten() {
        let gate = Gate::new(4);
        for n in 0..3_000u16 {
            let mut bytes = [0; 16];
            bytes[..2].copy_from_slice(&n.to_le_bytes());
            drop(gate.enter(WorkspaceId::from_bytes(bytes), 1).await);
        }
        assert!(gate.workspaces.len() <= WORKSPACES_KEPT);
    }
}
