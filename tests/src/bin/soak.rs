//! Soaks a host in one fault after the other: `soak kills --minutes 20 --seed 7 --report kills.json`.
//!
//! This binary is also the program under test (`soak serve …`), so that one build makes all there is to it.

use std::io::Write;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use anyhow::{Context, Result};
use clap::Parser;
use hookbox_tests::faults::fault::Fault;
use hookbox_tests::faults::moments::Moments;
use hookbox_tests::faults::report::{Soak, now};
use hookbox_tests::faults::{Figures, Round, Scale};
use hookbox_tests::program::Setup;

/// What this binary is asked for as the program under test.
const PROGRAM_COMMANDS: [&str; 4] = ["serve", "backup", "check-store", "compile-component"];

const EXAMPLES: &str = "\
Examples:
  soak kills --minutes 20 --seed 7 --report kills.json
  soak receiver --rounds 1 --small
  HOOKBOX_LOG=debug soak disk-full --rounds 1 --seed 812   (a round that went wrong, by its seed)

Each round has a fresh store and a seed of its own, one more than the round before. At the first thing that is wrong the soak ends
with status 1 and says the seed. A measure that is not what it is to be is in the report and ends nothing. Progress is told on
stderr; the report is JSON, on stdout if no file is named for it.";

/// Does something to a host under load for as long as it is asked to, and says whether anything was lost or doubled
#[derive(Debug, Parser)]
#[command(name = "soak", after_help = EXAMPLES)]
struct Asked {
    /// What is done to the host
    fault: Fault,
    /// Begin no further round after so many minutes
    #[arg(long, default_value_t = 20.0, value_name = "MINUTES")]
    minutes: f64,
    /// Begin no further round after so many, however long they took
    #[arg(long, value_name = "COUNT")]
    rounds: Option<u64>,
    /// What decides everything that is left to chance; the seed of the first round
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds as small as those of the tests
    #[arg(long)]
    small: bool,
    /// Where the report goes
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn main() -> ExitCode {
    if env::args().nth(1).is_some_and(|argument| PROGRAM_COMMANDS.contains(&argument.as_str())) {
        return hookbox::main();
    }
    match soak(&Asked::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Goes through rounds until the time is over or something is wrong; whether nothing was.
fn soak(asked: &Asked) -> Result<bool> {
    let exe = env::current_exe().context("where this program is")?;
    let setup = Setup::new(&exe.to_string_lossy());
    let (began_at, began) = (now(), Instant::now());
    let fault = clap::ValueEnum::to_possible_value(&asked.fault).context("every fault has a name")?;
    let mut soak = Soak {
        fault: fault.get_name(),
        seed: asked.seed,
        rounds: 0,
        began_at,
        took: Duration::ZERO,
        figures: Figures::default(),
        targets: asked.fault.targets(),
        wrong: None,
        skipped: None,
    };
    let scale = if asked.small { Scale::Small } else { Scale::Large { minutes: asked.minutes } };
    let is_over = |rounds: u64| {
        asked.rounds.is_some_and(|most| rounds >= most) || began.elapsed().as_secs_f64() >= asked.minutes * 60.0
    };
    let panicked = Arc::<Mutex<Option<String>>>::default();
    remember_panics(Arc::clone(&panicked));
    while soak.wrong.is_none() && soak.skipped.is_none() && !is_over(soak.rounds) {
        let seed = asked.seed + soak.rounds;
        eprintln!("round {} of {}, seed {seed}, {:.0} s", soak.rounds + 1, soak.fault, began.elapsed().as_secs_f64());
        let mut moments = Moments::of(seed);
        match catch_unwind(AssertUnwindSafe(|| asked.fault.round(setup.clone(), scale, &mut moments))) {
            Ok(Round::Done(figures)) => soak.figures.merge(&figures),
            Ok(Round::Skipped(why)) => soak.skipped = Some(why),
            Err(_) => {
                soak.wrong = panicked.lock().unwrap_or_else(PoisonError::into_inner).take().map(|what| (seed, what))
            }
        }
        soak.rounds += 1;
    }
    soak.took = began.elapsed();
    tell(&soak, asked.report.as_deref())?;
    Ok(soak.wrong.is_none())
}

fn tell(soak: &Soak<'_>, file: Option<&std::path::Path>) -> Result<()> {
    let report = format!("{:#}", soak.report());
    match file {
        Some(file) => {
            eprintln!("{report}");
            fs::write(file, report + "\n").with_context(|| format!("the report was not written to {}", file.display()))
        }
        None => writeln!(io::stdout(), "{report}").context("the report was not printed"),
    }
}

/// What the first panic said: others follow from it, and those of scoped threads say only that there was one.
fn remember_panics(first: Arc<Mutex<Option<String>>>) {
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| info.to_string());
        drop(first);
        told(info);
    }));
}
