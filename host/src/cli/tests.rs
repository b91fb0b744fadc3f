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
fn every_documented_command_line_about_hosts_and_automations_is_accepted() {
    for line in [
        "hookbox serve --data d --listen 127.0.0.1:0 --plugins p --config c.toml --accept-loss --log json --json",
        "hookbox demo --once --json --listen 127.0.0.1:0 --data d",
        "hookbox automation apply -f - --json",
        "hookbox automation apply -f x.yaml --url http://h --token t --workspace w",
        "hookbox automation export aut_1 --json",
        "hookbox automation page --limit 10 --after c",
        "hookbox key create aut_1 --not-after 2030-01-01T00:00:00Z",
        "hookbox key revoke aut_1 0011223344556677",
        "hookbox automation apply -f x.yaml --draft",
        "hookbox automation export aut_1 --version 3",
        "hookbox automation pause aut_1",
        "hookbox automation resume aut_1",
        "hookbox automation publish aut_1",
        "hookbox automation archive aut_1",
        "hookbox automation versions aut_1",
        "hookbox automation restore aut_1 3",
        "hookbox automation listen aut_1 --save --for 2m",
        "hookbox automation dry-run aut_1 --capture cap_1 --version 2 --item 0",
        "hookbox automation dry-run aut_1 --test cap_1",
        "hookbox automation dry-run aut_1 -f x.yaml --payload -",
        "hookbox automation dry-run -f - --mapping",
        "hookbox automation suggest",
        "hookbox automation suggest sample.json --json",
        "hookbox key create aut_1 --expires-in 90d",
        "hookbox key page aut_1",
        "hookbox secret create aut_1 --from - --expires-in 90d",
        "hookbox secret page aut_1",
        "hookbox secret revoke aut_1 sec_1",
        "hookbox automation check -f x.yaml --json",
        "hookbox run page --from 2026-11-01T00:00:00Z --to 1795478400000 --text smith",
        "hookbox contact page --search smith",
        "hookbox conversation page --inbox support --assignee front-desk",
        "hookbox capture page --automation aut_1 --state failed --from 2026-11-01T00:00:00Z --to 1795478400000 --text smith",
        "hookbox capture show cap_1",
        "hookbox run page --automation aut_1 --state held --contact con_1",
        "hookbox run page --dead-letters",
        "hookbox run show run_1",
        "hookbox run cancel run_1",
        "hookbox run replay run_1 --from start --version newest",
        "hookbox run replay-failed --automation aut_1 --code timeout --from failed-step --version pinned --limit 500",
        "hookbox check-store --data d",
        "hookbox config --json",
    ] {
        check_accepted(line);
    }
}

#[test]
fn every_documented_command_line_about_people_and_messages_is_accepted() {
    for line in [
        "hookbox inbox create support",
        "hookbox inbox show support",
        "hookbox inbox channel set support https://h --unknown ask",
        "hookbox inbox channel rotate support --from -",
        "hookbox inbox channel remove support",
        "hookbox inbox quiet-hours support 21:00 08:00 --days sat,sun --zone Europe/Berlin",
        "hookbox inbox quiet-hours support --off",
        "hookbox member create front-desk",
        "hookbox member rename front-desk reception",
        "hookbox member remove reception",
        "hookbox list create customers",
        "hookbox list contacts customers",
        "hookbox list add customers con_1 ann@example.com",
        "hookbox list remove customers +12155556677",
        "hookbox list rename customers clients",
        "hookbox list delete clients",
        "hookbox contact create --phone +12155556677 --set a=b --set n:=1 --tag new --opt-out",
        "hookbox contact update con_1 --opt-in --block --reason x --clear a --add-tag b --remove-tag c --email= ",
        "hookbox contact show +12155556677",
        "hookbox contact page --phone +12155556677",
        "hookbox contact page --email a@example.com",
        "hookbox conversation page --contact con_1",
        "hookbox conversation show cnv_1",
        "hookbox message page --outbox",
        "hookbox message page --state unknown --contact con_1",
        "hookbox message decide msg_1 send",
        "hookbox field create tier choice --option gold --option silver",
        "hookbox field update tier --many true",
        "hookbox field page",
        "hookbox field remove tier",
        "hookbox template create hello --body Hi",
        "hookbox template update hello -f hello.txt --name bye",
        "hookbox template page",
        "hookbox template remove hello",
        "hookbox workspace create nord --country DE --zone Europe/Berlin --per-day 10",
        "hookbox workspace update nord --per-contact-per-day 1 --per-contact-per-minute 1",
        "hookbox workspace page",
        "hookbox user page --all",
        "hookbox user create ann@example.com --name Ann --role owner --operator",
        "hookbox user role usr_1 admin",
        "hookbox user invite ann@example.com",
        "hookbox user disable ann@example.com --undo",
        "hookbox user remove ann@example.com",
        "hookbox token page",
        "hookbox token create ci --scope editor --only north --days 30",
        "hookbox token revoke tok_1",
    ] {
        check_accepted(line);
    }
}

#[test]
fn every_documented_command_line_about_plugins_is_accepted() {
    let grant = ["hookbox", "plugin", "approve", "plg_1", "--grant", "http POST https://api.example.com"];
    assert!(Cli::try_parse_from(grant).is_ok());
    for line in [
        "hookbox plugin push plugin.wasm --json",
        "hookbox plugin push score-lead --approve",
        "hookbox plugin push plugin.wasm --activate",
        "hookbox plugin page --name score-lead --active",
        "hookbox plugin show score-lead",
        "hookbox plugin approve plg_1 --all --activate",
        "hookbox plugin refuse plg_1 --reason no",
        "hookbox plugin activate plg_1",
        "hookbox plugin deactivate score-lead",
        "hookbox plugin rollback score-lead",
        "hookbox plugin compare plg_1 --captures 100",
        "hookbox plugin remove plg_1",
        "hookbox plugin state score-lead",
        "hookbox plugin state score-lead total --forget",
        "hookbox plugin state score-lead --forget",
        "hookbox plugin-secret put crm-key --host * --host https://a.example --from-env KEY",
        "hookbox plugin-secret page",
        "hookbox plugin-secret remove crm-key",
        "hookbox audit page --limit 10",
        "hookbox audit page --act plugin --by usr_1 --subject plg_ --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z",
        "hookbox audit page --host",
        "hookbox audit verify",
        "hookbox audit verify --host",
    ] {
        check_accepted(line);
    }
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    for line in [
        "hookbox",
        "hookbox nonsense",
        "hookbox run page --limit 0",
        "hookbox run page --state dead",
        "hookbox run page --state failed --dead-letters",
        "hookbox run replay run_1 --from middle",
        "hookbox run replay-failed --limit 0",
        "hookbox serve --log loud",
        "hookbox key create",
        "hookbox key create aut_1 --expires-in soon",
        "hookbox key create aut_1 --expires-in 1d --not-after 2030-01-01T00:00:00Z",
        "hookbox automation dry-run",
        "hookbox automation dry-run aut_1 --capture cap_1 --payload x.json",
        "hookbox automation dry-run -f x.yaml --version 2",
        "hookbox automation dry-run -f x.yaml --test cap_1",
        "hookbox automation restore aut_1 first",
        "hookbox inbox quiet-hours support",
        "hookbox inbox quiet-hours support 21:00",
        "hookbox inbox quiet-hours support 21:00 08:00 --days someday",
        "hookbox inbox quiet-hours support 21:00 08:00 --off",
        "hookbox contact update con_1 --opt-in --opt-out",
        "hookbox contact create --set name",
        "hookbox message page --outbox --state held",
        "hookbox message decide msg_1 perhaps",
        "hookbox field create tier list",
        "hookbox template create hello --body a --file b",
        "hookbox plugin approve plg_1",
        "hookbox plugin approve plg_1 --all --grant x",
        "hookbox user create ann@example.com",
        "hookbox user role ann@example.com king",
        "hookbox token create ci --days 0",
        "hookbox token create ci --days 366",
        "hookbox plugin refuse plg_1",
        "hookbox plugin compare plg_1 --captures 0",
        "hookbox plugin compare plg_1 --captures 101",
        "hookbox plugin-secret put crm-key",
        "hookbox plugin-secret put crm-key text --host *",
    ] {
        let error = Cli::try_parse_from(line.split_whitespace()).expect_err(line);
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

/// The words of a command as a shell takes them, up to its comment, its pipe or the column beside it.
fn words_of(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut before = ' ';
    for c in line.trim().chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#' | '|' | '<' | '>' | '&') if before == ' ' => break,
            (None, ' ') if before == ' ' => break,
            (None, ' ') => words.extend(word.take()),
            (Some(_) | None, _) => word.get_or_insert_default().push(c),
        }
        before = c;
    }
    words.extend(word);
    words
}

/// The lines that are commands of this program.
fn commands_in(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| line.starts_with("hookbox ")).map(str::to_owned).collect()
}

fn collect_examples(command: &clap::Command, examples: &mut Vec<String>) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    examples.extend(help.split_once("Examples:").map(|(_, rest)| commands_in(rest)).unwrap_or_default());
    command.get_subcommands().for_each(|inner| collect_examples(inner, examples));
}

#[test]
fn every_example_of_the_help_and_every_command_of_the_readmes_is_accepted() {
    let mut examples = Vec::new();
    collect_examples(&Cli::command(), &mut examples);
    let readmes = [
        include_str!("../../../README.md"),
        include_str!("../../../sdk/README.md"),
        include_str!("../../../sdk/templates/js/README.md"),
        include_str!("../../../sdk/templates/python/README.md"),
    ];
    examples.extend(readmes.iter().flat_map(|readme| {
        readme
            .split("```sh")
            .skip(1)
            .filter_map(|rest| rest.split_once("```"))
            .flat_map(|(block, _)| commands_in(block))
    }));
    assert!(examples.len() > 100, "only {} were found", examples.len());
    let refused = examples.iter().filter_map(|line| {
        let error = Cli::try_parse_from(words_of(line)).err()?;
        Some(format!("{line}: {}", error.to_string().lines().next().unwrap_or_default()))
    });
    let refused: Vec<String> = refused.collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_and_every_group_of_commands_has_examples_in_its_help() {
    let mut missing = Vec::new();
    collect_without_examples(&Cli::command(), &mut missing);
    assert!(missing.is_empty(), "no examples: {missing:?}");
}

fn collect_without_examples(command: &clap::Command, missing: &mut Vec<String>) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if !help.contains("Examples:") {
        missing.push(command.get_name().to_owned());
    }
    // What is hidden is for the program itself.
    command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
        .for_each(|inner| collect_without_examples(inner, missing));
}
