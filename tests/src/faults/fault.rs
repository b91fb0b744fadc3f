//! Which faults there are, with their rounds and with what is to be reached.

use super::moments::Moments;
use super::report::Target;
use super::{Round, Scale, clocks, disk_full, dribble, flood, io_errors, kills, mixed, receiver, slow_disk};
use crate::program::Setup;

/// A fault; its name on the command line is that of its variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Fault {
    /// The program is killed (SIGKILL) under load, 50 times a round
    Kills,
    /// The disk of the store fills up under load, to the reserve and to the last byte (needs root, for a tmpfs)
    DiskFull,
    /// Reads, writes and syncs of the store fail at random (needs libfiu)
    IoErrors,
    /// The disk takes few writes a second, and more requests come than it can take (needs root, for a cgroup)
    SlowDisk,
    /// The wall clock jumps back and forth while runs wait (needs libfaketime)
    Clocks,
    /// What messages are sent to is away for an hour, a hundred times as fast
    Receiver,
    /// Thousands of clients send a byte now and then, beside a few honest ones
    SlowClients,
    /// Requests that are wrong in every way, from a corpus and by chance
    Floods,
    /// A bit of everything for a long time: memory and the file are measured. One round takes all of the time
    Mixed,
}

impl Fault {
    /// Goes through one round with a program that is set up so.
    pub fn round(self, setup: Setup, scale: Scale, moments: &mut Moments) -> Round {
        match self {
            Self::Kills => kills::round(setup, kills::Size::of(scale), moments),
            Self::DiskFull => disk_full::round(setup, disk_full::Size::of(scale), moments),
            Self::IoErrors => io_errors::round(setup, io_errors::Size::of(scale), moments),
            Self::SlowDisk => slow_disk::round(setup, slow_disk::Size::of(scale), moments),
            Self::Clocks => clocks::round(setup, clocks::Size::of(scale), moments),
            Self::Receiver => receiver::round(setup, receiver::Size::of(scale), moments),
            Self::SlowClients => dribble::round(setup, dribble::Size::of(scale), moments),
            Self::Floods => flood::round(setup, flood::Size::of(scale), moments),
            Self::Mixed => mixed::round(setup, mixed::Size::of(scale), moments),
        }
    }

    /// What its measures are to be.
    pub fn targets(self) -> &'static [Target] {
        match self {
            Self::Kills => kills::TARGETS,
            Self::DiskFull => disk_full::TARGETS,
            Self::IoErrors => io_errors::TARGETS,
            Self::SlowDisk => slow_disk::TARGETS,
            Self::Clocks => clocks::TARGETS,
            Self::Receiver => receiver::TARGETS,
            Self::SlowClients => dribble::TARGETS,
            Self::Floods => flood::TARGETS,
            Self::Mixed => mixed::TARGETS,
        }
    }
}
