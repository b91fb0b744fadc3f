//! `hookbox plugin check`: the report that an upload gets, without a server.

use std::path::PathBuf;

use anyhow::Result;

use crate::author::{bench, inspection};
use crate::config::{ConfigFile, Layers};
use crate::output::{Format, print_json, print_line};
use crate::serve;

/// Check a component as an upload is checked: what it asks for, and every fault with how to mend it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin check                     the project here
  hookbox plugin check plugin.wasm
  hookbox plugin check score-lead          the plugin.wasm of a project
  hookbox plugin check plugin.wasm --json | jq .faults

Nothing is sent anywhere. Status 1 when it cannot be uploaded.")]
pub(in crate::cli) struct Check {
    /// The component, or the folder of a project that was built
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    file: PathBuf,
    #[command(flatten)]
    config: ConfigFile,
}

impl Check {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let config = Layers::of(&self.config)?.config()?;
        let file = inspection::component_file(&self.file)?;
        let component = inspection::read(&file, config.sandbox.component_bytes_max)?;
        let runtime = serve::runtime(&config)?;
        let bench = bench::open(config.sandbox)?;
        let report = runtime.block_on(inspection::inspect(&bench.sandbox, component));
        match format {
            Format::Json => print_json(&report)?,
            Format::Human => print_line(&inspection::report_text(&report))?,
        }
        inspection::verdict(&report)
    }
}
