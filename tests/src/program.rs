//! The program as a child process: a fresh store, a free port, its log kept; killed, stopped and started again at will.
//!
//! A [`Setup`] says how it is to run; [`Setup::start`] waits until it listens. When a test fails, the end of the log is
//! printed, and its directory stays for a look at it. Otherwise nothing outlives the [`Program`]: dropping it kills the process and
//! removes its store.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value;
use tempfile::TempDir;

use crate::admin::Admin;
use crate::compiled;
use crate::deadline::{DEADLINE, eventually};
use crate::webhook::Line;

/// The admin token of every program under test.
pub const TOKEN: &str = "the-admin-token-of-the-tests-0123456789";

/// What Rust says of a panic.
const PANICKED: &str = "panicked at";

/// How many lines of the log are shown when a test fails.
const SHOWN_LINES: usize = 60;

/// How a program is to run.
#[derive(Debug, Clone)]
pub struct Setup {
    exe: PathBuf,
    plugins: Option<PathBuf>,
    variables: Vec<(String, String)>,
}

/// A running program with a store of its own.
#[derive(Debug)]
pub struct Program {
    setup: Setup,
    home: TempDir,
    child: Option<Child>,
    url: String,
    setup_url: Option<String>,
    log: Log,
    /// The part of the log since the last start.
    life: Log,
}

/// What the program wrote to stderr, over all of its starts.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Setup {
    /// `exe` is the program: `env!("CARGO_BIN_EXE_hookbox-under-test")`.
    pub fn new(exe: &str) -> Self {
        Self { exe: exe.into(), plugins: None, variables: Vec::new() }
    }

    /// With the guests of the tests as plugins.
    pub fn guests(mut self) -> Self {
        self.plugins = Some(crate::guests::folder());
        self
    }

    /// With a variable of the environment, which is how every number is configured.
    pub fn variable(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.push((name.into(), value.to_string()));
        self
    }

    /// Starts it and waits until it listens.
    pub fn start(self) -> Program {
        self.start_on(|_| ()).0
    }

    /// The same after `prepare` has seen to the directory that its store will be in, such as by mounting a disk there.
    pub fn start_on<T>(self, prepare: impl FnOnce(&Path) -> T) -> (Program, T) {
        let home = TempDir::with_prefix("hookbox-test-").expect("a temporary directory can be made");
        let (log, life) = (Log::default(), Log::default());
        let mut program = Program { setup: self, home, child: None, url: String::new(), setup_url: None, log, life };
        let (exe, guests) = (program.setup.exe.clone(), program.setup.plugins.is_some());
        let prepared = prepare(&program.data());
        compiled::bring(&exe, guests, &program.data());
        program.start();
        compiled::keep(&exe, guests, &program.data());
        (program, prepared)
    }

    /// The program with these arguments and nothing of this process's own settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.exe);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HOOKBOX")) {
            command.env_remove(name);
        }
        command.args(arguments).envs(self.variables.iter().cloned());
        command
    }
}

impl Program {
    /// Starts it on the same store, after [`Program::kill`] or [`Program::stop`].
    pub fn start(&mut self) {
        let started = self.try_start();
        started.unwrap_or_else(|status| panic!("the program does not start ({status}):\n{}", self.log.end()));
    }

    /// The same where it may refuse to start; then this is how it ended.
    pub fn try_start(&mut self) -> Result<(), ExitStatus> {
        let listening = self.spawn();
        let line = match listening.recv_timeout(DEADLINE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("the program does not listen:\n{}", self.log.end()),
            Err(RecvTimeoutError::Disconnected) => return Err(self.ended()),
        };
        let line: Value = serde_json::from_str(&line).expect("the first line of stdout is JSON");
        self.url = line["listening"].as_str().expect("the line names the URL").to_owned();
        self.setup_url = line["setup_url"].as_str().map(str::to_owned);
        let state = eventually("the program to be ready, or to end", || {
            if self.has_ended() { Some(false) } else { self.is_ready().then_some(true) }
        });
        if state { Ok(()) } else { Err(self.ended()) }
    }

    /// Whether it wants requests; one that is about to end may say nothing.
    fn is_ready(&self) -> bool {
        let asked = Line::open(self.address()).and_then(|mut line| {
            line.send(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
            line.answer()
        });
        asked.is_ok_and(|answer| answer.status == 200)
    }

    /// Changes a variable of its environment from its next start on; without a value it has none.
    pub fn vary(&mut self, name: &str, value: Option<String>) {
        self.setup.variables.retain(|(found, _)| found != name);
        self.setup.variables.extend(value.map(|value| (name.to_owned(), value)));
    }

    /// Starts it on the same store without waiting: the lines of its stdout, the first of which says where it listens.
    pub fn spawn(&mut self) -> Receiver<String> {
        assert!(self.child.is_none(), "it runs already");
        let data = self.data().to_string_lossy().into_owned();
        let mut command = self.setup.command(&["serve", "--data", &data, "--listen", "127.0.0.1:0", "--json"]);
        if let Some(plugins) = &self.setup.plugins {
            command.arg("--plugins").arg(plugins);
        }
        command.env("HOOKBOX_ADMIN_TOKEN", TOKEN).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program under test can be started");
        if let Some(stderr) = child.stderr.take() {
            self.life = Log::default();
            self.log.follow(self.life.clone(), stderr);
        }
        let lines = child.stdout.take().map(lines_of);
        self.child = Some(child);
        lines.expect("stdout is piped")
    }

    /// SIGKILL. What was answered until now has to be there after the next start. What it wrote stays with the kernel, synced or not,
    /// so this is no power cut; the tests of the store cut the power (`host/store-redb/tests/faults/power_loss.rs`).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a child can be killed");
            child.wait().expect("a killed child ends");
        }
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// The most memory it held since its start, in bytes, as the kernel counts it.
    pub fn memory_peak_bytes(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The memory that it holds now, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("the kernel tells of it");
        let line = status.lines().find(|line| line.starts_with(name)).expect("the kernel counts memory");
        let kib: u64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number");
        kib * 1024
    }

    /// How many components it holds the first memory of, as files without a name: those whose code it has in memory.
    pub fn components_in_memory(&self) -> usize {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.id())).expect("the kernel tells of it");
        let names = open.flatten().filter_map(|file| std::fs::read_link(file.path()).ok());
        names.filter(|name| name.to_string_lossy().contains("wasm-memory-image")).count()
    }

    /// Whether its process has ended by itself; how, then [`Program::ended`] tells.
    pub fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut().expect("it runs");
        child.try_wait().expect("a child can be asked").is_some()
    }

    /// One of its metrics, by the name that `/metrics` gives it; `None` while there is no such line.
    #[track_caller]
    pub fn metric(&self, name: &str) -> Option<f64> {
        let metrics = self.admin().get("/metrics").success().text();
        metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// Asks it to end: SIGTERM. Returns at once; see [`Program::ended`].
    pub fn terminate(&self) {
        let id = self.id();
        let status = Command::new("sh").arg("-c").arg(format!("kill -TERM {id}")).status();
        assert!(status.is_ok_and(|status| status.success()), "SIGTERM could not be sent");
    }

    /// Waits for it to end by itself.
    pub fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let status = eventually("the program to end", || child.try_wait().expect("a child can be asked"));
        self.url.clear();
        status
    }

    /// Asks it to end and waits: a clean stop.
    pub fn stop(&mut self) -> ExitStatus {
        self.terminate();
        self.ended()
    }

    /// Where it listens (`http://127.0.0.1:1234`).
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its first user is made; none once there is one.
    pub fn setup_url(&self) -> Option<&str> {
        self.setup_url.as_deref()
    }

    /// The address behind [`Program::url`].
    pub fn address(&self) -> &str {
        self.url.strip_prefix("http://").expect("it listens on plain HTTP")
    }

    /// A client for its admin API, in the first workspace.
    pub fn admin(&self) -> Admin {
        Admin::new(&self.url, TOKEN)
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Waits for a line that contains the text, of those since the last start: the log is read beside the program, and may come later
    /// than its end.
    #[track_caller]
    pub fn says(&self, text: &str) {
        eventually(&format!("the log of this start to say {text:?}"), || self.life.contains(text).then_some(()));
    }

    /// Nothing panicked in it, in none of its starts.
    #[track_caller]
    pub fn assert_no_panic(&self) {
        let lines = self.log.lines();
        let panic = lines.iter().position(|line| line.contains(PANICKED)).map(|at| &lines[at..]);
        assert!(panic.is_none(), "the program panicked:\n{}", panic.unwrap_or_default().join("\n"));
    }

    /// The directory of its store.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A directory that is removed with it unless the test fails, for whatever a test needs.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs a command of the same program against this host, and gives what it printed.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.setup.command(arguments);
        command.env("HOOKBOX_URL", &self.url).env("HOOKBOX_TOKEN", TOKEN).stdin(Stdio::null());
        command.output().expect("the program under test can be started")
    }

    /// The same for a command that has to succeed and to print JSON.
    #[track_caller]
    pub fn run_json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{arguments:?} does not print JSON ({error}): {}", String::from_utf8_lossy(&output.stdout))
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            self.home.disable_cleanup(true);
            eprintln!("--- the end of the log of the program under test\n{}\n---", self.log.end());
            eprintln!("its directory stays: {}", self.home.path().display());
        }
    }
}

impl Log {
    /// Every line so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a line so far contains the text.
    pub fn contains(&self, text: &str) -> bool {
        self.lines().iter().any(|line| line.contains(text))
    }

    fn push(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn end(&self) -> String {
        let lines = self.lines();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }

    fn follow(&self, life: Self, stderr: impl Read + Send + 'static) {
        let log = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                life.push(line.clone());
                log.push(line);
            }
        });
    }
}

/// Reads stdout to its end, so that the program never waits for us; every line is on the channel.
fn lines_of(stdout: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Nobody may be listening any more; the pipe is emptied all the same.
            let _ = sender.send(line);
        }
    });
    receiver
}
