//! The newest runs and messages of a contact, which stand in its row. When there are too many of a kind, the oldest half goes to an index by
//! contact, as marks: they are neighbours there, so that one page is written for many of them and none for each.
//!
//! Nothing is in both. Which is older is told by the ids alone: what is committed late may well be older than what has gone already.

use hookbox_model::{Id, Kind, MessageId, RunId};

use crate::batch::Batch;
use crate::key;
use crate::record::Recent;
use crate::tables::{Daily, Fixed};

/// Adds a message of the contact in `row`.
pub(super) fn add_message(batch: &mut Batch<'_>, row: &[u8; 32], recent: &mut Recent, message: MessageId) {
    for older in add(&mut recent.messages, message) {
        batch.append_mark(Fixed::ContactMessages, &key::mark(row, older.as_bytes()));
    }
}

/// Adds a run of the contact in `row`, and leaves out those that retention dropped: their days must not come back.
pub(super) fn add_run(batch: &mut Batch<'_>, row: &[u8; 32], recent: &mut Recent, run: RunId) {
    recent.runs.retain(|known| batch.has_day(known.made_at().day()));
    for older in add(&mut recent.runs, run) {
        mark_run(batch, row, older);
    }
}

/// Adds a run to the index at once: of a contact that has no row, or none that can be read.
pub(super) fn mark_run(batch: &mut Batch<'_>, row: &[u8; 32], run: RunId) {
    batch.append_mark(Daily::RunContacts.at(run.made_at()), &key::mark(row, run.as_bytes()));
}

/// Adds an id in its order; what there is no room for any more, oldest first.
fn add<K: Kind>(ids: &mut Vec<Id<K>>, id: Id<K>) -> Vec<Id<K>> {
    if let Err(at) = ids.binary_search(&id) {
        ids.insert(at, id);
    }
    if ids.len() > Recent::MAX { ids.drain(..Recent::MAX / 2).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use hookbox_model::RunId;

    use super::add;
    use crate::record::Recent;

    #[test]
    fn the_oldest_half_makes_room_whatever_the_order_in_which_they_come() {
        let id = |number: usize| RunId::from_bytes((number as u128).to_be_bytes());
        let (mut recent, mut gone) = (Vec::new(), Vec::new());
        for number in [1, 0, 3, 2, 5, 4].iter().flat_map(|first| (*first..600).step_by(6)) {
            gone.extend(add(&mut recent, id(number)));
            assert!(recent.len() <= Recent::MAX && recent.is_sorted());
            if recent.contains(&id(number)) {
                assert_eq!(add(&mut recent, id(number)), [], "it is there already");
            }
        }
        gone.extend(recent);
        gone.sort_unstable();
        assert_eq!(gone, (0..600).map(id).collect::<Vec<_>>());
    }
}
