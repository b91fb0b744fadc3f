//! Messages that do not stand in each other's way, and those that must.

use hookbox_dispatch::Config;
use hookbox_model::{MessageState, UnknownPolicy};

use crate::inbox_server::{InboxServer, Reply, answer};
use crate::setup::{Setup, config};

#[tokio::test]
async fn a_slow_inbox_does_not_delay_another() {
    let setup = Setup::new();
    let slow = InboxServer::start(vec![Reply::Silence]).await;
    let quick = InboxServer::start(vec![answer(200, "", "")]).await;
    let slow_inbox = setup.inbox(Some(&slow.url), UnknownPolicy::Retry);
    for _ in 0..40 {
        setup.message_from(slow_inbox);
    }
    let id = setup.message_from(setup.inbox(Some(&quick.url), UnknownPolicy::Retry));
    let limits = Config { claims_max: 20, inbox_messages_max: 2, inbox_waiting_max: 2, messages_max: 4, ..config() };
    let running = setup.run(Config { timeout_ms: 3_000, ..limits });
    setup.settled(id, MessageState::Sent).await;
    assert!(slow.asked.lock().len() <= 2);
    running.end().await;
}

#[tokio::test]
async fn a_conversation_keeps_its_order() {
    let setup = Setup::new();
    let server = InboxServer::start(vec![answer(503, "", ""), answer(200, "", "")]).await;
    let conversation = setup.conversation(setup.inbox(Some(&server.url), UnknownPolicy::Retry));
    let ids: Vec<_> = (0..5).map(|_| setup.message(&conversation)).collect();
    let running = setup.run(config());
    setup.tried(ids[0], 1).await;
    setup.fake.turn(60_000, |_| {});
    setup.settled(ids[4], MessageState::Sent).await;
    let asked: Vec<_> = server.asked.lock().iter().map(|asked| asked.headers["webhook-id"].clone()).collect();
    let expected = [0, 0, 1, 2, 3, 4].map(|place: usize| ids[place].to_string());
    assert_eq!(asked, expected);
    running.end().await;
}

#[tokio::test]
async fn a_failing_channel_is_given_a_rest_then_one_probe_then_everything() {
    let setup = Setup::new();
    let server = InboxServer::start(vec![answer(503, "", ""), answer(503, "", ""), answer(200, "", "")]).await;
    let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
    let ids: Vec<_> = (0..6).map(|_| setup.message_from(inbox)).collect();
    let running = setup.run(Config { breaker_failures: 2, inbox_messages_max: 1, ..config() });
    let queued = |id| setup.settled(id, MessageState::Queued);
    for id in &ids {
        setup.fake.until(|state| state.messages[id].due_at.is_some()).await;
        queued(*id).await;
    }
    assert_eq!(server.asked.lock().len(), 2);
    setup.fake.turn(30_001, |_| {});
    setup.fake.until(|state| state.messages.values().any(|message| message.state == MessageState::Sent)).await;
    setup.fake.turn(60_000, |_| {});
    for id in ids {
        setup.settled(id, MessageState::Sent).await;
    }
    assert_eq!(server.asked.lock().len(), 8);
    running.end().await;
}

#[tokio::test]
async fn a_panic_ends_its_message_and_not_the_room() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
    let broken = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
    setup.fake.state.lock().panics = Some(broken);
    let id = setup.message_from(broken);
    let running = setup.run(config());
    setup.settled(id, MessageState::Failed).await;
    let next = setup.message_from(setup.inbox(Some(&server.url), UnknownPolicy::Retry));
    setup.settled(next, MessageState::Sent).await;
    running.end().await;
}

#[tokio::test]
async fn what_has_not_begun_at_the_end_is_given_back() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![Reply::Silence]).await);
    let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Ask);
    let ids: Vec<_> = (0..5).map(|_| setup.message_from(inbox)).collect();
    let running = setup.run(Config { inbox_messages_max: 1, timeout_ms: 1_000, ..config() });
    setup.fake.until(|state| state.messages.values().any(|message| message.state == MessageState::Sending)).await;
    running.end().await;
    let states: Vec<_> = ids.iter().map(|id| setup.get(*id).state).collect();
    assert_eq!(states.iter().filter(|state| **state == MessageState::Unknown).count(), 1);
    assert_eq!(states.iter().filter(|state| **state == MessageState::Queued).count(), 4);
    assert!(setup.fake.state.lock().claimed.is_empty());
}
