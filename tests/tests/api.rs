//! The admin API keeps to its own description: Schemathesis reads `openapi.json` and sends what it allows and what it forbids.
//!
//! Where python3 is missing, or Schemathesis cannot be fetched, the test says that it was skipped; with `CI=true` only where it is
//! missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hookbox_tests::documents::{JOHN, ORDER_SHIPPED};
use hookbox_tests::prerequisites::{has_python, is_ci, succeeds};
use hookbox_tests::program::{Program, Setup, TOKEN};
use hookbox_tests::source::repository;
use serde_json::json;

/// Operations that are left out: answers that do not end.
const LEFT_OUT: [&str; 1] = ["/api/v1/runs/live"];

/// How many requests are made up for each operation and way.
const EXAMPLES: &str = "8";

#[test]
fn the_api_answers_as_its_description_says() {
    let schemathesis = match installed() {
        Ok(program) => program,
        Err(missing) => {
            assert!(!has_python() || !is_ci(), "the API against its description: {missing}");
            eprintln!("skipped: the API against its description: {missing}");
            return;
        }
    };
    let setup = Setup::new(env!("CARGO_BIN_EXE_hookbox-under-test"));
    // Requests come as fast as they can, from one address: limits are what other tests look at.
    let setup = ["ADDRESS_RATE_PER_S_MAX", "ADDRESS_BURST_MAX"]
        .into_iter()
        .fold(setup, |setup, limit| setup.variable(&format!("HOOKBOX__INGRESS__{limit}"), 1_000_000));
    let program = setup.start();
    let workspace = furnish(&program);
    let output = run(&schemathesis, &program, &workspace);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Test cases:"), "it did nothing:\n{said}");
    // A run whose token was taken back, or whose log lost something, says nothing.
    let admin = program.admin().in_workspace(&workspace);
    assert_eq!(admin.record("/api/v1/me")["operator"], true, "no request ends an operator's access");
    assert_eq!(admin.record("/api/v1/audit/verify")["state"], "whole");
    assert!(!program.log().contains("panicked"), "no request ends in a panic");
    print!("{}", said.split("SUMMARY").last().unwrap_or_default());
}

/// Something of every kind, so that not all is missing; the id of the workspace it is in, which keeps it whatever its name becomes.
fn furnish(program: &Program) -> String {
    let admin = program.admin();
    admin.furnish();
    admin.post("/api/v1/contacts", &json!({"phone": "+12155550100"})).success();
    admin.post("/api/v1/templates", &json!({"name": "greeting", "body": "Hello"})).success();
    admin.post("/api/v1/fields", &json!({"name": "city", "kind": "text"})).success();
    let john = serde_json::from_str(JOHN).expect("the example is JSON");
    let capture = admin.apply_yaml(ORDER_SHIPPED).capture(program.address(), &john);
    admin.final_run(&capture);
    let workspaces = admin.all("/api/v1/workspaces");
    workspaces[0]["id"].as_str().expect("a workspace has an id").to_owned()
}

fn run(schemathesis: &Path, program: &Program, workspace: &str) -> Output {
    let mut command = Command::new(schemathesis);
    command.arg("--config-file").arg(repository().join("tests/api/schemathesis.toml"));
    command.arg("run").arg(format!("{}/api/v1/openapi.json", program.url()));
    command.arg("--header").arg(format!("Authorization: Bearer {TOKEN}"));
    command.arg("--header").arg(format!("Hookbox-Workspace: {workspace}"));
    for path in LEFT_OUT {
        command.args(["--exclude-path", path]);
    }
    // The seed is fixed, so that a failure is met again.
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "1"]);
    command.args(["--continue-on-failure", "--no-color", "--request-timeout", "60", "--warnings", "off"]);
    command.current_dir(program.home()).stdin(Stdio::null());
    command.output().expect("it was installed")
}

/// Schemathesis in an environment of its own, which stays for the next time.
fn installed() -> Result<PathBuf, String> {
    if !has_python() {
        return Err("there is no python3 of 3.11 or later with venv".into());
    }
    let requirements = repository().join("tests/api/requirements.txt");
    let wanted = fs::read(&requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api");
    let (program, note) = (environment.join("bin/schemathesis"), environment.join("installed"));
    if fs::read(&note).is_ok_and(|before| before == wanted) {
        return Ok(program);
    }
    if !succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment)) {
        return Err(format!("no environment could be made in {}", environment.display()));
    }
    let pip = environment.join("bin/pip");
    if !succeeds(Command::new(pip).args(["install", "--quiet", "--requirement"]).arg(&requirements)) {
        return Err("its packages cannot be fetched".into());
    }
    fs::write(&note, wanted).map_err(|error| format!("{}: {error}", note.display()))?;
    Ok(program)
}
