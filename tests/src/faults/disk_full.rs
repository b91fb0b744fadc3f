//! The disk of the store fills up while requests come in, first down to the reserve, then to the last byte.
//!
//! Down to the reserve the host refuses captures (503), brings what it has to its end, and takes captures again once there is
//! room. To the last byte, at once, before it could look: it may stop, saying why; then it is started again, as a supervisor
//! would, in vain for as long as the disk is full.

use std::time::Instant;

use super::disk::Disk;
use super::load::{Load, Scene, at_rest, loaded};
use super::moments::Moments;
use super::report::Target;
use super::{Figures, Round, Scale};
use crate::carrier::Carrier;
use crate::deadline::eventually;
use crate::program::Setup;

/// The ballast that the host keeps beside its reserve.
const BALLAST_BYTES: u64 = 4 << 20;

/// So many requests in vain are a while.
const REFUSALS: u64 = 200;

/// What a log line of a full disk says.
const FULL: &str = "No space left on device";

/// It says so within a second, and heals within five.
pub const TARGETS: &[Target] = &[
    Target { figure: "refused_after_ms_most", at_most: 1_000.0 },
    Target { figure: "healed_after_ms_most", at_most: 5_000.0 },
];

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    disk_mib: u64,
    /// What the host keeps free: more than it can take in and bring to its end from one look at the disk to the next.
    reserve_bytes: u64,
    fills: usize,
    answers_max: usize,
    senders: usize,
}

impl Size {
    /// Of a test or a soak.
    pub const fn of(scale: Scale) -> Self {
        match scale {
            Scale::Small => Self { disk_mib: 160, reserve_bytes: 16 << 20, fills: 3, answers_max: 100, senders: 4 },
            Scale::Large { .. } => {
                Self { disk_mib: 1_024, reserve_bytes: 64 << 20, fills: 20, answers_max: 2_000, senders: 8 }
            }
        }
    }
}

/// One disk, filled down to the reserve and to the last byte in turns.
pub fn round(setup: Setup, size: Size, moments: &mut Moments) -> Round {
    let setup = loaded(setup).variable("HOOKBOX__STORE__FREE_BYTES_MIN", size.reserve_bytes);
    let setup = setup.variable("HOOKBOX__STORE__BALLAST_BYTES", BALLAST_BYTES);
    let (program, disk) = setup.start_on(|data| Disk::mount(data, size.disk_mib));
    let disk = match disk {
        Ok(disk) => disk,
        Err(why) => return Round::Skipped(why),
    };
    let mut scene = Scene::of(program, Some(Carrier::taking()));
    let mut figures = Figures::default();
    for fill in 0..size.fills {
        let answers = moments.index(size.answers_max);
        if fill % 2 == 0 {
            scene.load(size.senders, |load| {
                load.answers(answers);
                nearly(load, (&disk, size.reserve_bytes), moments, &mut figures);
            });
        } else {
            let ended = scene.load(size.senders, |load| {
                load.answers(answers);
                load.look();
                entirely(load, &disk, &mut figures)
            });
            if ended {
                start_again(&mut scene, &disk, &mut figures);
            }
        }
    }
    scene.load(size.senders, |load| load.answers(size.answers_max));
    scene.audit(&mut figures);
    // Before the directory that it is mounted in goes.
    drop(disk);
    Round::Done(figures)
}

/// Down to a part of the reserve, and back.
fn nearly(load: &mut Load<'_>, (disk, reserve): (&Disk, u64), moments: &mut Moments, figures: &mut Figures) {
    let left = reserve / 4 + moments.below(reserve / 2);
    disk.fill(left);
    figures.count("filled_to_the_reserve", 1);
    refused(load, figures);
    // What was captured is brought to its end while nothing more is taken.
    at_rest(load.program);
    load.look();
    disk.clear();
    healed(load, figures);
}

/// To the last byte, and back; whether the program ended of it.
fn entirely(load: &mut Load<'_>, disk: &Disk, figures: &mut Figures) -> bool {
    let busy = load.journal.busy();
    disk.fill_up();
    figures.count("filled_up", 1);
    let full = Instant::now();
    let first = eventually("captures to be refused, or the program to end", || {
        if load.program.has_ended() { Some(None) } else { (load.journal.busy() > busy).then(|| Some(full.elapsed())) }
    });
    if let Some(first) = first {
        figures.most("refused_after_ms_most", first.as_secs_f64() * 1e3);
    }
    let ended = eventually("the program to end, or to have refused for a while", || {
        let refuses = load.journal.busy() > busy + REFUSALS;
        if load.program.has_ended() { Some(true) } else { refuses.then_some(false) }
    });
    if ended {
        return true;
    }
    disk.clear();
    let (began, answered) = (Instant::now(), load.journal.answered());
    // What it could not write meanwhile may end it at last.
    let ended = eventually("the program to end, or to take captures again", || {
        let takes = load.journal.answered() > answered;
        if load.program.has_ended() { Some(true) } else { takes.then_some(false) }
    });
    if !ended {
        figures.most("healed_after_ms_most", began.elapsed().as_secs_f64() * 1e3);
    }
    ended
}

/// The first refusal after the disk was filled.
fn refused(load: &Load<'_>, figures: &mut Figures) {
    let (began, busy) = (Instant::now(), load.journal.busy());
    eventually("captures to be refused", || (load.journal.busy() > busy).then_some(()));
    figures.most("refused_after_ms_most", began.elapsed().as_secs_f64() * 1e3);
}

/// The first capture after there was room again, without a start.
fn healed(load: &Load<'_>, figures: &mut Figures) {
    let (began, answered) = (Instant::now(), load.journal.answered());
    eventually("captures to be taken again", || (load.journal.answered() > answered).then_some(()));
    figures.most("healed_after_ms_most", began.elapsed().as_secs_f64() * 1e3);
}

/// It ended, and said why; while the disk is full it starts and refuses captures, or says why not.
fn start_again(scene: &mut Scene, disk: &Disk, figures: &mut Figures) {
    let status = scene.program.ended();
    assert!(!status.success(), "who could not write what it has to does not end with status 0");
    scene.program.says(FULL);
    figures.count("ended_for_want_of_room", 1);
    match scene.program.try_start() {
        Ok(()) => scene.program.kill(),
        Err(status) => {
            assert!(!status.success());
            figures.count("starts_refused_for_want_of_room", 1);
        }
    }
    disk.clear();
    let began = Instant::now();
    scene.start(figures);
    figures.most("healed_after_ms_most", began.elapsed().as_secs_f64() * 1e3);
}
