//! A host in a process of its own: this same program started again, so that what is measured is what ships. Its doors, its
//! metrics, and what the kernel counts of it.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hookbox_tests::admin::Admin;
use hookbox_tests::documents::{JOHN, ORDER_SHIPPED};
use hookbox_tests::webhook::Webhook;
use serde_json::Value;

use crate::load::Target;
use crate::options::Options;
use crate::processor;

const TOKEN: &str = "the-admin-token-of-the-bench-0123456789";

/// The limits of requests, counted as always and never reached: one address and one key send everything.
const LIMITS: [&str; 4] = ["ADDRESS_RATE_PER_S_MAX", "ADDRESS_BURST_MAX", "KEY_RATE_PER_S_MAX", "KEY_BURST_MAX"];

/// Keeps the runner from beginning anything.
pub(crate) const NO_RUNS: (&str, &str) = ("HOOKBOX__RUNNER__RUNS_MAX", "0");

/// How long runs may stand still before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is asked whether it is ready.
const READY_STEP: Duration = Duration::from_millis(1);

/// A host; killed when dropped.
pub(crate) struct Host {
    child: Child,
    pub(crate) address: String,
    /// From the start of the process to the first 200 of `/readyz`.
    pub(crate) ready: Duration,
    home: Option<tempfile::TempDir>,
    data: PathBuf,
}

/// What `/metrics` said.
pub(crate) struct Metrics(BTreeMap<String, f64>);

impl Host {
    /// A host with a store of its own, which is removed with it; furnished with what the automations of the bench name. It is given
    /// the plugins as the first one compiled them, so that no part waits for what is always the same.
    pub(crate) fn fresh(options: &Options, variables: &[(&str, &str)]) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("hookbox-bench-").tempdir_in(&options.dir)?;
        let data = home.path().join("data");
        let kept = options.scratch.path().join(COMPILED);
        let is_first = !kept.exists();
        if !is_first {
            copy_folder(&kept, &data.join(COMPILED))?;
        }
        let mut host = Self::start(&data, variables)?;
        if is_first {
            copy_folder(&data.join(COMPILED), &kept)?;
        }
        host.home = Some(home);
        host.admin().furnish();
        Ok(host)
    }

    /// A host on the store in `data`.
    pub(crate) fn start(data: &Path, variables: &[(&str, &str)]) -> Result<Self> {
        let began = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--listen", "127.0.0.1:0", "--json", "--data"]).arg(data);
        command.env("HOOKBOX_ADMIN_TOKEN", TOKEN).env("HOOKBOX_LOG", "error");
        command.envs(LIMITS.map(|name| (format!("HOOKBOX__INGRESS__{name}"), "1000000")));
        command.envs(variables.iter().copied()).stdin(Stdio::null());
        let (child, line) = spawn(command)?;
        let said: Value = serde_json::from_str(&line)?;
        let address = said["listening"].as_str().context("the host names no address")?;
        let address = address.trim_start_matches("http://").to_owned();
        let mut host = Self { child, address, ready: Duration::ZERO, home: None, data: data.to_owned() };
        while host.admin().get("/readyz").status != 200 {
            ensure!(began.elapsed() < PATIENCE, "the host does not become ready");
            thread::sleep(READY_STEP);
        }
        host.ready = began.elapsed();
        Ok(host)
    }

    /// The same store after SIGKILL, with other settings.
    pub(crate) fn killed_and_started(mut self, variables: &[(&str, &str)]) -> Result<Self> {
        self.end();
        let mut host = Self::start(&self.data, variables)?;
        host.home = self.home.take();
        Ok(host)
    }

    /// Asks it to end and waits: a clean stop. The folder of its store stays until what this gives is dropped.
    pub(crate) fn stopped(mut self) -> Result<(Option<tempfile::TempDir>, PathBuf)> {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        ensure!(asked.success(), "SIGTERM could not be sent");
        let status = self.child.wait()?;
        ensure!(status.success(), "the host ended with {status}");
        Ok((self.home.take(), self.data.clone()))
    }

    /// A client for its admin API.
    pub(crate) fn admin(&self) -> Admin {
        Admin::new(&format!("http://{}", self.address), TOKEN)
    }

    /// Saves the automation of the product's example and gives what is sent to it.
    pub(crate) fn order_shipped(&self) -> Target {
        self.target(&self.admin().apply_yaml(ORDER_SHIPPED), JOHN)
    }

    /// A request with this body to a webhook.
    pub(crate) fn target(&self, webhook: &Webhook, body: &str) -> Target {
        Target::new(&self.address, &webhook.path, Some(&webhook.key), body)
    }

    /// What `/metrics` says now.
    pub(crate) fn metrics(&self) -> Result<Metrics> {
        let text = ureq::get(format!("http://{}/metrics", self.address)).call()?.body_mut().read_to_string()?;
        let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
        Ok(Metrics(pairs.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()))
    }

    /// Waits until every capture since its start has a finished run, and none failed.
    pub(crate) fn wait_until_idle(&self) -> Result<Metrics> {
        let (mut last, mut moved) = (-1.0, Instant::now());
        loop {
            let metrics = self.metrics()?;
            let failed = metrics.of("hookbox_runs_total{state=\"failed\"}");
            ensure!(failed == 0.0, "{failed} runs failed");
            if metrics.finished() >= metrics.captured() {
                return Ok(metrics);
            }
            if metrics.finished() > last {
                (last, moved) = (metrics.finished(), Instant::now());
            }
            ensure!(moved.elapsed() < PATIENCE, "runs stand still at {last} of {}", metrics.captured());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Its processor time, in seconds.
    pub(crate) fn processor_seconds(&self) -> Result<f64> {
        processor::seconds_of(self.child.id())
    }

    /// The memory that it holds now, in MB.
    pub(crate) fn rss_mb(&self) -> Result<f64> {
        self.memory_mb("VmRSS:")
    }

    /// The most memory that it held since its start or since [`Host::forget_peak`], in MB, as the kernel keeps it.
    pub(crate) fn peak_mb(&self) -> Result<f64> {
        self.memory_mb("VmHWM:")
    }

    /// Lets the peak begin anew with what is held now.
    pub(crate) fn forget_peak(&self) -> Result<()> {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").context("the peak of memory cannot be reset")
    }

    fn memory_mb(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with(name)).with_context(|| format!("no {name}"))?;
        // What the kernel calls kB are 1,024 bytes.
        Ok(line.split_whitespace().nth(1).context("no number")?.parse::<f64>()? * 1024.0 / 1e6)
    }

    /// The bytes of its store's file.
    pub(crate) fn store_bytes(&self) -> Result<u64> {
        Ok(fs::metadata(self.data.join(STORE_FILE))?.len())
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The name of the store's file in the folder of the data.
pub(crate) const STORE_FILE: &str = "store.redb";

/// The name of the folder beside it that holds compiled plugins.
const COMPILED: &str = "compiled";

/// Copies the files of a folder, with their permissions, into a new one for the user alone.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Starts this program again and waits for the first line that it prints.
pub(crate) fn spawn(mut command: Command) -> Result<(Child, String)> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
    let line = lines.next().transpose()?;
    let Some(line) = line else {
        let _ = child.kill();
        anyhow::bail!("the server ended before it listened: {}", child.wait()?);
    };
    thread::spawn(move || lines.for_each(drop));
    Ok((child, line))
}

impl Drop for Host {
    fn drop(&mut self) {
        self.end();
    }
}

impl Metrics {
    /// One line, by its name with its labels; 0 when there is none yet.
    pub(crate) fn of(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Requests captured since the start.
    pub(crate) fn captured(&self) -> f64 {
        self.of("hookbox_captures_total")
    }

    /// Runs that succeeded since the start.
    pub(crate) fn finished(&self) -> f64 {
        self.of("hookbox_runs_total{state=\"succeeded\"}")
    }
}
