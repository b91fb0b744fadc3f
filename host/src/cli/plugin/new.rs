//! `hookbox plugin new`: a project that builds, with everything of ours that it needs in it.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;

use crate::author::language::Language;
use crate::author::project::{self, ProjectName};
use crate::output::{Format, print_json, print_line};

/// Begin a plugin: a project that builds, with the SDK and the contract in it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin new score-lead --lang rust
  hookbox plugin new score-lead --lang python --dir plugins/score-lead

Nothing of ours is fetched: the SDK and the contract come out of this program. The folder must be empty or not there.")]
pub(in crate::cli) struct New {
    /// What automations call it: lower case letters, digits and dashes, like score-lead
    name: String,
    /// The language to write it in
    #[arg(long, value_enum)]
    lang: Language,
    /// The folder to write into; named like the plugin when absent
    #[arg(long)]
    dir: Option<PathBuf>,
}

impl New {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let name: ProjectName = self.name.parse()?;
        let dir = self.dir.unwrap_or_else(|| name.folder());
        let files = project::write(&name, self.lang, &dir)?;
        let shown = dir.display();
        match format {
            Format::Json => print_json(&json!({ "dir": shown.to_string(), "files": files })),
            Format::Human => print_line(&format!(
                "{name} is in {shown}: {}\n\nNow:\n  hookbox plugin build {shown}\n  hookbox plugin test {shown}\n  \
                 hookbox plugin push {shown}/plugin.wasm --approve\n  hookbox automation apply -f {shown}/automation.yaml",
                files.join(", ")
            )),
        }
    }
}
