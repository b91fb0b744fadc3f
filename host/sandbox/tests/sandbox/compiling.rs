//! Compiling in a process of its own: what it may use, and what is left when it ends.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use hookbox_model::Digest;
use hookbox_sandbox::{CompilerCommand, Config, LoadError, Report, Sandbox};

use crate::binary::{core_module, functions};
use crate::call::{child, invoke, load, strict};
use crate::guest::Guest;

/// A guest that takes many seconds and much memory to compile: long functions of plain arithmetic.
fn bomb() -> Bytes {
    // block, i32.const 7, br_if 0, end
    let body = [0x02, 0x40, 0x41, 0x07, 0x0d, 0x00, 0x0b].repeat(100_000);
    [Guest::default().component(), core_module(&functions(20, &body))].concat().into()
}

async fn inspected(config: Config, file: Bytes) -> Report {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(child(config, dir.path())).expect("a sandbox");
    let report = sandbox.inspect(file, &|_| {}).await;
    assert_eq!(left_in(dir.path()), ["key"], "{report:?}");
    assert!(sandbox.loaded(report.digest).is_none());
    let honest = load(&sandbox, &Guest::default()).await;
    assert!(matches!(invoke(&sandbox, &honest, 1).await.result, Ok(Ok(_))), "the next one is compiled and runs");
    report
}

fn left_in(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn a_component_that_takes_too_much_to_compile_is_refused_by_what_it_takes() {
    for (config, expected, limit) in [
        (Config { compile_cpu_s: 1, ..strict() }, "compile-cpu-time", "1 s of CPU time"),
        (Config { compile_deadline_ms: 500, ..strict() }, "compile-deadline", "500 ms"),
        // Time enough on a machine whose other tests leave it little, as its process is a nice one.
        (
            Config { compile_memory_bytes: 256 << 20, compile_cpu_s: 600, compile_deadline_ms: 600_000, ..strict() },
            "compile-memory",
            "268435456 bytes of memory",
        ),
    ] {
        let report = inspected(config, bomb()).await;
        let [fault] = &report.faults[..] else { panic!("{report:?}") };
        assert_eq!(fault.code, expected, "{fault}");
        assert!(fault.message.contains(limit), "{fault}");
    }
    let large = [Guest::default().component(), core_module(&functions(50_000, &[0x41, 0x00, 0x1a]))].concat();
    let report = inspected(Config { compiled_bytes_max: 200 << 10, ..strict() }, large.into()).await;
    let [fault] = &report.faults[..] else { panic!("{report:?}") };
    assert_eq!(fault.code, "compiled-bytes", "{fault}");
}

#[tokio::test]
async fn an_upload_that_is_given_up_ends_its_compiler_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(child(strict(), dir.path())).expect("a sandbox");
    let compiling = tokio::spawn({
        let sandbox = sandbox.clone();
        async move { sandbox.inspect(bomb(), &|_| {}).await }
    });
    until(|| !compilers_in(dir.path()).is_empty()).await;
    compiling.abort();
    assert!(compiling.await.is_err_and(|error| error.is_cancelled()));
    until(|| compilers_in(dir.path()).is_empty()).await;
    assert_eq!(left_in(dir.path()), ["key"]);
    load(&sandbox, &Guest::default()).await;
}

async fn until(is_so: impl Fn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    });
    waited.await.expect("it comes to be so");
}

/// The running processes that were given a file in `dir`.
fn compilers_in(dir: &Path) -> Vec<String> {
    let dir = dir.to_str().expect("a plain path");
    let commands = std::fs::read_dir("/proc").expect("Linux").filter_map(|entry| {
        let command = std::fs::read(entry.ok()?.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&command).into_owned())
    });
    commands.filter(|command| command.contains(dir)).collect()
}

#[tokio::test]
async fn what_is_in_the_cache_does_not_wait_for_what_is_compiled() {
    let dir = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::new(child(strict(), dir.path())).expect("a sandbox");
    let honest = load(&sandbox, &Guest::default()).await;
    sandbox.forget(honest.digest());
    let compiling = tokio::spawn({
        let sandbox = sandbox.clone();
        async move { sandbox.inspect(bomb(), &|_| {}).await }
    });
    until(|| !compilers_in(dir.path()).is_empty()).await;
    assert!(!load(&sandbox, &Guest::default()).await.was_compiled());
    assert!(!compiling.is_finished());
    compiling.abort();
}

#[test]
fn a_compiler_whose_host_is_gone_ends_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let [input, output] = ["component", "code"].map(|name| dir.path().join(name));
    std::fs::write(&input, bomb()).expect("it can be written");
    std::fs::write(&output, []).expect("it can be written");
    let limits = ["--memory-bytes", "4000000000", "--cpu-s", "600", "--code-bytes", "1000000000"];
    let mut compiler = Command::new(env!("CARGO_BIN_EXE_hookbox-sandbox-compiler"))
        .args(limits)
        .args([&input, &output])
        .stdin(Stdio::piped())
        .spawn()
        .expect("it can be started");
    drop(compiler.stdin.take());
    assert_eq!(compiler.wait().expect("it ends").code(), Some(1));
    assert_eq!(std::fs::metadata(&output).expect("it is there").len(), 0, "it was not through");
}

#[tokio::test]
async fn a_compiler_that_cannot_be_run_is_the_hosts_fault_and_not_the_components() {
    let dir = tempfile::tempdir().expect("a folder");
    for (program, args, expected) in [
        ("/nowhere/hookbox", &[][..], "cannot start the compiler"),
        ("/bin/false", &[], "the compiler ended with exit status: 1"),
        ("/bin/echo", &[], "the compiler's answer makes no sense"),
        ("/bin/echo", &["{\"outcome\":\"compiled\",\"compatibility\":1}", "#"], "the compiler's answer makes no sense"),
    ] {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        let compiler = Some(CompilerCommand { program: program.into(), args });
        let config = Config { compiler, cache_dir: Some(dir.path().to_owned()), ..strict() };
        let sandbox = Sandbox::new(config).expect("a sandbox");
        let component = Guest::default().component();
        let error = sandbox.load(Digest::of(&component), &component).await.expect_err("no compiler");
        let LoadError::Compiler { message } = &error else { panic!("{error:?}") };
        assert!(message.contains(expected), "{message}");
        let report = sandbox.inspect(component.into(), &|_| {}).await;
        assert_eq!(report.faults[0].code, "host");
        assert_eq!(left_in(dir.path()), ["key"]);
    }
}
