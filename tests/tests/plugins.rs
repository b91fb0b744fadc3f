//! Customers' own plugins: uploaded, looked at, approved, run, replaced and removed.

use hookbox_tests::admin::Admin;
use hookbox_tests::deadline::eventually;
use hookbox_tests::documents::{automation, body, step};
use hookbox_tests::frozen::variant;
use hookbox_tests::guests::upload;
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::webhook::Webhook;
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

fn start() -> (Program, Admin) {
    let program = Setup::new(PROGRAM).start();
    let admin = program.admin();
    admin.furnish();
    (program, admin)
}

/// Uploads a guest and gives its plugin.
fn push(admin: &Admin, guest: &str) -> Value {
    admin.upload(&upload(guest)).success().json()["plugin"].clone()
}

/// Uploads a guest, approves everything it asks and makes it the active version.
fn install(admin: &Admin, guest: &str) -> String {
    let id = text(&push(admin, guest)["id"]);
    admin.post(&format!("/api/v1/plugins/{id}/approve"), &json!({"all": true, "activate": true})).success();
    id
}

fn counting(admin: &Admin) -> Webhook {
    admin.apply(&automation("Counting", &json!([step("counting", json!({}))])))
}

fn set_state(admin: &Admin, webhook: &Webhook, state: &str) {
    admin.post(&format!("/api/v1/automations/{}/state", webhook.automation), &json!({ "state": state })).success();
}

fn tags(admin: &Admin, phone: &str) -> Vec<String> {
    let contacts = admin.all(&format!("/api/v1/contacts?phone=%2B{phone}"));
    contacts.iter().flat_map(|contact| contact["tags"].as_array().into_iter().flatten()).map(text).collect()
}

#[test]
fn an_uploaded_plugin_does_nothing_before_an_admin_approves_it() {
    let (program, admin) = start();
    let plugin = push(&admin, "counting-1");
    assert_eq!((&plugin["approval"]["state"], &plugin["active"]), (&json!("pending"), &json!(false)), "{plugin}");
    assert_eq!(plugin["grants"], json!([]), "{plugin}");
    let asked: Vec<String> =
        plugin["manifest"]["needs"].as_array().expect("needs").iter().map(|need| text(&need["capability"])).collect();
    assert_eq!(asked, ["contacts.tag", "state"]);
    let id = text(&plugin["id"]);
    assert_eq!(
        admin.post(&format!("/api/v1/plugins/{id}/activate"), &json!({})).status,
        409,
        "not before it is approved"
    );

    admin.post(&format!("/api/v1/plugins/{id}/approve"), &json!({"all": true, "activate": true})).success();
    let webhook = counting(&admin);
    let run = admin.final_run(&webhook.capture(program.address(), &body("12155551000")));
    assert_eq!((&run["state"], &run["steps"][0]["output"]), (&json!("succeeded"), &json!(1)), "{run}");
    assert_eq!(tags(&admin, "12155551000"), ["v1"]);
    let acts: Vec<String> = admin.all("/api/v1/audit").iter().map(|entry| text(&entry["act"])).collect();
    assert!(
        acts.iter().any(|act| act == "plugin.approve") && acts.iter().any(|act| act == "plugin.activate"),
        "{acts:?}"
    );
}

#[test]
fn sixty_four_runs_that_count_at_the_same_time_count_to_sixty_four() {
    let (program, admin) = start();
    install(&admin, "counting-1");
    let webhook = counting(&admin);
    // Held until all are there, so that they begin together.
    set_state(&admin, &webhook, "paused");
    let captures: Vec<String> =
        (0..64).map(|n| webhook.capture(program.address(), &body(&format!("121555510{n:02}")))).collect();
    for capture in &captures {
        admin.run_when(capture, "to be held", |run| run["state"] == "held");
    }
    set_state(&admin, &webhook, "live");
    let mut counts: Vec<i64> = captures
        .iter()
        .map(|capture| admin.final_run(capture)["steps"][0]["output"].as_i64().expect("a count"))
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=64).collect::<Vec<i64>>());
}

#[test]
fn a_new_version_shows_what_it_asks_more_and_can_be_compared_approved_in_part_and_taken_back() {
    let (program, admin) = start();
    install(&admin, "counting-1");
    let webhook = counting(&admin);
    admin.final_run(&webhook.capture(program.address(), &body("12155551000")));

    let second = push(&admin, "counting-2");
    let id = text(&second["id"]);
    let added: Vec<String> =
        second["change"]["added"].as_array().expect("a change").iter().map(|need| text(&need["capability"])).collect();
    assert_eq!(added, ["contacts.tag", "lists.write"], "{second}");
    assert_eq!(second["approval"]["state"], "pending");
    admin.final_run(&webhook.capture(program.address(), &body("12155551001")));
    assert_eq!(tags(&admin, "12155551001"), ["v1"], "the new version waits for its approval");

    let compared = admin.post(&format!("/api/v1/plugins/{id}/compare"), &json!({"captures": 10})).success().json();
    assert_eq!((&compared["different"], &compared["same"]), (&json!(2), &json!(0)), "{compared}");
    let shown = compared.to_string();
    assert!(shown.contains("v1") && shown.contains("v2") && shown.contains("customers"), "{shown}");
    assert_eq!(tags(&admin, "12155551001"), ["v1"], "comparing changes nothing");

    let grants = json!([{"capability": "contacts.tag", "scope": ["v2"]}, {"capability": "state", "scope": ["calls"]}]);
    admin.post(&format!("/api/v1/plugins/{id}/approve"), &json!({"grants": grants, "activate": true})).success();
    let run = admin.final_run(&webhook.capture(program.address(), &body("12155551002")));
    assert_eq!(
        (&run["state"], &run["steps"][0]["output"]),
        (&json!("succeeded"), &json!(3)),
        "state belongs to the name: {run}"
    );
    let contact = &admin.all("/api/v1/contacts?phone=%2B12155551002")[0];
    assert_eq!((&contact["tags"], &contact["lists"]), (&json!(["v2"]), &json!([])), "the list was not granted");

    admin.post(&format!("/api/v1/plugins/{id}/rollback"), &json!({})).success();
    admin.final_run(&webhook.capture(program.address(), &body("12155551003")));
    assert_eq!(tags(&admin, "12155551003"), ["v1"]);
    admin.delete(&format!("/api/v1/plugins/{id}")).success();
    assert_eq!(admin.get(&format!("/api/v1/plugins/{id}")).status, 404);
}

#[test]
fn a_push_that_cannot_be_activated_still_says_what_was_uploaded() {
    let (program, admin) = start();
    let component = program.home().join("plugin.wasm");
    std::fs::write(&component, upload("counting-1")).expect("a folder of the test's own");
    let output = program.run(&["plugin", "push", &component.to_string_lossy(), "--activate", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("it is not approved, so it was not activated"));
    let told: Value = serde_json::from_slice(&output.stdout).expect("the upload as JSON");
    let plugin = admin.record(&format!("/api/v1/plugins/{}", text(&told["plugin"]["id"])));
    assert_eq!((&plugin["approval"]["state"], &plugin["active"]), (&json!("pending"), &json!(false)), "{plugin}");
}

#[test]
fn versions_are_swapped_under_load_and_no_call_is_lost() {
    let (program, admin) = start();
    let ids = [install(&admin, "counting-1"), install(&admin, "counting-2")];
    let webhook = counting(&admin);
    let address = program.address().to_owned();
    let captures: Vec<String> = std::thread::scope(|scope| {
        let sender = scope.spawn(|| -> Vec<String> {
            (0..300).map(|n| webhook.capture(&address, &body(&format!("12155552{n:03}")))).collect()
        });
        let mut turn = 0;
        while !sender.is_finished() {
            admin.post(&format!("/api/v1/plugins/{}/activate", ids[turn % 2]), &json!({})).success();
            turn += 1;
        }
        assert!(turn > 2, "there was time to swap");
        sender.join().expect("every request is answered")
    });
    for capture in &captures {
        let run = admin.final_run(capture);
        assert_eq!(run["state"], "succeeded", "{run}");
    }
    let total = admin.all("/api/v1/plugins/counting/state");
    assert_eq!(total[0]["value"], "300", "{total:?}");
}

#[test]
fn the_code_of_a_removed_version_leaves_memory() {
    let (program, admin) = start();
    let guest = upload("counting-1");
    let (mut webhook, mut held) = (None, None);
    for number in 0..4 {
        let next = text(&admin.upload(&variant(&guest, number)).success().json()["plugin"]["id"]);
        admin.post(&format!("/api/v1/plugins/{next}/approve"), &json!({"all": true, "activate": true})).success();
        let webhook = webhook.get_or_insert_with(|| counting(&admin));
        let run = admin.final_run(&webhook.capture(program.address(), &body("12155551000")));
        assert_eq!(run["state"], "succeeded", "{run}");
        if let Some((last, components)) = held.replace((next, program.components_in_memory())) {
            admin.delete(&format!("/api/v1/plugins/{last}")).success();
            let left = || (program.components_in_memory() == components).then_some(());
            eventually("what was removed to leave memory", left);
            held = held.map(|(next, _)| (next, components));
        }
    }
    assert!(held.is_some_and(|(_, components)| components > 0));
}

#[test]
fn a_file_that_is_no_plugin_is_refused_with_what_is_wrong_and_leaves_nothing() {
    let (program, admin) = start();
    let good = upload("counting-1");
    for (what, file, expected) in [
        ("text", b"(component)".to_vec(), "text"),
        ("a module", b"\0asm\x01\0\0\0".to_vec(), "module"),
        ("an archive", b"PK\x03\x04".to_vec(), "zip"),
        ("nothing", Vec::new(), "empty"),
        ("half a plugin", good[..good.len() / 2].to_vec(), "not a valid component"),
    ] {
        let answer = admin.upload(&file);
        assert!(matches!(answer.status, 400 | 422), "{what}: {}", answer.text());
        assert!(answer.text().contains(expected), "{what}: {}", answer.text());
    }
    let own = admin.all("/api/v1/plugins").into_iter().filter(|plugin| plugin["origin"] == "uploaded").count();
    assert_eq!(own, 0);
    let components = std::fs::read_dir(program.data().join("components")).expect("the folder of components");
    let built_in = admin.all("/api/v1/plugins").len();
    assert_eq!(components.count(), built_in, "only what is installed is kept");
}

#[test]
fn a_plugin_belongs_to_the_workspace_that_uploaded_it() {
    let (program, first) = start();
    let second = first.new_workspace("second");
    second.furnish();
    let id = install(&first, "counting-1");
    assert_eq!(second.get(&format!("/api/v1/plugins/{id}")).status, 404);
    let steps = json!([step("counting", json!({}))]);
    let refused = second.put_automation(&automation("Counting", &steps));
    assert_eq!(refused.status, 422, "{}", refused.text());

    install(&second, "counting-1");
    for (admin, phone) in [(&first, "12155551000"), (&second, "12155551000")] {
        let run = admin.final_run(&counting(admin).capture(program.address(), &body(phone)));
        assert_eq!(run["steps"][0]["output"], 1, "each counts for itself: {run}");
    }
}
