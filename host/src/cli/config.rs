//! `hookbox config`: what counts after all layers, or the annotated defaults.

use anyhow::{Context, Result};

use crate::config::{ConfigFile, DEFAULTS, Layers};
use crate::output::{Format, print_json, print_line};

/// Print the configuration that counts: defaults, file and environment together
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox config --config hookbox.toml
  hookbox config --json | jq .store
  hookbox config --defaults > hookbox.toml    every key with its unit and its reason

Each layer wins over the one before: defaults, FILE, environment (HOOKBOX__STORE__KEY=…), flags.")]
pub(super) struct ConfigCommand {
    /// Print the annotated defaults instead
    #[arg(long)]
    defaults: bool,
    #[command(flatten)]
    file: ConfigFile,
}

impl ConfigCommand {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let layers = if self.defaults { Layers::default() } else { Layers::of(&self.file)? };
        let effective = layers.effective()?;
        match (format, self.defaults) {
            (Format::Json, _) => print_json(&effective),
            (Format::Human, true) => print_line(DEFAULTS.trim_end()),
            (Format::Human, false) => {
                let text = toml::to_string(&effective).context("the configuration cannot be written as TOML")?;
                print_line(text.trim_end())
            }
        }
    }
}
