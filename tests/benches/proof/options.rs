//! What the command line asks for, and how long each part of the bench takes for it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Measures Hookbox against the limits of the same machine, in one run, one after the other.

cargo bench -p hookbox-tests --bench proof [-- OPTIONS]      at most 10 minutes
cargo bench -p hookbox-tests --bench proof -- --quick        about a minute, rougher

  --quick            shorter measures and fewer points of each curve
  --only NAME,…      only these parts: http, whole, store, sandbox, one, captures, latency, effects, rates, memory,
                     automations, contacts, plugins, payloads
  --json FILE        writes everything that was measured, with the machine and the versions; cargo starts this in tests/
  --pictures DIR     writes throughput against latency, and each growth curve, as SVG
  --seconds N        how long `whole` is held (60, or 4 with --quick)
  --connections N    connections of the load client (64)
  --contacts N       distinct contacts of `whole` (10,000)
  --backlog N        captures of the backlog of `memory` (1,000,000 if that fits in the time, else 200,000)
  --dir DIR          where the stores lie (HOOKBOX_BENCH_DIR, else the folder for temporary files)

proof load URL [--bearer KEY] [--body FILE] [--connections N] [--seconds N] [--rate N]
                     only the load client, against anything that answers HTTP: closed loop, or open loop at --rate
";

/// The parts, in the order they are measured in.
pub(crate) const PARTS: [&str; 14] = [
    "http",
    "whole",
    "store",
    "sandbox",
    "one",
    "captures",
    "latency",
    "effects",
    "rates",
    "memory",
    "automations",
    "contacts",
    "plugins",
    "payloads",
];

/// What was asked for.
pub(crate) struct Options {
    pub(crate) only: Vec<String>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) pictures: Option<PathBuf>,
    pub(crate) dir: PathBuf,
    /// What parts leave for others; removed at the end.
    pub(crate) scratch: TempDir,
    pub(crate) connections: usize,
    pub(crate) contacts: u64,
    pub(crate) backlog: Option<u64>,
    pub(crate) plan: Plan,
}

/// How long each part takes.
pub(crate) struct Plan {
    pub(crate) is_quick: bool,
    /// The measured load of `whole`.
    pub(crate) whole: Duration,
    /// Each other load whose latencies count.
    pub(crate) load: Duration,
    /// Each point of a curve.
    pub(crate) point: Duration,
    /// Load before that, which nobody looks at.
    pub(crate) warm: Duration,
    /// Each of the limits that are measured without the product.
    pub(crate) bare: Duration,
    /// Automations whose rows the bare store is given.
    pub(crate) stored: u64,
    /// Rounds of calls, of which the best counts.
    pub(crate) rounds: u32,
    /// When no backlog of the full size is begun any more.
    pub(crate) budget: Duration,
    pub(crate) automations: &'static [u64],
    pub(crate) contacts: &'static [u64],
    pub(crate) plugins: &'static [u64],
    pub(crate) payload_kb: &'static [u64],
    /// Shares of the highest rate at which latency is measured.
    pub(crate) rates: &'static [f64],
}

impl Options {
    /// Reads the arguments, without the program's name.
    pub(crate) fn read(arguments: &[String]) -> Result<Self> {
        let dir = std::env::var_os("HOOKBOX_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let mut rest = arguments.iter();
        let mut options = Self {
            only: Vec::new(),
            json: None,
            pictures: None,
            scratch: TempDir::with_prefix("hookbox-bench-")?,
            dir,
            connections: 64,
            contacts: 10_000,
            backlog: None,
            plan: if arguments.iter().any(|argument| argument == "--quick") { Plan::quick() } else { Plan::full() },
        };
        while let Some(name) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("{name} wants a value"));
            match name.as_str() {
                "--quick" => {}
                "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
                "--json" => options.json = Some(value()?.into()),
                "--pictures" => options.pictures = Some(value()?.into()),
                "--dir" => options.dir = value()?.into(),
                "--seconds" => options.plan.whole = Duration::from_secs(number(name, value()?)?.max(1)),
                "--connections" => options.connections = usize::try_from(number(name, value()?)?.max(1))?,
                "--contacts" => options.contacts = number(name, value()?)?.clamp(1, 7_000_000),
                "--backlog" => options.backlog = Some(number(name, value()?)?.max(1)),
                _ => bail!("{name} means nothing here; --help says what there is"),
            }
        }
        for part in &options.only {
            ensure!(PARTS.contains(&part.as_str()), "there is no part {part:?}; --help names them");
        }
        Ok(options)
    }

    /// Whether this part is to be measured.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }
}

/// A whole number; `name` is what it is for.
pub(crate) fn number(name: &str, text: &str) -> Result<u64> {
    text.replace('_', "").parse().with_context(|| format!("{name} wants a number, not {text:?}"))
}

impl Plan {
    fn full() -> Self {
        Self {
            is_quick: false,
            whole: Duration::from_secs(60),
            load: Duration::from_secs(15),
            point: Duration::from_secs(3),
            warm: Duration::from_secs(3),
            bare: Duration::from_secs(5),
            stored: 10_000,
            rounds: 50,
            budget: Duration::from_secs(600),
            automations: &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024],
            contacts: &[1_000, 10_000, 100_000, 1_000_000],
            plugins: &[1, 2, 5, 10, 20, 50],
            payload_kb: &[1, 32, 128, 512, 1_000],
            rates: &[0.1, 0.25, 0.5, 0.7, 0.85, 0.95],
        }
    }

    fn quick() -> Self {
        Self {
            is_quick: true,
            whole: Duration::from_secs(4),
            load: Duration::from_secs(2),
            point: Duration::from_secs(1),
            warm: Duration::from_secs(1),
            bare: Duration::from_secs(1),
            stored: 4_000,
            rounds: 8,
            budget: Duration::from_secs(60),
            automations: &[1, 16, 128],
            contacts: &[1_000, 10_000, 100_000],
            plugins: &[1, 5],
            payload_kb: &[1, 32, 512],
            rates: &[0.5, 0.75, 0.95],
        }
    }
}
