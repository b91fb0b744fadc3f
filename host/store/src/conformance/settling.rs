//! What channels report about messages and what people decide about them, in every state that a message can be in.

use std::sync::Arc;

use hookbox_model::{
    Decision, Identifier, Inbox, Message, MessageReport, MessageState, ReportState, Timestamp, WorkspaceId,
};

use super::samples;
use super::thread::{Thread, bring, claimed, never, stored};
use crate::{PageRequest, Store, StoreError};

/// Every promise about reports and decisions.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_report_settles_what_it_can_and_changes_nothing_else(&*open().await).await;
    a_report_of_another_inbox_finds_nothing(&*open().await).await;
    a_report_lets_go_of_the_line_that_its_message_held(&*open().await).await;
    a_decision_is_taken_about_what_failed_or_is_unknown_and_nothing_else(&*open().await).await;
    what_is_decided_to_be_sent_goes_before_what_came_after_it(&*open().await).await;
}

/// Where a message can be.
const PLACES: [Place; 10] = [
    Place::Fresh,
    Place::Tried,
    Place::Held,
    Place::Sending,
    Place::Sent,
    Place::Delivered,
    Place::Failed,
    Place::Unknown,
    Place::Suppressed,
    Place::Received,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Fresh,
    Tried,
    Held,
    Sending,
    Sent,
    Delivered,
    Failed,
    Unknown,
    Suppressed,
    Received,
}

/// A message in this place, alone in its conversation.
async fn at(store: &dyn Store, place: Place) -> Message {
    let workspace = samples::id();
    let inbox = samples::inbox(workspace, "support");
    store.inboxes().create(&inbox, samples::audited("inbox.create")).await.expect("an inbox is added");
    if place == Place::Received {
        return received(store, &inbox).await;
    }
    let thread = Thread::begun(store, workspace, inbox.id).await;
    let held = |message: &mut Message| {
        if place == Place::Held {
            (message.state, message.due_at) = (MessageState::Held, Some(never()));
        }
    };
    let message = thread.post(store, held).await;
    let to = async |states| bring(store, &message, states).await;
    match place {
        Place::Fresh | Place::Held => message,
        Place::Tried => to([MessageState::Sending, MessageState::Queued]).await,
        Place::Sending => bring(store, &message, [MessageState::Sending]).await,
        Place::Sent => to([MessageState::Sending, MessageState::Sent]).await,
        Place::Delivered => {
            let sent = to([MessageState::Sending, MessageState::Sent]).await;
            store.messages().report(&report(&sent, ReportState::Delivered)).await.expect("it is reported");
            stored(store, &sent).await
        }
        Place::Failed => to([MessageState::Sending, MessageState::Failed]).await,
        Place::Unknown => to([MessageState::Sending, MessageState::Unknown]).await,
        Place::Suppressed => bring(store, &message, [MessageState::Suppressed]).await,
        Place::Received => unreachable!("it was made above"),
    }
}

async fn received(store: &dyn Store, inbox: &Inbox) -> Message {
    let incoming = samples::incoming(inbox, &Identifier::Phone(samples::phone()), "hello");
    store.messages().receive(&incoming).await.expect("it is received");
    store.messages().get(inbox.workspace, incoming.id).await.expect("a look-up").expect("the message")
}

fn report(message: &Message, state: ReportState) -> MessageReport {
    let reason = (state == ReportState::Failed).then(|| "no such number".to_owned());
    MessageReport {
        workspace: message.workspace,
        inbox: message.inbox,
        message: message.id,
        state,
        reason,
        at: samples::now(),
    }
}

async fn is_in_outbox(store: &dyn Store, workspace: WorkspaceId) -> bool {
    let page = store.outbox().page(workspace, PageRequest::first()).await.expect("a page");
    !samples::only(page).is_empty()
}

/// The message as a report at `at` should make it; nothing when it should change nothing.
fn expected(before: &Message, place: Place, told: &MessageReport) -> Option<Message> {
    let next = Message { revision: before.revision + 1, due_at: None, ..before.clone() };
    let sent_at = before.sent_at.or(Some(told.at));
    let sent = Message { state: MessageState::Sent, sent_at, reason: None, ..next.clone() };
    let delivered = Message { delivered_at: Some(told.at), ..sent.clone() };
    let failed = Message { state: MessageState::Failed, reason: told.reason.clone(), ..next };
    match (told.state, place) {
        (ReportState::Sent, Place::Sending | Place::Unknown | Place::Tried | Place::Failed) => Some(sent),
        (ReportState::Delivered, Place::Sending | Place::Unknown | Place::Tried | Place::Failed | Place::Sent) => {
            Some(delivered)
        }
        (ReportState::Failed, Place::Sending | Place::Unknown | Place::Sent | Place::Delivered) => Some(failed),
        (ReportState::Sent | ReportState::Delivered | ReportState::Failed, _) => None,
    }
}

async fn a_report_settles_what_it_can_and_changes_nothing_else(store: &dyn Store) {
    for place in PLACES {
        for state in [ReportState::Sent, ReportState::Delivered, ReportState::Failed] {
            let before = at(store, place).await;
            let told = report(&before, state);
            let answer = store.messages().report(&told).await;
            let missing = Err(StoreError::Missing { what: "message" });
            let wanted = if place == Place::Received { missing } else { Ok(()) };
            assert_eq!(answer, wanted, "{place:?} {state:?}");
            let after = expected(&before, place, &told);
            let found = stored(store, &before).await;
            assert_eq!(found, after.unwrap_or(before), "{place:?} {state:?}");
            assert_eq!(is_in_outbox(store, found.workspace).await, found.state.is_in_outbox(), "{place:?} {state:?}");
            if place != Place::Received {
                assert_eq!(store.messages().report(&told).await, Ok(()));
                assert_eq!(stored(store, &found).await, found, "a second time changes nothing");
            }
        }
    }
}

async fn a_report_of_another_inbox_finds_nothing(store: &dyn Store) {
    let unknown = at(store, Place::Unknown).await;
    let told = report(&unknown, ReportState::Delivered);
    let missing = Err(StoreError::Missing { what: "message" });
    for strange in [
        MessageReport { inbox: samples::id(), ..told.clone() },
        MessageReport { workspace: samples::id(), ..told.clone() },
        MessageReport { message: samples::id(), ..told },
    ] {
        assert_eq!(store.messages().report(&strange).await, missing);
    }
    assert_eq!(stored(store, &unknown).await, unknown);
}

async fn a_report_lets_go_of_the_line_that_its_message_held(store: &dyn Store) {
    for state in [ReportState::Sent, ReportState::Delivered, ReportState::Failed] {
        let thread = Thread::begun(store, samples::id(), samples::id()).await;
        let [first, next] = thread.posts(store).await;
        assert_eq!(claimed(store).await, [first.id]);
        let sending = bring(store, &first, [MessageState::Sending]).await;
        let unknown = super::thread::stepped(&sending, MessageState::Unknown);
        store.outbox().commit_message(&unknown, true, samples::now()).await.expect("it is in doubt");
        assert_eq!(claimed(store).await, []);
        store.messages().report(&report(&unknown, state)).await.expect("it is reported");
        assert_eq!(claimed(store).await, [next.id], "{state:?}");
    }
}

async fn a_decision_is_taken_about_what_failed_or_is_unknown_and_nothing_else(store: &dyn Store) {
    for place in PLACES {
        for decision in [Decision::Send, Decision::Sent, Decision::Failed] {
            let before = at(store, place).await;
            let when = samples::now();
            let decided = store
                .messages()
                .decide(before.workspace, before.id, decision, when, samples::audited("message.decide"))
                .await;
            let found = stored(store, &before).await;
            if !matches!(place, Place::Failed | Place::Unknown) {
                assert_eq!(decided, Err(StoreError::Stale { what: "message" }), "{place:?} {decision:?}");
                assert_eq!(found, before, "{place:?} {decision:?}");
                continue;
            }
            assert_eq!(decided, Ok(found.clone()), "{place:?} {decision:?}");
            let (state, due_at) = match decision {
                Decision::Send => (MessageState::Queued, Some(when)),
                Decision::Sent => (MessageState::Sent, None),
                Decision::Failed => (MessageState::Failed, None),
            };
            assert_eq!((found.state, found.due_at, found.attempts), (state, due_at, 1), "{place:?} {decision:?}");
            assert_eq!(is_in_outbox(store, found.workspace).await, decision == Decision::Send);
            assert_eq!(found.sent_at, (decision == Decision::Sent).then_some(when));
        }
    }
    let nowhere = store
        .messages()
        .decide(samples::id(), samples::id(), Decision::Send, samples::now(), samples::audited("message.decide"))
        .await;
    assert_eq!(nowhere, Err(StoreError::Missing { what: "message" }));
}

async fn what_is_decided_to_be_sent_goes_before_what_came_after_it(store: &dyn Store) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let [first, second] = thread.posts(store).await;
    let later = |message: &mut Message| (message.state, message.due_at) = (MessageState::Held, Some(never()));
    let third = thread.post(store, later).await;
    for message in [&first, &second] {
        assert_eq!(claimed(store).await, [message.id]);
        bring(store, message, [MessageState::Sending, MessageState::Failed]).await;
    }
    assert_eq!(claimed(store).await, [], "the third is due later");
    for message in [&second, &first] {
        let decided = store.messages().decide(
            message.workspace,
            message.id,
            Decision::Send,
            Timestamp::from_millis(1),
            samples::audited("message.decide"),
        );
        decided.await.expect("it is decided");
    }
    for message in [&first, &second] {
        assert_eq!(claimed(store).await, [message.id]);
        let again = stored(store, message).await;
        bring(store, &again, [MessageState::Sending, MessageState::Sent]).await;
    }
    assert_eq!(claimed(store).await, []);
    let page = store.outbox().page(third.workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), [third]);
}
