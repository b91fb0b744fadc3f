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
