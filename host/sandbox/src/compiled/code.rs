//! Verified compiled code: the one place of the sandbox that needs `unsafe`, with the check that makes it sound.
//!
//! wasmtime trusts what it deserialises: altered code could do anything. So [`Verified`] can only be made by checking the
//! MAC of the host's own key, and only a [`Verified`] can be loaded.

use wasmtime::Engine;
use wasmtime::component::Component;

/// The length of a MAC in bytes.
const MAC_BYTES: usize = blake3::OUT_LEN;

/// The key of the MACs, which never leaves the cache folder.
pub(crate) struct Key([u8; blake3::KEY_LEN]);

impl Key {
    /// A key of random bytes.
    pub(super) fn new(bytes: [u8; blake3::KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// A key as it was written; `None` when it has another length.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The MAC of `code` under `name`: the name is part of it, so that files cannot change places.
    pub(super) fn mac(&self, name: &str, code: &[u8]) -> [u8; MAC_BYTES] {
        *self.hash(name, code).as_bytes()
    }

    fn hash(&self, name: &str, code: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes()).update(code);
        hasher.finalize()
    }
}

/// Compiled code that this host wrote itself, unchanged since.
pub(crate) struct Verified(Vec<u8>);

impl Verified {
    /// Checks the MAC at the beginning of `file`; `None` when it is not that of `key` for `name` and the rest.
    pub(super) fn check(key: &Key, name: &str, file: Vec<u8>) -> Option<Self> {
        let (mac, code) = file.split_first_chunk::<MAC_BYTES>()?;
        // `blake3::Hash` compares in constant time.
        (key.hash(name, code) == *mac).then_some(Self(file))
    }

    /// The component, ready to run.
    #[allow(unsafe_code, reason = "loading compiled code cannot be checked by the compiler, only by the MAC")]
    pub(crate) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: `deserialize` needs bytes that `Component::serialize` of the same wasmtime wrote and nobody changed.
        // `self` exists only if the keyed MAC over them matched, the key is readable by the host alone, and it signs
        // nothing but the output of `serialize`. wasmtime itself refuses code of another version or other settings.
        unsafe { Component::deserialize(engine, &self.0[MAC_BYTES..]) }
    }
}
