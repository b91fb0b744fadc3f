//! The parent's side of compiling in a child process: files, limits on waiting, and what the way it ended means.
//!
//! The child gets no environment and two paths in the cache folder. Both files are gone when the call is over, however it ends;
//! so is the child.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use rustix::process::Signal;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::task::spawn_blocking;

use super::{Compilation, CompileLimits};
use crate::config::{CompilerCommand, Config};
use crate::log::printable;

/// How much is kept of what the child says, in bytes; what is more is read and thrown away.
const SAID_BYTES_MAX: u64 = 16 * 1024;

/// What a child says that got no more memory: Rust's allocator, the system, and Cranelift, which catches some of it and panics.
const NO_MEMORY: [&str; 3] = ["memory allocation of", "Cannot allocate memory", "out of memory"];

/// How much of a crashed child's complaint is logged, in bytes.
const COMPLAINT_BYTES_MAX: usize = 2 * 1024;

/// What a Rust program exits with when its main thread panics.
const PANICKED: i32 = 101;

/// How a child process ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The code.
    Compiled(Vec<u8>),
    /// See [`Compilation::Invalid`].
    Invalid(String),
    /// See [`Compilation::Uncompilable`].
    Uncompilable(String),
    /// It needed more than it may have.
    PastLimit {
        /// The kind of fault.
        code: &'static str,
        /// The limit.
        limit: String,
    },
    /// It crashed over the component.
    Crashed,
}

/// Compiles `component` for engines of this `compatibility`, with files whose names begin as `place` does. An error is the host's
/// own: trying again may help.
pub(crate) async fn compile(
    compiler: &CompilerCommand,
    config: &Config,
    (place, compatibility): (PathBuf, u64),
    component: Bytes,
) -> Result<Ended, String> {
    let limits = CompileLimits {
        memory_bytes: config.compile_memory_bytes,
        cpu_s: config.compile_cpu_s,
        code_bytes: config.compiled_bytes_max,
    };
    let files = off_thread("cannot write what is to be compiled", move || Files::make(&place, &component)).await?;
    let mut child = start(compiler, limits, &files).map_err(|error| format!("cannot start the compiler: {error}"))?;
    let deadline_ms = config.compile_deadline_ms;
    let Ok(waited) = tokio::time::timeout(Duration::from_millis(deadline_ms), wait(&mut child)).await else {
        // Dropping it would kill it too, but not wait for its end.
        child.kill().await.map_err(|error| format!("cannot stop the compiler: {error}"))?;
        return Ok(Ended::PastLimit { code: "compile-deadline", limit: format!("{deadline_ms} ms") });
    };
    let (status, said, complaint) = waited.map_err(|error| format!("cannot wait for the compiler: {error}"))?;
    if !status.success() {
        return unfinished(status, &complaint, limits);
    }
    let said =
        serde_json::from_slice(&said).map_err(|error| format!("the compiler's answer makes no sense: {error}"))?;
    match said {
        Compilation::Compiled { compatibility: is } if is == compatibility => {
            let read = move || files.code(limits.code_bytes);
            off_thread("cannot read the compiled code", read).await.map(Ended::Compiled)
        }
        Compilation::Compiled { .. } => Err("the compiler is of another version than this host; restart it".into()),
        Compilation::Invalid { message } => Ok(Ended::Invalid(message)),
        Compilation::Uncompilable { message } => Ok(Ended::Uncompilable(message)),
        Compilation::Failed { message } => Err(message),
    }
}

/// What a child that did not answer died of.
fn unfinished(status: ExitStatus, complaint: &str, limits: CompileLimits) -> Result<Ended, String> {
    let is = |signal: Signal| status.signal() == Some(signal.as_raw());
    let past = |code, limit| Ok(Ended::PastLimit { code, limit });
    if is(Signal::XCPU) {
        return past("compile-cpu-time", format!("{} s of CPU time", limits.cpu_s));
    }
    if is(Signal::XFSZ) {
        return past("compiled-bytes", format!("{} bytes of compiled code", limits.code_bytes));
    }
    if NO_MEMORY.iter().any(|said| complaint.contains(said)) {
        return past("compile-memory", format!("{} bytes of memory", limits.memory_bytes));
    }
    tracing::warn!(%status, complaint, "the compiler did not come to an answer");
    let crashed = [Signal::ABORT, Signal::SEGV, Signal::BUS, Signal::ILL, Signal::FPE, Signal::SYS].into_iter().any(is);
    if crashed || status.code() == Some(PANICKED) {
        return Ok(Ended::Crashed);
    }
    Err(format!("the compiler ended with {status}; look whether the machine is short of memory"))
}

fn start(compiler: &CompilerCommand, limits: CompileLimits, files: &Files) -> io::Result<Child> {
    Command::new(&compiler.program)
        .args(&compiler.args)
        .args(["--memory-bytes", &limits.memory_bytes.to_string()])
        .args(["--cpu-s", &limits.cpu_s.to_string()])
        .args(["--code-bytes", &limits.code_bytes.to_string()])
        .arg(&files.input)
        .arg(&files.output)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

async fn wait(child: &mut Child) -> io::Result<(ExitStatus, Vec<u8>, String)> {
    // Open until it has ended: a child whose host is gone reads its end, and ends too.
    let _here = child.stdin.take();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (status, said, complaint) = tokio::join!(child.wait(), hear(stdout), hear(stderr));
    let complaint = printable(&String::from_utf8_lossy(&complaint?), COMPLAINT_BYTES_MAX);
    Ok((status?, said?, complaint))
}

/// Reads to the end, so that the child never waits to be heard, and keeps the beginning.
async fn hear(stream: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    if let Some(mut stream) = stream {
        (&mut stream).take(SAID_BYTES_MAX).read_to_end(&mut said).await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(said)
}

async fn off_thread<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, String> {
    let done = spawn_blocking(work).await.map_err(io::Error::other).flatten();
    done.map_err(|error| format!("{what}: {error}"))
}

/// What the child reads and what it writes; gone when this is dropped.
struct Files {
    input: PathBuf,
    output: PathBuf,
}

impl Files {
    fn make(place: &Path, component: &[u8]) -> io::Result<Self> {
        let files = Self { input: place.with_extension("component.part"), output: place.with_extension("code.part") };
        let private = |path| OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        private(&files.input)?.write_all(component)?;
        private(&files.output)?;
        Ok(files)
    }

    fn code(&self, bytes_max: u64) -> io::Result<Vec<u8>> {
        let mut code = Vec::new();
        File::open(&self.output)?.take(bytes_max.saturating_add(1)).read_to_end(&mut code)?;
        if code.len() as u64 > bytes_max {
            return Err(io::Error::other("it is too large"));
        }
        Ok(code)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for path in [&self.input, &self.output] {
            // Nothing more can be done; the next start removes what is left.
            let _ = fs::remove_file(path);
        }
    }
}
