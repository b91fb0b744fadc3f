//! From bytes to a plugin that can be called: compiled as an upload is, and read from the compiled cache as after a restart.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hookbox_model::Digest;
use hookbox_sandbox::{CompilerCommand, Config, Loaded, Sandbox};

/// How often the cache is read; the best time counts.
const READS: u32 = 10;

/// How long [`Sandbox::load`] takes.
pub(crate) struct Loading {
    /// With a compiler process that compiles, once.
    pub(crate) compiled: Duration,
    /// In a new sandbox that finds the compiled code, the best of [`READS`].
    pub(crate) cached: Duration,
}

/// Loads a component in every way, the folder `dir` being empty. The last sandbox is handed over.
pub(crate) async fn load(component: &[u8], dir: &Path) -> Result<(Sandbox, Arc<Loaded>, Loading)> {
    let (_, first, compiled) = load_once(component, dir).await?;
    ensure!(first.was_compiled(), "the folder of compiled code was not empty");
    let (mut sandbox, mut loaded, mut cached) = load_once(component, dir).await?;
    for _ in 1..READS {
        let took;
        (sandbox, loaded, took) = load_once(component, dir).await?;
        ensure!(!loaded.was_compiled(), "compiled code was not kept");
        cached = cached.min(took);
    }
    Ok((sandbox, loaded, Loading { compiled, cached }))
}

async fn load_once(component: &[u8], dir: &Path) -> Result<(Sandbox, Arc<Loaded>, Duration)> {
    let program = env!("CARGO_BIN_EXE_hookbox-sandbox-compiler").into();
    let compiler = Some(CompilerCommand { program, args: Vec::new() });
    let sandbox = Sandbox::new(Config { compiler, cache_dir: Some(dir.to_owned()), ..Config::default() })?;
    let digest = Digest::of(component);
    let begun = Instant::now();
    let loaded = sandbox.load(digest, component).await?;
    Ok((sandbox, loaded, begun.elapsed()))
}
