//! The moments, ids and random bytes that new records get: the one place of this room that asks the operating system.

use std::time::{SystemTime, UNIX_EPOCH};

use hookbox_model::{Id, Kind, Timestamp};
use uuid::Uuid;

use crate::refusal::Refusal;

/// This moment; a clock before 1970 reads as 1970.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A new id, later than every id made before it in this program.
pub(crate) fn id<K: Kind>() -> Id<K> {
    Id::from_uuid(Uuid::now_v7())
}

/// A new id that sorts after this one, also where the clock stands before the moment at which that one was made.
pub(crate) fn id_after<K: Kind>(before: Id<K>) -> Id<K> {
    let new = id();
    if new > before {
        return new;
    }
    let (mut bytes, before) = (*new.as_bytes(), before.as_bytes());
    // Such an id begins with its millisecond, in six bytes.
    let next = before[..6].iter().fold(0u64, |millis, byte| millis << 8 | u64::from(*byte)) + 1;
    bytes[..6].copy_from_slice(&next.to_be_bytes()[2..]);
    Id::from_bytes(bytes)
}

/// A text that nobody can guess: 64 hexadecimal digits of random bytes.
pub(crate) fn secret() -> Result<String, Refusal> {
    random().map(secret_of)
}

/// The text of a secret of these random bytes.
pub(crate) fn secret_of(random: [u8; 32]) -> String {
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Random bytes that nobody can guess.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(Refusal::Randomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use hookbox_model::WorkspaceId;

    use super::{id, id_after};

    #[test]
    fn a_later_id_is_later_whatever_the_clock_says() {
        let now: WorkspaceId = id();
        assert!(id_after(now) > now);
        let mut far = *now.as_bytes();
        far[0] = 0x7f;
        far[1..6].fill(0xff);
        let far = WorkspaceId::from_bytes(far);
        let (one, other) = (id_after(far), id_after(far));
        assert!(one > far && other > far && one != other);
        assert_eq!(one.uuid().get_version_num(), 7);
    }
}
