//! What an operator may rely on: which layer wins, what is refused, and that the annotated file tells the truth.

use ::config::{File, FileFormat};
use serde_json::Value;

use super::host::HostConfig;
use super::{Config, DEFAULTS, Layers, every_key, keys};
use known::known_keys;

mod known;

fn layers(file: &str, variables: &[(&str, &str)], flags: &[(&'static str, &str)]) -> (Layers, tempfile::NamedTempFile) {
    let path = tempfile::Builder::new().suffix(".toml").tempfile().expect("a temporary file");
    std::fs::write(path.path(), file).expect("a writable file");
    let layers = Layers {
        file: Some(path.path().to_owned()),
        environment: variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        flags: flags.iter().map(|(key, value)| (*key, (*value).into())).collect(),
    };
    (layers, path)
}

#[test]
fn each_layer_wins_over_the_one_below() {
    let file = "[host]\nlisten = \"file:1\"\ngrace_ms = 1\nworker_threads = 7\n";
    let variables = [("HOOKBOX__HOST__LISTEN", "environment:2"), ("HOOKBOX__HOST__GRACE_MS", "2")];
    let (layers, _file) = layers(file, &variables, &[("host.listen", "flag:3")]);
    let host = layers.config().expect("a good configuration").host;
    assert_eq!((host.listen.as_str(), host.grace_ms, host.worker_threads), ("flag:3", 2, 7));
    assert_eq!(host.data, HostConfig::default().data);
}

#[test]
fn a_key_without_a_default_can_be_set() {
    let (layers, _file) = layers("[admin]\npublic_url = \"https://hooks.example.com\"\n", &[], &[]);
    let admin = layers.config().expect("a good configuration").admin;
    assert_eq!(admin.public_url.as_deref(), Some("https://hooks.example.com"));
}

#[track_caller]
fn check_refused(file: &str, variables: &[(&str, &str)], expected: &[&str]) {
    let (layers, _file) = layers(file, variables, &[]);
    let error = format!("{:#}", layers.config().expect_err("a wrong configuration"));
    for part in expected {
        assert!(error.contains(part), "{part:?} is missing in {error:?}");
    }
}

#[test]
fn what_no_room_knows_is_refused_by_its_name_and_place() {
    check_refused("[host]\nlisten_on = 1\n", &[], &["host.listen_on", ".toml"]);
    check_refused("[nowhere]\nx = 1\n", &[], &["nowhere"]);
    check_refused("", &[("HOOKBOX__HOST__LISTN", "x")], &["host.listn", "environment"]);
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_by_its_key() {
    check_refused("[host]\ngrace_ms = \"soon\"\n", &[], &["host.grace_ms", "soon"]);
    check_refused("[host\n", &[], &[".toml"]);
    check_refused("[admin.json]\ndepth_max = 97\n", &[], &["at most 96"]);
}

#[test]
fn a_file_that_is_not_there_is_refused_by_its_name() {
    let layers = Layers { file: Some("/nowhere/hookbox.toml".into()), ..Layers::default() };
    assert!(format!("{:#}", layers.config().expect_err("no file")).contains("/nowhere/hookbox.toml"));
}

#[test]
fn the_annotated_file_equals_the_defaults_of_every_room() {
    let written = Layers::default().config().expect("the defaults are good");
    let (written, defaults) = (format!("{written:#?}"), format!("{:#?}", Config::default()));
    let differences: Vec<_> = written.lines().zip(defaults.lines()).filter(|(file, room)| file != room).collect();
    assert!(differences.is_empty(), "the annotated file says first, the room second: {differences:#?}");
}

#[test]
fn the_annotated_file_names_every_key_and_no_other() {
    let written = keys(File::from_str(&every_key(), FileFormat::Toml)).expect("the defaults are TOML");
    let mut names = Vec::new();
    collect_leaves(&written, "", &mut names);
    names.sort();
    assert_eq!(names, known_keys::<Config>());
}

fn collect_leaves(tree: &Value, path: &str, leaves: &mut Vec<String>) {
    match tree {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            collect_leaves(field, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, leaves);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            leaves.push(path.to_owned())
        }
    }
}

#[test]
fn every_key_of_the_annotated_file_has_a_comment_above_it() {
    let mut above = "";
    for line in DEFAULTS.lines() {
        assert!(!line.starts_with(char::is_alphabetic) || above.starts_with('#'), "no comment above: {line}");
        above = line;
    }
}
