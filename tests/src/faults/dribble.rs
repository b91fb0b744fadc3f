//! Thousands of clients that send a byte now and then, and some that send nothing at all, beside a few that are honest: all of
//! these are answered.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::load::{Over, Scene, loaded};
use super::moments::Moments;
use super::report::Target;
use super::{Figures, Round, Scale};
use crate::deadline::{eventually, pause};
use crate::program::Setup;
use crate::webhook::Webhook;

/// An honest answer takes no longer than that, in 99 of 100 cases.
pub const TARGETS: &[Target] = &[Target { figure: "honest_p99_ms_most", at_most: 50.0 }];

/// Sockets that a process needs beside those of the slow.
const OTHER_FILES: u64 = 200;

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    slow: usize,
    honest: usize,
    answers: usize,
}

/// What a slow client does.
struct Slow {
    socket: Option<TcpStream>,
    wire: Vec<u8>,
    /// How much of it is sent; nothing more after `stops`.
    sent: usize,
    stops: usize,
}

impl Size {
    /// Of a test or a soak.
    pub const fn of(scale: Scale) -> Self {
        match scale {
            Scale::Small => Self { slow: 200, honest: 2, answers: 400 },
            Scale::Large { .. } => Self { slow: 2_000, honest: 4, answers: 30_000 },
        }
    }
}

/// One host with many slow clients and a few honest ones.
pub fn round(setup: Setup, size: Size, moments: &mut Moments) -> Round {
    let (open, needed) = (open_files_max(), size.slow as u64 + OTHER_FILES);
    if open < needed {
        return Round::Skipped(format!("a process may open {open} files here, and {needed} are needed (ulimit -n)"));
    }
    let mut scene = Scene::of(loaded(setup).start(), None);
    let (address, webhook) = (scene.program.address().to_owned(), scene.webhook.clone());
    let mut crowd: Vec<Slow> = (0..size.slow).map(|_| Slow::new(&webhook, moments)).collect();
    let (over, sweeps, opened) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let mut figures = Figures::default();
    thread::scope(|scope| {
        let _over = Over(&over);
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let again: u64 = crowd.iter_mut().map(|slow| u64::from(slow.dribble(&address))).sum();
                opened.fetch_add(again, Ordering::Relaxed);
                sweeps.fetch_add(1, Ordering::Relaxed);
                pause();
            }
        });
        let all_there = || (sweeps.load(Ordering::Relaxed) > 0).then_some(());
        eventually("the slow ones to be there", all_there);
        // As the host counts them: it closes those that are too slow, and they come again.
        let at_once = || scene.program.metric("hookbox_connections").filter(|count| *count >= size.slow as f64);
        figures.most("connections_at_once_most", eventually("all of the slow ones to be there at once", at_once));
        let before = scene.journal.answered();
        scene.load(size.honest, |load| load.answers(size.answers));
        figures.count("honest_answers", (scene.journal.answered() - before) as u64);
    });
    figures.count("slow_connections", opened.load(Ordering::Relaxed));
    assert_eq!((scene.journal.busy(), scene.journal.cut_off()), (0, 0), "an honest client is answered");
    let took = scene.journal.took();
    figures.most("honest_p99_ms_most", took[took.len() * 99 / 100].as_secs_f64() * 1e3);
    drop(crowd);
    scene.audit(&mut figures);
    Round::Done(figures)
}

impl Slow {
    /// One that sends a right request byte by byte, and never a whole one.
    fn new(webhook: &Webhook, moments: &mut Moments) -> Self {
        let wire = webhook.request(vec![b' '; 4096]).bytes();
        let stops = moments.index(wire.len());
        Self { socket: None, sent: 0, stops, wire }
    }

    /// Sends the next byte; on a new connection where there is none, which is what it then tells.
    fn dribble(&mut self, address: &str) -> bool {
        let Some(socket) = &mut self.socket else {
            self.socket = TcpStream::connect(address).ok();
            self.sent = 0;
            return self.socket.is_some();
        };
        if self.sent < self.stops {
            match socket.write_all(&self.wire[self.sent..=self.sent]) {
                Ok(()) => self.sent += 1,
                Err(_) => self.socket = None,
            }
        } else if is_over(socket) {
            self.socket = None;
        }
        false
    }
}

/// Whether the other side has closed it, or has said something: then it will.
fn is_over(socket: &TcpStream) -> bool {
    let asked = socket.set_nonblocking(true).and_then(|()| socket.peek(&mut [0]));
    let blocks = asked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
    let _ = socket.set_nonblocking(false);
    !blocks
}

/// How many files a process may open, as it stands in `/proc`.
fn open_files_max() -> u64 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or_default().to_owned();
    line.split_whitespace().next().and_then(|soft| soft.parse().ok()).unwrap_or(u64::MAX)
}
