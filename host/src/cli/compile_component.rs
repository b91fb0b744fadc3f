//! `hookbox compile-component`: what the program starts of itself for each upload, so that compiling has limits and can be
//! stopped. Not for people: it prints one line of JSON.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use hookbox_sandbox::{CompileLimits, compile_component};

/// Compile one component for the host that started this
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct CompileComponent {
    /// The most address space, in bytes
    #[arg(long)]
    memory_bytes: u64,
    /// The most CPU time, in seconds
    #[arg(long)]
    cpu_s: u64,
    /// The most bytes of compiled code
    #[arg(long)]
    code_bytes: u64,
    /// The component
    input: PathBuf,
    /// The file for its code, which exists
    output: PathBuf,
}

impl CompileComponent {
    /// Compiles, and says what came of it.
    pub(crate) fn run(self) -> Result<()> {
        let limits = CompileLimits { memory_bytes: self.memory_bytes, cpu_s: self.cpu_s, code_bytes: self.code_bytes };
        let came_of_it = compile_component(limits, &self.input, &self.output);
        writeln!(io::stdout(), "{}", serde_json::to_string(&came_of_it)?)?;
        Ok(())
    }
}
