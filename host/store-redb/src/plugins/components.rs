//! Components on disk: files named by their digest, there whole or not at all.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use hookbox_model::Digest;
use hookbox_store::StoreError;

use crate::disk::{self, Disk};

/// The folder of components in the store's directory.
pub(crate) const FOLDER: &str = "components";

/// Where a component lies in the store's directory.
pub(crate) fn name_of(digest: Digest) -> PathBuf {
    Path::new(FOLDER).join(format!("{digest}.wasm"))
}

/// Writes a component so that it is there whole or not at all.
pub(super) fn keep(disk: &dyn Disk, digest: Digest, component: &[u8]) -> io::Result<()> {
    let name = name_of(digest);
    if disk.read(&name).is_ok_and(|known| known == component) {
        // Whoever wrote it may have been stopped before its name was safe.
        return disk.sync_folder(Path::new(FOLDER));
    }
    disk::replace(disk, &name, &name.with_extension("wasm.next"), component)
}

/// The component, if it is there.
pub(super) fn read(disk: &dyn Disk, digest: Digest) -> io::Result<Option<Bytes>> {
    match disk.read(&name_of(digest)) {
        Ok(bytes) => Ok(Some(Bytes::from(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes a component away, if it is there.
pub(super) fn forget(disk: &dyn Disk, digest: Digest) -> io::Result<()> {
    match disk.remove(&name_of(digest)) {
        Ok(()) => disk.sync_folder(Path::new(FOLDER)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes away what uploads left that came to no record: components that are not among `needed`, and halves of files. Other
/// files are not ours and stay. How many there were.
pub(crate) fn sweep(disk: &dyn Disk, needed: &BTreeSet<Digest>) -> io::Result<usize> {
    let mut swept = 0;
    for name in disk.names(Path::new(FOLDER))? {
        let Some(text) = name.to_str() else { continue };
        let is_leftover = match text.split_once('.') {
            Some((digest, "wasm")) => digest.parse().is_ok_and(|digest| !needed.contains(&digest)),
            Some((digest, "wasm.next")) => digest.parse::<Digest>().is_ok(),
            Some(_) | None => false,
        };
        if is_leftover {
            disk.remove(&Path::new(FOLDER).join(&name))?;
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
