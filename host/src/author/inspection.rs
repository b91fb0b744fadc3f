//! The report of an upload, made offline: the same function of the sandbox that the server calls.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use hookbox_sandbox::{Fault, Phase, Report, Sandbox};
use std::sync::{Mutex, PoisonError};

use super::build::component_of;
use super::progress::Progress;
use crate::output::{clean, size, table};

/// The file that a command is about: itself, or what a build left in a project.
pub(crate) fn component_file(given: &Path) -> Result<PathBuf> {
    if !given.is_dir() {
        return Ok(given.to_owned());
    }
    let component = component_of(given);
    if !component.is_file() {
        bail!("there is no {}; `hookbox plugin build {}` makes it", component.display(), given.display());
    }
    Ok(component)
}

/// The bytes of a component, if it is not larger than one may be.
pub(crate) fn read(file: &Path, bytes_max: u64) -> Result<Bytes> {
    let unreadable = || format!("cannot read the component {}", file.display());
    let bytes = std::fs::metadata(file).with_context(unreadable)?.len();
    if bytes > bytes_max {
        bail!("{} has {bytes} bytes, and a component may have {bytes_max}", file.display());
    }
    Ok(std::fs::read(file).with_context(unreadable)?.into())
}

/// Inspects a component as an upload is, telling what goes on.
pub(crate) async fn inspect(sandbox: &Sandbox, component: Bytes) -> Report {
    let going_on: Mutex<Option<Progress>> = Mutex::new(None);
    let tell = |phase: Phase| {
        let mut going_on = going_on.lock().unwrap_or_else(PoisonError::into_inner);
        // The phase before ends first.
        drop(going_on.take());
        *going_on = Some(Progress::begin(words_of(phase)));
    };
    sandbox.inspect(component, &tell).await
}

const fn words_of(phase: Phase) -> &'static str {
    match phase {
        Phase::Checking => "checking the component",
        Phase::Compiling => "compiling it",
        Phase::Describing => "asking it what it is",
    }
}

/// The report told to a person.
pub(crate) fn report_text(report: &Report) -> String {
    let mut told = String::new();
    // Writing to a String cannot fail.
    if let Some(manifest) = &report.manifest {
        let _ = writeln!(told, "{} {}: {}", clean(&manifest.name), clean(&manifest.version), clean(&manifest.title));
        let _ = writeln!(told, "{}", clean(&manifest.description));
    }
    let _ = writeln!(told, "SHA-256 {}", report.digest);
    let _ = write!(
        told,
        "{}, {} functions; each call makes {} core instances, {} memories, {} tables",
        size(report.bytes),
        report.functions,
        report.core_instances,
        report.memories,
        report.tables
    );
    if let Some(compile_ms) = report.compile_ms {
        let _ = write!(told, "; compiled in {}.{:02} s", compile_ms / 1_000, compile_ms % 1_000 / 10);
    }
    if let Some(manifest) = &report.manifest {
        let mut needs = table(&["asks for", "to what", "why"]);
        for need in &manifest.needs {
            needs.add_row([clean(&need.capability), clean(&need.scope.join(", ")), clean(&need.reason)]);
        }
        let asks_nothing = manifest.needs.is_empty();
        let _ = if asks_nothing { write!(told, "\nasks for nothing") } else { write!(told, "\n{needs}") };
    }
    tell_each(&mut told, "warning", &report.warnings);
    tell_each(&mut told, "fault", &report.faults);
    if report.is_good() {
        told.push_str("\nIt can be uploaded.");
    }
    told
}

fn tell_each(told: &mut String, kind: &str, faults: &[Fault]) {
    for Fault { code, message, mend } in faults {
        let _ = write!(told, "\n{kind} {code}: {}\n  → {}", clean(message), clean(mend));
    }
}

/// An error when the component cannot be uploaded.
pub(crate) fn verdict(report: &Report) -> Result<()> {
    if report.is_good() {
        return Ok(());
    }
    bail!("the component cannot be a plugin: {} to mend", counted(report.faults.len(), "fault"))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
