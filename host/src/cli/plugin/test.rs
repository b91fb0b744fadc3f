//! `hookbox plugin test`: a component on fixtures, in the sandbox of production.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use hookbox_sandbox::Report;
use serde_json::json;

use crate::author::fixture::Fixture;
use crate::author::progress::Progress;
use crate::author::trial::{Limits, Service, Subject, Trial, trial_text, try_out};
use crate::author::{bench, inspection};
use crate::config::{ConfigFile, Layers};
use crate::output::{Format, print_json, print_line};
use crate::serve;
use crate::usage::UsageError;

/// Try a component out on fixtures, with the limits of production
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin test                                     the project here, on its fixtures/*.json
  hookbox plugin test score-lead --fixture hot.json
  hookbox plugin test plugin.wasm --fixture hot.json --json | jq .trials[].effects

What a fixture holds is in sdk/fixtures.md. Nothing reaches the outside. Status 1 when one is not met.")]
pub(in crate::cli) struct Test {
    /// The component, or the folder of a project that was built
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    file: PathBuf,
    /// A fixture to run, instead of all of the project; can be given several times
    #[arg(long, value_name = "FILE")]
    fixture: Vec<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
}

impl Test {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let config = Layers::of(&self.config)?.config()?;
        let files = self.fixtures()?;
        let fixtures = files.iter().map(|file| Fixture::read(file)).collect::<Result<Vec<_>>>()?;
        let component = inspection::component_file(&self.file)?;
        let component = inspection::read(&component, config.sandbox.component_bytes_max)?;
        let trials = serve::runtime(&config)?.block_on(async {
            let bench = bench::open_beside_stand_ins(config.sandbox.clone())?;
            let sandbox = &bench.sandbox;
            let report = inspection::inspect(sandbox, component).await;
            if !report.is_good() {
                print_report(&report, format)?;
            }
            inspection::verdict(&report)?;
            let service = Service::start(&fixtures).await?;
            let loaded = sandbox.loaded(report.digest).context("what is good is loaded")?;
            let manifest = report.manifest.as_ref().context("what is good says what it is")?;
            let limits = Limits::of(&config.sandbox, report.bytes);
            let subject = Subject { sandbox, loaded: &loaded, manifest, limits };
            let mut trials = Vec::new();
            for (file, fixture) in files.iter().zip(&fixtures) {
                let _going_on = Progress::begin(format!("running {}", file.display()));
                trials.push(try_out(&subject, &service, file, fixture).await?);
            }
            anyhow::Ok(trials)
        })?;
        tell(&trials, format)
    }

    fn fixtures(&self) -> Result<Vec<PathBuf>> {
        if !self.fixture.is_empty() {
            return Ok(self.fixture.clone());
        }
        let project = if self.file.is_dir() { Some(self.file.as_path()) } else { self.file.parent() };
        let files = project.map(Fixture::files).transpose()?.unwrap_or_default();
        if files.is_empty() {
            let what =
                "no fixtures: give some with --fixture, or put them into the folder `fixtures` beside the component";
            return Err(UsageError(what.to_owned()).into());
        }
        Ok(files)
    }
}

fn print_report(report: &Report, format: Format) -> Result<()> {
    match format {
        Format::Json => print_json(report),
        Format::Human => print_line(&inspection::report_text(report)),
    }
}

fn tell(trials: &[Trial], format: Format) -> Result<()> {
    let missed = trials.iter().filter(|trial| !trial.differences.is_empty()).count();
    match format {
        Format::Json => print_json(&json!({ "met": missed == 0, "trials": trials }))?,
        Format::Human => trials.iter().try_for_each(|trial| print_line(&trial_text(trial)))?,
    }
    if missed > 0 {
        bail!("{missed} of {} fixtures are not met", trials.len());
    }
    if format == Format::Human {
        print_line(&format!("All {} fixtures are met.", trials.len()))?;
    }
    Ok(())
}
