//! The host is killed (SIGKILL) while requests come in, again and again, at moments that nobody chose.

use std::time::Duration;

use super::load::{Scene, loaded};
use super::moments::Moments;
use super::report::Target;
use super::{Figures, Round, Scale};
use crate::carrier::Carrier;
use crate::program::Setup;

/// Once in so many kills there is another one while the program starts, before anybody could tell that it is there.
const AT_START: u64 = 6;

/// The longest that a start goes on before such a kill.
const START_MS_MAX: u64 = 300;

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// How often the program is killed.
    pub kills: usize,
    /// How many answers there are between a start and a kill, at most.
    pub answers_max: usize,
    /// How many senders there are.
    pub senders: usize,
}

/// A start after a kill is a quick one.
pub const TARGETS: &[Target] = &[Target { figure: "ready_ms_most", at_most: 5_000.0 }];

impl Size {
    /// Twenty large rounds are a thousand kills and about a million captures.
    pub const fn of(scale: Scale) -> Self {
        match scale {
            Scale::Small => Self { kills: 50, answers_max: 90, senders: 4 },
            Scale::Large { .. } => Self { kills: 50, answers_max: 2_200, senders: 16 },
        }
    }
}

/// One store, killed as often as the size says, and audited.
pub fn round(setup: Setup, size: Size, moments: &mut Moments) -> Round {
    let mut figures = Figures::default();
    let mut scene = Scene::of(loaded(setup).start(), Some(Carrier::taking()));
    for kill in 1..=size.kills {
        let answers = moments.index(size.answers_max);
        scene.load(size.senders, |load| {
            load.answers(answers);
            load.look();
            load.program.kill();
        });
        figures.count("kills", 1);
        if moments.one_in(AT_START) {
            let starting = scene.program.spawn();
            // Whether it gets so far as to say where it listens is nobody's business.
            let _ = starting.recv_timeout(Duration::from_millis(moments.below(START_MS_MAX)));
            scene.program.kill();
            figures.count("kills_while_starting", 1);
        }
        scene.start(&mut figures);
        if kill % 10 == 0 {
            eprintln!("{kill} kills, {} captures acknowledged", scene.journal.answered());
        }
    }
    scene.audit(&mut figures);
    Round::Done(figures)
}
