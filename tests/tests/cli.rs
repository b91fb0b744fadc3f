//! The command line against a running host: everything that an integrator and an admin do with automations, runs, contacts
//! and messages, every refusal with its exit code, and every command says how it is used.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use hookbox_tests::carrier::{Carrier, Reply};
use hookbox_tests::deadline::eventually;
use hookbox_tests::documents::{JOHN, ORDER_SHIPPED, body};
use hookbox_tests::program::{Program, Setup, TOKEN};
use hookbox_tests::webhook::Webhook;
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

/// A program with the example saved: its webhook, and what saving it printed.
fn applied() -> (Program, Webhook, Value) {
    let program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let printed = apply(&program, ORDER_SHIPPED);
    (program, Webhook::of(&printed), printed)
}

/// Applies a document from a file and gives what was printed.
#[track_caller]
fn apply(program: &Program, document: &str) -> Value {
    let file = file(program, "document.yaml", document);
    program.run_json(&["automation", "apply", "-f", &file, "--json"])
}

/// A file of the test's own with this text.
fn file(program: &Program, name: &str, text: &str) -> String {
    let file = program.home().join(name);
    fs::write(&file, text).expect("the test's own directory is writable");
    file.to_string_lossy().into_owned()
}

/// What a command said when it was refused, with its exit code.
#[track_caller]
fn refused(program: &Program, arguments: &[&str]) -> (i32, String) {
    let output = program.run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{arguments:?} printed {}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().expect("an exit code"), said)
}

/// Checks that a text says each of these.
#[track_caller]
fn check_says(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted:?} is missing in\n{text}");
    }
}

#[track_caller]
fn printed(program: &Program, arguments: &[&str]) -> String {
    let output = program.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is text")
}

#[test]
fn applying_the_same_document_again_changes_nothing() {
    let (program, webhook, first) = applied();
    assert_eq!(first["version"], 1);
    assert!(text(&first["key"]).starts_with("hbx_"), "{first}");
    let again = apply(&program, ORDER_SHIPPED);
    assert_eq!(again, json!({"id": first["id"], "url": first["url"], "version": 1}));
    for exported in
        [vec!["automation", "export", &webhook.automation], vec!["automation", "export", &webhook.automation, "--json"]]
    {
        assert_eq!(apply(&program, &printed(&program, &exported))["version"], 1);
    }

    let changed = apply(&program, &ORDER_SHIPPED.replace("has shipped", "is on its way"));
    assert_eq!(changed, json!({"id": first["id"], "url": first["url"], "version": 2}));
    assert_eq!(program.admin().all("/api/v1/automations").len(), 1);
    let capture = webhook.capture(program.address(), &body("12155556677"));
    let run = program.admin().final_run(&capture);
    assert!(run["steps"][0]["input"].to_string().contains("is on its way"), "{run}");
}

#[test]
fn what_export_prints_can_be_applied_elsewhere() {
    let (program, webhook, _) = applied();
    let exported = printed(&program, &["automation", "export", &webhook.automation]);
    let elsewhere = Setup::new(PROGRAM).start();
    elsewhere.admin().furnish();
    let there = Webhook::of(&apply(&elsewhere, &exported));
    let exported_there = printed(&elsewhere, &["automation", "export", &there.automation]);
    assert_eq!(exported_there, exported);
    let capture = there.capture(elsewhere.address(), &body("12155556677"));
    assert_eq!(elsewhere.admin().final_run(&capture)["state"], "succeeded");
}

#[test]
fn a_document_that_is_wrong_is_refused_with_every_fault_and_its_place() {
    let (program, _, _) = applied();
    let wrong = ORDER_SHIPPED.replace("$.phone_number", "$$").replace("send-message", "send-massage");
    let wrong = file(&program, "wrong.yaml", &wrong.replace("list: customers", "list: costumers"));
    let (code, said) = refused(&program, &["automation", "apply", "-f", &wrong]);
    assert_eq!(code, 1);
    check_says(
        &said,
        &["identifier.from: ", "steps[0].action: ", "send-massage", "steps[2].settings.list: ", "costumers"],
    );
    assert_eq!(program.admin().all("/api/v1/automations")[0]["version"], 1);
}

#[test]
fn a_new_key_works_at_once_and_a_revoked_one_no_longer() {
    let (program, webhook, _) = applied();
    let status = |key: &str| {
        let webhook = Webhook { key: key.to_owned(), ..webhook.clone() };
        webhook.request(JOHN).send(program.address()).status
    };
    let made = program.run_json(&["key", "create", &webhook.automation, "--json"]);
    let key = text(&made["key"]);
    assert_eq!((status(&key), status(&webhook.key)), (200, 200));
    let id = key.split('_').nth(1).expect("a key has an id").to_owned();
    printed(&program, &["key", "revoke", &webhook.automation, &id]);
    assert_eq!((status(&key), status(&webhook.key)), (401, 200));
    let ending = program.run_json(&["key", "create", "Order shipped", "--expires-in", "90d", "--json"]);
    assert!(ending["not_after"].is_string() && status(&text(&ending["key"])) == 200, "{ending}");
    let (code, said) = refused(&program, &["key", "create", "Order shipped", "--not-after", "2020-01-01T00:00:00Z"]);
    assert!(code == 1 && said.contains("not_after"), "{code} {said}");
    let shown = printed(&program, &["key", "page", "Order shipped"]);
    check_says(&shown, &[&id, "last used", "revoked"]);
    assert!(!shown.contains(&key), "{shown}");
}

#[test]
fn a_signing_secret_is_shown_once_and_taken_away() {
    let (program, ..) = applied();
    let made = program.run_json(&["secret", "create", "Order shipped", "--expires-in", "1d", "--json"]);
    let own = file(&program, "secret.txt", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    let taken = printed(&program, &["secret", "create", "Order shipped", "--from", &own]);
    check_says(&taken, &["sec_", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]);
    let shown = printed(&program, &["secret", "page", "Order shipped"]);
    assert!(shown.contains(&text(&made["id"])) && !shown.contains("whsec_"), "{shown}");
    printed(&program, &["secret", "revoke", "Order shipped", &text(&made["id"])]);
    let left = program.run_json(&["secret", "page", "Order shipped", "--json"]);
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1), "{left}");
}

#[test]
fn an_automation_is_paused_resumed_archived_and_restored_by_its_name() {
    let (program, webhook, _) = applied();
    check_says(&printed(&program, &["automation", "pause", "Order shipped"]), &["is paused"]);
    let capture = webhook.capture(program.address(), &body("12155556677"));
    program.admin().run_when(&capture, "to be held", |run| run["state"] == "held");
    let held = program.run_json(&["run", "page", "--state", "held", "--automation", "Order shipped", "--json"]);
    assert_eq!(held["items"].as_array().map(Vec::len), Some(1), "{held}");
    check_says(&printed(&program, &["automation", "resume", "Order shipped"]), &["is live"]);
    assert_eq!(program.admin().final_run(&capture)["state"], "succeeded");

    apply(&program, &ORDER_SHIPPED.replace("has shipped", "is late"));
    let restored = program.run_json(&["automation", "restore", "Order shipped", "1", "--json"]);
    assert_eq!(restored["version"], 3, "{restored}");
    let versions = program.run_json(&["automation", "versions", "Order shipped", "--json"]);
    assert_eq!(versions["items"].as_array().map(Vec::len), Some(3), "{versions}");
    check_says(&printed(&program, &["automation", "export", "Order shipped", "--version", "2"]), &["is late"]);

    printed(&program, &["automation", "archive", &webhook.automation]);
    assert_eq!(webhook.request(JOHN).send(program.address()).status, 410);
    let (code, said) = refused(&program, &["automation", "pause", "Order shiped"]);
    assert_eq!(code, 1);
    check_says(&said, &["no automation \"Order shiped\"", "hookbox automation page"]);
}

#[test]
fn listening_prints_where_to_send_and_then_what_came_and_keeps_it_as_the_sample() {
    let program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let document = file(&program, "document.yaml", ORDER_SHIPPED);
    let made = program.run_json(&["automation", "apply", "-f", &document, "--draft", "--json"]);
    let webhook = Webhook::of(&made);
    assert_eq!(webhook.request(JOHN).send(program.address()).status, 409, "a draft takes test requests only");
    let arguments = ["automation", "listen", "Order shipped", "--save", "--for", "80s", "--json"];
    let mut command = Setup::new(PROGRAM).command(&arguments);
    command.env("HOOKBOX_URL", program.url()).env("HOOKBOX_TOKEN", TOKEN);
    let mut listening =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it can be started");
    let mut lines = BufReader::new(listening.stdout.take().expect("stdout is piped")).lines();
    let mut line = || {
        let line = lines.next().expect("a line").expect("text");
        serde_json::from_str::<Value>(&line).expect("JSON")
    };
    let place = line();
    assert_eq!(place["test_url"], format!("{}/test", text(&made["url"])));
    check_says(&text(&place["curl"]), &["curl -X POST", "/test", "12155556677"]);
    let sent =
        json!({"phone_number": "12155550123", "first_name": "Ann", "last_name": "Roe", "Integration": "X", "new": [1]});
    webhook.request(sent.to_string()).path(&format!("{}/test", webhook.path)).send(program.address()).success();
    assert_eq!(line()["body"], sent);
    assert_eq!(line()["version"], 2);
    assert!(listening.wait().expect("it ends").success());
    let exported = program.run_json(&["automation", "export", "Order shipped", "--json"]);
    assert_eq!(exported["trigger"]["webhook"]["sample"], sent);
    assert_eq!(program.admin().all("/api/v1/contacts"), Vec::<Value>::new());
    let (code, said) = refused(&program, &["automation", "listen", "Order shipped", "--for", "1ms"]);
    assert!(code == 1 && said.contains("no request came"), "{code} {said}");
}

#[test]
fn a_dry_run_prints_a_diff_and_changes_nothing() {
    let (program, ..) = applied();
    let shown = printed(&program, &["automation", "dry-run", "Order shipped"]);
    let wanted = ["contact (new)", "+ fields.first_name  \"John\"", "tell them", "Hi John", "nothing of this was done"];
    check_says(&shown, &wanted);
    let ann = file(
        &program,
        "ann.json",
        r#"{"phone_number":"12155550123","first_name":"ann","last_name":"Roe","Integration":"X"}"#,
    );
    let preview = printed(&program, &["automation", "dry-run", "Order shipped", "--payload", &ann, "--mapping"]);
    assert!(preview.contains("\"Ann\"") && !preview.contains("tell them"), "{preview}");
    let changed = file(&program, "changed.yaml", &ORDER_SHIPPED.replace("has shipped", "is on its way"));
    check_says(&printed(&program, &["automation", "dry-run", "-f", &changed]), &["is on its way"]);
    let report = program.run_json(&["automation", "dry-run", "Order shipped", "-f", &changed, "--json"]);
    assert!(report["failure"].is_null() && report["after"].is_object(), "{report}");

    let wrong = file(&program, "wrong.json", r#"{"phone_number":"12","first_name":"x"}"#);
    let (code, said) = refused(&program, &["automation", "dry-run", "Order shipped", "--payload", &wrong]);
    assert_eq!(code, 1);
    check_says(&said, &["would fail at mapping", "phone"]);
    let broken = file(&program, "broken.yaml", &ORDER_SHIPPED.replace("front-desk", "back-desk"));
    let (code, said) = refused(&program, &["automation", "dry-run", "-f", &broken]);
    assert!(code == 1 && said.contains("document.steps[1].settings.to"), "{code} {said}");
    let (code, _) = refused(&program, &["automation", "dry-run", "-f", "-", "--payload", "-"]);
    assert_eq!(code, 2);
    for what in ["contacts", "messages", "captures", "runs"] {
        assert_eq!(program.admin().all(&format!("/api/v1/{what}")), Vec::<Value>::new(), "{what}");
    }
    assert_eq!(program.admin().all("/api/v1/automations")[0]["version"], 1);
}

#[test]
fn a_proposed_mapping_can_be_applied_as_it_is_printed() {
    let program = Setup::new(PROGRAM).start();
    program.admin().furnish();
    let sample = r#"{"phone_number": "12155556677", "firstName": "John", "odd": "- 'x': \"y\""}"#;
    let trigger = printed(&program, &["automation", "suggest", &file(&program, "sample.json", sample)]);
    check_says(&trigger, &["trigger:", "from: $.phone_number", "from: $.firstName"]);
    let made = apply(&program, &format!("name: Proposed\ninbox: support\n{trigger}steps: []\n"));
    let webhook = Webhook::of(&made);
    let run =
        program.admin().final_run(&webhook.capture(program.address(), &serde_json::from_str(sample).expect("JSON")));
    assert_eq!(run["state"], "succeeded", "{run}");
    let contact = program.run_json(&["contact", "show", "+12155556677", "--json"]);
    assert_eq!(contact["fields"]["first_name"], "John", "{contact}");
}

#[test]
fn dead_letters_are_listed_with_their_reason_and_replayed_after_the_mapping_was_mended() {
    let (program, webhook, _) = applied();
    let sent = json!({"mobile": "12155556677", "first_name": "Ann"});
    let captures: Vec<String> = (0..3).map(|_| webhook.capture(program.address(), &sent)).collect();
    let runs: Vec<String> = captures.iter().map(|capture| text(&program.admin().final_run(capture)["id"])).collect();
    let dead = printed(&program, &["run", "page", "--dead-letters"]);
    check_says(&dead, &["mapping", &runs[0]]);
    let code = text(&program.run_json(&["run", "show", &runs[0], "--json"])["failure"]["code"]);
    check_says(&dead, &[&code]);

    let mended = ORDER_SHIPPED
        .replace("phone_number", "mobile")
        .replace("last_name}", "last_name, transforms: [{default: Roe}]}");
    apply(&program, &mended);
    let pinned = program.run_json(&["run", "replay", &runs[0], "--json"]);
    let again = program.admin().run_when(&captures[0], "to be there", |run| run["replayed_by"] == pinned["id"]);
    assert_eq!(again["state"], "failed", "what ended stays ended: {again}");
    let (code, said) = refused(&program, &["run", "replay", &runs[0]]);
    assert!(code == 1 && said.contains("replayed already"), "{code} {said}");
    eventually("the pinned version to fail again", || {
        let run = program.admin().record(&format!("/api/v1/runs/{}", text(&pinned["id"])));
        (run["state"] == "failed").then_some(())
    });
    let nothing = program.run_json(&["run", "replay-failed", "--code", "no-such-code", "--json"]);
    assert_eq!(nothing, json!({"replayed": 0, "skipped": [], "more": false}));
    let one = program.run_json(&["run", "replay-failed", "--version", "newest", "--limit", "1", "--json"]);
    assert_eq!((&one["replayed"], &one["more"]), (&json!(1), &json!(true)), "{one}");
    let wish = ["run", "replay-failed", "--automation", "Order shipped", "--version", "newest", "--from", "start"];
    check_says(&printed(&program, &wish), &["2 repeated, 0 skipped"]);
    eventually("all to succeed", || {
        let succeeded = program.admin().all("/api/v1/runs?state=succeeded").len();
        (succeeded == 3).then_some(())
    });
    assert_eq!(program.run_json(&["run", "page", "--dead-letters", "--json"])["items"], json!([]));
}

#[test]
fn a_waiting_run_is_cancelled() {
    let (program, ..) = applied();
    let waiting = ORDER_SHIPPED.replace("steps:\n", "steps:\n  - wait: 30d\n").replace("Order shipped", "Later");
    let webhook = Webhook::of(&apply(&program, &waiting));
    let capture = webhook.capture(program.address(), &body("12155556677"));
    let run = text(&program.admin().run_when(&capture, "to wait", |run| run["state"] == "waiting")["id"]);
    check_says(&printed(&program, &["run", "page", "--state", "waiting"]), &[&run]);
    check_says(&printed(&program, &["run", "cancel", &run]), &[&run, "is cancelled"]);
    check_says(&printed(&program, &["run", "show", &run]), &["cancelled"]);
}

#[test]
fn an_inbox_gets_a_channel_and_quiet_hours_and_loses_them() {
    let (program, ..) = applied();
    check_says(&printed(&program, &["inbox", "show", "support"]), &["sent to nobody"]);
    let set = ["inbox", "channel", "set", "support", "https://carrier.example/messages", "--unknown", "ask"];
    check_says(&printed(&program, &set), &["sends to https://carrier.example/messages", "whsec_"]);
    assert!(!printed(&program, &set).contains("whsec_"), "the secret of a channel that is there is not shown again");
    check_says(&printed(&program, &["inbox", "channel", "rotate", "support"]), &["whsec_"]);
    let hours = ["inbox", "quiet-hours", "support", "21:00", "08:00", "--days", "sat,sun", "--zone", "Europe/Berlin"];
    check_says(&printed(&program, &hours), &["quiet 21:00 to 08:00 on sat, sun in Europe/Berlin"]);
    let shown = printed(&program, &["inbox", "show", "support"]);
    check_says(&shown, &["https://carrier.example/messages", "ask", "(until ", "21:00 to 08:00"]);
    let (code, said) = refused(&program, &["inbox", "quiet-hours", "support", "9pm", "08:00"]);
    assert!(code == 1 && said.contains("quiet_hours.from"), "{code} {said}");
    printed(&program, &["inbox", "quiet-hours", "support", "--off"]);
    printed(&program, &["inbox", "channel", "remove", "support"]);
    let inbox = program.run_json(&["inbox", "show", "support", "--json"]);
    assert_eq!((&inbox["channel"], &inbox["quiet_hours"]), (&Value::Null, &Value::Null));
}

#[test]
fn contacts_have_typed_fields_tags_and_a_say_in_what_they_are_sent() {
    let (program, webhook, _) = applied();
    printed(&program, &["field", "create", "orders", "number"]);
    printed(&program, &["field", "create", "tier", "choice", "--option", "gold", "--option", "silver"]);
    let create =
        ["contact", "create", "--phone", "(215) 555-6677", "--set", "orders=12", "--set", "vip:=true", "--tag", "a"];
    printed(&program, &create);
    let update =
        ["contact", "update", "+12155556677", "--set", "tier=GOLD", "--clear", "vip", "--add-tag", "b", "--json"];
    let contact = program.run_json(&update);
    assert_eq!((&contact["fields"], &contact["tags"]), (&json!({"orders": 12, "tier": "gold"}), &json!(["a", "b"])));
    let (code, said) = refused(&program, &["contact", "update", "+12155556677", "--set", "tier=bronze"]);
    assert!(code == 1 && said.contains("fields.tier"), "{code} {said}");
    printed(&program, &["field", "update", "tier", "--option", "gold", "--option", "bronze"]);
    printed(&program, &["contact", "update", "+12155556677", "--set", "tier=bronze"]);

    let out = ["contact", "update", "+12155556677", "--opt-out", "--reason", "asked by mail"];
    check_says(&printed(&program, &out), &["opted out", "asked by mail", "tier = bronze"]);
    printed(&program, &["inbox", "channel", "set", "support", "https://carrier.example/messages"]);
    webhook.capture(program.address(), &body("12155556677"));
    let suppressed = eventually("the message to be suppressed", || {
        let page = program.run_json(&["message", "page", "--state", "suppressed", "--json"]);
        page["items"].get(0).cloned()
    });
    assert_eq!(suppressed["contact"], contact["id"]);
    printed(&program, &["contact", "update", "+12155556677", "--opt-in", "--block", "--reason", "fraud"]);
    check_says(&printed(&program, &["contact", "show", "+12155556677"]), &["blocked", "fraud"]);
    let conversations = program.run_json(&["conversation", "page", "--contact", &text(&contact["id"]), "--json"]);
    assert_eq!(conversations["items"][0]["inbox"]["name"], "support", "{conversations}");
    printed(&program, &["field", "remove", "tier"]);
    assert!(!printed(&program, &["field", "page"]).contains("tier"));
    let (code, said) = refused(&program, &["contact", "show", "+12155550199"]);
    assert!(code == 1 && said.contains("no contact has the phone"), "{code} {said}");
}

#[test]
fn a_message_in_doubt_is_found_and_decided_about() {
    let carrier =
        Carrier::answering(|number, _| if number == 1 { Reply::Silence } else { Reply::Status(200, json!({})) });
    let setup = Setup::new(PROGRAM).variable("HOOKBOX__DISPATCH__ALLOWED_NETWORKS", "127.0.0.1/32");
    let program = setup.start();
    program.admin().furnish();
    printed(&program, &["inbox", "channel", "set", "support", carrier.url(), "--unknown", "ask"]);
    let webhook = Webhook::of(&apply(&program, ORDER_SHIPPED));
    webhook.capture(program.address(), &body("12155556677"));
    let message = eventually("the message to be unknown", || {
        let page = program.run_json(&["message", "page", "--state", "unknown", "--json"]);
        page["items"].get(0).map(|message| text(&message["id"]))
    });
    assert_eq!(program.run_json(&["message", "page", "--outbox", "--json"])["items"], json!([]));
    printed(&program, &["message", "decide", &message, "send"]);
    eventually("the message to be sent", || {
        let page = program.run_json(&["message", "page", "--state", "sent", "--json"]);
        (page["items"][0]["id"] == message.as_str()).then_some(())
    });
    let (code, said) = refused(&program, &["message", "decide", &message, "failed"]);
    assert!(code == 1 && said.contains("unknown or failed"), "{code} {said}");
}

#[test]
fn templates_and_workspaces_are_kept_and_changed() {
    let (program, ..) = applied();
    let body = file(&program, "hello.txt", "Hi {{contact.first_name}}\n");
    printed(&program, &["template", "create", "hello", "-f", &body]);
    let changed =
        program.run_json(&["template", "update", "hello", "--body", "Good day", "--name", "hello_2", "--json"]);
    assert_eq!((&changed["name"], &changed["body"]), (&json!("hello_2"), &json!("Good day")));
    check_says(&printed(&program, &["template", "page"]), &["hello_2", "Good day"]);
    printed(&program, &["template", "remove", "hello_2"]);
    assert_eq!(program.run_json(&["template", "page", "--json"])["items"], json!([]));

    let wish =
        ["workspace", "create", "nord", "--country", "DE", "--zone", "Europe/Berlin", "--per-day", "10", "--json"];
    assert_eq!(program.run_json(&wish)["caps"]["per_day"], 10);
    let wish = ["workspace", "update", "nord", "--per-contact-per-day", "3", "--json"];
    let nord = program.run_json(&wish);
    assert_eq!((&nord["caps"]["per_day"], &nord["caps"]["per_contact_per_day"]), (&json!(10), &json!(3)));
    printed(&program, &["inbox", "create", "vertrieb", "--workspace", "nord"]);
    check_says(&printed(&program, &["workspace", "page"]), &["default", "nord", "Europe/Berlin"]);
    assert!(!printed(&program, &["inbox", "page"]).contains("vertrieb"));
    let (code, said) = refused(&program, &["workspace", "update", "nord", "--country", "Germany"]);
    assert!(code == 1 && said.contains("country"), "{code} {said}");
}

#[test]
fn page_commands_go_on_where_the_page_before_ended() {
    let (program, webhook, _) = applied();
    let captures: BTreeSet<String> =
        (0..7).map(|number| webhook.capture(program.address(), &body(&format!("1215555100{number}")))).collect();
    for capture in &captures {
        program.admin().final_run(capture);
    }
    for (noun, name) in [("capture", "id"), ("run", "capture")] {
        let (mut seen, mut pages, mut after) = (BTreeSet::new(), 0, Vec::new());
        loop {
            let mut arguments = vec![noun.to_owned(), "page".into(), "--limit".into(), "3".into(), "--json".into()];
            arguments.extend(after);
            let page = program.run_json(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            pages += 1;
            seen.extend(page["items"].as_array().expect("items").iter().map(|item| text(&item[name])));
            match page["next"].as_str() {
                Some(next) => after = vec!["--after".into(), next.to_owned()],
                None => break,
            }
        }
        assert_eq!((seen, pages), (captures.clone(), 3), "{noun}");
    }
    let runs = program.run_json(&["run", "page", "--state", "failed", "--json"]);
    assert_eq!(runs["items"], json!([]));
    let table = printed(&program, &["run", "page"]);
    assert_eq!(table.matches("succeeded").count(), 7, "{table}");
}

#[test]
fn a_run_is_shown_with_its_steps() {
    let (program, webhook, _) = applied();
    let capture = webhook.capture(program.address(), &serde_json::from_str(JOHN).expect("JSON"));
    let run = program.admin().final_run(&capture);
    let shown = printed(&program, &["run", "show", &text(&run["id"])]);
    for expected in [text(&run["id"]), "succeeded".into(), "tell them".into(), "add-to-list".into(), "Hi John".into()] {
        assert!(shown.contains(&expected), "{expected:?} is missing in\n{shown}");
    }
    assert_eq!(program.run_json(&["run", "show", &text(&run["id"]), "--json"]), run);
}

#[test]
fn a_store_that_is_in_use_or_damaged_is_not_called_sound() {
    let (mut program, webhook, _) = applied();
    webhook.capture(program.address(), &body("12155556677"));
    let data = program.data().to_string_lossy().into_owned();
    assert_eq!(program.run(&["check-store", "--data", &data]).status.code(), Some(1), "a host is using it");
    assert!(program.stop().success());
    let report = program.run_json(&["check-store", "--data", &data, "--json"]);
    assert_eq!(report["findings"], json!([]), "{report}");
}

#[test]
fn every_command_shows_examples_in_its_help() {
    let setup = Setup::new(PROGRAM);
    let commands = "serve, demo, automation, automation apply, automation dry-run, automation listen, key, secret, capture, \
                    run, run replay-failed, inbox, inbox channel, conversation, message, contact, field, list, member, \
                    template, workspace, check-store, config";
    for command in commands.split(", ") {
        let arguments: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let output = setup.command(&arguments).output().expect("the program under test can be started");
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && help.contains("Examples:"), "{command}: {help}");
        assert!(help.contains(&format!("hookbox {command}")), "{command}: {help}");
    }
}

#[test]
fn without_a_token_or_a_host_a_command_says_what_to_do() {
    let setup = Setup::new(PROGRAM);
    let said = |mut command: std::process::Command| {
        let output = command.output().expect("the program under test can be started");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = said(setup.command(&["run", "page"]));
    assert!(code == Some(2) && text.contains("HOOKBOX_TOKEN"), "{code:?} {text}");
    let nobody = ["run", "page", "--url", "http://127.0.0.1:9", "--token", "x"];
    let (code, text) = said(setup.command(&nobody));
    assert!(code == Some(1) && text.contains("127.0.0.1:9"), "{code:?} {text}");
}
