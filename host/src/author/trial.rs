//! A plugin tried out on a fixture: one call in the sandbox, with surroundings that the fixture makes up, and what came of it
//! compared with what should have.

mod memory;
mod origins;
mod scene;
mod service;
mod shape;
mod told;
mod verdict;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use hookbox_model::{Grants, LogLine, Manifest, Next, WorkspaceId};
use hookbox_sandbox::{Config, Loaded, Sandbox};
use serde::Serialize;
use serde_json::Value;

use super::fixture::Fixture;
use memory::Memory;
use service::Heard;
use verdict::Difference;

pub(crate) use service::Service;
pub(crate) use told::trial_text;

/// What came of a fixture.
#[derive(Debug, Serialize)]
pub(crate) struct Trial {
    /// The file.
    pub(crate) fixture: String,
    /// What it shows, in its author's words.
    pub(crate) name: Option<String>,
    /// Where what came is not what should have come; nothing when the fixture is met.
    pub(crate) differences: Vec<Difference>,
    /// How the call ended, in the words of fixtures.
    #[serde(flatten)]
    pub(crate) ended: Ended,
    /// What it used.
    pub(crate) used: Used,
    /// What it may use.
    pub(crate) limits: Limits,
}

/// How a call ended, in the words of fixtures.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Ended {
    /// The output: JSON text; absent when it failed.
    pub(crate) output: Option<String>,
    /// Whether the steps after it would run; absent when it failed.
    pub(crate) next: Option<Next>,
    /// How it failed; absent when it did not.
    pub(crate) failure: Option<Value>,
    /// What would be committed.
    pub(crate) effects: Vec<Value>,
    /// What the plugin would remember afterwards.
    pub(crate) state: BTreeMap<String, String>,
    /// What it logged.
    pub(crate) log: Vec<LogLine>,
    /// The calls that came, with secrets in place.
    pub(crate) requests: Vec<Heard>,
}

/// What a call used.
#[derive(Debug, Serialize)]
pub(crate) struct Used {
    cpu_us: u64,
    duration_us: u64,
    memory_bytes: u64,
    log_lines_dropped: u64,
}

/// What a call may use.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Limits {
    cpu_ms: u64,
    deadline_ms: u64,
    memory_bytes: u64,
}

impl Limits {
    /// Those of a component of this size.
    pub(crate) const fn of(config: &Config, component_bytes: u64) -> Self {
        let is_large = component_bytes >= config.large_component_bytes;
        let memory_bytes = if is_large { config.memory_large_bytes } else { config.memory_bytes };
        Self { cpu_ms: config.cpu_ms, deadline_ms: config.deadline_ms, memory_bytes }
    }
}

/// A plugin that is ready to be tried out.
pub(crate) struct Subject<'a> {
    /// The sandbox.
    pub(crate) sandbox: &'a Sandbox,
    /// The component.
    pub(crate) loaded: &'a Arc<Loaded>,
    /// What it says of itself.
    pub(crate) manifest: &'a Manifest,
    /// What it may use.
    pub(crate) limits: Limits,
}

/// Tries a plugin out on the fixture in `file`. An error is one of the fixture's own; what the plugin does is in the answer.
pub(crate) async fn try_out(subject: &Subject<'_>, service: &Service, file: &Path, fixture: &Fixture) -> Result<Trial> {
    let unusable = || format!("the fixture {} cannot be used", file.display());
    let origins = service.origins();
    let invocation = scene::invocation(fixture, origins).with_context(unusable)?;
    let grants = Grants::all_of(&scene::grants(fixture, &subject.manifest.needs, origins));
    let memory = Memory::of(fixture, origins).with_context(unusable)?;
    service.expect(&fixture.http);
    let workspace = WorkspaceId::from_bytes([0; 16]);
    let called = subject.sandbox.invoke(subject.loaded, workspace, invocation, &grants, Arc::new(memory)).await;
    let (requests, faults) = service.heard();
    let used = Used {
        cpu_us: called.cpu_us,
        duration_us: called.usage.duration_us,
        memory_bytes: called.usage.memory_bytes,
        log_lines_dropped: called.usage.log_lines_dropped,
    };
    let ended = shape::ended(called, &fixture.state, requests, origins);
    let mut differences = verdict::differences(&fixture.expect, &ended);
    differences.extend(faults.into_iter().map(Difference::of_calls));
    Ok(Trial {
        fixture: file.display().to_string(),
        name: fixture.name.clone(),
        differences,
        ended,
        used,
        limits: subject.limits.clone(),
    })
}
