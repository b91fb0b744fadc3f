//! Processor time: of other processes as the kernel counts it in hundredths of a second, of this one to the nanosecond.

use anyhow::{Context, Result};
use rustix::time::{ClockId, clock_gettime};

/// How many there are.
pub(crate) fn count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// User and system time of a process with all of its threads, in seconds.
pub(crate) fn seconds_of(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after_name = stat.rsplit(')').next().context("a name")?;
    let ticks: Vec<f64> = after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse().ok()).collect();
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// The same of this process.
pub(crate) fn own_seconds() -> f64 {
    seconds(ClockId::ProcessCPUTime)
}

/// The same of the thread that asks.
pub(crate) fn thread_seconds() -> f64 {
    seconds(ClockId::ThreadCPUTime)
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
