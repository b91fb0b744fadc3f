//! On what it was measured, and what was: the machine, the file system of the data, versions, the date.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::processor;

/// The lock file of this workspace: which versions of the libraries are measured.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// Everything that the figures hang on, as JSON.
pub(crate) fn describe(dir: &Path) -> Value {
    let here = env!("CARGO_MANIFEST_DIR");
    json!({
        "date": jiff::Timestamp::now().to_string(),
        "cpu": first_value("/proc/cpuinfo", "model name"),
        "cores": processor::count(),
        "memory_mb": first_value("/proc/meminfo", "MemTotal").and_then(|text| kib(&text)).map(|kib| kib * 1024 / 1_000_000),
        "kernel": said(Command::new("uname").arg("-sr")),
        "load_before": std::fs::read_to_string("/proc/loadavg").ok().map(|text| text.trim().to_owned()),
        "data_file_system": said(Command::new("stat").args(["-f", "-c", "%T"]).arg(dir)),
        "data_device": said(Command::new("df").arg("--output=source").arg(dir)).and_then(|text| Some(text.lines().nth(1)?.to_owned())),
        "hookbox": env!("CARGO_PKG_VERSION"),
        "commit": said(Command::new("git").args(["-C", here, "describe", "--always", "--dirty", "--abbrev=12"])),
        "rustc": said(Command::new("rustc").arg("--version").current_dir(here)),
        "optimised": !cfg!(debug_assertions),
        "wasmtime": locked("wasmtime"),
        "redb": locked("redb"),
        "hyper": locked("hyper"),
        "settings": settings(),
    })
}

/// What the environment sets of the host's configuration.
fn settings() -> Vec<String> {
    let set = std::env::vars().filter(|(name, _)| name.starts_with("HOOKBOX__"));
    set.map(|(name, value)| format!("{name}={value}")).collect()
}

fn first_value(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn kib(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn locked(package: &str) -> Option<&'static str> {
    let (_, after) = LOCK.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next()
}
