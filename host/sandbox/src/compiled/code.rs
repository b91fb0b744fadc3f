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

    fn hash(&self, name: &str, code: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes()).update(code);
        hasher.finalize()
    }
}

/// Compiled code that this host wrote itself, unchanged since.
pub(crate) struct Verified(Vec<u8>);

impl Verified {
    /// Puts the MAC before `code`, which this program has just compiled itself, here or in a child process of its own.
    pub(super) fn sign(key: &Key, name: &str, code: &[u8]) -> Self {
        let mut file = Vec::with_capacity(MAC_BYTES + code.len());
        file.extend_from_slice(key.hash(name, code).as_bytes());
        file.extend_from_slice(code);
        Self(file)
    }

    /// The bytes to keep, which [`Verified::check`] takes again.
    pub(super) fn as_file(&self) -> &[u8] {
        &self.0
    }

    /// Checks the MAC at the beginning of `file`; `None` when it is not that of `key` for `name` and the rest.
    pub(super) fn check(key: &Key, name: &str, file: Vec<u8>) -> Option<Self> {
        let (mac, code) = file.split_first_chunk::<MAC_BYTES>()?;
        // `blake3::Hash` compares in constant time.
        (key.hash(name, code) == *mac).then_some(Self(file))
    }

    /// The component, ready to run.
    #[allow(unsafe_code, reason = "loading compiled code cannot be checked by the compiler, only by the MAC")]
    pub(crate) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: `deserialize` needs bytes that wasmtime compiled and nobody changed. `self` exists only if the keyed MAC over
        // them matched or was just made, the key is readable by the host alone, and it signs nothing but what this process or
        // a child of its own binary compiled, in a folder that belongs to the host alone. wasmtime itself refuses code of
        // another version or other settings.
        unsafe { Component::deserialize(engine, &self.0[MAC_BYTES..]) }
    }
}
