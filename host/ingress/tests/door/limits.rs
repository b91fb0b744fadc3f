//! Size and time: what is too large or too slow is refused, and the refusal reaches its sender.

use hookbox_ingress::Config;
use hookbox_model::Trigger;

use crate::sender::{BODY, Host};

#[tokio::test]
async fn a_body_over_the_limit_is_refused_declared_or_counted() {
    let host = Host::start(Config { body_bytes_max: 100, ..Config::default() }).await;
    let (fits, over) = (format!("[{}]", "1".repeat(17)), format!("\"{}\"", "x".repeat(99)));
    host.ask(host.post("", &format!("\"{}\"", "x".repeat(98)))).await.is_captured();
    assert_eq!(host.ask(host.post("", &over)).await.problem(), (413, "body-too-large".into()));
    let chunked = host.head("Transfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("{:x}\r\n{fits}\r\n", fits.len());
    assert_eq!(host.ask(format!("{chunked}{}", chunk.repeat(6))).await.problem(), (413, "body-too-large".into()));
    assert_eq!(host.store.captured().len(), 1);
}

#[tokio::test]
async fn a_trigger_has_its_own_limit_and_strangers_do_not_learn_it() {
    let host = Host::start(Config { body_bytes_max: 100, body_bytes_ceiling: 400, ..Config::default() }).await;
    let limit =
        |bytes| move |trigger: &mut Option<Trigger>| trigger.as_mut().expect("a trigger").body_bytes_max = Some(bytes);
    let body = |len: usize| format!("\"{}\"", "x".repeat(len - 2));
    host.store.change(limit(200));
    host.ask(host.post("", &body(200))).await.is_captured();
    assert_eq!(host.ask(host.post("", &body(201))).await.status, 413);
    host.store.change(limit(1_000));
    host.ask(host.post("", &body(400))).await.is_captured();
    assert_eq!(host.ask(host.post("", &body(401))).await.status, 413);
    host.store.change(limit(20));
    assert_eq!(host.ask(host.post("", &body(21))).await.status, 413);
    let stranger = |len| host.post("", &body(len)).replace("Bearer", "Bare");
    assert_eq!(host.ask(stranger(21)).await.status, 401);
    assert_eq!(host.ask(stranger(101)).await.status, 413);
}

#[tokio::test]
async fn a_body_in_parts_is_put_together() {
    let host = Host::start(Config::default()).await;
    let text = format!("\"{}\"", "0123456789abcdef".repeat(20_000));
    host.ask(host.post("", &text)).await.is_captured();
    let mut chunked = host.head("Transfer-Encoding: chunked\r\n\r\n");
    for part in text.as_bytes().chunks(7_777) {
        chunked.push_str(&format!("{:x}\r\n{}\r\n", part.len(), std::str::from_utf8(part).expect("ASCII")));
    }
    host.ask(chunked + "0\r\n\r\n").await.is_captured();
    for capture in host.store.captured() {
        assert_eq!(capture.body.text(), text);
    }
}

#[tokio::test]
async fn a_sender_that_keeps_sending_still_hears_its_refusal() {
    let host = Host::start(Config::default()).await;
    let mut sender = host.connect().await;
    sender.send(host.head("Content-Length: 3000000\r\n\r\n")).await;
    for _ in 0..30 {
        if !sender.send_in_vain(&[b' '; 100_000]).await {
            break;
        }
    }
    let answer = sender.answer().await;
    assert_eq!(answer.problem(), (413, "body-too-large".into()));
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn a_slow_body_is_given_up() {
    let in_all = Config { body_timeout_ms: 50, ..Config::default() };
    let by_rate = Config { body_rate_bytes_per_s_min: 1 << 20, ..Config::default() };
    for config in [in_all, by_rate] {
        let host = Host::start(config).await;
        let mut sender = host.connect().await;
        sender.send(host.head("Content-Length: 30\r\n\r\n{")).await;
        let answer = sender.answer().await;
        assert_eq!(answer.problem(), (408, "body-too-slow".into()));
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(host.store.captured().is_empty());
    }
}

#[tokio::test]
async fn a_slow_head_is_given_up_also_when_it_dribbles() {
    let host = Host::start(Config { head_timeout_ms: 20, head_bytes_max: 1 << 30, ..Config::default() }).await;
    let mut sender = host.connect().await;
    sender.send("POST /automations/x HTTP/1.1\r\nHost: d").await;
    assert_eq!(sender.answer().await.problem(), (408, "head-too-slow".into()));
    assert!(sender.is_closed().await);

    let mut dribbling = host.connect().await;
    dribbling.send(host.post("", BODY)).await;
    dribbling.answer().await.is_captured();
    while dribbling.send_in_vain("x").await {
        tokio::task::yield_now().await;
    }
    assert!(host.metrics().contains("refusals_total{status=\"408\"} 2"), "{}", host.metrics());
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word() {
    let host = Host::start(Config { idle_timeout_ms: 100, head_timeout_ms: 60_000, ..Config::default() }).await;
    let mut fresh = host.connect().await;
    assert!(fresh.is_closed().await);
    let mut used = host.connect().await;
    used.send(host.post("", BODY)).await;
    used.answer().await.is_captured();
    assert!(used.is_closed().await);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let host = Host::start(Config::default()).await;
    let many = |count: usize| (0..count).map(|number| format!("X-{number}: y\r\n")).collect::<String>();
    host.ask(host.post(&many(60), BODY)).await.is_captured();
    for more in [many(61), format!("X: {}\r\n", "y".repeat(16 << 10)), many(5_000)] {
        assert_eq!(host.ask(host.post(&more, BODY)).await.problem(), (431, "head-too-large".into()));
    }
    let endless = format!("POST /{} ", "x".repeat(70_000));
    let answer = host.ask(endless).await;
    assert!(matches!(answer.problem().0, 414 | 431), "{answer:?}");
}

#[tokio::test]
async fn connections_over_the_limit_are_told_to_come_again() {
    let host = Host::start(Config { connections_max: 2, turned_away_max: 1, ..Config::default() }).await;
    let (mut first, mut second) = (host.connect().await, host.connect().await);
    for sender in [&mut first, &mut second] {
        sender.send(host.post("", BODY)).await;
        sender.answer().await.is_captured();
    }
    let (mut third, mut fourth) = (host.connect().await, host.connect().await);
    for sender in [&mut third, &mut fourth] {
        assert_eq!(sender.answer().await.problem(), (503, "too-many-connections".into()));
        assert!(sender.is_closed().await);
    }
    drop(first);
    let mut again = host.connect().await;
    while {
        again.send_in_vain(host.post("", BODY)).await;
        again.answer().await.status != 200
    } {
        again = host.connect().await;
    }
    assert!(host.metrics().contains("connections 2"), "{}", host.metrics());
}

#[tokio::test]
async fn a_sender_that_never_reads_its_answers_is_cut() {
    let host = Host::start(Config { idle_timeout_ms: 100, ..Config::default() }).await;
    let mut sender = host.connect().await;
    let many = host.post("", BODY).repeat(100);
    while sender.send_in_vain(&many).await {}
}
