//! Compiled components on disk, so that a start does not compile anew.
//!
//! A file is named after the component's SHA-256 and everything that compiled code depends on (version, settings, CPU).
//! Loading compiled code is trusting it, so each file carries a keyed MAC that is checked first; a file that fails the
//! check is compiled again. The folder belongs to the host alone (0700), and so does its key (0600): where others could
//! have written, the key may be theirs, so key and files are thrown away.

pub(crate) mod code;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{self as unix_fs, DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use hookbox_model::Digest;
use wasmtime::Engine;

use crate::{SandboxError, compile};
use code::{Key, Verified};

/// The file with the key of the MACs.
const KEY_FILE: &str = "key";

/// How the names of files with compiled code end, and those of files that are not finished.
const COMPILED: &str = ".compiled";
const PART: &str = ".part";

/// A folder of compiled components.
pub(crate) struct CompiledCache {
    dir: PathBuf,
    key: Key,
    compatibility: u64,
    written: AtomicU64,
}

impl CompiledCache {
    /// Opens the folder, making it and its key when they are not there.
    pub(crate) fn open(dir: &Path, engine: &Engine) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::Cache { dir: dir.display().to_string(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
        // The owner of what the kernel shows of this process is the user that it runs as.
        let ours = fs::metadata("/proc/self").map_err(failed)?.uid();
        let distrusted = distrusted(dir, ours).map_err(failed)?;
        if distrusted.is_some() {
            // Or its owner could open it again. Changes nothing when it is ours; fails when it cannot be made ours.
            unix_fs::chown(dir, Some(ours), None).map_err(failed)?;
        }
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        if let Some(reason) = distrusted {
            tracing::warn!(dir = %dir.display(), reason, "compiled plugins cannot be trusted; compiling all of them again");
            empty(dir).map_err(failed)?;
        }
        let key = read_or_make_key(dir).map_err(failed)?;
        let cache = Self {
            dir: dir.to_owned(),
            key,
            compatibility: compile::compatibility(engine),
            written: AtomicU64::new(0),
        };
        cache.remove_files(|name| name.ends_with(PART) || cache.is_of_another_version(name)).map_err(failed)?;
        Ok(cache)
    }

    /// What the compiled code here depends on.
    pub(crate) fn compatibility(&self) -> u64 {
        self.compatibility
    }

    /// How the names of files begin that nothing else writes. They are to end with `.part`, and the next start removes them.
    pub(crate) fn place(&self) -> PathBuf {
        let count = self.written.fetch_add(1, Ordering::Relaxed);
        self.dir.join(format!("{}-{count}", std::process::id()))
    }

    /// The compiled code of a component, if it is here and unharmed.
    pub(crate) fn read(&self, digest: Digest) -> Option<Verified> {
        let name = self.name(digest);
        let file = match fs::read(self.dir.join(&name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%error, plugin.digest = %digest, "cannot read a compiled plugin; compiling it again");
                return None;
            }
        };
        let verified = Verified::check(&self.key, &name, file);
        if verified.is_none() {
            tracing::warn!(plugin.digest = %digest, "a compiled plugin was changed on disk; compiling it again");
        }
        verified
    }

    /// Keeps code that this host, or a process of its own, has just compiled. A cache that cannot be written costs nothing but
    /// the time to compile again.
    pub(crate) fn keep(&self, digest: Digest, code: &[u8]) -> Verified {
        let name = self.name(digest);
        let verified = Verified::sign(&self.key, &name, code);
        if let Err(error) = self.write(&name, &verified) {
            tracing::warn!(%error, plugin.digest = %digest, "cannot keep a compiled plugin; the next start compiles it again");
        }
        verified
    }

    /// Removes the compiled code of a component, whatever version of this program it is for.
    pub(crate) fn remove(&self, digest: Digest) -> io::Result<()> {
        let begins = format!("{digest}-");
        self.remove_files(|name| name.starts_with(&begins))
    }

    /// Written beside its place, synced, then moved there, so that no half file is ever seen.
    fn write(&self, name: &str, verified: &Verified) -> io::Result<()> {
        let beside = self.place().with_extension(&PART[1..]);
        let written = write_synced(&beside, verified.as_file());
        let moved = written.and_then(|()| fs::rename(&beside, self.dir.join(name)));
        if moved.is_err() {
            // Best effort: the error that matters is already in hand.
            let _ = fs::remove_file(&beside);
        }
        moved.and_then(|()| File::open(&self.dir)?.sync_all())
    }

    fn name(&self, digest: Digest) -> String {
        format!("{digest}{}", self.ending())
    }

    fn ending(&self) -> String {
        format!("-{:016x}{COMPILED}", self.compatibility)
    }

    /// Code that no start of this version of the program will read.
    fn is_of_another_version(&self, name: &str) -> bool {
        name.ends_with(COMPILED) && !name.ends_with(&self.ending())
    }

    fn remove_files(&self, of: impl Fn(&str) -> bool) -> io::Result<()> {
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(&of) || !entry.file_type()?.is_file() {
                continue;
            }
            match fs::remove_file(entry.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private().open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Why somebody else may have written what is in the folder; `None` if nobody can have.
fn distrusted(dir: &Path, ours: u32) -> io::Result<Option<&'static str>> {
    // A link to the folder must be ours too, and what counts of the folder is where the files are.
    let (link, folder) = (fs::symlink_metadata(dir)?, fs::metadata(dir)?);
    if folder.uid() != ours || link.uid() != ours {
        return Ok(Some("the folder belongs to another user"));
    }
    if folder.mode() & 0o022 != 0 {
        return Ok(Some("others may write to the folder"));
    }
    let key = match fs::symlink_metadata(dir.join(KEY_FILE)) {
        Ok(key) => key,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !key.is_file() {
        return Ok(Some("the key is not a plain file"));
    }
    if key.uid() != ours {
        return Ok(Some("the key belongs to another user"));
    }
    Ok((key.mode() & 0o777 != 0o600).then_some("others may read or write the key"))
}

/// Removes the key and all compiled code.
fn empty(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        let is_compiled = path.extension().is_some_and(|extension| extension == "compiled");
        if !is_compiled && entry.file_name() != KEY_FILE {
            continue;
        }
        // `file_type` does not follow links: a link is removed, not where it leads.
        if entry.file_type()?.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
    }
    Ok(())
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

/// A key that cannot be read back is replaced: all it costs is compiling again.
fn read_or_make_key(dir: &Path) -> io::Result<Key> {
    let path = dir.join(KEY_FILE);
    if let Some(key) = fs::read(&path).ok().and_then(|bytes| Key::from_slice(&bytes)) {
        return Ok(key);
    }
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    match fs::remove_file(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = private().open(&path)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(Key::new(bytes))
}
