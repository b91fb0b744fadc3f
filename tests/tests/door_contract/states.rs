//! What an automation's state means for its senders.

use super::case::Case;
use super::scene::{JOHN, Scene};

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    let (draft, paused, archived) = (&scene.draft, &scene.paused, &scene.archived);
    vec![
        Case::refused("a draft", 409, "automation-not-live", draft.request(JOHN)),
        Case::refused("a draft and bad JSON", 400, "invalid-json", draft.request("{")),
        Case::refused("a draft and a bad key", 401, "unauthorized", draft.request(JOHN).header("authorization", "x")),
        Case::tested("a draft's test URL", draft.request(JOHN).path(&format!("{}/test", draft.path))),
        Case::captured("a paused automation", paused.request(JOHN)),
        Case::captured(
            "a paused automation with an idempotency key",
            paused.request(JOHN).header("idempotency-key", "p"),
        ),
        Case::repeated(
            "a paused automation again",
            "a paused automation with an idempotency key",
            paused.request(JOHN).header("idempotency-key", "p"),
        ),
        Case::tested("a paused automation's test URL", paused.request(JOHN).path(&format!("{}/test", paused.path))),
        Case::refused("an archived automation", 410, "automation-archived", archived.request(JOHN)),
        Case::refused("an archived automation and bad JSON", 400, "invalid-json", archived.request("{")),
        Case::refused(
            "an archived automation's test URL",
            410,
            "automation-archived",
            archived.request(JOHN).path(&format!("{}/test", archived.path)),
        ),
    ]
}
