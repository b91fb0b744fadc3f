//! Reads, writes and syncs of the store's file fail at random, with libfiu (Debian: `fiu-utils`).
//!
//! The program lives a sick life, in which a share of the calls of one kind fails, and ends of it, or not; then a healthy one, in
//! which everything that was acknowledged has to be there.

use std::path::Path;

use super::load::{Scene, loaded};
use super::moments::Moments;
use super::report::Target;
use super::{Figures, Round, Scale};
use crate::carrier::Carrier;
use crate::deadline::eventually;
use crate::program::Setup;

/// Where packages put the libraries that make calls fail.
const FOLDERS: [&str; 4] =
    ["/usr/lib/fiu", "/usr/lib/x86_64-linux-gnu/fiu", "/usr/lib/aarch64-linux-gnu/fiu", "/usr/local/lib/fiu"];

/// The variable by which they are told what fails.
const FAILING: &str = "FIU_ENABLE";

/// What fails: how the store writes, syncs and reads, each with the error that the system gives.
const POINTS: [(&str, u32); 5] = [
    ("posix/io/rw/pwrite", 5),
    ("posix/io/rw/pwrite", 28),
    ("posix/io/sync/fdatasync", 5),
    ("posix/io/sync/fsync", 5),
    ("posix/io/rw/pread", 5),
];

/// One in so many calls fails; several, because a start makes many before there is any load.
const ONE_IN: [u64; 4] = [20, 100, 500, 2_000];

/// A start after such an end is a quick one.
pub const TARGETS: &[Target] = &[Target { figure: "ready_ms_most", at_most: 5_000.0 }];

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    lives: usize,
    answers_max: usize,
    senders: usize,
}

impl Size {
    /// Of a test or a soak.
    pub const fn of(scale: Scale) -> Self {
        match scale {
            Scale::Small => Self { lives: 20, answers_max: 200, senders: 4 },
            Scale::Large { .. } => Self { lives: 40, answers_max: 4_000, senders: 8 },
        }
    }
}

/// One store, sick and healthy in turns, and audited.
pub fn round(setup: Setup, size: Size, moments: &mut Moments) -> Round {
    let libraries = |folder: &&str| Path::new(folder).join("fiu_posix_preload.so").exists();
    let Some(folder) = FOLDERS.iter().find(|folder| libraries(folder)) else {
        return Round::Skipped("libfiu is not installed (Debian: apt-get install fiu-utils)".into());
    };
    let preloaded = format!("{folder}/fiu_run_preload.so {folder}/fiu_posix_preload.so");
    let setup = loaded(setup).variable("LD_PRELOAD", preloaded);
    let mut figures = Figures::default();
    let mut scene = Scene::of(setup.start(), Some(Carrier::taking()));
    scene.load(size.senders, |load| load.answers(size.answers_max));
    for _ in 0..size.lives {
        scene.program.kill();
        let (point, error) = POINTS[moments.index(POINTS.len())];
        let probability = 1.0 / ONE_IN[moments.index(ONE_IN.len())] as f64;
        let failing = format!("enable_random name={point},probability={probability},failinfo={error}");
        sick(&mut scene, size, (failing, error), &mut figures);
        scene.start(&mut figures);
        scene.load(size.senders, |load| {
            load.answers(size.answers_max / 10);
            load.look();
        });
    }
    scene.audit(&mut figures);
    Round::Done(figures)
}

/// A life in which something fails, until it ends of it or was long enough.
fn sick(scene: &mut Scene, size: Size, (failing, error): (String, u32), figures: &mut Figures) {
    figures.count("lives_with_errors", 1);
    scene.program.vary(FAILING, Some(failing.clone()));
    let status = match scene.program.try_start() {
        Err(status) => {
            figures.count("starts_refused", 1);
            Some(status)
        }
        Ok(()) => scene.load(size.senders, |load| {
            let wanted = load.journal.answered() + size.answers_max;
            eventually("the program to end, or to have lived long enough", || {
                (load.program.has_ended() || load.journal.answered() >= wanted).then_some(())
            });
            load.program.has_ended().then(|| load.program.ended())
        }),
    };
    scene.program.vary(FAILING, None);
    match status {
        Some(status) => {
            assert!(!status.success(), "it ended of errors ({failing}) and says that it did not");
            assert!(status.code().is_some(), "it ended in order ({failing}), not by a signal: {status}");
            scene.program.says(&format!("os error {error}"));
            figures.count("ended_of_errors", 1);
        }
        None => {
            figures.count("lived_through_errors", 1);
            scene.program.kill();
        }
    }
}
