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
async fn a_channel_that_asks_for_a_rest_is_asked_nothing_until_it_is_over_and_nobody_loses_an_attempt() {
    for status in [429, 503] {
        let setup = Setup::new();
        let busy = answer(status, "retry-after: 600\r\n", "");
        let server = InboxServer::start(vec![busy, answer(200, "", "")]).await;
        let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
        let ids: Vec<_> = (0..6).map(|_| setup.message_from(inbox)).collect();
        let running = setup.run(Config { inbox_messages_max: 1, ..config() });
        let end = setup.fake.now().plus_millis(600_000);
        setup.fake.until(|state| ids.iter().all(|id| state.messages[id].due_at.is_some_and(|at| at >= end))).await;
        assert_eq!(server.asked.lock().len(), 1);
        let mut dues: Vec<_> = ids.iter().map(|id| setup.get(*id).due_at).collect();
        dues.sort();
        dues.dedup();
        assert!(dues.len() > 1, "they do not come back in the same moment");
        setup.fake.turn(630_001, |_| {});
        let mut attempts = Vec::new();
        for id in ids {
            attempts.push(setup.settled(id, MessageState::Sent).await.attempts);
        }
        attempts.sort_unstable();
        assert_eq!(attempts, [1, 1, 1, 1, 1, 2]);
        running.end().await;
    }
}

#[tokio::test]
async fn a_channel_that_answers_only_that_it_is_busy_is_given_a_rest() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(429, "", "")]).await);
    let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
    let ids: Vec<_> = (0..6).map(|_| setup.message_from(inbox)).collect();
    let running = setup.run(Config { breaker_failures: 2, inbox_messages_max: 1, ..config() });
    setup.fake.until(|state| ids.iter().all(|id| state.messages[id].due_at.is_some())).await;
    assert_eq!(server.asked.lock().len(), 2);
    running.end().await;
}

#[tokio::test]
async fn a_message_whose_inbox_cannot_be_read_is_kept_and_looked_at_again_later() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
    let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
    setup.fake.state.lock().damaged = Some(inbox);
    let (id, interrupted) = (setup.message_from(inbox), setup.message_from(inbox));
    setup.fake.turn(0, |state| {
        let message = state.messages.get_mut(&interrupted).unwrap();
        (message.state, message.attempts) = (MessageState::Sending, 1);
    });
    let running = setup.run(config());
    let held = setup.settled(id, MessageState::Held).await;
    assert_eq!(held.due_at.unwrap(), setup.fake.now().plus_millis(3_600_000));
    setup.settled(interrupted, MessageState::Unknown).await;
    assert_eq!(setup.fake.state.lock().held_lines.len(), 1);
    setup.fake.turn(3_600_000, |state| state.damaged = None);
    setup.settled(id, MessageState::Sent).await;
    running.end().await;
}

#[tokio::test]
async fn what_waits_for_a_place_among_all_messages_does_not_begin_at_the_end() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![Reply::Silence]).await);
    let inboxes = [(); 2].map(|()| setup.inbox(Some(&server.url), UnknownPolicy::Ask));
    let ids = inboxes.map(|inbox| setup.message_from(inbox));
    let running = setup.run(Config { messages_max: 1, timeout_ms: 1_000, ..config() });
    setup.fake.until(|state| state.messages.values().any(|message| message.state == MessageState::Sending)).await;
    running.end().await;
    let mut states = ids.map(|id| setup.get(id).state.as_str());
    states.sort_unstable();
    assert_eq!(states, ["queued", "unknown"]);
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
async fn a_panic_over_a_message_in_doubt_holds_what_follows_it_when_nobody_knows_the_policy() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
    let broken = setup.inbox(Some(&server.url), UnknownPolicy::Hold);
    setup.fake.state.lock().panics = Some(broken);
    let id = setup.message_from(broken);
    setup.fake.turn(0, |state| {
        let message = state.messages.get_mut(&id).unwrap();
        (message.state, message.attempts) = (MessageState::Sending, 1);
    });
    let running = setup.run(config());
    setup.settled(id, MessageState::Unknown).await;
    assert_eq!(setup.fake.state.lock().held_lines.len(), 1);
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
