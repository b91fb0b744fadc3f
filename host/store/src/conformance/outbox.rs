//! The outbox: each conversation in its order, between workspaces in turn, nothing twice, nothing against consent.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{SystemTime, UNIX_EPOCH};

use hookbox_model::{Contact, Decision, Message, MessageState, Timestamp, Workspace, WorkspaceId};

use super::samples;
use super::thread::{Thread, bring, claim, claimed, never, step, stepped, stored};
use crate::{CommitError, MessageCommitted, PageRequest, Store, StoreError};

/// Every promise about the outbox.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_conversation_is_sent_one_message_at_a_time_in_its_order(&*open().await).await;
    a_message_that_is_due_later_keeps_what_follows_it_waiting(&*open().await).await;
    a_scheduled_message_keeps_nobody_waiting_and_takes_its_place_when_it_is_due(&*open().await).await;
    a_claim_has_everything_that_sending_needs(&*open().await).await;
    a_message_is_brought_on_from_where_it_was_read_or_not_at_all(&*open().await).await;
    what_is_released_is_handed_out_again_as_it_is(&*open().await).await;
    who_opts_out_between_claim_and_sending_gets_nothing(&*open().await).await;
    an_unknown_message_that_holds_its_line_holds_it_until_it_is_settled(&*open().await).await;
    an_unknown_message_without_a_hold_lets_the_next_go(&*open().await).await;
    a_large_outbox_delays_no_other_workspace(&*open().await).await;
    a_large_inbox_delays_no_other_of_its_workspace(&*open().await).await;
    what_was_handed_over_is_counted_once(&*open().await).await;
    days_begin_when_they_begin_in_the_zone_of_the_workspace(&*open().await).await;
    waiting_for_the_outbox_misses_none(&*open().await).await;
}

async fn in_outbox(store: &dyn Store, workspace: WorkspaceId) -> Vec<Message> {
    samples::only(store.outbox().page(workspace, PageRequest::first()).await.expect("a page"))
}

async fn a_conversation_is_sent_one_message_at_a_time_in_its_order(store: &dyn Store) {
    let (workspace, inbox) = (samples::id(), samples::id());
    let one = Thread::begun(store, workspace, inbox).await;
    let other = Thread::begun(store, workspace, inbox).await;
    let [first, second, third] = one.posts(store).await;
    let [elsewhere] = other.posts(store).await;
    let mut found = claimed(store).await;
    found.sort_unstable();
    assert_eq!(found, [first.id, elsewhere.id], "the oldest of each");
    assert_eq!(claimed(store).await, [], "what is claimed is not handed out again");
    let sending = bring(store, &first, [MessageState::Sending]).await;
    assert_eq!(claimed(store).await, [], "nor what is on its way, nor what follows it");
    let sent = bring(store, &sending, [MessageState::Sent]).await;
    assert_eq!(stored(store, &sent).await, sent, "what left the outbox is still found");
    assert_eq!(in_outbox(store, workspace).await, [second.clone(), third.clone(), elsewhere]);
    assert_eq!(claimed(store).await, [second.id]);
    bring(store, &second, [MessageState::Sending, MessageState::Failed]).await;
    assert_eq!(claimed(store).await, [third.id], "one that fails lets the next go");
}

async fn a_message_that_is_due_later_keeps_what_follows_it_waiting(store: &dyn Store) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let later = |message: &mut Message| (message.state, message.due_at) = (MessageState::Held, Some(never()));
    let held = thread.post(store, later).await;
    let [next] = thread.posts(store).await;
    assert_eq!(in_outbox(store, held.workspace).await, [held.clone(), next.clone()], "held is in the outbox too");
    assert_eq!(claimed(store).await, []);
    let due = Message { due_at: Some(Timestamp::from_millis(1)), ..stepped(&held, MessageState::Queued) };
    assert_eq!(step(store, &due).await, Ok(MessageCommitted::AsAsked));
    assert_eq!(claim(store, 10).await, std::slice::from_ref(&due), "it goes first once it is due");
    let again = Message { due_at: Some(never()), ..stepped(&due, MessageState::Queued) };
    assert_eq!(step(store, &again).await, Ok(MessageCommitted::AsAsked));
    assert_eq!(claimed(store).await, [], "put back, it is not claimed and not due");
    bring(store, &again, [MessageState::Suppressed]).await;
    assert_eq!(claimed(store).await, [next.id]);
}

async fn a_scheduled_message_keeps_nobody_waiting_and_takes_its_place_when_it_is_due(store: &dyn Store) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let at = |message: &mut Message, time: Timestamp| (message.send_at, message.due_at) = (Some(time), Some(time));
    let far = thread.post(store, |message| at(message, never())).await;
    let soon = thread.post(store, |message| at(message, message.created_at.plus_millis(1))).await;
    let [first, second] = thread.posts(store).await;
    assert_eq!(in_outbox(store, far.workspace).await.len(), 4);
    let mut claims = claim(store, 10).await;
    let [last] = thread.posts(store).await;
    let mut sent = Vec::new();
    while let Some(message) = claims.pop() {
        bring(store, &message, [MessageState::Sending, MessageState::Sent]).await;
        sent.push(message.id);
        claims.extend(claim(store, 10).await);
    }
    let in_order = [first.id, second.id, soon.id, last.id];
    assert_eq!(sent, in_order, "it has its place from the time on at which it is due");
    assert_eq!(claimed(store).await, [], "the time of the last has not come");
    assert_eq!(in_outbox(store, far.workspace).await, [far]);
}

async fn a_claim_has_everything_that_sending_needs(store: &dyn Store) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let [message] = thread.posts(store).await;
    let renamed = Contact { version: 2, tags: ["vip".into()].into(), ..thread.stored_contact(store).await };
    store.contacts().update(&renamed, samples::audited("contact.change")).await.expect("the contact is changed");
    let claims = store.outbox().claim(10).await.expect("a claim");
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].message, message);
    assert_eq!(*claims[0].contact, renamed, "as stored now");
    assert_eq!(*claims[0].conversation, thread.conversation);
}

async fn a_message_is_brought_on_from_where_it_was_read_or_not_at_all(store: &dyn Store) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let [message, next] = thread.posts(store).await;
    let sending = stepped(&message, MessageState::Sending);
    for (what, wrong) in [
        ("a revision left out", Message { revision: 3, ..sending.clone() }),
        ("the revision that is there", Message { revision: 1, ..sending.clone() }),
        ("another conversation", Message { conversation: samples::id(), ..sending.clone() }),
    ] {
        assert_eq!(step(store, &wrong).await, Err(CommitError::RunChanged), "{what}");
    }
    let nowhere = Message { id: samples::id(), ..sending.clone() };
    assert_eq!(step(store, &nowhere).await, Err(StoreError::Missing { what: "message" }.into()));
    assert_eq!(claim(store, 1).await, std::slice::from_ref(&message), "a refused step changed nothing");
    let sent = bring(store, &message, [MessageState::Sending, MessageState::Sent]).await;
    assert_eq!(step(store, &sending).await, Err(CommitError::RunChanged), "a step is made once");
    for state in [MessageState::Queued, MessageState::Sending, MessageState::Failed] {
        let late = stepped(&sent, state);
        assert_eq!(step(store, &late).await, Err(CommitError::RunChanged), "what left the outbox is settled");
    }
    assert_eq!(stored(store, &sent).await, sent);
    assert_eq!(claimed(store).await, [next.id]);
}

async fn what_is_released_is_handed_out_again_as_it_is(store: &dyn Store) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let [message, next] = thread.posts(store).await;
    let key = [(message.workspace, message.id)];
    for _ in 0..2 {
        assert_eq!(claim(store, 10).await, std::slice::from_ref(&message));
        store.outbox().release(&key).await;
    }
    assert_eq!(claimed(store).await, [message.id]);
    let sending = bring(store, &message, [MessageState::Sending]).await;
    store.outbox().release(&key).await;
    assert_eq!(claim(store, 10).await, std::slice::from_ref(&sending), "one that was interrupted is due at once");
    bring(store, &sending, [MessageState::Sent]).await;
    store.outbox().release(&key).await;
    assert_eq!(claimed(store).await, [next.id], "what left the outbox cannot be given back");
}

async fn who_opts_out_between_claim_and_sending_gets_nothing(store: &dyn Store) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let [message, next] = thread.posts(store).await;
    assert_eq!(claimed(store).await, [message.id]);
    thread.opt_out(store, true).await;
    let sending = stepped(&message, MessageState::Sending);
    assert_eq!(step(store, &sending).await, Ok(MessageCommitted::Suppressed));
    let suppressed = Message {
        state: MessageState::Suppressed,
        reason: Some("the contact opted out: a sample".into()),
        revision: 2,
        ..message
    };
    assert_eq!(stored(store, &suppressed).await, suppressed, "and it was no attempt");
    assert_eq!(claimed(store).await, [next.id]);
    thread.opt_out(store, false).await;
    let sent = bring(store, &next, [MessageState::Sending, MessageState::Sent]).await;
    assert_eq!(stored(store, &sent).await.state, MessageState::Sent, "consent is asked at each sending");
    assert_eq!(in_outbox(store, next.workspace).await, []);
}

/// A claimed message that becomes unknown, and one behind it.
async fn in_doubt(store: &dyn Store, hold_line: bool) -> [Message; 2] {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let [message, next] = thread.posts(store).await;
    assert_eq!(claimed(store).await, [message.id]);
    let sending = bring(store, &message, [MessageState::Sending]).await;
    let unknown = stepped(&sending, MessageState::Unknown);
    let committed = store.outbox().commit_message(&unknown, hold_line, samples::now()).await;
    assert_eq!(committed, Ok(MessageCommitted::AsAsked));
    [unknown, next]
}

async fn an_unknown_message_that_holds_its_line_holds_it_until_it_is_settled(store: &dyn Store) {
    for decision in [Decision::Sent, Decision::Failed, Decision::Send] {
        let [unknown, next] = in_doubt(store, true).await;
        assert_eq!(claimed(store).await, [], "what follows waits");
        let (workspace, id) = (unknown.workspace, unknown.id);
        store
            .messages()
            .decide(workspace, id, decision, Timestamp::from_millis(1), samples::audited("message.decide"))
            .await
            .expect("it is decided");
        if decision == Decision::Send {
            let again = stored(store, &unknown).await;
            assert_eq!(claim(store, 10).await, std::slice::from_ref(&again), "it goes before what follows");
            bring(store, &again, [MessageState::Sending, MessageState::Sent]).await;
        }
        assert_eq!(claimed(store).await, [next.id], "{decision:?}");
    }
}

async fn an_unknown_message_without_a_hold_lets_the_next_go(store: &dyn Store) {
    let [unknown, next] = in_doubt(store, false).await;
    assert_eq!(claimed(store).await, [next.id]);
    let sending = bring(store, &next, [MessageState::Sending]).await;
    let (workspace, id) = (unknown.workspace, unknown.id);
    store
        .messages()
        .decide(workspace, id, Decision::Send, Timestamp::from_millis(1), samples::audited("message.decide"))
        .await
        .expect("it is decided");
    assert_eq!(claimed(store).await, [], "what is sent again waits for what is on its way");
    store.outbox().release(&[(workspace, next.id)]).await;
    assert_eq!(claimed(store).await, [next.id], "also when that was interrupted");
    bring(store, &sending, [MessageState::Sent]).await;
    assert_eq!(claimed(store).await, [unknown.id]);
}

async fn a_large_outbox_delays_no_other_workspace(store: &dyn Store) {
    let (busy, quiet): (WorkspaceId, WorkspaceId) = (samples::id(), samples::id());
    for _ in 0..20 {
        Thread::begun(store, busy, samples::id()).await.posts::<1>(store).await;
    }
    let [waits] = Thread::begun(store, quiet, samples::id()).await.posts(store).await;
    assert!(claim(store, 2).await.contains(&waits), "the second turn is another workspace's");
}

async fn a_large_inbox_delays_no_other_of_its_workspace(store: &dyn Store) {
    let (workspace, busy) = (samples::id(), samples::id());
    for _ in 0..20 {
        Thread::begun(store, workspace, busy).await.posts::<1>(store).await;
    }
    let [waits] = Thread::begun(store, workspace, samples::id()).await.posts(store).await;
    assert!(claim(store, 2).await.contains(&waits), "the second turn is another inbox's");
}

async fn what_was_handed_over_is_counted_once(store: &dyn Store) {
    let workspace = samples::workspace();
    store.workspaces().create(&workspace, samples::audited("workspace.create")).await.expect("a workspace is added");
    let thread = Thread::begun(store, workspace.id, samples::id()).await;
    let begin = workspace.zone.day_begin(samples::now());
    let at = |millis| begin.plus_millis(millis);
    let on_day = async |day: Timestamp| store.outbox().sent_on_day(workspace.id, day).await.expect("a count");
    let since = async |moment: Timestamp, limit: u32| {
        store.messages().sent_since(workspace.id, thread.contact.id, moment, limit).await.expect("a count")
    };
    for (number, (millis, ends)) in
        [(1_000, MessageState::Sent), (2_000, MessageState::Unknown), (80_000_000, MessageState::Failed)]
            .into_iter()
            .enumerate()
    {
        let [message] = thread.posts(store).await;
        let sending = stepped(&message, MessageState::Sending);
        store.outbox().commit_message(&sending, false, at(millis)).await.expect("it is on its way");
        assert_eq!(on_day(begin).await, number as u64 + 1);
        let again = bring(store, &sending, [MessageState::Queued]).await;
        let sending = stepped(&again, MessageState::Sending);
        store.outbox().commit_message(&sending, false, at(90_000_000)).await.expect("it is tried again");
        bring(store, &sending, [ends]).await;
    }
    assert_eq!((on_day(begin).await, on_day(at(86_400_000)).await), (3, 0), "on the day of their first attempts");
    assert_eq!(on_day(Timestamp::from_millis(begin.as_millis() - 86_400_000)).await, 0);
    assert_eq!(since(begin, 100).await, 2, "what failed did not arrive");
    assert_eq!((since(begin, 1).await, since(begin, 0).await), (1, 0), "up to the limit");
    assert_eq!((since(at(2_000), 9).await, since(at(2_001), 9).await), (1, 0), "from the moment on");
    let recorded = thread.post(store, |message| (message.state, message.sandbox) = (MessageState::Sent, true)).await;
    assert_eq!(recorded.state, MessageState::Sent);
    thread.opt_out(store, true).await;
    assert_eq!((on_day(begin).await, since(begin, 100).await), (3, 2), "what no channel got is not counted");
}

async fn days_begin_when_they_begin_in_the_zone_of_the_workspace(store: &dyn Store) {
    let zone = "Asia/Kathmandu".parse().expect("a zone 5:45 ahead");
    let workspace = Workspace { zone, ..samples::workspace() };
    store.workspaces().create(&workspace, samples::audited("workspace.create")).await.expect("a workspace is added");
    let thread = Thread::begun(store, workspace.id, samples::id()).await;
    let begin = workspace.zone.day_begin(samples::now());
    let next = workspace.zone.next_day(begin);
    for at in [begin.as_millis() - 1, begin.as_millis(), next.as_millis() - 1, next.as_millis()] {
        let [message] = thread.posts(store).await;
        let sending = stepped(&message, MessageState::Sending);
        let committed = store.outbox().commit_message(&sending, false, Timestamp::from_millis(at)).await;
        assert_eq!(committed, Ok(MessageCommitted::AsAsked));
        bring(store, &sending, [MessageState::Sent]).await;
    }
    let before = workspace.zone.day_begin(Timestamp::from_millis(begin.as_millis() - 1));
    for (day, sent) in [(before, 1), (begin, 2), (next, 1)] {
        assert_eq!(store.outbox().sent_on_day(workspace.id, day).await, Ok(sent));
    }
}

async fn waiting_for_the_outbox_misses_none(store: &dyn Store) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let mut waits = store.outbox().wait_for_outbox();
    assert!(poll_fn(|context| Poll::Ready(waits.as_mut().poll(context).is_pending())).await, "there is nothing");
    let [message] = thread.posts(store).await;
    waits.await;
    store.outbox().wait_for_outbox().await;
    assert_eq!(claimed(store).await, [message.id]);
    let mut waits = store.outbox().wait_for_outbox();
    assert!(poll_fn(|context| Poll::Ready(waits.as_mut().poll(context).is_pending())).await, "it is claimed");
    store.outbox().release(&[(message.workspace, message.id)]).await;
    waits.await;
    assert_eq!(claimed(store).await, [message.id]);
    // What falls due while somebody waits is there when the wait ends, if not at once.
    let soon = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_millis() as u64 + 20;
    let again = Message { due_at: Some(Timestamp::from_millis(soon)), ..stepped(&message, MessageState::Held) };
    assert_eq!(step(store, &again).await, Ok(MessageCommitted::AsAsked));
    let mut found = Vec::new();
    while found.is_empty() {
        store.outbox().wait_for_outbox().await;
        found = claimed(store).await;
    }
    assert_eq!(found, [message.id]);
}
