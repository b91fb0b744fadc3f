//! `?wait=`: the result of the run instead of the plain answer.

use super::case::{Case, body};
use super::scene::{JOHN, Scene};

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    let (plain, paused) = (&scene.plain, &scene.paused);
    let path = |query: &str| format!("{}?{query}", plain.path);
    let mut cases = Vec::new();
    for query in
        ["wait", "wait=", "wait=31", "wait=300", "wait=-1", "wait=%2B5", "wait=1.5", "wait=1e1", "wait=5s", "wait=true"]
    {
        let request = plain.request(JOHN).path(&path(query));
        cases.push(Case::refused(format!("a bad wait: {query}"), 400, "invalid-wait", request));
    }
    for query in ["wait=5&wait=5", "wait=5&a=b&wait=", "wait=99999999999999999999"] {
        let request = plain.request(JOHN).path(&path(query));
        cases.push(Case::refused(format!("a bad wait: {query}"), 400, "invalid-wait", request));
    }
    let keyed = |query: &str| plain.request(body("wait")).path(&path(query)).header("idempotency-key", "wait-1");
    let wrong = plain.request(JOHN).path(&path("wait=31")).without("authorization");
    cases.extend([
        Case::refused("wait: key before wait", 401, "unauthorized", wrong),
        Case::refused("wait: JSON after wait", 400, "invalid-json", plain.request("{").path(&path("wait=5"))),
        Case::finished("wait: a run that succeeds", "succeeded", plain.request(body("wait-2")).path(&path("wait=30"))),
        Case::finished(
            "wait: beside other parameters",
            "succeeded",
            plain.request(body("wait-3")).path(&path("a=b&wait=30&c")),
        ),
        Case::finished("wait: a run that fails", "failed", plain.request("{}").path(&path("wait=30"))),
        Case::finished("wait: a request with a key", "succeeded", keyed("wait=30")),
        Case::finished("wait: its repetition", "succeeded", keyed("wait=30")),
        Case::finished("wait: its repetition, when its run is over", "succeeded", keyed("wait=0")),
        Case::repeated("wait: its repetition without a wait", "wait: a request with a key", keyed("a=b")),
        Case::captured(
            "wait: a paused automation",
            paused.request(body("wait-4")).path(&format!("{}?wait=30", paused.path)),
        ),
        Case::tested("wait: the test URL", plain.request(JOHN).path(&format!("{}/test?wait=30", plain.path))),
        Case::refused(
            "wait: the test URL and a bad wait",
            400,
            "invalid-wait",
            plain.request(JOHN).path(&format!("{}/test?wait=x", plain.path)),
        ),
    ]);
    cases
}
