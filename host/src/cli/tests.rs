//! What can be said on the command line, and that every command says how.

use clap::{CommandFactory, Parser};

use super::Cli;

#[track_caller]
fn check_accepted(line: &str) {
    if let Err(error) = Cli::try_parse_from(line.split_whitespace()) {
        panic!("{line:?} is refused: {error}");
    }
}

#[test]
fn every_documented_command_line_is_accepted() {
    for line in [
        "hookbox serve --data d --listen 127.0.0.1:0 --plugins p --config c.toml --accept-loss --log json --json",
        "hookbox demo --once --json --listen 127.0.0.1:0 --data d",
        "hookbox automation apply -f - --json",
        "hookbox automation apply -f x.yaml --url http://h --token t --workspace w",
        "hookbox automation export aut_1 --json",
        "hookbox automation page --limit 10 --after c",
        "hookbox key create aut_1 --not-after 2030-01-01T00:00:00Z",
        "hookbox key revoke aut_1 0011223344556677",
        "hookbox capture page --automation aut_1",
        "hookbox run page --automation aut_1 --state failed --contact con_1",
        "hookbox run show run_1",
        "hookbox inbox create support",
        "hookbox member create front-desk",
        "hookbox list create customers",
        "hookbox list contacts lst_1",
        "hookbox contact page --phone +12155556677",
        "hookbox check-store --data d",
        "hookbox config --json",
    ] {
        check_accepted(line);
    }
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    for line in
        ["hookbox", "hookbox nonsense", "hookbox run page --limit 0", "hookbox serve --log loud", "hookbox key create"]
    {
        let error = Cli::try_parse_from(line.split_whitespace()).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_that_does_something_has_examples_in_its_help() {
    let mut missing = Vec::new();
    collect_without_examples(&Cli::command(), &mut missing);
    assert!(missing.is_empty(), "no examples: {missing:?}");
}

fn collect_without_examples(command: &clap::Command, missing: &mut Vec<String>) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if !command.has_subcommands() && !help.contains("Examples:") {
        missing.push(command.get_name().to_owned());
    }
    command.get_subcommands().for_each(|inner| collect_without_examples(inner, missing));
}
