//! What the benches share: numbers from their command line, and the memory of a program.

use anyhow::{Context, Result};

use crate::program::Program;

/// The number after `name` on the command line.
pub fn number(arguments: &[String], name: &str, default: u64) -> Result<u64> {
    match arguments.iter().position(|argument| argument == name) {
        None => Ok(default),
        Some(at) => {
            arguments.get(at + 1).and_then(|text| text.parse().ok()).with_context(|| format!("{name} wants a number"))
        }
    }
}

/// The memory that a program holds now, in MiB.
pub fn rss_mb(program: &Program) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id()))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("VmRSS")?;
    Ok(line.split_whitespace().nth(1).context("kB")?.parse::<f64>()? / 1024.0)
}
