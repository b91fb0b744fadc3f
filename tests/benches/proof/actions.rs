//! The part `sandbox`: the three actions of the example, by bare wasmtime on every processor at once, and one call of each in the
//! product beside bare wasmtime on one thread.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::bare_action::Bare;
use crate::called::Action;
use crate::options::Options;
use crate::processor;
use crate::product_action::Ours;

/// Calls of one round on one thread.
const CALLS: u32 = 1_000;

/// Measures each action; `us` is the processor time of all three together, one after the other.
pub(crate) fn measure(options: &Options) -> Result<Value> {
    let (mut all, mut sum, mut bare_sum, mut ours_sum) = (Vec::new(), 0.0, 0.0, 0.0);
    for action in Action::all()? {
        let (per_second, us) = on_all_processors(&action, options.plan.bare / 2)?;
        let (bare_us, ours_us) = beside(&action, options.plan.rounds)?;
        sum += us;
        bare_sum += bare_us;
        ours_sum += ours_us;
        all.push(json!({
            "action": action.name, "bare_per_second": per_second, "bare_us": us, "one_thread_bare_us": bare_us,
            "one_thread_product_us": ours_us, "ratio": ours_us / bare_us,
        }));
    }
    Ok(
        json!({ "actions": all, "us": sum, "ratio": ours_sum / bare_sum, "calls_a_round": CALLS, "rounds": options.plan.rounds }),
    )
}

/// Calls a second of bare wasmtime with a thread on each processor, and the processor time of one in microseconds.
fn on_all_processors(action: &Action, time: Duration) -> Result<(f64, f64)> {
    let bare = Bare::new(action)?;
    let (over, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    let (began, processor_before) = (Instant::now(), processor::own_seconds());
    thread::scope(|scope| {
        let callers: Vec<_> =
            (0..processor::count()).map(|_| scope.spawn(|| call_until(&bare, &over, &calls))).collect();
        thread::sleep(time);
        over.store(true, Ordering::Relaxed);
        callers.into_iter().try_for_each(|caller| caller.join().ok().context("a caller broke off")?)
    })?;
    let calls = calls.into_inner() as f64;
    let processor_us = (processor::own_seconds() - processor_before) * 1e6;
    Ok((calls / began.elapsed().as_secs_f64(), processor_us / calls))
}

fn call_until(bare: &Bare<'_>, over: &AtomicBool, calls: &AtomicU64) -> Result<()> {
    let runtime = Builder::new_current_thread().build()?;
    runtime.block_on(async {
        while !over.load(Ordering::Relaxed) {
            bare.call().await?;
            calls.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    })
}

/// One call by bare wasmtime and one in the product, in microseconds: the best round of each. The rounds alternate, so that what
/// the machine does meanwhile hits both.
fn beside(action: &Action, rounds: u32) -> Result<(f64, f64)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (bare, ours) = (Bare::new(action)?, Ours::new(action).await?);
        let (mut best_bare, mut best_ours) = (f64::MAX, f64::MAX);
        for _ in 0..rounds {
            let began = Instant::now();
            for _ in 0..CALLS {
                bare.call().await?;
            }
            best_bare = best_bare.min(began.elapsed().as_secs_f64());
            let began = Instant::now();
            for _ in 0..CALLS {
                ours.call().await?;
            }
            best_ours = best_ours.min(began.elapsed().as_secs_f64());
        }
        Ok((best_bare * 1e6 / f64::from(CALLS), best_ours * 1e6 / f64::from(CALLS)))
    })
}
