//! Storing a capture, and deciding in the same transaction whether its idempotency key was seen before.

use hookbox_model::{Capture, CaptureId, Digest, IdempotencyKey, Timestamp};
use hookbox_store::{Captured, StoreError};

use crate::batch::{Batch, News};
use crate::error::Fault;
use crate::key;
use crate::record::seal_index;
use crate::tables::{Daily, Name};
use crate::unit::CaptureUnit;

/// Stores the capture, unless its idempotency key says that it is a repetition or a conflict.
pub(crate) fn store_capture(batch: &mut Batch<'_>, unit: CaptureUnit) -> Result<Captured, Fault> {
    let capture = &unit.capture;
    let day = capture.received_at.day();
    if let (Some(key), Some(idempotency)) = (&unit.idempotency, &capture.idempotency) {
        // A key is remembered for 24 hours, so it lies in the table of this day or its neighbours (the clock may go back).
        for day in [day + 1, day, day.saturating_sub(1)] {
            if let Some(known) = known(batch, day, key, capture.received_at)? {
                let same = known.body_sha256 == idempotency.body_sha256;
                return Ok(if same { Captured::Repeated(known.capture) } else { Captured::Conflict });
            }
        }
    }
    if batch.put_new(Daily::Captures.at(capture.id.made_at()), &unit.key, &unit.value)?.is_some() {
        return Err(StoreError::Exists { what: "capture", name: capture.id.to_string() }.into());
    }
    if let (Some(key), Some(idempotency)) = (&unit.idempotency, &capture.idempotency) {
        let payload = write(capture.id, idempotency.body_sha256, capture.received_at);
        batch.put(Name::Daily(Daily::Idempotency, day), key, &seal_index(key, &payload))?;
    }
    batch.news.push(News::Captured(unit.capture));
    Ok(Captured::Stored)
}

/// The key of a capture's idempotency row: of its own automation only, because one thing that happened may start two automations.
pub(crate) fn idempotency_key(capture: &Capture, idempotency: &IdempotencyKey) -> [u8; 48] {
    let mut named = capture.automation.as_bytes().to_vec();
    named.extend_from_slice(idempotency.key.as_bytes());
    let digest = Digest::of(&named);
    let mut row = [0; 48];
    row[..key::ID].copy_from_slice(capture.workspace.as_bytes());
    row[key::ID..].copy_from_slice(digest.as_bytes());
    row
}

struct Known {
    capture: CaptureId,
    body_sha256: Digest,
}

fn known(batch: &mut Batch<'_>, day: u32, key: &[u8], now: Timestamp) -> Result<Option<Known>, Fault> {
    let name = Name::Daily(Daily::Idempotency, day);
    let Some(payload) = batch.index(name, key, "idempotency key")? else { return Ok(None) };
    let damaged = || StoreError::Damaged { what: "idempotency key", reason: "it has the wrong length".into() };
    let (capture, body_sha256, received_at) = read(&payload).ok_or_else(damaged)?;
    let live = now.millis_since(received_at) < IdempotencyKey::REMEMBERED_MS;
    Ok(live.then_some(Known { capture, body_sha256 }))
}

fn write(capture: CaptureId, body_sha256: Digest, received_at: Timestamp) -> [u8; 56] {
    let mut payload = [0; 56];
    payload[..16].copy_from_slice(capture.as_bytes());
    payload[16..48].copy_from_slice(body_sha256.as_bytes());
    payload[48..].copy_from_slice(&received_at.as_millis().to_be_bytes());
    payload
}

fn read(payload: &[u8]) -> Option<(CaptureId, Digest, Timestamp)> {
    let (capture, rest) = payload.split_first_chunk::<16>()?;
    let (sha256, millis) = rest.split_first_chunk::<32>()?;
    let millis = u64::from_be_bytes(millis.try_into().ok()?);
    Some((CaptureId::from_bytes(*capture), Digest::from_bytes(*sha256), Timestamp::from_millis(millis)))
}
