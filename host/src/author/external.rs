//! The programs of others that build a plugin: run with what they say shown as they say it, and named with what to install when
//! they are missing.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};

use super::progress::Progress;

/// A program of others with its arguments.
#[derive(Debug)]
pub(crate) struct External {
    command: Command,
    shown: String,
    missing: &'static str,
}

impl External {
    /// `program` in the folder `dir`. `missing` says what to install when it is not there.
    pub(crate) fn new(program: impl AsRef<OsStr>, dir: &Path, missing: &'static str) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.current_dir(dir).stdin(Stdio::null());
        if io::stderr().is_terminal() {
            // They write into our pipe and would not know that somebody sees it.
            command.envs([("CARGO_TERM_COLOR", "always"), ("FORCE_COLOR", "1")]);
        }
        let shown = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
        Self { command, shown, missing }
    }

    /// The same with these arguments.
    pub(crate) fn arguments<const N: usize>(mut self, arguments: [&str; N]) -> Self {
        for argument in arguments {
            self.shown.push(' ');
            self.shown.push_str(argument);
            self.command.arg(argument);
        }
        self
    }

    /// Runs it, showing everything it says.
    pub(crate) fn run(self) -> Result<()> {
        self.run_reading(|progress, line| progress.line(&line))
    }

    /// Runs it, showing what it says on stderr; each line of its stdout goes to `take`.
    pub(crate) fn run_reading(mut self, mut take: impl FnMut(&Progress, String)) -> Result<()> {
        let progress = Progress::begin(&self.shown);
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|error| self.not_started(error))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        thread::scope(|scope| {
            scope.spawn(|| stderr.map(|stderr| each_line(stderr, |line| progress.line(&line))));
            if let Some(stdout) = stdout {
                each_line(stdout, |line| take(&progress, line));
            }
        });
        let status = child.wait().with_context(|| format!("cannot wait for {}", self.shown))?;
        drop(progress);
        self.ended(status)
    }

    /// What it writes to stdout, without showing anything.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self.command.output().map_err(|error| self.not_started(error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` failed ({}): {}", self.shown, output.status, said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn ended(&self, status: ExitStatus) -> Result<()> {
        if !status.success() {
            bail!("`{}` failed ({status}); what it said stands above", self.shown);
        }
        Ok(())
    }

    fn not_started(&self, error: io::Error) -> anyhow::Error {
        match error.kind() {
            io::ErrorKind::NotFound => anyhow!("`{}` cannot be run: {}", self.shown, self.missing),
            _ => anyhow!(error).context(format!("`{}` cannot be run", self.shown)),
        }
    }
}

/// Reads to the end, so that whoever writes never waits for us. What is no text is shown as well as it can be.
fn each_line(source: impl Read, mut take: impl FnMut(String)) {
    let mut reader = BufReader::new(source);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        take(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned());
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::External;
    use std::path::Path;

    fn shell(script: &str) -> External {
        External::new("sh", Path::new("."), "install a shell").arguments(["-c", script])
    }

    #[test]
    fn a_program_that_is_missing_is_named_with_what_to_install() {
        let missing = External::new("no-such-program-1", Path::new("."), "install it from https://example.org");
        let error = missing.arguments(["build"]).run().expect_err("it is not there").to_string();
        assert_eq!(error, "`no-such-program-1 build` cannot be run: install it from https://example.org");
    }

    #[test]
    fn what_a_program_writes_is_read_line_by_line_and_its_failure_is_ours() {
        let mut lines = Vec::new();
        shell("echo one; echo two >&2; printf three").run_reading(|_, line| lines.push(line)).expect("it succeeds");
        assert_eq!(lines, ["one", "three"]);
        assert!(shell("exit 3").run().expect_err("it failed").to_string().contains("exit status: 3"));
        let said = shell("echo why >&2; exit 1").output().expect_err("it failed").to_string();
        assert!(said.ends_with(": why"), "{said}");
    }
}
