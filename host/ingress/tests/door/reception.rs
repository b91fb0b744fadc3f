//! What channels tell: messages of people and reports, signed by the inbox's channel and by nobody else.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use hookbox_ingress::Config;
use hookbox_model::{
    Channel, Identifier, Inbox, Media, ReportState, SecretId, SigningSecret, Timestamp, UnknownPolicy, WebhookChannel,
};
use hookbox_store::StoreError;
use hookbox_vault::{Place, Secret};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sender::{Answer, Host, vault};

const RECEIVED: &str = r#"{"message":"Received"}"#;

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs()
}

/// A host whose inbox has a channel with a secret that is over and two that are good, and these two.
async fn furnished(config: Config) -> (Host, [Secret; 2]) {
    let host = Host::start(config).await;
    let mut made = Vec::new();
    host.store.change_inbox(|inbox| {
        let over = Some(Timestamp::from_millis(1));
        for (seed, not_after) in [(1, None), (2, None), (3, over)] {
            made.push(add_secret(inbox, seed, not_after));
        }
    });
    let [new, old, _] = made.try_into().expect("three secrets");
    (host, [new, old])
}

fn add_secret(inbox: &mut Inbox, seed: u8, not_after: Option<Timestamp>) -> Secret {
    let secret = Secret::from_random([seed; 32]);
    let id = SecretId::from_uuid(Uuid::from_u128(seed.into()));
    let sealed = vault().seal(&Place::of_inbox(inbox.workspace, inbox.id, id), &secret, [seed; 24]);
    let url = "https://carrier.example/messages".to_owned();
    let empty = WebhookChannel { url, secrets: Vec::new(), unknown: UnknownPolicy::Retry, gone_at: None };
    let Channel::Webhook(channel) = inbox.channel.get_or_insert(Channel::Webhook(empty));
    channel.secrets.push(SigningSecret { id, sealed, created_at: Timestamp::default(), not_after });
    secret
}

fn signed(secret: &Secret, at_s: u64, body: &str) -> String {
    let signature = secret.sign("in-1", Timestamp::from_millis(at_s * 1_000), body.as_bytes());
    format!("webhook-id: in-1\r\nwebhook-timestamp: {at_s}\r\nwebhook-signature: {signature}\r\n")
}

fn request(host: &Host, more: &str, body: &str) -> String {
    format!(
        "POST /inboxes/{}/incoming HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\n\r\n{body}",
        host.store.inbox,
        body.len()
    )
}

async fn tell(host: &Host, secret: &Secret, body: &str) -> Answer {
    host.ask(request(host, &signed(secret, now_s(), body), body)).await
}

fn message() -> Value {
    json!({"type": "message", "id": "in-1", "from": "+12155556677", "body": "Stop!"})
}

#[tokio::test]
async fn a_message_and_a_report_are_stored_as_they_were_told() {
    let (host, [new, old]) = furnished(Config::default()).await;
    let mut told = message();
    told["media"] = json!([{"url": "https://cdn.example/a.png", "content_type": "image/png"}]);
    let more = format!("X-Request-Id: mine\r\n{}", signed(&new, now_s(), &told.to_string()));
    let answer = host.ask(request(&host, &more, &told.to_string())).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, RECEIVED));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-request-id"), Some("mine"));
    assert_eq!(answer.header("hookbox-capture-id"), None);
    let again = tell(&host, &old, &told.to_string()).await;
    assert_eq!((again.status, again.body.as_str()), (200, RECEIVED), "told twice, with the older secret");

    let id = "msg_01926f3e000070008000000000000001";
    let report = json!({"type": "report", "message": id, "state": "failed", "reason": "no such number"});
    assert_eq!(tell(&host, &new, &report.to_string()).await.body, RECEIVED);

    let (messages, reports) = host.store.told();
    let ([message], [report]) = (&messages[..], &reports[..]) else { panic!("{messages:?} {reports:?}") };
    assert_eq!((message.inbox, &*message.external_id, &*message.body), (host.store.inbox, "in-1", "Stop!"));
    assert_eq!(message.from, Identifier::Phone("+12155556677".into()));
    let media = Media { url: "https://cdn.example/a.png".into(), content_type: "image/png".into() };
    assert_eq!(message.media, [media]);
    assert_eq!(message.id.made_at().day(), message.received_at.day());
    assert_eq!((report.inbox, report.message.to_string().as_str()), (host.store.inbox, id));
    assert_eq!((report.state, report.reason.as_deref()), (ReportState::Failed, Some("no such number")));
    assert!(host.metrics().contains("\nincoming_total 3"), "{}", host.metrics());
    assert_eq!(host.store.reads.load(Ordering::SeqCst), 1, "the inbox is read once");
    assert!(host.store.captured().is_empty());
}

#[tokio::test]
async fn whom_a_message_is_from_is_spelled_by_the_rule_that_contacts_are_stored_by() {
    let (host, [secret, _]) = furnished(Config::default()).await;
    let mut told = message();
    told["from"] = json!("+4402079460958");
    assert_eq!(tell(&host, &secret, &told.to_string()).await.status, 200);
    assert_eq!(host.store.told().0[0].from, Identifier::Phone("+442079460958".into()));
    told["from"] = json!({"email": "ann@example.com"});
    let refused = tell(&host, &secret, &told.to_string()).await;
    assert_eq!(refused.problem(), (400, "invalid-content".into()));
    assert!(refused.body.contains("from.email is an email address, which nobody has here"), "{}", refused.body);
}

#[tokio::test]
async fn only_so_many_bodies_are_read_before_anybody_knows_who_sends_them() {
    let (host, [secret, _]) = furnished(Config { incoming_bodies_max: 1, ..Config::default() }).await;
    let body = message().to_string();
    let whole = request(&host, &signed(&secret, now_s(), &body), &body);
    let (begin, end) = whole.split_at(whole.len() - 1);
    // Until the door comes to the slow one first.
    let (mut slow, answer) = loop {
        let mut slow = host.connect().await;
        slow.send(begin).await;
        let answer = tell(&host, &secret, &body).await;
        if answer.status != 200 {
            break (slow, answer);
        }
    };
    assert_eq!(answer.problem(), (503, "busy".into()));
    slow.send(end).await;
    assert_eq!(slow.answer().await.status, 200, "its place is free again");
    assert_eq!(tell(&host, &secret, &body).await.status, 200);
}

#[tokio::test]
async fn whoever_is_not_the_channel_gets_one_and_the_same_answer() {
    let (host, [secret, _]) = furnished(Config::default()).await;
    let (body, now) = (message().to_string(), now_s());
    let good = signed(&secret, now, &body);
    let over = Secret::from_random([3; 32]);
    let decoy = Secret::from_random([0; 32]);
    let id = host.store.inbox.to_string();
    let mut answers = Vec::new();
    for headers in [
        String::new(),
        "Authorization: Bearer x\r\n".to_owned(),
        signed(&over, now, &body),
        signed(&decoy, now, &body),
        signed(&secret, now - 400, &body),
        signed(&secret, now + 400, &body),
        signed(&secret, now, "{}"),
        good.replace("webhook-id: in-1", "webhook-id: in-2"),
        good.replace("v1,", "v2,"),
        good.repeat(2),
    ] {
        answers.push(host.ask(request(&host, &format!("X-Request-Id: r\r\n{headers}"), &body)).await);
    }
    let named = format!("X-Request-Id: r\r\n{good}");
    for unknown in ["inb_00000000000000000000000000000000", "support", "%20"] {
        answers.push(host.ask(request(&host, &named, &body).replace(&id, unknown)).await);
    }
    answers.push(host.ask(request(&host, "X-Request-Id: r\r\n", "{")).await);
    host.store.change_inbox(|inbox| {
        let Some(Channel::Webhook(channel)) = &mut inbox.channel else { panic!("a channel") };
        channel.secrets.clear();
    });
    answers.push(host.ask(request(&host, &named, &body)).await);
    host.store.change_inbox(|inbox| inbox.channel = None);
    for secret in [&secret, &decoy] {
        let headers = format!("X-Request-Id: r\r\n{}", signed(secret, now, &body));
        answers.push(host.ask(request(&host, &headers, &body)).await);
    }
    for answer in &answers {
        assert_eq!(answer.problem(), (401, "invalid-channel-signature".into()));
        assert_eq!(answer.header("www-authenticate"), Some("Standard-Webhooks"));
        assert_eq!(answer.body, answers[0].body);
    }
    assert_eq!(host.store.told(), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn what_a_channel_tells_wrongly_is_refused_with_every_fault() {
    let (host, [secret, _]) = furnished(Config::default()).await;
    for (body, expected, detail) in [
        ("{".to_owned(), (400, "invalid-json"), "at byte"),
        (r#"{"type":"message","type":"report"}"#.into(), (400, "invalid-json"), "duplicate key"),
        ("\u{feff}{}".into(), (400, "invalid-json"), "byte order mark"),
        ("[]".into(), (400, "invalid-content"), "the body must be an object"),
        (
            json!({"type": "message", "id": "", "from": "12155556677", "body": 1}).to_string(),
            (400, "invalid-content"),
            "id must",
        ),
        (
            json!({"type": "message", "id": "", "from": "12155556677", "body": 1}).to_string(),
            (400, "invalid-content"),
            "with its `+`",
        ),
        (
            json!({"type": "message", "id": "", "from": "12155556677", "body": 1}).to_string(),
            (400, "invalid-content"),
            "body must be a text",
        ),
        (json!({"type": "report", "message": "in-1", "state": "sent"}).to_string(), (400, "invalid-content"), "msg_"),
    ] {
        let answer = tell(&host, &secret, &body).await;
        let (status, kind) = answer.problem();
        assert_eq!((status, kind.as_str()), expected, "{body}: {}", answer.body);
        assert!(answer.body.contains(detail), "{}", answer.body);
    }
    let body = message().to_string();
    let good = request(&host, &signed(&secret, now_s(), &body), &body);
    for (from, to, expected) in [
        ("POST", "GET", (405, "method-not-allowed")),
        ("/incoming", "/outgoing", (404, "not-found")),
        ("application/json", "text/plain", (415, "content-type-not-supported")),
        ("Host: door", "Host: door\r\nContent-Encoding: gzip", (415, "content-encoding-not-supported")),
        ("Content-Length: ", "Content-Length: 9999999", (413, "body-too-large")),
        (&format!("Content-Length: {}", body.len()), "Content-Length: 262145", (413, "body-too-large")),
    ] {
        let answer = host.ask(good.replacen(from, to, 1)).await;
        let (status, kind) = answer.problem();
        assert_eq!((status, kind.as_str()), expected, "{from} → {to}: {}", answer.body);
        assert_eq!(answer.header("allow"), (status == 405).then_some("POST"));
    }
    assert_eq!(host.store.told(), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn what_the_store_says_of_what_a_channel_tells_becomes_the_answer() {
    let (host, [secret, _]) = furnished(Config::default()).await;
    let report = json!({"type": "report", "message": "msg_01926f3e000070008000000000000001", "state": "sent"});
    let disk_full = StoreError::DiskFull { free_bytes: 1, needed_bytes: 2 };
    for (refusal, of_message, of_report) in [
        (StoreError::Busy, (503, "busy"), (503, "busy")),
        (disk_full, (503, "disk-nearly-full"), (503, "disk-nearly-full")),
        (StoreError::Unavailable { reason: "hidden".into() }, (503, "store-unavailable"), (503, "store-unavailable")),
        (StoreError::Missing { what: "message" }, (500, "internal-error"), (404, "message-not-found")),
    ] {
        host.store.refuses(Some(refusal));
        for (body, expected) in [(message(), of_message), (report.clone(), of_report)] {
            let answer = tell(&host, &secret, &body.to_string()).await;
            let (status, kind) = answer.problem();
            assert_eq!((status, kind.as_str()), expected, "{body}");
            assert!(!answer.body.contains("hidden"));
        }
    }
    host.store.refuses(None);
    assert_eq!(tell(&host, &secret, &message().to_string()).await.status, 200);
}

#[tokio::test]
async fn a_channel_that_tells_too_often_and_an_address_that_asks_too_often_are_told_when_to_come_again() {
    let limited = Config { key_rate_per_s_max: 1, key_burst_max: 2, ..Config::default() };
    let (host, [secret, _]) = furnished(limited).await;
    let body = message().to_string();
    for _ in 0..3 {
        assert_eq!(host.ask(request(&host, "", &body)).await.status, 401, "what it did not sign does not count");
    }
    for _ in 0..2 {
        assert_eq!(tell(&host, &secret, &body).await.status, 200);
    }
    let answer = tell(&host, &secret, &body).await;
    assert_eq!(answer.problem(), (429, "too-many-requests".into()));
    assert_eq!(answer.header("retry-after"), Some("1"));

    let trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    let limited = Config { address_rate_per_s_max: 1, address_burst_max: 1, trusted_proxies, ..Config::default() };
    let (host, [secret, _]) = furnished(limited).await;
    let from = |address: IpAddr| format!("X-Forwarded-For: {address}\r\n{}", signed(&secret, now_s(), &body));
    let [first, second] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().expect("an address"));
    assert_eq!(host.ask(request(&host, &from(first), "nothing that was signed")).await.status, 401);
    assert_eq!(host.ask(request(&host, &from(first), &body)).await.problem(), (429, "too-many-requests".into()));
    assert_eq!(host.ask(request(&host, &from(second), &body)).await.status, 200);
}

#[tokio::test]
async fn a_secret_that_is_taken_back_is_refused_by_the_next_request() {
    let (host, [secret, _]) = furnished(Config::default()).await;
    let body = message().to_string();
    assert_eq!(tell(&host, &secret, &body).await.status, 200);
    host.store.change_inbox(|inbox| {
        let Some(Channel::Webhook(channel)) = &mut inbox.channel else { panic!("a channel") };
        channel.secrets.remove(0);
    });
    assert_eq!(tell(&host, &secret, &body).await.status, 401);
}
