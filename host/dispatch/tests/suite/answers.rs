//! What each answer of a channel makes of a message.

use hookbox_dispatch::Config;
use hookbox_model::{Channel, Inbox, MessageState, Timestamp, UnknownPolicy};
use hookbox_vault::{Presented, Secret, verify};
use tokio::net::TcpListener;

use crate::inbox_server::{InboxServer, Reply, answer};
use crate::setup::{Setup, config, secret};

const DAY_MS: u64 = 86_400_000;

#[tokio::test]
async fn a_taken_message_is_sent_with_the_channels_id_and_its_signature_verifies() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", r#"{"id":"ext-1"}"#)]).await);
    let id = setup.message_from(setup.inbox(Some(&server.url), UnknownPolicy::Retry));
    let running = setup.run(config());
    let message = setup.settled(id, MessageState::Sent).await;
    assert_eq!((message.external_id.as_deref(), message.attempts, message.sandbox), (Some("ext-1"), 1, false));
    let asked = server.asked.lock()[0].clone();
    let of = |name: &str| asked.headers[name].as_str();
    let presented =
        Presented { id: of("webhook-id"), timestamp: of("webhook-timestamp"), signatures: of("webhook-signature") };
    verify(&[secret()], &presented, &asked.body, setup.fake.now(), 300).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!((body["type"].as_str(), body["to"]["phone"].as_str()), (Some("message"), Some("+15550100")));
    running.end().await;
}

#[tokio::test]
async fn while_a_secret_is_rotated_every_live_one_signs_and_the_newest_comes_first() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
    let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
    let newest = Secret::from_random([8; 32]);
    setup.rotate(inbox, &newest);
    let id = setup.message_from(inbox);
    let running = setup.run(config());
    setup.settled(id, MessageState::Sent).await;
    let asked = server.asked.lock()[0].clone();
    let of = |name: &str| asked.headers[name].as_str();
    let signatures: Vec<_> = of("webhook-signature").split(' ').collect();
    assert_eq!(signatures.len(), 2);
    for (secret, signature) in [newest, secret()].into_iter().zip(signatures) {
        let presented = Presented { id: of("webhook-id"), timestamp: of("webhook-timestamp"), signatures: signature };
        verify(&[secret], &presented, &asked.body, setup.fake.now(), 300).unwrap();
    }
    running.end().await;
}

#[tokio::test]
async fn a_failing_channel_is_tried_by_the_schedule_with_the_same_ids_until_the_last_attempt() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(503, "", "")]).await);
    let id = setup.message_from(setup.inbox(Some(&server.url), UnknownPolicy::Retry));
    let running = setup.run(Config { attempts_max: 3, ..config() });
    for (attempts, least_ms) in [(1, 10_000), (2, 40_000)] {
        let due = setup.tried(id, attempts).await.due_at.unwrap().as_millis();
        let delay = due - setup.fake.now().as_millis();
        assert!((least_ms..=2 * least_ms).contains(&delay), "{delay}");
        setup.fake.turn(DAY_MS, |_| {});
    }
    assert_eq!(setup.settled(id, MessageState::Failed).await.attempts, 3);
    let all = server.asked.lock().clone();
    for (number, asked) in all.iter().enumerate() {
        assert_eq!((&asked.body, &asked.headers["hookbox-attempt"]), (&all[0].body, &(number + 1).to_string()));
        assert_eq!(asked.headers["webhook-id"], id.to_string());
        assert_eq!(asked.headers["idempotency-key"], id.to_string());
    }
    running.end().await;
}

#[tokio::test]
async fn a_busy_channel_says_when_it_wants_a_message_again() {
    let setup = Setup::new();
    let date = "retry-after: Wed, 25 Nov 2026 03:00:00 GMT\r\n";
    let server = InboxServer::start(vec![answer(429, "retry-after: 3600\r\n", ""), answer(429, date, "")]).await;
    let id = setup.message_from(setup.inbox(Some(&server.url), UnknownPolicy::Retry));
    let running = setup.run(config());
    let asked = |due: Timestamp, least_ms: u64| {
        let delay = due.as_millis() - setup.fake.now().as_millis();
        assert!((least_ms..=least_ms + 10_000).contains(&delay), "{delay}");
    };
    asked(setup.tried(id, 1).await.due_at.unwrap(), 3_600_000);
    // To 2026-11-25T00:00:00Z, the day after the samples.
    setup.fake.turn(1_795_564_800_000 - setup.fake.now().as_millis(), |_| {});
    asked(setup.tried(id, 2).await.due_at.unwrap(), 3 * 3_600_000);
    running.end().await;
}

#[tokio::test]
async fn a_refused_or_redirected_message_fails_for_good() {
    for status in [400, 404, 302] {
        let elsewhere = InboxServer::start(vec![answer(200, "", "")]).await;
        let reply = answer(status, &format!("location: {}\r\n", elsewhere.url), "");
        let (setup, server) = (Setup::new(), InboxServer::start(vec![reply]).await);
        let id = setup.message_from(setup.inbox(Some(&server.url), UnknownPolicy::Retry));
        let running = setup.run(config());
        assert_eq!(setup.settled(id, MessageState::Failed).await.attempts, 1);
        assert!(elsewhere.asked.lock().is_empty());
        running.end().await;
    }
}

#[tokio::test]
async fn a_channel_that_is_gone_is_marked_and_sends_no_more() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(410, "", "")]).await);
    let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
    let id = setup.message_from(inbox);
    let running = setup.run(config());
    setup.settled(id, MessageState::Failed).await;
    let is_gone = |channel: &Channel| matches!(channel, Channel::Webhook(channel) if channel.gone_at.is_some());
    setup.fake.until(|state| state.inboxes[&inbox].channel.as_ref().is_some_and(is_gone)).await;
    let told: Vec<_> = setup.fake.state.lock().audited.iter().map(|entry| (entry.act, entry.by.clone())).collect();
    assert_eq!(told, [("inbox.gone", "host".to_owned())], "the log is told that nobody did it");
    let next = setup.message_from(inbox);
    setup.settled(next, MessageState::Held).await;
    assert_eq!(server.asked.lock().len(), 1);
    running.end().await;
}

#[tokio::test]
async fn marking_a_channel_gone_undoes_nothing_that_somebody_changes_meanwhile() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(410, "", "")]).await);
    let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
    setup.fake.turn(0, |state| {
        state.quicker = Some(Inbox { name: "renamed".into(), ..state.inboxes[&inbox].clone() });
    });
    let id = setup.message_from(inbox);
    let running = setup.run(config());
    setup.settled(id, MessageState::Failed).await;
    let is_gone = |channel: &Channel| matches!(channel, Channel::Webhook(channel) if channel.gone_at.is_some());
    setup.fake.until(|state| state.inboxes[&inbox].channel.as_ref().is_some_and(is_gone)).await;
    assert_eq!(setup.fake.state.lock().inboxes[&inbox].name, "renamed");
    running.end().await;
}

#[tokio::test]
async fn a_channel_that_cannot_be_reached_is_tried_again() {
    let setup = Setup::new();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let id = setup.message_from(setup.inbox(Some(&format!("http://{closed}/")), UnknownPolicy::Hold));
    let running = setup.run(config());
    assert!(setup.tried(id, 1).await.reason.unwrap().contains("could not be reached"));
    running.end().await;
}

#[tokio::test]
async fn a_message_to_a_private_address_is_held_by_number_and_by_name_until_that_is_allowed() {
    for host in ["127.0.0.1", "localhost"] {
        for scheme in ["http", "https"] {
            let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
            let url = server.url.replace("http://127.0.0.1", &format!("{scheme}://{host}"));
            let id = setup.message_from(setup.inbox(Some(&url), UnknownPolicy::Retry));
            let running = setup.run(Config { allowed_networks: Vec::new(), ..config() });
            let held = setup.settled(id, MessageState::Held).await;
            assert!(held.reason.is_some_and(|reason| reason.contains("public address")));
            assert_eq!(held.due_at.unwrap(), setup.fake.now().plus_millis(3_600_000));
            running.end().await;
            // What waited leaves when the host allows it.
            assert!(server.asked.lock().is_empty());
            if (host, scheme) == ("127.0.0.1", "http") {
                setup.fake.turn(3_600_000, |_| {});
                let running = setup.run(config());
                setup.settled(id, MessageState::Sent).await;
                running.end().await;
            }
        }
    }
}

#[tokio::test]
async fn a_message_without_an_answer_goes_by_the_inboxes_policy() {
    for policy in [UnknownPolicy::Retry, UnknownPolicy::Hold, UnknownPolicy::Ask] {
        let (setup, server) = (Setup::new(), InboxServer::start(vec![Reply::Silence]).await);
        let conversation = setup.conversation(setup.inbox(Some(&server.url), policy));
        let id = setup.message(&conversation);
        let running = setup.run(Config { timeout_ms: 200, attempts_max: 2, ..config() });
        if policy == UnknownPolicy::Retry {
            setup.tried(id, 1).await;
            setup.fake.turn(DAY_MS, |_| {});
        }
        setup.settled(id, MessageState::Unknown).await;
        assert_eq!(setup.fake.state.lock().held_lines.len(), usize::from(policy == UnknownPolicy::Hold));
        running.end().await;
    }
}

#[tokio::test]
async fn a_gateway_that_gives_up_leaves_in_doubt_whether_the_channel_took_the_message() {
    for status in [502, 504] {
        for policy in [UnknownPolicy::Hold, UnknownPolicy::Ask] {
            let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(status, "", "")]).await);
            let id = setup.message_from(setup.inbox(Some(&server.url), policy));
            let running = setup.run(config());
            assert_eq!(setup.settled(id, MessageState::Unknown).await.attempts, 1);
            running.end().await;
        }
        let server = InboxServer::start(vec![answer(status, "", ""), answer(200, "", "")]).await;
        let setup = Setup::new();
        let id = setup.message_from(setup.inbox(Some(&server.url), UnknownPolicy::Retry));
        let running = setup.run(config());
        setup.tried(id, 1).await;
        setup.fake.turn(DAY_MS, |_| {});
        setup.settled(id, MessageState::Sent).await;
        running.end().await;
    }
}

#[tokio::test]
async fn a_message_was_taken_when_the_status_says_so_whatever_becomes_of_the_body() {
    let begin = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_owned();
    for reply in [Reply::Answer(begin.clone()), Reply::Stalled(begin)] {
        let (setup, server) = (Setup::new(), InboxServer::start(vec![reply]).await);
        let id = setup.message_from(setup.inbox(Some(&server.url), UnknownPolicy::Retry));
        let running = setup.run(Config { timeout_ms: 1_000, ..config() });
        assert_eq!(setup.settled(id, MessageState::Sent).await.external_id, None);
        assert_eq!(server.asked.lock().len(), 1);
        running.end().await;
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_and_the_message_is_sent() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![Reply::Endless]).await);
    let id = setup.message_from(setup.inbox(Some(&server.url), UnknownPolicy::Hold));
    let running = setup.run(config());
    assert_eq!(setup.settled(id, MessageState::Sent).await.external_id, None);
    running.end().await;
}
