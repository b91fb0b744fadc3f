//! What the host keeps for one call: one plain struct, made for the call and gone with it.

use std::sync::Arc;

use hookbox_model::{Directory, Grants, Invocation, LogLine, RunId, Timestamp, WorkspaceId};
use parking_lot::Mutex;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::WasiHttpCtx;

use crate::Config;
use crate::bindings::hookbox::plugin::types::Refusal;
use crate::buffer::EffectBuffer;
use crate::http::{Door, HttpCall};
use crate::limits::MemoryMeter;
use crate::log::{Log, SharedLog};
use crate::meter::CpuMeter;
use crate::remembered::Remembered;
use crate::secrets::Secrets;
use crate::surroundings::Surroundings;

/// The state of one call, behind every host function.
///
/// What most calls never touch (`http`, `log`, `wasi`, `random`, `resources`) is made at its first use, and boxed: the state
/// is moved around more than once for each call.
pub(crate) struct GuestState {
    pub(crate) config: Arc<Config>,
    pub(crate) subject: Subject,
    pub(crate) grants: Arc<Grants>,
    pub(crate) surroundings: Arc<dyn Surroundings>,
    pub(crate) effects: EffectBuffer,
    pub(crate) remembered: Remembered,
    pub(crate) memory: MemoryMeter,
    pub(crate) cpu: Arc<CpuMeter>,
    pub(crate) door: Arc<Door>,
    /// Before the resources, so that it goes first: it tells what they hold that the call is over.
    pub(crate) http: Option<Box<(HttpCall, WasiHttpCtx)>>,
    pub(crate) resources: ResourceTable,
    pub(crate) wasi: Option<Box<WasiCtx>>,
    pub(crate) random: Option<Box<blake3::OutputReader>>,
    log: Option<SharedLog>,
}

/// What the call is about: what names may be named, and what clock and randomness are derived from.
pub(crate) struct Subject {
    /// The workspace; none for `describe`.
    pub(crate) workspace: Option<WorkspaceId>,
    /// The run; a constant for `describe`.
    pub(crate) run: RunId,
    /// The step's place in its automation.
    pub(crate) step: u32,
    /// Where the guest's clocks stand.
    pub(crate) now: Timestamp,
    /// The inbox that messages are from when none is named.
    pub(crate) inbox: Arc<str>,
    /// The names that may be named.
    pub(crate) directory: Arc<Directory>,
    /// The secrets that the settings name.
    pub(crate) secrets: Option<Arc<Secrets>>,
    /// It is tried out.
    pub(crate) rehearsal: bool,
}

impl Subject {
    /// The subject of an action call.
    pub(crate) fn of(workspace: WorkspaceId, invocation: &Invocation, secrets: Option<Arc<Secrets>>) -> Self {
        Self {
            workspace: Some(workspace),
            run: invocation.run,
            step: invocation.step,
            now: invocation.now,
            inbox: Arc::clone(&invocation.inbox),
            directory: Arc::clone(&invocation.directory),
            secrets,
            rehearsal: invocation.rehearsal,
        }
    }

    /// The subject of `describe`: nothing, at the beginning of time, the same for every call.
    pub(crate) fn nothing() -> Self {
        Self {
            workspace: None,
            run: RunId::from_bytes([0; 16]),
            step: 0,
            now: Timestamp::from_millis(0),
            inbox: Arc::from(""),
            directory: Arc::default(),
            secrets: None,
            rehearsal: false,
        }
    }
}

impl GuestState {
    /// The state for one call with `memory_bytes` of memory, its CPU time counted by `cpu`.
    pub(crate) fn new(
        (config, door): (&Arc<Config>, &Arc<Door>),
        subject: Subject,
        (grants, surroundings): (Arc<Grants>, Arc<dyn Surroundings>),
        memory_bytes: u64,
        cpu: Arc<CpuMeter>,
    ) -> Self {
        Self {
            config: Arc::clone(config),
            subject,
            grants,
            surroundings,
            effects: EffectBuffer::default(),
            remembered: Remembered::default(),
            memory: MemoryMeter::new(memory_bytes),
            cpu,
            door: Arc::clone(door),
            http: None,
            resources: resources(config),
            wasi: None,
            random: None,
            log: None,
        }
    }

    /// Forgets what an instance did that could not be finished, so that another can be made.
    pub(crate) fn begin_again(&mut self, memory_bytes: u64) {
        self.effects = EffectBuffer::default();
        self.remembered = Remembered::default();
        self.memory = MemoryMeter::new(memory_bytes);
        self.http = None;
        self.resources = resources(&self.config);
        (self.wasi, self.random, self.log) = (None, None, None);
    }

    /// The call's log.
    pub(crate) fn log(&mut self) -> &SharedLog {
        let config = &self.config;
        self.log.get_or_insert_with(|| Arc::new(Mutex::new(Log::new(config))))
    }

    /// Counts a call of an effect function.
    pub(crate) fn count_call(&mut self) -> Result<(), Refusal> {
        self.effects.count_call(&self.config)
    }

    /// Refuses what is not granted, naming the grant.
    pub(crate) fn granted(&self, capability: &'static str, scope: &str) -> Result<(), Refusal> {
        self.grants.check(capability, scope).map_err(|denied| Refusal::NotGranted(denied.to_string()))
    }

    /// Buffers an effect whose texts have `bytes` bytes together.
    pub(crate) fn ask(&mut self, effect: hookbox_model::Effect, bytes: usize) -> Result<(), Refusal> {
        self.effects.push(effect, bytes, &self.config)
    }

    /// What was logged and how many lines were dropped. Ends requests that are under way, which say so, and closes standard
    /// output and error first, so that a last line without a line break is kept.
    pub(crate) fn take_log(&mut self) -> (Vec<LogLine>, u64) {
        self.http = None;
        drop(std::mem::take(&mut self.resources));
        self.log.take().map(|log| log.lock().take()).unwrap_or_default()
    }
}

fn resources(config: &Config) -> ResourceTable {
    let mut resources = ResourceTable::new();
    resources.set_max_capacity(usize::try_from(config.handles_max).unwrap_or(usize::MAX));
    resources
}

#[cfg(test)]
pub(crate) mod fixture {
    //! A state for testing what plugins may do without running one.

    use std::collections::BTreeSet;
    use std::sync::Arc;

    use hookbox_egress::SystemNames;
    use hookbox_model::{Digest, Directory, Grants, Need, Timestamp};

    use super::{GuestState, Subject};
    use crate::Config;
    use crate::http::Door;
    use crate::lane::{Kind, SlowLane};
    use crate::meter::{CpuMeter, Limits};
    use crate::surroundings::{Nothing, Surroundings};

    /// A state with these grants, in a workspace with the list `customers`, the inbox `support` and the member
    /// `front-desk`.
    pub(crate) fn state_with(grants: &[(&str, &[&str])]) -> GuestState {
        let needs: Vec<Need> = grants
            .iter()
            .map(|(capability, scope)| Need {
                capability: (*capability).into(),
                scope: scope.iter().map(|&name| name.into()).collect(),
                reason: String::new(),
            })
            .collect();
        let names = |name: &str| BTreeSet::from([name.to_owned()]);
        let directory =
            Directory { lists: names("customers"), inboxes: names("support"), members: names("front-desk") };
        let subject = Subject {
            now: Timestamp::from_millis(1_700_000_000_120),
            inbox: Arc::from("support"),
            directory: Arc::new(directory),
            ..Subject::nothing()
        };
        let config = Arc::new(Config::default());
        let kind = Kind { workspace: None, component: Digest::of(b"") };
        let cpu = CpuMeter::new(Limits { cpu_ms: 1_000, slow_ms: 1_000, tick_ms: 4 }, Arc::new(SlowLane::new(1)), kind);
        let around = (Arc::new(Grants::all_of(&needs)), Arc::new(Nothing) as Arc<dyn Surroundings>);
        let door = Arc::new(Door::new(&config.http, Arc::new(SystemNames)));
        GuestState::new((&config, &door), subject, around, 1 << 20, cpu)
    }
}
