//! `each`: one request, a run for every element; what one of them comes to is its own affair.

use hookbox_tests::admin::Admin;
use hookbox_tests::deadline::eventually;
use hookbox_tests::documents::{automation, step, tagging};
use hookbox_tests::program::{Program, Setup};
use hookbox_tests::world::text;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

fn start(setup: Setup) -> (Program, Admin) {
    let program = setup.start();
    let admin = program.admin();
    admin.furnish();
    (program, admin)
}

/// An automation that makes a run of each of `$.people`.
fn of_people(steps: &Value) -> Value {
    let mut document = automation("People", steps);
    document["trigger"]["webhook"] = json!({
        "sample": {"people": [{"id": "a"}]},
        "each": "$.people",
        "identifier": {"field": "external_id", "from": "$.people.id"},
    });
    document
}

fn people(count: usize) -> Value {
    let people: Vec<Value> = (0..count).map(|number| json!({"id": format!("person-{number}")})).collect();
    json!({ "people": people })
}

/// The runs of a capture in the order of their elements, once so many of them are over.
fn runs(admin: &Admin, capture: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{count} runs of {capture} to end"), || {
        let ids = admin.record(&format!("/api/v1/captures/{capture}"))["runs"].clone();
        let ids = ids.as_array().filter(|ids| ids.len() == count)?;
        let runs: Vec<Value> = ids.iter().map(|id| admin.record(&format!("/api/v1/runs/{}", text(id)))).collect();
        runs.iter().all(|run| !run["finished_at"].is_null()).then_some(runs)
    })
}

fn states(runs: &[Value]) -> Vec<(u64, String)> {
    runs.iter().map(|run| (run["item"].as_u64().expect("an element"), text(&run["state"]))).collect()
}

#[test]
fn a_thousand_elements_become_a_thousand_runs_and_one_more_is_refused_with_a_reason() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&of_people(&json!([step("add-to-list", json!({"list": "customers"}))])));
    webhook.capture(program.address(), &people(1_000));
    eventually("a thousand runs to end", || (admin.all("/api/v1/runs?state=succeeded").len() == 1_000).then_some(()));
    let mut items: Vec<u64> = admin.all("/api/v1/runs").iter().filter_map(|run| run["item"].as_u64()).collect();
    items.reverse();
    assert_eq!(items, (0..1_000).collect::<Vec<u64>>(), "runs are listed in the order of their elements");
    assert_eq!(admin.all("/api/v1/contacts").len(), 1_000);
    let list = text(&admin.all("/api/v1/lists")[0]["id"]);
    assert_eq!(admin.all(&format!("/api/v1/lists/{list}/contacts")).len(), 1_000);

    let refused = admin.final_run(&webhook.capture(program.address(), &people(1_001)));
    assert_eq!((&refused["state"], &refused["failure"]["code"]), (&json!("failed"), &json!("each-too-many")));
    let message = text(&refused["failure"]["message"]);
    assert!(message.contains("$.people") && message.contains("1001") && message.contains("1000"), "{message}");
    assert_eq!(admin.all("/api/v1/contacts").len(), 1_000, "nothing of it ran");
}

#[test]
fn no_elements_are_no_steps_and_what_is_no_array_can_be_replayed_when_the_trigger_is_mended() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&of_people(&json!([tagging("seen")])));
    let empty = admin.final_run(&webhook.capture(program.address(), &people(0)));
    assert_eq!((&empty["state"], &empty["steps"]), (&json!("succeeded"), &json!([])), "{empty}");

    let capture = webhook.capture(program.address(), &json!({"person": [{"id": "a"}, {"id": "b"}]}));
    let failed = admin.final_run(&capture);
    assert_eq!((&failed["failure"]["at"], &failed["failure"]["code"]), (&json!("mapping"), &json!("each-not-array")));
    let mut mended = of_people(&json!([tagging("seen")]));
    mended["trigger"]["webhook"] = json!({
        "sample": {"person": [{"id": "a"}]},
        "each": "$.person",
        "identifier": {"field": "external_id", "from": "$.person.id"},
    });
    admin.send(ureq::http::Method::PUT, "/api/v1/automations", "application/json", mended.to_string()).success();
    admin.post(&format!("/api/v1/runs/{}/replay", text(&failed["id"])), &json!({"version": "newest"})).success();
    let after = runs(&admin, &capture, 3);
    assert_eq!(after.iter().filter(|run| run["state"] == "succeeded").count(), 2, "{after:?}");
    assert_eq!(admin.all("/api/v1/contacts").len(), 2);
}

#[test]
fn an_element_that_fails_leaves_its_neighbours_alone() {
    let (program, admin) = start(Setup::new(PROGRAM).guests());
    let trap = json!({"when": "has(payload.people.bad)", "action": "trapping"});
    let webhook = admin.apply(&of_people(&json!([trap, tagging("seen")])));
    let people = json!({"people": [{"id": "a", "bad": true}, {"id": "b"}, {"no": "id"}, {"id": "d"}]});
    let runs = runs(&admin, &webhook.capture(program.address(), &people), 4);
    let expected = ["failed", "succeeded", "failed", "succeeded"].map(str::to_owned);
    assert_eq!(states(&runs), (0..).zip(expected).collect::<Vec<_>>());
    assert_eq!(runs[2]["failure"]["code"], "identifier-missing", "{}", runs[2]);
}

#[test]
fn an_element_that_kills_its_host_does_not_take_its_neighbours_with_it() {
    const DEATHS_MAX: usize = 10;
    let (mut program, admin) = start(Setup::new(PROGRAM).guests().variable("HOOKBOX__SANDBOX__CPU_MS", 5_000));
    let mut document = of_people(&json!([step("slow", json!({})), tagging("seen")]));
    document["trigger"]["webhook"] = json!({
        "sample": [{"id": "a"}],
        "each": "$",
        "identifier": {"field": "external_id", "from": "$.id"},
    });
    let webhook = admin.apply(&document);
    let capture = webhook.capture(program.address(), &json!([{"id": "a", "loop": true}, {"id": "b"}, {"id": "c"}]));
    let mut deaths = 0;
    loop {
        let killer = program.admin().run_when(&capture, "to be under way or over", |run| {
            matches!(run["state"].as_str(), Some("running" | "failed"))
        });
        if killer["state"] == "failed" {
            break;
        }
        assert!(deaths < DEATHS_MAX, "the run is still tried after {deaths} deaths of its host");
        let admin = program.admin();
        eventually("the neighbours to be there", || (admin.all("/api/v1/runs").len() == 3).then_some(()));
        program.kill();
        deaths += 1;
        program.start();
    }
    let runs = runs(&program.admin(), &capture, 3);
    let expected = ["failed", "succeeded", "succeeded"].map(str::to_owned);
    assert_eq!(states(&runs), (0..).zip(expected).collect::<Vec<_>>());
    assert_eq!(runs[0]["failure"]["code"], "interrupted", "{}", runs[0]);
}

#[test]
fn a_paused_automation_holds_a_request_whole_and_splits_it_when_it_is_live_again() {
    let (program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&of_people(&json!([tagging("seen")])));
    let state = |state: &str| {
        admin.post(&format!("/api/v1/automations/{}/state", webhook.automation), &json!({ "state": state })).success();
    };
    state("paused");
    let capture = webhook.capture(program.address(), &people(3));
    let held = admin.run_when(&capture, "to be held", |run| run["state"] == "held");
    assert!(held["item"].is_null(), "{held}");
    assert_eq!(admin.all("/api/v1/runs").len(), 1, "its elements have not begun");
    state("live");
    let runs = runs(&admin, &capture, 3);
    assert_eq!(
        states(&runs),
        (0..).zip(["succeeded", "succeeded", "succeeded"].map(str::to_owned)).collect::<Vec<_>>()
    );
}

#[test]
fn an_element_is_not_replayed_on_a_version_that_has_no_elements() {
    let (program, admin) = start(Setup::new(PROGRAM).guests());
    let webhook = admin.apply(&of_people(&json!([step("trapping", json!({}))])));
    let capture = webhook.capture(program.address(), &people(2));
    let failed = runs(&admin, &capture, 2);
    let mut without = of_people(&json!([tagging("whole")]));
    without["trigger"]["webhook"] = json!({
        "sample": {"people": [{"id": "a"}]},
        "identifier": {"field": "external_id", "from": "$.people[0].id"},
    });
    admin.send(ureq::http::Method::PUT, "/api/v1/automations", "application/json", without.to_string()).success();
    let wish = json!({"version": "newest", "from": "start"});
    admin.post(&format!("/api/v1/runs/{}/replay", text(&failed[1]["id"])), &wish).success();
    let all = runs(&admin, &capture, 3);
    assert_eq!(all[2]["failure"]["code"], "each-removed", "the whole payload is not one of its elements: {}", all[2]);
}

#[test]
fn a_dry_run_takes_the_element_that_it_is_asked_for() {
    let (_program, admin) = start(Setup::new(PROGRAM));
    let webhook = admin.apply(&of_people(&json!([tagging("seen")])));
    let path = format!("/api/v1/automations/{}/dry-run", webhook.automation);
    for (item, contact) in [(json!(null), json!("person-0")), (json!(2), json!("person-2"))] {
        let report = admin.post(&path, &json!({"payload": people(3), "item": item})).success().json();
        assert_eq!((&report["items"], &report["after"]["external_id"]), (&json!(3), &contact), "{report}");
    }
    let report = admin.post(&path, &json!({"payload": people(3), "item": 3})).success().json();
    assert_eq!((&report["failure"]["code"], &report["after"]), (&json!("each-not-array"), &json!(null)), "{report}");
}
