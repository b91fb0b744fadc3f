//! What an action costs here against bare wasmtime, in three languages and in one run:
//! `cargo bench -p hookbox-sandbox --bench action [-- CALLS] [--json]`.
//!
//! Both sides run the same component with the same argument, in a fresh store and a pooled instance for each call, on one
//! thread, and have to give the same answer. The bare side has the same engine settings, the least host state that the component
//! links against, checks nothing and has no limits. The rounds alternate, so that what the machine does meanwhile hits both; the
//! best round of each counts. `CALLS` is how many calls a round has; those that start an interpreter are a hundredth of it.
//!
//! Four plugins are called: the built-in send-message, and the example score-lead in Rust, JavaScript and Python as
//! `tests/frozen` keeps it. **score-lead is called with a payload that names no company**, so what is measured of it is that the
//! instance and the language's runtime in it are started, the invocation is handed over, payload and settings are parsed and an
//! answer comes back; it calls no other machine, whose time would hide the rest. `cargo bench -p hookbox-tests --bench plugins`
//! measures whole calls with a service behind them.
//!
//! Before, each component is loaded as the host loads it: compiled by a process of its own into an empty folder, then found
//! there by new sandboxes.

mod bare;
mod bindings;
mod links;
mod loading;
mod ours;
mod plugins;
mod report;

use std::time::{Duration, Instant};

use plugins::Plugin;
use report::{Best, Row};

/// Calls in a round, unless the command line says otherwise.
const CALLS: u32 = 2_000;

/// Rounds of each side.
const ROUNDS: u32 = 50;

/// What a call of the product may cost at most, in calls of bare wasmtime.
const RATIO_MAX: f64 = 1.5;

#[expect(clippy::print_stdout, reason = "the table is what a bench is for")]
fn main() -> anyhow::Result<()> {
    // cargo adds `--bench`; the first number is ours.
    let calls = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(CALLS);
    let as_json = std::env::args().any(|argument| argument == "--json");
    let plugins = Plugin::all()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = runtime.block_on(async {
        let mut rows = Vec::new();
        for plugin in &plugins {
            rows.push(measure(plugin, calls).await?);
        }
        anyhow::Ok(rows)
    })?;
    if as_json {
        println!("{}", report::line(&rows));
    } else {
        print!("{}", report::table(&rows));
    }
    Ok(())
}

async fn measure(plugin: &Plugin, calls: u32) -> anyhow::Result<Row> {
    let calls = (calls / plugin.fewer).max(1);
    let cache = tempfile::tempdir()?;
    let (sandbox, loaded, loading) = loading::load(&plugin.component, cache.path()).await?;
    let ours = ours::Ours::new(plugin, sandbox, loaded).await?;
    let bare = bare::Bare::new(plugin)?;
    let mut best = Best { bare: Duration::MAX, ours: Duration::MAX, memory_bytes: 0 };
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..calls {
            bare.call().await?;
        }
        best.bare = best.bare.min(begun.elapsed() / calls);
        let begun = Instant::now();
        for _ in 0..calls {
            best.memory_bytes = best.memory_bytes.max(ours.call().await?);
        }
        best.ours = best.ours.min(begun.elapsed() / calls);
    }
    Ok(Row::new(plugin, calls, best, loading))
}
