//! Logs of the process: `tracing` events to stderr, for people or as JSON lines, filtered by `HOOKBOX_LOG`.
//!
//! Stdout stays for what commands print. Rooms log fields, never payloads, secrets or contact data.

use std::env::VarError;
use std::io::{self, IsTerminal};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};

/// The environment variable that says what is logged (`debug`, `info,hookbox_sandbox=trace`).
const VARIABLE: &str = "HOOKBOX_LOG";

/// Libraries that tell of every function and frame, or of phone numbers, at `debug`: only heard when `HOOKBOX_LOG` names them.
const QUIET: [&str; 5] = ["cranelift", "wasmtime", "regalloc2", "hyper", "rlibphonenumber"];

/// What log lines look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogStyle {
    /// A line for people, with colours on a terminal
    #[default]
    Human,
    /// A JSON object on each line
    Json,
}

impl LogStyle {
    /// The style in one word, as the configuration writes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

/// Sends the events of the whole process to stderr from here on; `level` counts unless `HOOKBOX_LOG` says otherwise.
pub(crate) fn start(style: LogStyle, level: LevelFilter) -> Result<()> {
    let asked = match std::env::var(VARIABLE) {
        Ok(text) => text,
        Err(VarError::NotPresent) => String::new(),
        Err(VarError::NotUnicode(_)) => bail!("{VARIABLE} is not UTF-8 text"),
    };
    let filter = filter(&asked, level)?;
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let started = match style {
        LogStyle::Human => lines.try_init(),
        LogStyle::Json => lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
    };
    started.map_err(|error| anyhow!("logging did not start: {error}"))
}

/// What is logged when `asked` was asked for; `level` when nothing was.
fn filter(asked: &str, level: LevelFilter) -> Result<EnvFilter> {
    let quiet = QUIET.into_iter().filter(|name| !asked.contains(name)).map(|name| format!("{name}=warn"));
    let asked = if asked.trim().is_empty() { level.to_string() } else { asked.to_owned() };
    let directives = quiet.chain([asked]).collect::<Vec<_>>().join(",");
    EnvFilter::try_new(directives).with_context(|| {
        format!("{VARIABLE} is no log filter; write a level (info) or targets (info,hookbox_runner=debug)")
    })
}

#[cfg(test)]
mod tests {
    use super::filter;
    use tracing_subscriber::filter::LevelFilter;

    #[track_caller]
    fn check(asked: &str, expected: &[&str]) {
        let filter = filter(asked, LevelFilter::INFO).expect("a filter").to_string();
        let mut directives: Vec<&str> = filter.split(',').collect();
        directives.sort_unstable();
        assert_eq!(directives, expected, "{asked:?}");
    }

    #[test]
    fn compilers_are_quiet_until_they_are_named() {
        let quiet = "cranelift=warn,hyper=warn,info,regalloc2=warn,rlibphonenumber=warn,wasmtime=warn";
        check("", &quiet.split(',').collect::<Vec<_>>());
        let named = "cranelift=warn,debug,hyper=warn,regalloc2=warn,rlibphonenumber=warn,wasmtime=trace";
        check("debug,wasmtime=trace", &named.split(',').collect::<Vec<_>>());
    }

    #[test]
    fn a_filter_that_is_none_is_refused_with_an_example() {
        let error = filter("a=b=c", LevelFilter::INFO).expect_err("no filter").to_string();
        assert!(error.contains("HOOKBOX_LOG") && error.contains("info,hookbox_runner=debug"), "{error}");
    }
}
