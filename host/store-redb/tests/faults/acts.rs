//! What is asked of a store, so that it can be asked of another one too.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use hookbox_store::{CommitError, StoreError};
use hookbox_store_redb::RedbStore;

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It was acknowledged or refused, in these words.
    Given(String),
    /// The store could not say.
    None,
}

type Doing = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// An act with all that it needs.
#[derive(Clone)]
pub(crate) struct Act {
    pub(crate) name: &'static str,
    /// It is more than one unit, so nothing else is under way beside it.
    pub(crate) alone: bool,
    run: Arc<dyn Fn(Arc<RedbStore>) -> Doing + Send + Sync>,
}

impl Act {
    /// One that is a single unit.
    pub(crate) fn new<T: Debug, E: Refusal, F>(
        name: &'static str,
        run: impl Fn(Arc<RedbStore>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let run = move |store| -> Doing {
            let doing = run(store);
            Box::pin(async move {
                match doing.await {
                    Err(error) if error.is_no_answer() => Answer::None,
                    outcome => Answer::Given(format!("{outcome:?}")),
                }
            })
        };
        Self { name, alone: false, run: Arc::new(run) }
    }

    /// The same, and it is more than one unit.
    pub(crate) fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// Asks it of a store.
    pub(crate) fn of(&self, store: &Arc<RedbStore>) -> Doing {
        (self.run)(Arc::clone(store))
    }
}

/// Why an act was not done.
pub(crate) trait Refusal: Debug {
    /// Whether the store does not know what became of it.
    fn is_no_answer(&self) -> bool;
}

impl Refusal for StoreError {
    fn is_no_answer(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

impl Refusal for CommitError {
    fn is_no_answer(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_no_answer())
    }
}
