//! Components on disk: files named by their digest, there whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use hookbox_model::Digest;
use hookbox_store::StoreError;

use crate::high_water::sync_dir;

/// The folder of components in the store's directory.
pub(crate) const FOLDER: &str = "components";

/// Where a component lies.
pub(crate) fn path_of(dir: &Path, digest: Digest) -> PathBuf {
    dir.join(FOLDER).join(format!("{digest}.wasm"))
}

/// Writes a component so that it is there whole or not at all.
pub(super) fn keep(path: &Path, component: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|known| known == component) {
        return Ok(());
    }
    let next = path.with_extension("wasm.next");
    let mut file = File::create(&next)?;
    file.write_all(component)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&next, path)?;
    sync_dir(path)
}

/// The component, if it is there.
pub(super) fn read(path: &Path) -> io::Result<Option<Bytes>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Bytes::from(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes a component away, if it is there.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_dir(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes away what uploads left that came to no record: components that are not among `needed`, and halves of files. Other
/// files are not ours and stay. How many there were.
pub(crate) fn sweep(dir: &Path, needed: &BTreeSet<Digest>) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(dir.join(FOLDER))? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_leftover = match name.split_once('.') {
            Some((digest, "wasm")) => digest.parse().is_ok_and(|digest| !needed.contains(&digest)),
            Some((digest, "wasm.next")) => digest.parse::<Digest>().is_ok(),
            Some(_) | None => false,
        };
        if is_leftover {
            fs::remove_file(entry.path())?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Works on a file, away from the runtime's threads.
pub(super) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let unavailable = |reason: String| StoreError::Unavailable { reason };
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| unavailable(error.to_string()))?;
    done.map_err(|error| unavailable(format!("a component cannot be read or written: {error}")))
}
