//! The disk takes a few writes a second, by the kernel's own throttle (cgroups, which needs root), and more requests come than it
//! can take: captures wait for the disk, what is too much is refused at once (503), and nothing is cut off or lost.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::load::{Scene, loaded};
use super::moments::Moments;
use super::report::Target;
use super::{Figures, Round, Scale};
use crate::carrier::Carrier;
use crate::deadline::eventually;
use crate::program::{Program, Setup};

/// How many units may wait for the writer: less than there are senders.
const QUEUE_UNITS_MAX: usize = 8;

/// It refuses within a second what is too much, and takes captures again within five of the end of it. What is taken is answered after
/// some commits, however slow the disk: that is a figure and nothing more.
pub const TARGETS: &[Target] = &[
    Target { figure: "refused_after_ms_most", at_most: 1_000.0 },
    Target { figure: "healed_after_ms_most", at_most: 5_000.0 },
];

/// The kernel allows what a little time is worth in advance; in seconds, generously.
const SLICE_S: f64 = 1.0;

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    spells: usize,
    answers: usize,
    senders: usize,
}

impl Size {
    /// Of a test or a soak.
    pub const fn of(scale: Scale) -> Self {
        match scale {
            Scale::Small => Self { spells: 1, answers: 60, senders: 40 },
            Scale::Large { .. } => Self { spells: 2, answers: 200, senders: 200 },
        }
    }
}

/// One store on a disk that is slow for a while, several times.
pub fn round(setup: Setup, size: Size, moments: &mut Moments) -> Round {
    let setup = loaded(setup).variable("HOOKBOX__STORE__QUEUE_UNITS_MAX", QUEUE_UNITS_MAX);
    let mut scene = Scene::of(setup.start(), Some(Carrier::taking()));
    let mut figures = Figures::default();
    for _ in 0..size.spells {
        let writes_per_s = 10 + moments.below(30);
        let throttle = match Throttle::of(&scene.program, writes_per_s) {
            Ok(throttle) => throttle,
            Err(why) => return Round::Skipped(why),
        };
        let (busy, before, began) = (scene.journal.busy(), commits(&scene.program), Instant::now());
        scene.load(size.senders, |load| {
            eventually("captures to be refused that are too many", || (load.journal.busy() > busy).then_some(()));
            figures.most("refused_after_ms_most", began.elapsed().as_secs_f64() * 1e3);
            load.answers(size.answers);
            load.look();
        });
        figures.count("writes_throttled", throttle.writes(began));
        let after = commits(&scene.program);
        figures.most("commit_ms_mean_most", (after.0 - before.0) / (after.1 - before.1).max(1.0) * 1e3);
        drop(throttle);
        figures.count("slow_spells", 1);
        let began = Instant::now();
        scene.load(size.senders, |load| {
            load.answers(1);
            figures.most("healed_after_ms_most", began.elapsed().as_secs_f64() * 1e3);
            load.answers(size.answers);
        });
    }
    assert_eq!(scene.journal.cut_off(), 0, "who waits is answered");
    let slowest = scene.journal.took().last().map_or(0.0, |took| took.as_secs_f64() * 1e3);
    figures.most("answer_ms_most", slowest);
    scene.audit(&mut figures);
    Round::Done(figures)
}

/// Seconds spent in commits so far, and how many there were.
fn commits(program: &Program) -> (f64, f64) {
    let metric = |name| program.metric(name).unwrap_or_default();
    (metric("hookbox_commit_seconds_sum"), metric("hookbox_commit_seconds_count"))
}

/// A limit on what a process may write, until it is dropped.
struct Throttle {
    group: PathBuf,
    everybody: PathBuf,
    process: u32,
    /// The disk as the kernel numbers it, and how many writes a second it takes.
    disk: String,
    writes_per_s: u64,
}

impl Throttle {
    /// Lets a program write so often a second to the disk that its store is on; why not, if the machine does not let us.
    fn of(program: &Program, writes_per_s: u64) -> Result<Self, String> {
        let dev = fs::metadata(program.data()).map_err(|error| error.to_string())?.dev();
        let disk = format!("{}:{}", (dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xf_ff00));
        let old = Path::new("/sys/fs/cgroup/blkio");
        let name = format!("hookbox-test-{}", program.id());
        let (everybody, file, limit) = if old.join("cgroup.procs").exists() {
            (old, "blkio.throttle.write_iops_device", format!("{disk} {writes_per_s}"))
        } else {
            (Path::new("/sys/fs/cgroup"), "io.max", format!("{disk} wiops={writes_per_s}"))
        };
        let group = everybody.join(name);
        let why = |error: std::io::Error| format!("writes cannot be throttled on {disk}: {error}");
        if file == "io.max" {
            fs::write(everybody.join("cgroup.subtree_control"), "+io").map_err(why)?;
        }
        fs::create_dir(&group).map_err(why)?;
        let throttle = Self {
            group,
            everybody: everybody.join("cgroup.procs"),
            process: program.id(),
            disk: disk.clone(),
            writes_per_s,
        };
        fs::write(throttle.group.join(file), limit).map_err(why)?;
        fs::write(throttle.group.join("cgroup.procs"), program.id().to_string()).map_err(why)?;
        Ok(throttle)
    }

    /// How many writes the kernel has let through to the disk since it began; no more than it was to.
    #[track_caller]
    fn writes(&self, began: Instant) -> u64 {
        let told = |file| fs::read_to_string(self.group.join(file)).unwrap_or_default();
        let (old, new) = (told("blkio.throttle.io_serviced"), told("io.stat"));
        let old = old.lines().find_map(|line| line.strip_prefix(&format!("{} Write ", self.disk)));
        let new = new.lines().find_map(|line| line.strip_prefix(&format!("{} ", self.disk)));
        let new = new.and_then(|line| line.split(' ').find_map(|part| part.strip_prefix("wios=")));
        let writes: u64 = old.or(new).and_then(|count| count.parse().ok()).unwrap_or_default();
        let allowed = self.writes_per_s as f64 * (began.elapsed().as_secs_f64() + SLICE_S);
        assert!(writes > 0, "the program writes, and none of it is seen by the throttle");
        assert!(writes as f64 <= allowed, "{writes} writes came through, and {allowed:.0} may");
        writes
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        // A process that has ended is in no group any more, and then the group can go all the same.
        let _ = fs::write(&self.everybody, self.process.to_string());
        let _ = fs::remove_dir(&self.group);
    }
}
