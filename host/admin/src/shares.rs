//! How much each caller has of what there is only so much of, so that one of them does not have all of it.

use std::collections::HashMap;
use std::sync::Arc;

use hookbox_model::{TokenId, UserId};
use parking_lot::Mutex;

use crate::who::Who;

/// Who has a share: a user, by whatever session or token, or a token that is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Holder {
    User(UserId),
    Token(TokenId),
}

/// Counts shares.
pub(crate) struct Shares {
    each_max: usize,
    held: Mutex<HashMap<Holder, usize>>,
}

/// One share, until it is dropped.
pub(crate) struct Share {
    shares: Arc<Shares>,
    holder: Holder,
}

impl Shares {
    /// So many for each.
    pub(crate) fn new(each_max: usize) -> Arc<Self> {
        Arc::new(Self { each_max: each_max.max(1), held: Mutex::default() })
    }

    /// One more for this caller, if they may have it.
    pub(crate) fn take(self: &Arc<Self>, who: &Who) -> Option<Share> {
        let holder = match who {
            Who::Session { user, .. } | Who::Token { user: Some(user), .. } => Holder::User(user.id),
            Who::Token { token, user: None } => Holder::Token(token.id),
        };
        let mut held = self.held.lock();
        let count = held.entry(holder).or_default();
        if *count >= self.each_max {
            return None;
        }
        *count += 1;
        Some(Share { shares: Arc::clone(self), holder })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.shares.held.lock();
        if let Some(count) = held.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.holder);
            }
        }
    }
}
