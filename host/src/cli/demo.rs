//! `hookbox demo`: see it work.

use std::path::PathBuf;

use anyhow::Result;
use tracing_subscriber::filter::LevelFilter;

use crate::config::{ConfigFile, Layers};
use crate::demo::{self, Wish};
use crate::logging;
use crate::output::Format;

/// See it work: set up an automation, send it a webhook, show what became of it, then keep serving
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox demo
  hookbox demo --listen 127.0.0.1:9000
  hookbox demo --once                 status 0 if everything is as it should be
  hookbox demo --once --json | jq .run.steps")]
pub(super) struct Demo {
    /// End after the one webhook; an error names what is not as it should be
    #[arg(long)]
    once: bool,
    /// The address and port to listen on [default: 127.0.0.1:8080, with --once any free port]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// A store to use and keep instead of a new one that is removed
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    file: ConfigFile,
    /// An admin token that has to work afterwards; a new one when the environment has none
    #[arg(skip = std::env::var("HOOKBOX_ADMIN_TOKEN").ok().filter(|token| !token.is_empty()))]
    token: Option<String>,
}

impl Demo {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let any_port = self.once.then(|| "127.0.0.1:0".to_owned());
        let config = Layers::of(&self.file)?.flag("host.listen", self.listen.or(any_port)).config()?;
        logging::start(config.host.log, LevelFilter::WARN)?;
        demo::run(config, &Wish { once: self.once, format, data: self.data, token: self.token })
    }
}
