//! From the command line to the exit code: 0 it is done, 1 it failed, 2 it was asked for wrongly.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::usage::UsageError;

/// Exit code of what failed.
const FAILED: u8 = 1;
/// Exit code of what was asked for wrongly; clap's own errors end with the same.
const USAGE: u8 = 2;

/// Runs the program on the arguments and environment of the process.
pub fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(report(&error)),
    }
}

/// Says on stderr what failed and why; gives the exit code.
fn report(error: &anyhow::Error) -> u8 {
    if is_closed_pipe(error) {
        return 0;
    }
    // When stderr is gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "error: {}", sentence(error));
    if error.downcast_ref::<UsageError>().is_some() { USAGE } else { FAILED }
}

/// The whole chain of causes in one sentence; a cause that its parent already quotes is not said twice.
fn sentence(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// Whoever read our output has seen enough (`hookbox run page | head`): not a failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::{report, sentence};
    use crate::usage::UsageError;
    use anyhow::{Context, anyhow};

    #[test]
    fn a_wrong_command_line_ends_with_2_and_a_failure_with_1() {
        assert_eq!(report(&UsageError("no token".into()).into()), 2);
        assert_eq!(report(&anyhow!("the disk is full")), 1);
        assert_eq!(report(&std::io::Error::from(std::io::ErrorKind::BrokenPipe).into()), 0);
    }

    #[test]
    fn an_error_tells_each_of_its_causes_once() {
        let error = Err::<(), _>(anyhow!("permission denied")).context("cannot open x: permission denied");
        let error = error.context("the store did not open").expect_err("made above");
        assert_eq!(sentence(&error), "the store did not open: cannot open x: permission denied");
    }
}
