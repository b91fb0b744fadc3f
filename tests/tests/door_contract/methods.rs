//! Methods, paths and forms of the request target.

use super::case::Case;
use super::scene::{JOHN, Scene};

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    let request = || scene.plain.request(JOHN);
    let path = &scene.plain.path;
    let incoming = format!("/inboxes/{}/incoming", scene.inbox);
    let mut cases = Vec::new();
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "post", "X"] {
        let name = format!("the method {method}");
        cases.push(Case::refused(name, 405, "method-not-allowed", request().method(method)));
    }
    for (name, path) in [
        ("GET of a test URL", format!("{path}/test")),
        ("GET of a URL with a wait", format!("{path}?wait=1")),
        ("GET of what channels are told", incoming.clone()),
        ("GET of an automation that nobody made", "/automations/nobody".to_owned()),
    ] {
        cases.push(Case::refused(name, 405, "method-not-allowed", request().method("GET").path(&path)));
    }
    for (name, path) in [
        ("no automation in the path", "/automations/".to_owned()),
        ("a slash at the end", format!("{path}/")),
        ("something after the automation", format!("{path}/runs")),
        ("something after the test URL", format!("{path}/test/1")),
        ("a test URL of nothing", "/automations//test".to_owned()),
        ("an inbox alone", format!("/inboxes/{}", scene.inbox)),
        ("another path of an inbox", format!("/inboxes/{}/outgoing", scene.inbox)),
        ("a slash after incoming", format!("{incoming}/")),
        ("incoming of nothing", "/inboxes//incoming".to_owned()),
    ] {
        cases.push(Case::refused(name, 404, "not-found", request().path(&path)));
    }
    for (name, path) in [
        ("an id with an escape in it", format!("/automations/%61{}", &scene.plain.automation[1..])),
        ("an id in capitals", path.to_uppercase().replace("/AUTOMATIONS/", "/automations/")),
        ("an id and a dot", format!("{path}.")),
        ("an id and a semicolon", format!("{path};a=b")),
    ] {
        cases.push(Case::refused(name, 401, "unauthorized", request().path(&path)));
    }
    for (name, target) in [
        ("a query that means nothing", format!("{path}?source=shop&source=shop&a")),
        ("an empty query", format!("{path}?")),
        ("an absolute URL", format!("http://localhost{path}")),
        ("an absolute URL of another host", format!("http://hooks.example{path}")),
    ] {
        cases.push(Case::captured(name, request().path(&target)));
    }
    cases.push(Case::tested("a test URL", request().path(&format!("{path}/test"))));
    cases.push(Case::tested("a test URL with a query", request().path(&format!("{path}/test?a=b"))));
    for (name, target, status) in [
        ("a path of the admin door without its token", "/api/v1/automations", 401),
        ("a path that nobody has", "/automation/x", 404),
        ("the path of all automations", "/automations", 404),
    ] {
        let bytes = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        cases.push(Case::elsewhere(name, status, bytes));
    }
    cases.extend(request_ids(scene));
    cases
}

fn request_ids(scene: &Scene) -> Vec<Case> {
    let with = |id: &str| scene.plain.request(JOHN).header("x-request-id", id);
    let longest = "r".repeat(128);
    let mut cases = Vec::new();
    for id in ["mine-17", "A.b_c-9", "0", &longest] {
        let name = format!("the request id {id:.20}");
        cases.push(Case::captured(name, with(id)).with_request_id(id));
    }
    let refused = with("mine-18").without("authorization");
    cases.push(Case::refused("a refusal with a request id", 401, "unauthorized", refused).with_request_id("mine-18"));
    for (name, id) in [
        ("a request id with a blank", "a b"),
        ("a request id with a semicolon", "a;b"),
        ("a request id with markup", "<b>"),
        ("a request id that is not ASCII", "ä"),
        ("an empty request id", ""),
        ("a request id that is too long", &"r".repeat(129)),
    ] {
        cases.push(Case::captured(name, with(id)));
    }
    cases
}
