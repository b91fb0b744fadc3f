//! What is going on, for whoever waits: on a terminal a line that moves with the time that has passed, elsewhere plain lines. All
//! of it on stderr, so that results can be read from stdout.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::{clean, progress};

/// How often the line on a terminal moves.
const TICK: Duration = Duration::from_millis(100);

/// From how long on it is told how long something took.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Something that is going on, until it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    what: String,
    begun: Instant,
}

impl Progress {
    /// Tells that `what` goes on from now.
    pub(crate) fn begin(what: impl Into<String>) -> Self {
        let what = what.into();
        let bar = io::stderr().is_terminal().then(|| moving(&what));
        if bar.is_none() {
            progress(&format!("{what} …"));
        }
        Self { bar, what, begun: Instant::now() }
    }

    /// A line of somebody else's, above the one that moves; colours are kept on a terminal only.
    pub(crate) fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| write_line(line)),
            None => write_line(&clean(line)),
        }
    }

    /// What is being done now, where a line moves; elsewhere it would only fill the screen.
    pub(crate) fn tell(&self, now: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(now.to_owned());
        }
    }

    fn end(&self) {
        let took = self.begun.elapsed();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if took >= WORTH_TELLING || self.bar.is_some() {
            progress(&format!("{} took {:.1} s", self.what, took.as_secs_f64()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

fn moving(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}").expect("a template that is written above");
    let bar = ProgressBar::new_spinner().with_style(style).with_message(what.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

fn write_line(line: &str) {
    // When stderr is gone nobody waits for news.
    let _ = writeln!(io::stderr(), "{line}");
}
