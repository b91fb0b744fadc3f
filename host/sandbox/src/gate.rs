//! The gate in front of the pool: so many calls at once, and of one workspace at most half of them. Past that work waits.
//!
//! A workspace waits in its own line first, so that its surplus does not fill the common one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hookbox_model::WorkspaceId;
use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// How many workspaces are remembered before idle ones are forgotten.
const WORKSPACES_KEPT: usize = 1_024;

/// How long to wait for a call to end before looking again, should the last one have ended a moment before.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Lets so many calls in at once.
pub(crate) struct Gate {
    places: Semaphore,
    share: usize,
    workspaces: Mutex<HashMap<WorkspaceId, Arc<Semaphore>>>,
    ended: Notify,
}

/// A place among the running calls; dropping it lets the next one in.
pub(crate) struct Place<'gate> {
    gate: &'gate Gate,
    _place: SemaphorePermit<'gate>,
    _share: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// A gate for `calls` at once.
    pub(crate) fn new(calls: u32) -> Self {
        let calls = calls as usize;
        Self {
            places: Semaphore::new(calls),
            share: (calls / 2).max(1),
            workspaces: Mutex::new(HashMap::new()),
            ended: Notify::new(),
        }
    }

    /// Waits for a place for a call of `workspace`.
    pub(crate) async fn enter(&self, workspace: WorkspaceId) -> Place<'_> {
        let line = self.line_of(workspace);
        let share = line.acquire_owned().await.expect("the semaphore is never closed");
        self.place(Some(share)).await
    }

    /// Waits for a place for a call that belongs to no workspace.
    pub(crate) async fn enter_for_host(&self) -> Place<'_> {
        self.place(None).await
    }

    /// Waits until some call has ended, or a moment.
    pub(crate) async fn a_call_ended(&self) {
        // Either way the caller looks again.
        let _ = tokio::time::timeout(LOOK_AGAIN, self.ended.notified()).await;
    }

    async fn place(&self, share: Option<OwnedSemaphorePermit>) -> Place<'_> {
        let place = self.places.acquire().await.expect("the semaphore is never closed");
        Place { gate: self, _place: place, _share: share }
    }

    fn line_of(&self, workspace: WorkspaceId) -> Arc<Semaphore> {
        let mut workspaces = self.workspaces.lock();
        if workspaces.len() >= WORKSPACES_KEPT && !workspaces.contains_key(&workspace) {
            workspaces.retain(|_, line| Arc::strong_count(line) > 1);
        }
        Arc::clone(workspaces.entry(workspace).or_insert_with(|| Arc::new(Semaphore::new(self.share))))
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
    use hookbox_model::WorkspaceId;
    use std::pin::pin;
    use std::task::{Context, Waker};

    fn is_let_in<F: Future>(entering: std::pin::Pin<&mut F>) -> bool {
        entering.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn one_workspace_gets_half_of_the_places_and_waits_past_that() {
        let gate = Gate::new(4);
        let (busy, quiet) = (WorkspaceId::from_bytes([1; 16]), WorkspaceId::from_bytes([2; 16]));
        let first = gate.enter(busy).await;
        let _second = gate.enter(busy).await;
        let mut third = pin!(gate.enter(busy));
        assert!(!is_let_in(third.as_mut()));
        let _other = gate.enter(quiet).await;
        drop(first);
        assert!(is_let_in(third.as_mut()));
    }

    #[tokio::test]
    async fn idle_workspaces_are_forgotten() {
        let gate = Gate::new(4);
        for n in 0..3_000u16 {
            let mut bytes = [0; 16];
            bytes[..2].copy_from_slice(&n.to_le_bytes());
            drop(gate.enter(WorkspaceId::from_bytes(bytes)).await);
        }
        assert!(gate.workspaces.lock().len() <= super::WORKSPACES_KEPT);
    }
}
