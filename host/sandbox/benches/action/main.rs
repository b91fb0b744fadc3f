//! What an action costs here against bare wasmtime, in one run: `cargo bench -p hookbox-sandbox`.
//!
//! Both sides run the built-in plugin send-message with the same argument, in a fresh store and a pooled instance for each
//! call, on one thread. The bare side has the least host state that the component links against, checks nothing and has no
//! limits. The rounds alternate, so that what the machine does meanwhile hits both; the best round of each counts.
//! `cargo bench -p hookbox-sandbox -- 5000` makes that many calls a round.

mod bare;
mod ours;

use std::path::Path;
use std::time::{Duration, Instant};

/// Calls in a round, unless the command line says otherwise.
const CALLS: u32 = 2_000;

/// Rounds of each side.
const ROUNDS: u32 = 50;

/// What a call of the product may cost at most, in calls of bare wasmtime.
const RATIO_MAX: f64 = 1.5;

fn main() -> anyhow::Result<()> {
    // cargo adds `--bench`; the first number is ours.
    let calls = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(CALLS);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = root.join("target/plugins");
    let component = std::fs::read(hookbox_build::component(&root.join("plugins/send-message"), &target)?)?;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let bare = bare::Bare::new(&component)?;
        let ours = ours::Ours::new(&component).await?;
        let (mut bare_best, mut ours_best) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            for _ in 0..calls {
                bare.call().await?;
            }
            bare_best = bare_best.min(begun.elapsed() / calls);
            let begun = Instant::now();
            for _ in 0..calls {
                ours.call().await?;
            }
            ours_best = ours_best.min(begun.elapsed() / calls);
        }
        report(bare_best, ours_best);
        Ok(())
    })
}

#[allow(clippy::print_stdout, reason = "the table is what a bench is for")]
fn report(bare: Duration, ours: Duration) {
    let micros = |time: Duration| time.as_nanos() as f64 / 1_000.0;
    let ratio = micros(ours) / micros(bare);
    println!("one action (send-message), one thread, best of {ROUNDS} rounds");
    println!("  bare wasmtime    {:>8.2} µs", micros(bare));
    println!("  Sandbox::invoke  {:>8.2} µs  {:>7.0}/s", micros(ours), 1e6 / micros(ours));
    println!("  ratio            {ratio:>8.2}     at most {RATIO_MAX}");
}
