//! `hookbox plugin build`: from a project to a component that can be uploaded.

use std::path::{Path, PathBuf};

use anyhow::Result;
use hookbox_model::Digest;
use serde_json::json;

use crate::author::{bench, build, inspection};
use crate::config::{ConfigFile, Layers};
use crate::output::{Format, print_json, print_line, size};
use crate::serve;

/// Build a project into plugin.wasm, and check it as an upload is checked
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin build
  hookbox plugin build score-lead

The tools of its language do the work: cargo for Rust; node and npm for JavaScript; python3 for Python. What is missing of them is
named. Status 1 when it cannot be built or uploaded.")]
pub(in crate::cli) struct Build {
    /// The folder of the project
    #[arg(default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    file: ConfigFile,
}

impl Build {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let config = Layers::of(&self.file)?.config()?;
        build::build(&self.dir)?;
        let file = build::component_of(&self.dir);
        let component = inspection::read(&file, config.sandbox.component_bytes_max)?;
        let (bytes, digest) = (component.len() as u64, Digest::of(&component));
        if format == Format::Human {
            print_line(&format!("{}: {}, SHA-256 {digest}", file.display(), size(bytes)))?;
        }
        let runtime = serve::runtime(&config)?;
        let bench = bench::open(config.sandbox)?;
        let report = runtime.block_on(inspection::inspect(&bench.sandbox, component));
        match format {
            Format::Json => {
                print_json(&json!({ "file": shown(&file), "bytes": bytes, "digest": digest, "report": report }))?
            }
            Format::Human => print_line(&inspection::report_text(&report))?,
        }
        inspection::verdict(&report)
    }
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}
