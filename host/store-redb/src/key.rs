//! Keys: fixed-size big-endian parts, the workspace first, so that order on disk is order in time within a workspace.

use hookbox_model::{CaptureId, RunId, Timestamp, WorkspaceId};

/// Bytes of an id.
pub(crate) const ID: usize = 16;

/// `workspace`, then one id.
pub(crate) fn pair(workspace: WorkspaceId, id: &[u8; ID]) -> [u8; 32] {
    let mut key = [0; 32];
    key[..ID].copy_from_slice(workspace.as_bytes());
    key[ID..].copy_from_slice(id);
    key
}

/// `workspace`, then two ids.
pub(crate) fn triple(workspace: WorkspaceId, first: &[u8; ID], second: &[u8; ID]) -> [u8; 48] {
    let mut key = [0; 48];
    key[..32].copy_from_slice(&pair(workspace, first));
    key[32..].copy_from_slice(second);
    key
}

/// The key of a contact, then the id of something of its.
pub(crate) fn mark(contact: &[u8; 32], id: &[u8; ID]) -> [u8; 48] {
    let mut key = [0; 48];
    key[..32].copy_from_slice(contact);
    key[32..].copy_from_slice(id);
    key
}

/// `workspace`, when it is due, the run.
pub(crate) fn timer(workspace: WorkspaceId, due_ms: u64, run: RunId) -> [u8; 40] {
    let mut key = [0; 40];
    key[..ID].copy_from_slice(workspace.as_bytes());
    key[ID..24].copy_from_slice(&due_ms.to_be_bytes());
    key[24..].copy_from_slice(run.as_bytes());
    key
}

/// `workspace`, an id, a number, another id.
pub(crate) fn numbered(workspace: WorkspaceId, first: &[u8; ID], number: u64, second: &[u8; ID]) -> [u8; 56] {
    let mut key = [0; 56];
    key[..32].copy_from_slice(&pair(workspace, first));
    key[32..40].copy_from_slice(&number.to_be_bytes());
    key[40..].copy_from_slice(second);
    key
}

/// `workspace`, then a number.
pub(crate) fn counted(workspace: WorkspaceId, number: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..ID].copy_from_slice(workspace.as_bytes());
    key[ID..].copy_from_slice(&number.to_be_bytes());
    key
}

/// `workspace`, then any bytes.
pub(crate) fn with(workspace: &[u8; ID], rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(ID + rest.len());
    key.extend_from_slice(workspace);
    key.extend_from_slice(rest);
    key
}

/// when, `workspace`, then a kind and its id or name.
pub(crate) fn stats(at: Timestamp, workspace: WorkspaceId, kind: u8, rest: &[u8]) -> Vec<u8> {
    [stats_of(at, workspace).as_slice(), &[kind], rest].concat()
}

/// when, `workspace`: what the keys of [`stats`] of one moment begin with.
pub(crate) fn stats_of(at: Timestamp, workspace: WorkspaceId) -> [u8; 24] {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&at.as_millis().to_be_bytes());
    key[8..].copy_from_slice(workspace.as_bytes());
    key
}

/// The kind and the id or name in a key of [`stats`]; nothing for what is no such key.
pub(crate) fn stats_parts(key: &[u8]) -> Option<(u8, &[u8])> {
    let (kind, rest) = key.get(8 + ID..)?.split_first()?;
    Some((*kind, rest))
}

/// `workspace`, then how long the name is, the name, and any bytes: no name runs into what follows it, or into another's.
pub(crate) fn state(workspace: WorkspaceId, plugin: &str, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(ID + 4 + plugin.len() + rest.len());
    key.extend_from_slice(workspace.as_bytes());
    // No name is that long: what stands in a manifest fits into 4 bytes many times over.
    key.extend_from_slice(&u32::try_from(plugin.len()).unwrap_or(u32::MAX).to_be_bytes());
    key.extend_from_slice(plugin.as_bytes());
    key.extend_from_slice(rest);
    key
}

/// The plugin's name and the rest of a key of [`state`]; nothing for what is no such key.
pub(crate) fn state_parts(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = key.get(ID..)?.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// The 16 bytes of `key` from `at`; zeros when it is shorter, which no key of ours is.
pub(crate) fn id_at(key: &[u8], at: usize) -> [u8; ID] {
    key.get(at..at + ID).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
}

/// The number in the 8 bytes of `key` from `at`; 0 when it is shorter, which no key of ours is.
pub(crate) fn number_at(key: &[u8], at: usize) -> u64 {
    key.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes).unwrap_or_default()
}

/// The due time in a key of [`timer`].
pub(crate) fn due_of(key: &[u8]) -> u64 {
    number_at(key, ID)
}

/// The smallest key that is greater than every key beginning with `prefix`; `None` when there is none.
pub(crate) fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// The smallest id that can be made at `moment`: ids begin with 48 bits of milliseconds.
pub(crate) fn first_id(moment: Timestamp) -> [u8; ID] {
    let mut id = [0; ID];
    // No moment takes more than 48 bits: a `Timestamp` ends with the year 9999.
    id[..6].copy_from_slice(&moment.as_millis().to_be_bytes()[2..]);
    id
}

/// The id that follows `id` in order.
pub(crate) fn next_id(id: CaptureId) -> CaptureId {
    CaptureId::from_bytes(u128::from_be_bytes(*id.as_bytes()).saturating_add(1).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::{end_of, first_id, next_id, state, state_parts};
    use hookbox_model::{CaptureId, Timestamp, WorkspaceId};

    #[test]
    fn no_plugin_reaches_the_keys_of_another() {
        let workspace = WorkspaceId::from_bytes([7; 16]);
        for (one, other) in [(("a", "bc"), ("ab", "c")), (("a\0b", "c"), ("a", "b\0c")), (("", "a"), ("a", ""))] {
            let [one, other] = [one, other].map(|(plugin, key)| (plugin, state(workspace, plugin, key.as_bytes())));
            assert_ne!(one.1, other.1);
            for (row, plugin) in [(&one.1, other.0), (&other.1, one.0)] {
                assert!(!row.starts_with(&state(workspace, plugin, b"")), "{plugin:?}");
            }
        }
        let row = state(workspace, "score", "sum".as_bytes());
        assert_eq!(state_parts(&row), Some((b"score".as_slice(), b"sum".as_slice())));
        assert_eq!(state_parts(&row[..22]), None);
    }

    #[test]
    fn a_moment_past_all_others_is_not_cut_off_to_an_early_one() {
        let [early, late] = [1_795_478_400_000, (1 << 48) - 1].map(|millis| first_id(Timestamp::from_millis(millis)));
        for past in [1 << 48, (1 << 48) + 1, u64::MAX] {
            assert_eq!(first_id(Timestamp::from_millis(past)), late, "{past}");
        }
        assert!(early < late);
    }

    #[test]
    fn the_end_of_a_prefix_is_past_all_its_keys() {
        assert_eq!(end_of(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(end_of(&[1, 0xff]), Some(vec![2]));
        assert_eq!(end_of(&[0xff, 0xff]), None);
        assert_eq!(next_id(CaptureId::from_bytes([0; 16])).as_bytes()[15], 1);
    }
}
