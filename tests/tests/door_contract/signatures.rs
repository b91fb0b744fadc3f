//! Signatures by Standard Webhooks on a trigger that asks for them.

use hookbox_tests::webhook::Request;

use super::case::{Case, body};
use super::scene::{Scene, Signer};

const STRANGE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    [good(scene), wrong(scene), order(scene)].concat()
}

/// A signed request whose body nobody else sends.
fn signed(scene: &Scene, signer: &Signer<'_>) -> Request {
    let body = body(signer.id);
    scene.sign(&scene.signed.request(&body), &body, signer)
}

/// The headers of the signature with one of them changed.
fn changed(request: &Request, name: &str, change: impl FnOnce(&str) -> String) -> Request {
    let wire = String::from_utf8_lossy(&request.bytes()).into_owned();
    let line = wire.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).expect("it has the header");
    request.clone().header(name, change(line))
}

fn good(scene: &Scene) -> Vec<Case> {
    let (new, old) = (&scene.secrets.new, &scene.secrets.old);
    let strange = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    let asymmetric = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
    let with = |id| signed(scene, &scene.signer(new, id));
    let skewed = |id, skew_s| signed(scene, &Signer { secret: new, id, skew_s });
    vec![
        Case::captured("signature: by the newest secret", with("sig-1")),
        Case::captured("signature: by the secret before", signed(scene, &scene.signer(old, "sig-2"))),
        Case::captured(
            "signature: several, the last is good",
            changed(&with("sig-3"), "webhook-signature", |good| format!("{strange} {strange} {good}")),
        ),
        Case::captured(
            "signature: several, the first is good",
            changed(&with("sig-4"), "webhook-signature", |good| format!("{good} {strange} v2,x")),
        ),
        Case::captured(
            "signature: beside an asymmetric one",
            changed(&with("sig-5"), "webhook-signature", |good| format!("{asymmetric} {good}")),
        ),
        Case::captured("signature: some minutes old", skewed("sig-6", -200)),
        Case::captured("signature: some minutes early", skewed("sig-7", 200)),
        Case::repeated("signature: the same id again", "signature: by the newest secret", with("sig-1")),
        Case::repeated(
            "signature: the same id by the other secret",
            "signature: by the newest secret",
            signed(scene, &scene.signer(old, "sig-1")),
        ),
        Case::tested("signature: on the test URL", with("sig-8").path(&format!("{}/test", scene.signed.path))),
    ]
}

fn wrong(scene: &Scene) -> Vec<Case> {
    let secrets = &scene.secrets;
    let with = || signed(scene, &scene.signer(&secrets.new, "bad-1"));
    let skewed = |skew_s| signed(scene, &Signer { secret: &secrets.new, id: "bad-2", skew_s });
    let by = |secret| signed(scene, &scene.signer(secret, "bad-3"));
    let unsigned = || scene.signed.request(body("bad"));
    let other = scene.sign(&scene.signed.request(body("bad-4")), &body("bad-5"), &scene.signer(&secrets.new, "bad-4"));
    let spaced = scene.signed.request(format!("{} ", body("bad-6")));
    let spaced = scene.sign(&spaced, &body("bad-6"), &scene.signer(&secrets.new, "bad-6"));
    let cases = [
        ("none at all", unsigned()),
        ("without its id", with().without("webhook-id")),
        ("without its time", with().without("webhook-timestamp")),
        ("without itself", with().without("webhook-signature")),
        ("empty", with().header("webhook-signature", "")),
        ("by a stranger's secret", by(STRANGE)),
        ("by an expired secret", by(&secrets.expired)),
        ("by a secret that was taken away", by(&secrets.removed)),
        ("by the secret of a channel", by(&scene.channel_secrets[0])),
        ("of another body", other),
        ("of the body without its last blank", spaced),
        ("of another id", with().header("webhook-id", "bad-7")),
        (
            "of another time",
            changed(&with(), "webhook-timestamp", |at| format!("{}", at.parse::<u64>().expect("a time") + 1)),
        ),
        ("too old", skewed(-400)),
        ("much too old", skewed(-86_400)),
        ("too early", skewed(400)),
        ("with a time that is no number", with().header("webhook-timestamp", "now")),
        ("with a time in milliseconds", changed(&with(), "webhook-timestamp", |at| format!("{at}000"))),
        ("with a negative time", changed(&with(), "webhook-timestamp", |at| format!("-{at}"))),
        ("with a time with a plus", changed(&with(), "webhook-timestamp", |at| format!("+{at}"))),
        ("of version 2", changed(&with(), "webhook-signature", |good| good.replace("v1,", "v2,"))),
        ("without its version", changed(&with(), "webhook-signature", |good| good.replace("v1,", ""))),
        ("cut", changed(&with(), "webhook-signature", |good| good[..20].to_owned())),
        ("in two headers", with().and_header("webhook-signature", "v1,x")),
        ("with two ids", with().and_header("webhook-id", "bad-1")),
        ("after sixteen others", changed(&with(), "webhook-signature", |good| format!("{}{good}", "v1,x ".repeat(16)))),
        ("on the test URL", unsigned().path(&format!("{}/test", scene.signed.path))),
    ];
    cases
        .map(|(name, request)| Case::refused(format!("wrong signature: {name}"), 401, "invalid-signature", request))
        .into()
}

fn order(scene: &Scene) -> Vec<Case> {
    let signer = scene.signer(&scene.secrets.new, "order-1");
    let broken = scene.sign(&scene.signed.request("{"), "{", &signer);
    let reused =
        scene.sign(&scene.signed.request(body("other")), &body("other"), &scene.signer(signer.secret, "sig-1"));
    let unsigned = scene.signed.request("{");
    let typed = unsigned.clone().header("content-type", "text/plain");
    let keyless = signed(scene, &scene.signer(signer.secret, "order-2")).without("authorization");
    vec![
        Case::refused("signature before JSON", 401, "invalid-signature", unsigned),
        Case::refused("media type before signature", 415, "content-type-not-supported", typed),
        Case::refused("a key beside a good signature", 401, "unauthorized", keyless),
        Case::refused("a good signature of bad JSON", 400, "invalid-json", broken),
        Case::refused("a signed id with another body", 409, "idempotency-key-reused", reused),
    ]
}
