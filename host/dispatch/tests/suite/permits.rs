//! What keeps a message from leaving, asked again when it is sent.

use hookbox_model::{MessageState, UnknownPolicy};

use crate::inbox_server::{InboxServer, answer};
use crate::setup::{Setup, config};

#[tokio::test]
async fn nothing_is_sent_to_a_contact_that_opted_out_in_between() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
    let conversation = setup.conversation(setup.inbox(Some(&server.url), UnknownPolicy::Retry));
    setup.fake.state.lock().refuses.insert(conversation.contact);
    let id = setup.message(&conversation);
    let running = setup.run(config());
    setup.settled(id, MessageState::Suppressed).await;
    assert!(server.asked.lock().is_empty());
    running.end().await;
}

#[tokio::test]
async fn a_sandbox_records_a_message_as_sent_when_its_time_has_come() {
    let setup = Setup::new();
    let id = setup.message_from(setup.inbox(None, UnknownPolicy::Retry));
    let at = setup.fake.now().plus_millis(60_000);
    setup.fake.turn(0, |state| {
        let message = state.messages.get_mut(&id).unwrap();
        (message.send_at, message.sandbox) = (Some(at), true);
    });
    let running = setup.run(config());
    assert_eq!(setup.settled(id, MessageState::Held).await.due_at, Some(at));
    setup.fake.turn(60_000, |_| {});
    assert!(setup.settled(id, MessageState::Sent).await.sandbox);
    running.end().await;
}

#[tokio::test]
async fn a_message_that_was_committed_for_a_channel_is_held_when_the_inbox_loses_it_and_leaves_when_it_has_one_again() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
    let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
    let channel = setup.fake.state.lock().inboxes[&inbox].channel.clone();
    setup.fake.turn(0, |state| state.inboxes.get_mut(&inbox).unwrap().channel = None);
    let (fresh, tried) = (setup.message_from(inbox), setup.message_from(inbox));
    setup.fake.turn(0, |state| {
        let message = state.messages.get_mut(&tried).unwrap();
        (message.attempts, message.sandbox) = (1, true);
    });
    let running = setup.run(config());
    for id in [fresh, tried] {
        let held = setup.settled(id, MessageState::Held).await;
        assert_eq!(held.reason.as_deref(), Some("its inbox has no channel any more"));
    }
    setup.fake.turn(3_600_000, |state| state.inboxes.get_mut(&inbox).unwrap().channel = channel);
    for id in [fresh, tried] {
        assert!(!setup.settled(id, MessageState::Sent).await.sandbox);
    }
    assert_eq!(server.asked.lock().len(), 2);
    running.end().await;
}

#[tokio::test]
async fn messages_that_ask_at_the_same_time_do_not_all_pass_a_cap() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
    let inboxes: Vec<_> = (0..8).map(|_| setup.inbox(Some(&server.url), UnknownPolicy::Retry)).collect();
    setup.fake.turn(0, |state| {
        state.workspaces.get_mut(&setup.workspace).unwrap().caps.per_day = 3;
        // Nobody is counted before everybody asked.
        state.counts_together = 8;
    });
    let ids: Vec<_> = inboxes.into_iter().map(|inbox| setup.message_from(inbox)).collect();
    let running = setup.run(config());
    setup
        .fake
        .until(|state| {
            ids.iter()
                .all(|id| !state.messages[id].state.is_in_outbox() || state.messages[id].state == MessageState::Held)
        })
        .await;
    assert_eq!(server.asked.lock().len(), 3);
    let sent = ids.iter().filter(|id| setup.get(**id).state == MessageState::Sent).count();
    assert_eq!(sent, 3);
    running.end().await;
}

#[tokio::test]
async fn the_caps_hold_what_is_too_much_for_the_day_and_suppress_what_is_too_much_for_a_contact() {
    let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
    let inbox = setup.inbox(Some(&server.url), UnknownPolicy::Retry);
    setup.fake.turn(0, |state| {
        let workspace = state.workspaces.get_mut(&setup.workspace).unwrap();
        (workspace.caps.per_day, workspace.caps.per_contact_per_minute) = (2, 1);
    });
    let conversation = setup.conversation(inbox);
    let (first, second) = (setup.message(&conversation), setup.message(&conversation));
    let running = setup.run(config());
    setup.settled(first, MessageState::Sent).await;
    setup.settled(second, MessageState::Suppressed).await;
    let third = setup.message_from(inbox);
    setup.settled(third, MessageState::Sent).await;
    let fourth = setup.message_from(inbox);
    assert!(setup.settled(fourth, MessageState::Held).await.due_at.unwrap() > setup.fake.now());
    running.end().await;
}

#[tokio::test]
async fn an_interrupted_message_goes_by_its_policy_and_is_not_stopped_by_counting_itself() {
    for policy in [UnknownPolicy::Retry, UnknownPolicy::Hold, UnknownPolicy::Ask] {
        let (setup, server) = (Setup::new(), InboxServer::start(vec![answer(200, "", "")]).await);
        let id = setup.message_from(setup.inbox(Some(&server.url), policy));
        setup.fake.turn(0, |state| {
            let message = state.messages.get_mut(&id).unwrap();
            (message.state, message.attempts, state.sent_today) = (MessageState::Sending, 1, 1);
            let workspace = state.workspaces.get_mut(&setup.workspace).unwrap();
            (workspace.caps.per_day, workspace.caps.per_contact_per_day) = (1, 1);
        });
        let running = setup.run(config());
        let retried = policy == UnknownPolicy::Retry;
        setup.settled(id, if retried { MessageState::Sent } else { MessageState::Unknown }).await;
        assert_eq!(server.asked.lock().len(), usize::from(retried));
        running.end().await;
    }
}
