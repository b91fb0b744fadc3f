//! What a trigger asks of its senders: the automation's state, where requests come from, signatures.

use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use hookbox_ingress::Config;
use hookbox_model::{AutomationState, RateDocument, SecretId, SignatureRule, SigningSecret, Timestamp, Trigger};
use hookbox_vault::{Place, Secret};
use uuid::Uuid;

use crate::sender::{BODY, Host, vault};

fn change(host: &Host, change: impl FnOnce(&mut Trigger)) {
    host.store.change(|trigger| change(trigger.as_mut().expect("a trigger")));
}

#[tokio::test]
async fn live_and_paused_automations_capture_and_others_do_not() {
    let host = Host::start(Config::default()).await;
    for (state, expected) in [
        (AutomationState::Live, None),
        (AutomationState::Paused, None),
        (AutomationState::Draft, Some((409, "automation-not-live"))),
        (AutomationState::Archived, Some((410, "automation-archived"))),
    ] {
        change(&host, |trigger| trigger.state = state);
        let answer = host.ask(host.post("", BODY)).await;
        match expected {
            None => answer.is_captured(),
            Some((status, kind)) => assert_eq!(answer.problem(), (status, kind.to_owned())),
        }
        assert_eq!(host.ask(host.post("", "{")).await.problem(), (400, "invalid-json".into()), "{state:?}");
        assert_eq!(host.ask(host.post("", BODY).replace("Bearer", "x")).await.status, 401, "{state:?}");
    }
    assert_eq!(host.store.captured().len(), 2);
}

#[tokio::test]
async fn only_allowed_networks_may_send_and_only_a_trusted_proxy_may_name_its_sender() {
    let forwarded = "X-Forwarded-For: 203.0.113.7\r\n";
    let refused = || (403, "address-not-allowed".to_owned());
    let host = Host::start(Config::default()).await;
    change(&host, |trigger| trigger.allow = vec!["203.0.113.0/24".into()]);
    for more in ["", forwarded] {
        assert_eq!(host.ask(host.post(more, BODY)).await.problem(), refused(), "{more}");
    }
    assert_eq!(host.ask(host.post("", BODY).replace("Bearer", "x")).await.status, 401, "the key comes first");
    assert_eq!(host.ask(host.post("", BODY).replace("/json", "/x")).await.status, 403, "the content type comes later");
    change(&host, |trigger| trigger.allow = vec!["no network".into()]);
    assert_eq!(host.ask(host.post("", BODY)).await.problem(), refused(), "a broken list allows nobody");
    change(&host, |trigger| trigger.allow = vec!["2001:db8::/32".into(), "127.0.0.0/8".into()]);
    host.ask(host.post("", BODY)).await.is_captured();

    let trusted = vec!["127.0.0.0/8".parse().expect("a network")];
    let host = Host::start(Config { trusted_proxies: trusted, ..Config::default() }).await;
    change(&host, |trigger| trigger.allow = vec!["203.0.113.0/24".into()]);
    host.ask(host.post(forwarded, BODY)).await.is_captured();
    for more in ["", "X-Forwarded-For: 203.0.113.7, 198.51.100.1\r\n"] {
        assert_eq!(host.ask(host.post(more, BODY)).await.problem(), refused(), "{more}");
    }
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs()
}

/// A secret, and what is stored of it.
fn add_secret(trigger: &mut Trigger, seed: u8, not_after: Option<Timestamp>) -> Secret {
    let secret = Secret::from_random([seed; 32]);
    let id = SecretId::from_uuid(Uuid::from_u128(seed.into()));
    let place = Place::of_automation(trigger.workspace, trigger.automation, id);
    let sealed = vault().seal(&place, &secret, [seed; 24]);
    trigger.secrets.push(SigningSecret { id, sealed, created_at: Timestamp::default(), not_after });
    secret
}

fn signed(secret: &Secret, id: &str, at_s: u64, body: &str) -> String {
    let signature = secret.sign(id, Timestamp::from_millis(at_s * 1_000), body.as_bytes());
    format!("webhook-id: {id}\r\nwebhook-timestamp: {at_s}\r\nwebhook-signature: {signature}\r\n")
}

#[tokio::test]
async fn a_trigger_that_asks_for_signatures_takes_signed_requests_only() {
    let host = Host::start(Config::default()).await;
    let (mut old, mut new, mut over) = (None, None, None);
    change(&host, |trigger| {
        trigger.signature = SignatureRule::Required;
        old = Some(add_secret(trigger, 1, None));
        new = Some(add_secret(trigger, 2, None));
        over = Some(add_secret(trigger, 3, Some(Timestamp::from_millis(1))));
    });
    let (old, new, over) = (old.expect("made"), new.expect("made"), over.expect("made"));
    let now = now_s();
    for (secret, id) in [(&old, "msg_1"), (&new, "msg_2")] {
        let more = format!("Idempotency-Key: other\r\n{}", signed(secret, id, now, BODY));
        host.ask(host.post(&more, BODY)).await.is_captured();
    }
    let keys: Vec<_> = host
        .store
        .captured()
        .iter()
        .filter_map(|capture| Some(capture.idempotency.as_ref()?.key.to_string()))
        .collect();
    assert_eq!(keys, ["webhook-id msg_1", "webhook-id msg_2"]);

    let good = signed(&new, "msg_3", now, BODY);
    let stranger = Secret::from_random([9; 32]);
    let mut bodies = Vec::new();
    for more in [
        String::new(),
        signed(&stranger, "msg_3", now, BODY),
        signed(&over, "msg_3", now, BODY),
        signed(&new, "msg_3", now - 400, BODY),
        signed(&new, "msg_3", now + 400, BODY),
        signed(&new, "msg_3", now, "{}"),
        good.replace("msg_3", "msg_4"),
        good.replace("v1,", "v2,"),
        good.repeat(2),
    ] {
        let answer = host.ask(host.post(&format!("X-Request-Id: r\r\n{more}"), BODY)).await;
        assert_eq!(answer.problem(), (401, "invalid-signature".into()), "{more}");
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "one body for all");
    assert_eq!(host.ask(host.post("", "{")).await.status, 401, "the signature comes before the JSON");
    assert_eq!(host.store.captured().len(), 2);
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_again() {
    let trusted = vec!["127.0.0.0/8".parse().expect("a network")];
    let config =
        Config { address_rate_per_s_max: 1, address_burst_max: 2, trusted_proxies: trusted, ..Config::default() };
    let host = Host::start(config).await;
    let from = |address: &str| host.post(&format!("X-Forwarded-For: {address}\r\n"), BODY);
    assert_eq!(host.ask(from("192.0.2.1").replace("Bearer", "x")).await.status, 401);
    host.ask(from("192.0.2.1")).await.is_captured();
    let answer = host.ask(from("192.0.2.1").replace("Bearer", "x")).await;
    assert_eq!(answer.problem(), (429, "too-many-requests".into()), "before the key is looked at");
    assert_eq!(answer.header("retry-after"), Some("1"));
    change(&host, |trigger| trigger.rate = Some(RateDocument { per_second: 1, burst: Some(1) }));
    host.ask(from("192.0.2.2")).await.is_captured();
    assert_eq!(
        host.ask(from("192.0.2.3")).await.problem(),
        (429, "too-many-requests".into()),
        "the trigger's own limit"
    );
    assert_eq!(host.store.captured().len(), 2);
}

#[tokio::test]
async fn a_test_url_keeps_the_request_and_runs_nothing_in_every_state_but_archived() {
    let host = Host::start(Config::default()).await;
    let test = |more| host.post(more, BODY).replacen(" HTTP/1.1", "/test HTTP/1.1", 1);
    for state in [AutomationState::Live, AutomationState::Paused, AutomationState::Draft] {
        change(&host, |trigger| trigger.state = state);
        let answer = host.ask(test("X-Shop-Topic: a\r\n")).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"message":"Test request captured"}"#), "{state:?}");
    }
    assert_eq!(host.ask(test("").replace("Bearer", "x")).await.status, 401);
    change(&host, |trigger| trigger.state = AutomationState::Archived);
    assert_eq!(host.ask(test("")).await.problem(), (410, "automation-archived".into()));
    let tested = host.store.tested();
    assert_eq!((tested.len(), host.store.captured().len()), (3, 0));
    assert_eq!(tested[0].body.raw(), BODY);
    let header = |name: &str| tested[0].headers.fields().find(|(given, _)| *given == name).map(|(_, value)| value);
    assert_eq!(header("x-shop-topic"), Some("a"));
    assert!(header("authorization").is_some_and(|value| value.starts_with("Bearer hbx_") && value.ends_with("_…")));
}

#[tokio::test]
async fn a_capture_says_where_it_came_from_and_what_was_sent_beside_the_body_but_nothing_that_opens_doors() {
    let config = Config { trusted_proxies: vec!["127.0.0.0/8".parse().expect("a network")], ..Config::default() };
    let host = Host::start(config).await;
    let more = "X-Forwarded-For: 203.0.113.7\r\nCookie: sid=s3cr3t\r\nX-Api-Key: s3cr3t\r\nX-Shop-Domain: north\r\n";
    host.ask(host.post(more, BODY)).await.is_captured();
    let captured = host.store.captured();
    assert_eq!(captured[0].from.map(|from| from.to_string()).as_deref(), Some("203.0.113.7"));
    let kept: Vec<(&str, &str)> = captured[0].headers.fields().collect();
    let value = |name: &str| kept.iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
    assert_eq!((value("x-shop-domain"), value("content-type")), (Some("north"), Some("application/json")));
    assert_eq!((value("cookie"), value("x-api-key")), (Some("(hidden)"), Some("(hidden)")));
    let key = host.store.key.split('_').nth(1).expect("a key's public half");
    assert_eq!(value("authorization"), Some(format!("Bearer hbx_{key}_…").as_str()));
    let text = format!("{kept:?}");
    assert!(
        !text.contains("s3cr3t") && !text.contains(host.store.key.split('_').nth(2).expect("its secret")),
        "{text}"
    );
}

#[tokio::test]
async fn the_use_of_a_key_is_noted_and_not_for_every_request() {
    let host = Host::start(Config::default()).await;
    assert_eq!(host.ask(host.post("", BODY).replace("Bearer", "x")).await.status, 401);
    assert_eq!(host.store.uses.load(Ordering::SeqCst), 0);
    for _ in 0..20 {
        host.ask(host.post("", BODY)).await.is_captured();
    }
    // Twice when the minute ends in between.
    assert!((1..=2).contains(&host.store.uses.load(Ordering::SeqCst)));
}
