//! The key of secrets at rest: from the environment, or a file of its own in the data directory, made at the first start.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use hookbox_vault::Vault;

use crate::fresh::random;

/// The variable that holds the key as 64 hexadecimal digits; it stands over the file.
pub(crate) const VARIABLE: &str = "HOOKBOX_SECRET_KEY";

/// The file in the data directory.
pub(crate) const FILE: &str = "secret.key";

/// By what the key of a data directory can be told; `None` when there is none, and none is made.
pub(crate) fn fingerprint(data: &Path) -> Result<Option<String>> {
    let is_there = std::env::var(VARIABLE).is_ok() || data.join(FILE).exists();
    if is_there { Ok(Some(open(data)?.fingerprint().to_owned())) } else { Ok(None) }
}

/// By what the key in the environment can be told, if there is one.
pub(crate) fn fingerprint_of_variable() -> Result<Option<String>> {
    let Ok(text) = std::env::var(VARIABLE) else { return Ok(None) };
    let key = key_of(&text).with_context(|| format!("{VARIABLE} must be 64 hexadecimal digits"))?;
    Ok(Some(Vault::new(key).fingerprint().to_owned()))
}

/// Refuses a file whose key is not the one with this fingerprint.
pub(crate) fn is_key(file: &Path, wanted: &str) -> Result<()> {
    let found = Vault::new(key_in(file)?).fingerprint().to_owned();
    ensure!(found == wanted, "{} is another key: its fingerprint is {found}, and {wanted} is needed", file.display());
    Ok(())
}

/// Puts the key in `file` into a data directory.
pub(crate) fn put(file: &Path, data: &Path) -> Result<()> {
    write(&data.join(FILE), key_in(file)?).with_context(|| format!("no key of secrets was put into {}", data.display()))
}

fn key_in(file: &Path) -> Result<[u8; 32]> {
    let key = File::open(file).map_err(Into::into).and_then(read);
    key.with_context(|| format!("the key of secrets in {} cannot be used", file.display()))
}

/// Opens the vault. Whoever loses the key loses the secrets that were sealed with it, and nothing else.
pub(crate) fn open(data: &Path) -> Result<Vault> {
    if let Ok(text) = std::env::var(VARIABLE) {
        let key = key_of(&text).with_context(|| format!("{VARIABLE} must be 64 hexadecimal digits"))?;
        return Ok(Vault::new(key));
    }
    let path = data.join(FILE);
    let key = match File::open(&path) {
        Ok(file) => read(file).with_context(|| format!("the key of secrets in {} cannot be used", path.display()))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(&path).with_context(|| format!("no key of secrets was made in {}", path.display()))?
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    Ok(Vault::new(key))
}

fn read(file: File) -> Result<[u8; 32]> {
    ensure!(file.metadata()?.mode() & 0o077 == 0, "others may read or write it; set its mode to 0600");
    let mut text = String::new();
    file.take(1_024).read_to_string(&mut text)?;
    key_of(text.trim())
}

fn make(path: &Path) -> Result<[u8; 32]> {
    let key = random::<32>()?;
    write(path, key)?;
    Ok(key)
}

/// Written and synced under another name first: a key that is half there would lock its secrets for ever.
fn write(path: &Path, key: [u8; 32]) -> Result<()> {
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

fn key_of(text: &str) -> Result<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("it is not 64 hexadecimal digits");
    }
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair)?, 16)?;
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use hookbox_model::Id;
    use hookbox_vault::{Place, Secret};

    use super::open;

    #[test]
    fn the_key_of_the_first_start_opens_what_was_sealed_at_the_next_and_is_nobody_elses() {
        let data = tempfile::tempdir().expect("a directory");
        let place = Place::of_inbox(Id::from_bytes([1; 16]), Id::from_bytes([2; 16]), Id::from_bytes([3; 16]));
        let secret = Secret::from_random([4; 32]);
        let sealed = open(data.path()).expect("a new key").seal(&place, &secret, [5; 24]);
        assert_eq!(open(data.path()).expect("the same key").open(&place, &sealed), Ok(secret));
        let file = data.path().join("secret.key");
        assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("a mode is set");
        assert!(open(data.path()).is_err(), "others could read it");
    }
}
