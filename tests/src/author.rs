//! The command line as authors of plugins use it: commands that know nothing of the cargo that runs the tests, nor of the host of
//! whoever runs them; and what `hookbox plugin test` says, without what differs from one call to the next.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// What cargo and the operator of a host set; an author's shell has none of it.
const FOREIGN: [&str; 8] = ["CARGO", "RUSTC", "RUSTFLAGS", "RUSTDOC", "CLIPPY", "HOOKBOX", "OUT_DIR", "TARGET"];

/// A command in the folder `dir`. In `caches` cargo, pip and the program keep what makes a second run quick.
pub fn command(program: impl AsRef<OsStr>, dir: &Path, caches: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if FOREIGN.iter().any(|foreign| name.starts_with(foreign)) && !name.starts_with("CARGO_HOME") {
            command.env_remove(&*name);
        }
    }
    command.env("CARGO_TARGET_DIR", caches.join("authors")).env("XDG_CACHE_HOME", caches);
    command.current_dir(dir).stdin(Stdio::null());
    command
}

/// The JSON that a command printed, which had to succeed.
#[track_caller]
pub fn printed(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    let value = serde_json::from_slice(&output.stdout);
    let value = value.unwrap_or_else(|error| panic!("no JSON ({error}); {}:\n{said}", output.status));
    assert!(output.status.success(), "{}:\n{said}\n{value:#}", output.status);
    value
}

/// What has to be the same whenever a plugin is tried out on a fixture, and whatever it is written in: all that came of it, but not
/// what it used, how long calls took, and at which port a stand-in listened.
pub fn lasting(trial: &Value) -> Value {
    let mut lasting = json!({});
    for part in ["name", "effects", "state", "output", "next", "failure", "log", "requests"] {
        let came = trial.get(part);
        lasting[part] = came.unwrap_or_else(|| panic!("a trial has no {part}: {trial}")).clone();
    }
    for request in lasting["requests"].as_array_mut().into_iter().flatten() {
        request["headers"]["host"] = Value::Null;
    }
    for line in lasting["log"].as_array_mut().into_iter().flatten() {
        line["message"] = without_time(line["message"].as_str().unwrap_or_default()).into();
    }
    lasting
}

/// A line in which the host tells of a call (`POST https://host/path -> 200 in 34 ms`), without how long it took.
fn without_time(line: &str) -> String {
    let Some((call, rest)) = line.split_once(" in ").filter(|(call, _)| call.contains(" -> ")) else {
        return line.to_owned();
    };
    format!("{call} in{}", rest.trim_start_matches(|digit: char| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::lasting;
    use serde_json::{Value, json};

    fn trial() -> Value {
        json!({
            "name": "a", "effects": [{"kind": "close"}], "state": {"n": "1"}, "output": "{}", "next": "continue", "failure": null,
            "log": [{"level": "info", "message": "POST https://a.example/ -> 200 in 3 ms"}, {"level": "info", "message": "in 3"}],
            "requests": [{"method": "POST", "headers": {"host": "127.0.0.1:1", "accept": "*/*"}, "body": "{}"}],
            "used": {"cpu_us": 1},
        })
    }

    #[test]
    fn two_trials_differ_in_whatever_came_of_them() {
        for (pointer, other) in [
            ("/effects/0/kind", "reopen"),
            ("/state/n", "2"),
            ("/output", "{ }"),
            ("/next", "stop"),
            ("/failure", "a"),
            ("/log/0/message", "POST https://a.example/ -> 201 in 3 ms"),
            ("/log/1/message", "in 4"),
            ("/requests/0/body", "{ }"),
            ("/requests/0/headers/accept", "text/html"),
        ] {
            let mut changed = trial();
            *changed.pointer_mut(pointer).expect("a part of the trial") = other.into();
            assert_ne!(lasting(&changed), lasting(&trial()), "{pointer}");
        }
    }

    #[test]
    fn two_trials_do_not_differ_in_what_they_used_in_times_and_in_ports() {
        let mut later = trial();
        later["used"]["cpu_us"] = 2.into();
        later["requests"][0]["headers"]["host"] = "127.0.0.1:2".into();
        later["log"][0]["message"] = "POST https://a.example/ -> 200 in 14 ms".into();
        assert_eq!(lasting(&later), lasting(&trial()));
    }
}
