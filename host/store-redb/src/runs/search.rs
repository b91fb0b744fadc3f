//! Runs that a text is looked for in: what is cheap to look at first, then the body of the capture, then the contact.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Bound;

use hookbox_model::{Capture, CaptureId, ContactId, Run, RunId, WorkspaceId};
use hookbox_store::StoreError;

use crate::error::unreadable;
use crate::key;
use crate::paging;
use crate::record::ContactRow;
use crate::snapshot::Snapshot;
use crate::tables::{Daily, Fixed};
use crate::text::Needle;

/// A text that is looked for in the runs of a workspace.
pub(super) struct Search<'s> {
    snapshot: &'s Snapshot,
    workspace: WorkspaceId,
    text: &'s str,
    needle: Needle,
    /// Which contacts have it; at most one for each row that a page looks through.
    contacts: RefCell<HashMap<ContactId, bool>>,
    /// The bytes that were read.
    bytes: &'s Cell<usize>,
}

impl<'s> Search<'s> {
    /// A search that counts into `bytes` what it reads.
    pub(super) fn new(snapshot: &'s Snapshot, workspace: WorkspaceId, text: &'s str, bytes: &'s Cell<usize>) -> Self {
        let text = text.trim();
        Self { snapshot, workspace, text, needle: Needle::new(text), contacts: RefCell::default(), bytes }
    }

    /// The runs that the text names when it is the whole id of a run or a capture; nothing has to be looked through then.
    pub(super) fn looked_up(&self) -> Result<Option<Vec<RunId>>, StoreError> {
        if let Ok(run) = self.text.parse::<RunId>() {
            return Ok(Some(vec![run]));
        }
        let Ok(capture) = self.text.parse::<CaptureId>() else { return Ok(None) };
        of_capture(self.snapshot, self.workspace, capture).map(Some)
    }

    /// Whether the text is in a run, in the body of its capture or is what its contact is called or found by.
    pub(super) fn finds(&self, run: &Run) -> Result<bool, StoreError> {
        let needle = &self.needle;
        let in_failure =
            || run.failure.iter().any(|failure| needle.is_in(&failure.code) || needle.is_in(&failure.message));
        let found = needle.is_in(&run.id.to_string())
            || needle.is_in(&run.capture.to_string())
            || in_failure()
            || run.steps.iter().any(|step| needle.is_in(&step.name))
            || self.in_body(run.capture)?;
        if found {
            return Ok(true);
        }
        run.contact.map_or(Ok(false), |contact| self.in_contact(contact))
    }

    fn in_body(&self, id: CaptureId) -> Result<bool, StoreError> {
        let key = key::pair(self.workspace, id.as_bytes());
        let capture = self.snapshot.weighed::<Capture>(Daily::Captures.at(id.made_at()), &key, self.bytes);
        Ok(readable(capture)?.is_some_and(|capture| self.needle.is_in(capture.body.text())))
    }

    fn in_contact(&self, id: ContactId) -> Result<bool, StoreError> {
        if let Some(known) = self.contacts.borrow().get(&id) {
            return Ok(*known);
        }
        let key = key::pair(self.workspace, id.as_bytes());
        let row = readable(self.snapshot.weighed::<ContactRow>(Fixed::Contacts, &key, self.bytes))?;
        let is_of = row.is_some_and(|row| self.needle.is_of(&row.contact));
        self.contacts.borrow_mut().insert(id, is_of);
        Ok(is_of)
    }
}

/// The runs of a capture, oldest first; none of one that is not there.
fn of_capture(snapshot: &Snapshot, workspace: WorkspaceId, capture: CaptureId) -> Result<Vec<RunId>, StoreError> {
    let (row, made_at) = (key::pair(workspace, capture.as_bytes()), capture.made_at());
    if !snapshot.contains(Daily::Captures.at(made_at), &row)? {
        return Ok(Vec::new());
    }
    // Its first run carries its UUID, committed or not.
    let mut runs: Vec<RunId> = vec![capture.retyped()];
    let Some(rows) = snapshot.table(Daily::RunCaptures.at(made_at))? else { return Ok(runs) };
    for further in paging::range(&rows, &Bound::Included(row.to_vec()), &row)? {
        let (key, _) = further.map_err(unreadable)?;
        runs.push(RunId::from_bytes(key::id_at(key.value(), 2 * key::ID)));
    }
    Ok(runs)
}

/// In what is damaged nothing is found; the damage is noted, and the run may still be found by something else.
fn readable<T>(found: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(StoreError::Damaged { .. }) => Ok(None),
        found => found,
    }
}
