//! The envelope of every value: `[version u8][crc32c u32][payload]`.
//!
//! redb does not verify checksums when it reads. The sum here covers key, version and payload, so that a flipped bit in
//! either is an error and never a wrong value, and a value under another's key is one too.

/// Bytes before the payload.
pub(crate) const HEADER: usize = 5;

/// A value to write the payload onto.
pub(crate) fn begin(capacity: usize) -> Vec<u8> {
    let mut value = Vec::with_capacity(HEADER + capacity);
    value.extend_from_slice(&[0; HEADER]);
    value
}

/// Completes a value that [`begin`] began.
pub(crate) fn finish(key: &[u8], version: u8, mut value: Vec<u8>) -> Vec<u8> {
    let sum = checksum(key, version, &value[HEADER..]);
    value[0] = version;
    value[1..HEADER].copy_from_slice(&sum.to_le_bytes());
    value
}

/// A whole value around `payload`.
pub(crate) fn seal(key: &[u8], version: u8, payload: &[u8]) -> Vec<u8> {
    let mut value = begin(payload.len());
    value.extend_from_slice(payload);
    finish(key, version, value)
}

/// The version and payload of a value, or what is wrong with it.
pub(crate) fn open<'a>(key: &[u8], value: &'a [u8]) -> Result<(u8, &'a [u8]), String> {
    let Some((header, payload)) = value.split_first_chunk::<HEADER>() else {
        return Err(format!("{} bytes are too few for an envelope", value.len()));
    };
    let [version, sum @ ..] = *header;
    let (stored, found) = (u32::from_le_bytes(sum), checksum(key, version, payload));
    if stored != found {
        return Err(format!("its checksum is {found:08x} and should be {stored:08x}"));
    }
    Ok((version, payload))
}

fn checksum(key: &[u8], version: u8, payload: &[u8]) -> u32 {
    let sum = crc32c::crc32c_append(crc32c::crc32c(key), &[version]);
    crc32c::crc32c_append(sum, payload)
}

#[cfg(test)]
mod tests {
    use super::{open, seal};

    #[test]
    fn every_flipped_bit_of_key_or_value_is_found() {
        let (key, payload) = (b"key".to_vec(), b"a payload of some length");
        let value = seal(&key, 1, payload);
        assert_eq!(open(&key, &value), Ok((1, payload.as_slice())));
        for bit in 0..value.len() * 8 {
            let mut flipped = value.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key, &flipped).is_err(), "bit {bit} of the value");
        }
        for bit in 0..key.len() * 8 {
            let mut flipped = key.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&flipped, &value).is_err(), "bit {bit} of the key");
        }
        assert!(open(&key, &value[..4]).is_err());
    }
}
