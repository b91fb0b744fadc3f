//! The sandbox on the author's machine: the one of production with the limits of the configuration, for one command.
//!
//! Compiled code is kept for the user between commands, as a component of JavaScript or Python takes many seconds to compile.

use std::env;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use hookbox_model::HttpScope;
use hookbox_sandbox::{Config, Sandbox};

use super::progress::Progress;
use crate::assemble::compiler;

/// How many compiled components are kept.
const KEPT_MAX: usize = 8;

/// A sandbox, and the folder of compiled code for it alone: one that another program has open loses what it is writing.
pub(crate) struct Bench {
    /// The sandbox.
    pub(crate) sandbox: Sandbox,
    _alone: File,
}

/// A sandbox with these limits.
pub(crate) fn open(mut config: Config) -> Result<Bench> {
    let dir = cache_dir(env::var_os("XDG_CACHE_HOME").map(PathBuf::from), env::home_dir());
    let dir = dir.context("there is no folder to keep compiled plugins in: set HOME or XDG_CACHE_HOME")?;
    let alone = lock(&dir).and_then(|alone| keep_the_newest(&dir).map(|()| alone));
    let alone = alone.with_context(|| {
        format!(
            "compiled plugins cannot be kept in {}; set XDG_CACHE_HOME to a folder that can be written",
            dir.display()
        )
    })?;
    config.cache_dir = Some(dir);
    config.compiler = Some(compiler());
    let sandbox = Sandbox::new(config).context("the sandbox was not built")?;
    Ok(Bench { sandbox, _alone: alone })
}

/// Waits until no other command has the folder.
fn lock(dir: &Path) -> io::Result<File> {
    fs::create_dir_all(dir)?;
    let file = File::create(dir.join("lock"))?;
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        let _going_on = Progress::begin("waiting for another command that compiles");
        file.lock()?;
    }
    Ok(file)
}

/// As [`open`], with calls of plugins going to this machine only: what they may reach there is what is granted.
pub(crate) fn open_beside_stand_ins(mut config: Config) -> Result<Bench> {
    config.http.allowed_hosts = vec![HttpScope::Anywhere];
    config.http.allowed_networks = vec!["127.0.0.1/32".parse().context("a network that is written here")?];
    config.http.private_networks = false;
    open(config)
}

/// Where the user's compiled components are; nowhere without a home.
fn cache_dir(named: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let caches = named.filter(|dir| dir.is_absolute()).or_else(|| home.map(|home| home.join(".cache")))?;
    Some(caches.join("hookbox").join("compiled"))
}

/// Removes the oldest compiled code when there is too much.
fn keep_the_newest(dir: &Path) -> io::Result<()> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "compiled") {
            let written = fs::metadata(&path)?.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            kept.push((written, path));
        }
    }
    kept.sort();
    // One place is for what this command compiles.
    let too_many = kept.len().saturating_sub(KEPT_MAX - 1);
    kept.iter().take(too_many).try_for_each(|(_, path)| fs::remove_file(path))
}

#[cfg(test)]
mod tests {
    use super::{KEPT_MAX, cache_dir, keep_the_newest};
    use std::fs::{self, File};
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    #[test]
    fn compiled_code_is_kept_in_the_users_cache() {
        let at = |named: &str, home: &str| {
            let path = |text: &str| (!text.is_empty()).then(|| PathBuf::from(text));
            cache_dir(path(named), path(home)).map(|dir| dir.display().to_string())
        };
        assert_eq!(at("/c", "/h").as_deref(), Some("/c/hookbox/compiled"));
        assert_eq!(at("relative", "/h").as_deref(), Some("/h/.cache/hookbox/compiled"));
        assert_eq!(at("", ""), None);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for number in 0..KEPT_MAX + 3 {
            let file = File::create(dir.path().join(format!("{number}.compiled"))).expect("a writable folder");
            let age = Duration::from_secs(1_000 - number as u64);
            file.set_modified(SystemTime::now() - age).expect("a file of ours");
        }
        fs::write(dir.path().join("key"), "").expect("a writable folder");
        keep_the_newest(dir.path()).expect("a folder of ours");
        let left = fs::read_dir(dir.path()).expect("readable").count();
        assert_eq!(left, KEPT_MAX - 1 + 1);
        assert!(!dir.path().join("3.compiled").exists() && dir.path().join("4.compiled").exists());
    }
}
