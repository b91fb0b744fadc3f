//! From a component to compiled code: validated with the features that plugins may have, then compiled.
//!
//! [`translate`] does the work, in whatever process it is. A host gives it to a child process of its own
//! ([`CompilerCommand`](crate::CompilerCommand), [`compile_component`]), which has limits on time and memory and can be killed:
//! what is compiled is hostile, and neither wasmparser nor Cranelift promise to be quick, frugal or free of panics.

pub(crate) mod child;

use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::Path;
use std::{process, thread};

use rustix::process::{Resource, Rlimit, nice, setrlimit};
use serde::{Deserialize, Serialize};
use wasmparser::{Validator, WasmFeatures};
use wasmtime::Engine;

use crate::engine;
use crate::log::printable;

/// The longest message that is kept of validation, compiler or linker, in bytes.
pub(crate) const MESSAGE_BYTES_MAX: usize = 2 * 1024;

/// How much the child process gives way to others.
const NICENESS: i32 = 10;

/// The stack of the thread that waits for the end of the host, in bytes.
const WATCH_STACK_BYTES: usize = 64 * 1024;

/// What the child process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// Address space in bytes.
    pub memory_bytes: u64,
    /// CPU time of all threads together, in seconds.
    pub cpu_s: u64,
    /// Bytes of compiled code.
    pub code_bytes: u64,
}

/// What came of compiling in a child process: the one line that it writes to its standard output, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Compilation {
    /// The code is in the output file.
    Compiled {
        /// What the code depends on; it must be that of whoever runs it.
        compatibility: u64,
    },
    /// The component is damaged or uses features that plugins cannot have.
    Invalid {
        /// What is wrong and where.
        message: String,
    },
    /// The component is valid and cannot be compiled.
    Uncompilable {
        /// Why.
        message: String,
    },
    /// Something around the compiler failed.
    Failed {
        /// What.
        message: String,
    },
}

/// Compiles the file `input` into the file `output`, which exists, in a process that does nothing else and is ended afterwards:
/// its limits are set here and stay. It ends early when its standard input does, as it does when the host is gone.
pub fn compile_component(limits: CompileLimits, input: &Path, output: &Path) -> Compilation {
    let failed =
        |what: &str, error: &dyn std::fmt::Display| Compilation::Failed { message: format!("{what}: {error}") };
    if let Err(error) = limit_this_process(limits) {
        return failed("cannot set limits", &error);
    }
    let waiting = thread::Builder::new().stack_size(WATCH_STACK_BYTES).spawn(end_with_host);
    if let Err(error) = waiting {
        return failed("cannot watch the host", &error);
    }
    let component = match fs::read(input) {
        Ok(component) => component,
        Err(error) => return failed("cannot read the component", &error),
    };
    let engine = match engine::make_for_compiling() {
        Ok(engine) => engine,
        Err(error) => return failed("no compiler", &error),
    };
    let code = match translate(&engine, &component) {
        Ok(code) => code,
        Err(Untranslatable::Invalid(error)) => return Compilation::Invalid { message: text_of(&error) },
        Err(Untranslatable::Uncompilable(message)) => return Compilation::Uncompilable { message },
    };
    // Never made here: whoever gave up meanwhile has removed it, and nothing is to be left behind.
    let written = OpenOptions::new().write(true).truncate(true).open(output).and_then(|mut file| file.write_all(&code));
    match written {
        Ok(()) => Compilation::Compiled { compatibility: compatibility(&engine) },
        Err(error) => failed("cannot write the code", &error),
    }
}

/// The host writes nothing; an end or an error says that it is gone.
fn end_with_host() {
    // Whatever came of it, nobody is there to be told.
    let _ = io::copy(&mut io::stdin(), &mut io::sink());
    process::exit(1);
}

fn limit_this_process(limits: CompileLimits) -> io::Result<()> {
    for (resource, most, beyond) in [
        (Resource::As, limits.memory_bytes, 0),
        // Past the first number it is told which limit it passed, past the second it is only killed.
        (Resource::Cpu, limits.cpu_s, 1),
        (Resource::Fsize, limits.code_bytes, 0),
        (Resource::Core, 0, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most.saturating_add(beyond)) })?;
    }
    nice(NICENESS)?;
    Ok(())
}

/// Why a component has no compiled code.
#[derive(Debug)]
pub(crate) enum Untranslatable {
    Invalid(wasmparser::BinaryReaderError),
    Uncompilable(String),
}

/// Validates and compiles. Takes as long and as much memory as the component wants.
fn translate(engine: &Engine, component: &[u8]) -> Result<Vec<u8>, Untranslatable> {
    validate(component).map_err(Untranslatable::Invalid)?;
    engine.precompile_component(component).map_err(|error| Untranslatable::Uncompilable(message_of(&error)))
}

/// Refuses what is damaged, and what uses features that plugins cannot have.
pub(crate) fn validate(component: &[u8]) -> Result<(), wasmparser::BinaryReaderError> {
    Validator::new_with_features(features()).validate_all(component).map(|_| ())
}

/// What plugins may use: WebAssembly 3.0 without threads, exceptions and garbage collection, and the component model without
/// its asynchronous part. The same as the engine's, which refuses the rest once more.
fn features() -> WasmFeatures {
    let without = WasmFeatures::THREADS | WasmFeatures::EXCEPTIONS | WasmFeatures::GC_TYPES;
    WasmFeatures::WASM3.difference(without) | WasmFeatures::COMPONENT_MODEL
}

/// What compiled code depends on (version, settings, CPU), as a number.
pub(crate) fn compatibility(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

/// What wasmtime says of an error, fit to be shown.
pub(crate) fn message_of(error: &wasmtime::Error) -> String {
    printable(&format!("{error:#}"), MESSAGE_BYTES_MAX)
}

fn text_of(error: &wasmparser::BinaryReaderError) -> String {
    printable(&format!("{} at byte {}", error.message(), error.offset()), MESSAGE_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::{compatibility, features, validate};
    use crate::{Config, engine};

    #[test]
    fn code_of_the_child_process_fits_the_engine_that_runs_it() {
        let engine = engine::make(&Config::default()).expect("an engine");
        let compiling = engine::make_for_compiling().expect("an engine");
        assert_eq!(compatibility(&engine), compatibility(&compiling));
    }

    #[test]
    fn what_plugins_may_use_is_what_the_engine_compiles() {
        let engine = engine::make_for_compiling().expect("an engine");
        assert!(!features().is_empty());
        for (text, allowed) in [
            ("(component (core module (memory i64 1) (memory 1)))", true),
            ("(component (core module (func (result v128) (v128.const i64x2 0 0))))", true),
            ("(component (core module (func (return_call 0))))", true),
            ("(component (core module (memory 1 1 shared)))", false),
            ("(component (core module (tag)))", false),
            ("(component (core module (type (struct))))", false),
            ("(component (type (stream u8)))", false),
            ("(component (core module (memory 1 (pagesize 1))))", false),
        ] {
            let component = wat::parse_str(text).expect("right");
            assert_eq!(validate(&component).is_ok(), allowed, "{text}");
            assert_eq!(engine.precompile_component(&component).is_ok(), allowed, "{text}");
        }
    }
}
