//! The use cases of the mission, each an automation that stands in `tests/use_cases` and is saved as it stands there.

use hookbox_tests::admin::Admin;
use hookbox_tests::deadline::eventually;
use hookbox_tests::program::{Program, Setup};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hookbox-under-test");

fn start() -> (Program, Admin) {
    let program = Setup::new(PROGRAM).start();
    let admin = program.admin();
    admin.furnish();
    (program, admin)
}

/// Each step of a run with its state.
fn states(run: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let steps = run["steps"].as_array().expect("a run has steps");
    steps.iter().map(|step| (text(&step["name"]), text(&step["state"]))).collect()
}

/// What was written to the contact with this number, oldest first.
fn texts(admin: &Admin, phone: &str) -> Vec<String> {
    let contacts = admin.all(&format!("/api/v1/contacts?phone=%2B{phone}"));
    let id = contacts.first().and_then(|contact| contact["id"].as_str()).expect("the contact is there").to_owned();
    let messages = admin.all(&format!("/api/v1/messages?contact={id}"));
    messages.iter().map(|message| message["body"].as_str().expect("a message has a body").to_owned()).collect()
}

#[test]
fn a_text_is_sent_when_something_happens_and_only_if_it_matters() {
    let (program, admin) = start();
    let webhook = admin.apply_yaml(include_str!("../use_cases/sensor-alarm.yaml"));
    let body = |celsius: f64| json!({"phone_number": "12155556677", "first_name": "john", "sensor": "Freezer 3", "celsius": celsius});
    let warm = admin.final_run(&webhook.capture(program.address(), &body(-4.5)));
    assert_eq!(states(&warm), [("tell them".into(), "succeeded".into())], "{warm}");
    let cold = admin.final_run(&webhook.capture(program.address(), &body(-18.0)));
    assert_eq!(states(&cold), [("tell them".into(), "skipped".into())], "{cold}");
    assert_eq!(cold["state"], "succeeded");
    assert_eq!(texts(&admin, "12155556677"), ["John: Freezer 3 is at -4.5 °C."]);
}

#[test]
fn a_reminder_waits_until_the_day_before_and_is_due_at_once_when_that_is_past() {
    let (program, admin) = start();
    let webhook = admin.apply_yaml(include_str!("../use_cases/appointment.yaml"));
    let body = |at: &str| json!({"phone_number": "12155556677", "first_name": "John", "appointment_at": at, "with": "Dr. Roe"});
    let waiting = webhook.capture(program.address(), &body("2999-06-02T10:00:00Z"));
    let run = admin.run_when(&waiting, "to wait", |run| run["state"] == "waiting");
    assert_eq!(run["due_at"], "2999-06-01T10:00:00.000Z", "{run}");
    let past = admin.final_run(&webhook.capture(program.address(), &body("2020-06-02T10:00:00Z")));
    assert_eq!(past["state"], "succeeded", "{past}");
    assert_eq!(texts(&admin, "12155556677"), ["Hi John, we see you tomorrow. Your appointment is with Dr. Roe."]);
}

/// A moment that is so many seconds from now, as a system two hours east of Greenwich writes it.
fn in_seconds(seconds: i64) -> String {
    let moment = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    moment
        .to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(2)))
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

#[test]
fn a_reminder_goes_out_by_itself_when_its_time_has_come() {
    const DAY: i64 = 24 * 3_600;
    let (program, admin) = start();
    let webhook = admin.apply_yaml(include_str!("../use_cases/appointment.yaml"));
    let at = in_seconds(DAY + 4);
    let body = json!({"phone_number": "12155556677", "first_name": "John", "appointment_at": at, "with": "Dr. Roe"});
    let capture = webhook.capture(program.address(), &body);
    let waiting = admin.run_when(&capture, "to wait", |run| run["state"] == "waiting" || run["state"] == "succeeded");
    let run = admin.final_run(&capture);
    assert_eq!(
        states(&run),
        [("until the day before".into(), "succeeded".into()), ("remind them".into(), "succeeded".into())]
    );
    let until = run["steps"][0]["output"]["until"].as_str().expect("a moment").to_owned();
    let moment: jiff::Timestamp = at.parse().expect("a moment");
    assert_eq!(until.parse().ok(), Some(moment - jiff::SignedDuration::from_secs(DAY)), "a day before {at}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert!(text(&run["began_at"]) < until && until <= text(&run["finished_at"]), "it waited: {waiting} {run}");
    assert_eq!(texts(&admin, "12155556677"), ["Hi John, we see you tomorrow. Your appointment is with Dr. Roe."]);
}

#[test]
fn each_order_of_one_request_becomes_a_run_of_its_own() {
    let (program, admin) = start();
    let webhook = admin.apply_yaml(include_str!("../use_cases/order.yaml"));
    let order =
        |id: u32, phone: &str, state: &str| json!({"id": id, "phone": phone, "first_name": "Ann", "state": state});
    let orders =
        [order(17, "12155556677", "shipped"), order(18, "12155556678", "packed"), order(19, "12155556679", "shipped")];
    let capture = webhook.capture(program.address(), &json!({"shop": "Acme", "orders": orders}));
    let first = admin.final_run(&capture);
    assert_eq!(first["state"], "succeeded", "{first}");
    eventually("a run for each order", || (admin.all("/api/v1/runs?state=succeeded").len() == 3).then_some(()));
    assert_eq!(texts(&admin, "12155556677"), ["Hi Ann, your order 17 from Acme is on its way."]);
    assert_eq!(texts(&admin, "12155556678"), Vec::<String>::new());
    assert_eq!(texts(&admin, "12155556679"), ["Hi Ann, your order 19 from Acme is on its way."]);
    let list = admin.all("/api/v1/lists")[0]["id"].as_str().expect("a list has an id").to_owned();
    let customers = admin.all(&format!("/api/v1/lists/{list}/contacts"));
    let mut phones: Vec<&str> = customers.iter().filter_map(|contact| contact["phone"].as_str()).collect();
    phones.sort_unstable();
    assert_eq!(phones, ["+12155556677", "+12155556679"]);
}

#[test]
fn members_are_alerted_by_what_is_severe() {
    let (program, admin) = start();
    let webhook = admin.apply_yaml(include_str!("../use_cases/incident.yaml"));
    let body = |severity: u32| json!({"on_call": "12155556677", "severity": severity, "title": "Checkout is down"});
    let mild = admin.final_run(&webhook.capture(program.address(), &body(3)));
    assert_eq!(states(&mild), [("stop".into(), "succeeded".into())], "{mild}");
    let severe = admin.final_run(&webhook.capture(program.address(), &body(1)));
    let expected = [("stop", "skipped"), ("page them", "succeeded"), ("assign-conversation", "succeeded")];
    assert_eq!(states(&severe), expected.map(|(name, state)| (name.to_owned(), state.to_owned())), "{severe}");
    assert_eq!(texts(&admin, "12155556677"), ["Severity 1: Checkout is down"]);
    assert_eq!(admin.all("/api/v1/conversations")[0]["assignee"]["name"], "front-desk");
}

#[test]
fn a_confirmation_uses_a_text_that_the_workspace_keeps_once() {
    let (program, admin) = start();
    let body = "Hi {{contact.first_name}}, your password was changed on {{payload.device}}.";
    let made = admin.post("/api/v1/templates", &json!({"name": "security_notice", "body": body}));
    assert_eq!(made.status, 201, "{}", made.text());
    let webhook = admin.apply_yaml(include_str!("../use_cases/confirmation.yaml"));
    let user = json!({"id": "u-17", "phone": "12155556677", "name": "John"});
    let capture = webhook.capture(program.address(), &json!({"user": user, "device": "Firefox on Linux"}));
    let run = admin.final_run(&capture);
    assert_eq!(states(&run), [("wait".into(), "succeeded".into()), ("confirm".into(), "succeeded".into())], "{run}");
    assert_eq!(texts(&admin, "12155556677"), ["Hi John, your password was changed on Firefox on Linux."]);
}
