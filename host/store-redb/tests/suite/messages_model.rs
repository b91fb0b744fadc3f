//! Random lives of messages against a simple model: each conversation in its order and one at a time, nothing sent against
//! consent, no end changed but as reports and decisions may, nothing lost when the host is killed while it commits.

mod expected;
mod steps;

use std::collections::BTreeSet;
use std::sync::Arc;

use hookbox_model::{
    Decision, Identifier, IncomingMessage, Message, MessageId, MessageReport, MessageState, ReportState, Timestamp,
};
use hookbox_store::conformance::samples;
use hookbox_store::conformance::thread::Thread;
use hookbox_store::{PageRequest, Received, Store, StoreError};
use hookbox_store_redb::RedbStore;
use proptest::prelude::{ProptestConfig, proptest};

use crate::place::Place;
use expected::Model;
use steps::{Step, To, When, step};

/// A message without the words for people.
fn plain(message: &Message) -> Message {
    Message { reason: None, ..message.clone() }
}

async fn stored(store: &RedbStore, id: MessageId, model: &Model) -> Message {
    store.messages().get(model.workspace.id, id).await.expect("a look-up").expect("the message")
}

async fn post(store: &RedbStore, model: &mut Model, at: usize, when: When) {
    let thread = &model.threads[at % model.threads.len()];
    let refused = model.opted_out[&thread.contact.id];
    let scheduled = |message: &mut Message| {
        (message.due_at, message.send_at) = (when.due_at(), when.send_at(message.created_at));
    };
    let message = thread.post(store, scheduled).await;
    if refused {
        assert_eq!(stored(store, message.id, model).await.state, MessageState::Suppressed);
        return;
    }
    model.posts(message);
}

async fn claim(store: &RedbStore, model: &mut Model, limit: usize) {
    let claimable = model.claimable();
    // Whoever claims gives what falls due its place first; with a limit, that would leave open what else it gets.
    let limit = if model.falls_due() { 100 } else { limit };
    let claims = store.outbox().claim(limit).await.expect("a claim");
    assert_eq!(claims.len(), claimable.len().min(limit), "as many as may be sent: {claimable:?}");
    for claim in claims {
        assert!(claimable.contains(&claim.message.id), "only what is next and due: {:?}", claim.message);
        assert_eq!(plain(&claim.message), model.messages[&claim.message.id], "as it was last committed");
        assert_eq!(claim.contact.consent.allows(), !model.opted_out[&claim.contact.id]);
        assert_eq!(claim.conversation.id, claim.message.conversation);
        model.claims.push(model.messages[&claim.message.id].clone());
    }
    model.fall_due();
}

async fn commit(store: &RedbStore, model: &mut Model, claimed: Message, to: To) {
    let at = samples::now();
    let (asked, expected, after) = model.step(&claimed, to, at);
    let committed = store.outbox().commit_message(&asked, to == To::UnknownHeld, at).await;
    assert_eq!(committed, expected, "{claimed:?} {to:?}");
    if expected.is_err() {
        store.outbox().release(&[(claimed.workspace, claimed.id)]).await;
        return;
    }
    if after.state == MessageState::Sending {
        model.claims.push(after.clone());
    }
    model.stepped(after, to);
}

/// A step by somebody whose claim ended: refused, unless nobody has brought the message on since. A claim of somebody else
/// ends with it when it lets go of the message.
async fn commit_late(store: &RedbStore, model: &mut Model, ghost: &Message, to: To) {
    let at = samples::now();
    let (asked, expected, after) = model.step(ghost, to, at);
    assert_eq!(store.outbox().commit_message(&asked, to == To::UnknownHeld, at).await, expected);
    if expected.is_ok() {
        let lets_go = after.state != MessageState::Sending;
        model.stepped(after, to);
        if lets_go {
            let overtaken = model.claims.extract_if(.., |claim| claim.id == ghost.id).collect();
            model.haunt(overtaken);
        }
    }
}

async fn report(store: &RedbStore, model: &mut Model, at: usize, state: ReportState) {
    let Some(known) = model.nth(at) else { return };
    let (workspace, inbox, message, at) = (known.workspace, known.inbox, known.id, samples::now());
    let told = MessageReport { workspace, inbox, message, state, reason: None, at };
    store.messages().report(&told).await.expect("the message is there");
    let after = stored(store, known.id, model).await;
    let (sent, failed) = (MessageState::Sent, MessageState::Failed);
    let waits = matches!(known.state, MessageState::Queued | MessageState::Held) && known.attempts > 0;
    let given_up = matches!(known.state, MessageState::Failed | MessageState::Suppressed) && known.attempts > 0;
    let open = waits || given_up || matches!(known.state, MessageState::Sending | MessageState::Unknown);
    let wanted = match state {
        ReportState::Sent | ReportState::Delivered if open => Some(sent),
        ReportState::Delivered if known.state == sent && known.delivered_at.is_none() => Some(sent),
        ReportState::Failed if open && !waits && !given_up || known.state == sent => Some(failed),
        ReportState::Sent | ReportState::Delivered | ReportState::Failed => None,
    };
    match wanted {
        None => assert_eq!(plain(&after), known, "{told:?}"),
        Some(wanted) => {
            assert_eq!((after.state, after.revision), (wanted, known.revision + 1), "{told:?}");
            assert_eq!(after.delivered_at.is_some(), state == ReportState::Delivered || known.delivered_at.is_some());
            model.becomes(plain(&after), false);
        }
    }
}

async fn decide(store: &RedbStore, model: &mut Model, at: usize, decision: Decision) {
    let Some(known) = model.nth(at) else { return };
    let decided = store
        .messages()
        .decide(known.workspace, known.id, decision, Timestamp::from_millis(1), samples::audited("message.decide"))
        .await;
    if !matches!(known.state, MessageState::Failed | MessageState::Unknown) {
        assert_eq!(decided, Err(StoreError::Stale { what: "message" }));
        assert_eq!(plain(&stored(store, known.id, model).await), known);
        return;
    }
    let after = decided.expect("it is decided");
    let wanted = match decision {
        Decision::Send => MessageState::Queued,
        Decision::Sent => MessageState::Sent,
        Decision::Failed => MessageState::Failed,
    };
    assert_eq!((after.state, after.attempts), (wanted, known.attempts));
    model.becomes(plain(&after), false);
}

async fn incoming(store: &RedbStore, model: &mut Model, at: usize, words: &str, again: bool) {
    let contact = &model.threads[at % model.threads.len()].contact;
    let from = Identifier::Phone(contact.phone.clone().expect("it has a phone"));
    let told = model.told.get(&contact.id).filter(|_| again);
    let fresh = samples::incoming(&model.inbox, &from, words);
    let incoming = IncomingMessage {
        external_id: told.map_or(fresh.external_id.clone(), |told| told.external_id.clone()),
        ..fresh
    };
    let expected = told.map_or(Received::Stored, |told| Received::Repeated(told.id));
    assert_eq!(store.messages().receive(&incoming).await, Ok(expected));
    if expected == Received::Stored {
        let opted_out = model.opted_out.get_mut(&contact.id).expect("a contact of the test");
        *opted_out = words == "STOP" || (*opted_out && words != "start");
        let found = stored(store, incoming.id, model).await;
        assert_eq!((found.state, found.contact), (MessageState::Received, contact.id));
        model.told.insert(contact.id, incoming);
    }
}

/// Kills the host while it commits, and starts another: of the steps under way those that came first are there.
async fn kill(store: Arc<RedbStore>, place: &mut Place, model: &mut Model, steps: Vec<To>) -> Arc<RedbStore> {
    let (claims, at) = (std::mem::take(&mut model.claims), samples::now());
    let under_way: Vec<_> = claims.iter().zip(steps).map(|(claim, to)| (model.step(claim, to, at), to)).collect();
    let mut commits: Vec<_> = under_way
        .iter()
        .map(|((asked, ..), to)| store.outbox().commit_message(asked, *to == To::UnknownHeld, at))
        .collect();
    for commit in &mut commits {
        // Its place in line is taken when it is first asked for.
        let _ = std::future::poll_fn(|context| std::task::Poll::Ready(commit.as_mut().poll(context).is_ready())).await;
    }
    let left = place.crashed();
    drop(commits);
    drop(store);
    *place = left;
    model.haunt(claims);
    let store = place.open();
    let mut lost = false;
    for ((_, expected, after), to) in under_way {
        if expected.is_err() {
            continue;
        }
        let is_there = stored(&store, after.id, model).await.revision == after.revision;
        assert!(!(is_there && lost), "steps are made in the order of their calls");
        lost |= !is_there;
        if is_there {
            model.stepped(after, to);
        }
    }
    as_modelled(&store, model).await;
    store
}

/// Every message, and what is counted, is as the model says.
async fn as_modelled(store: &RedbStore, model: &Model) {
    for known in model.messages.values() {
        assert_eq!(plain(&stored(store, known.id, model).await), *known);
    }
    let page = store.outbox().page(model.workspace.id, PageRequest::first()).await.expect("a page");
    let waiting = model.messages.values().filter(|message| message.state.is_in_outbox());
    let wanted: Vec<_> = waiting.map(|message| message.id).collect();
    assert_eq!(samples::only(page).iter().map(|message| message.id).collect::<Vec<_>>(), wanted);
    let day = model.workspace.zone.day_begin(samples::now());
    let handed = model.handed.values().map(BTreeSet::len).sum::<usize>() as u64;
    assert_eq!(store.outbox().sent_on_day(model.workspace.id, day).await, Ok(handed), "each is counted once");
    for thread in &model.threads {
        let handed = model.handed.get(&thread.contact.id);
        let counts = |id: &&MessageId| {
            matches!(model.messages[*id].state, MessageState::Sending | MessageState::Sent | MessageState::Unknown)
        };
        let wanted = handed.map_or(0, |handed| handed.iter().filter(counts).count());
        let since = store.messages().sent_since(model.workspace.id, thread.contact.id, day, u32::MAX).await;
        assert_eq!(since.map(|since| since as usize), Ok(wanted));
    }
}

/// Everything that may leave leaves, each conversation in its order.
async fn nothing_is_lost(store: &RedbStore, model: &mut Model) {
    for claim in std::mem::take(&mut model.claims) {
        store.outbox().release(&[(claim.workspace, claim.id)]).await;
    }
    as_modelled(store, model).await;
    while model.falls_due() || !model.claimable().is_empty() {
        claim(store, model, 100).await;
        for claimed in std::mem::take(&mut model.claims) {
            commit(store, model, claimed, To::Sent).await;
        }
    }
    claim(store, model, 100).await;
    assert_eq!(model.claims, []);
    as_modelled(store, model).await;
}

async fn begun(store: &RedbStore) -> Model {
    let workspace = samples::workspace();
    store.workspaces().create(&workspace, samples::audited("workspace.create")).await.expect("a workspace is added");
    let mut inboxes = Vec::new();
    for name in ["support", "sales"] {
        let inbox = samples::inbox(workspace.id, name);
        store.inboxes().create(&inbox, samples::audited("inbox.create")).await.expect("an inbox is added");
        inboxes.push(inbox);
    }
    let mut threads = Vec::new();
    for inbox in [&inboxes[0], &inboxes[0], &inboxes[1]] {
        threads.push(Thread::begun(store, workspace.id, inbox.id).await);
    }
    Model::new(workspace, inboxes.remove(0), threads)
}

async fn live(steps: Vec<Step>) {
    let mut place = Place::new();
    let mut store = place.open();
    let mut model = begun(&store).await;
    for step in steps {
        match step {
            Step::Post(at, when) => post(&store, &mut model, at, when).await,
            Step::Claim(limit) => claim(&store, &mut model, limit).await,
            Step::Commit(at, to) if !model.claims.is_empty() => {
                let claimed = model.claims.remove(at % model.claims.len());
                commit(&store, &mut model, claimed, to).await;
            }
            Step::CommitLate(at, to, read) if !model.ghosts.is_empty() => {
                let mut ghost = model.ghosts.remove(at % model.ghosts.len());
                if read {
                    ghost = model.messages[&ghost.id].clone();
                }
                commit_late(&store, &mut model, &ghost, to).await;
            }
            Step::Release(at) if !model.claims.is_empty() => {
                let claimed = model.claims.remove(at % model.claims.len());
                store.outbox().release(&[(claimed.workspace, claimed.id)]).await;
                model.haunt(vec![claimed]);
            }
            Step::Commit(..) | Step::CommitLate(..) | Step::Release(_) => {}
            Step::Report(at, state) => report(&store, &mut model, at, state).await,
            Step::Decide(at, decision) => decide(&store, &mut model, at, decision).await,
            Step::Consent(at, opted_out) => {
                let thread = &model.threads[at % model.threads.len()];
                thread.opt_out(&*store, opted_out).await;
                model.opted_out.insert(thread.contact.id, opted_out);
            }
            Step::Incoming(at, words, again) => incoming(&store, &mut model, at, words, again).await,
            Step::Kill(steps) => store = kill(store, &mut place, &mut model, steps).await,
            Step::Restart => {
                store.close().await;
                drop(store);
                let claims = std::mem::take(&mut model.claims);
                model.haunt(claims);
                store = place.open();
                as_modelled(&store, &model).await;
            }
        }
    }
    nothing_is_lost(&store, &mut model).await;
    store.close().await;
    drop(store);
    let report = place.check();
    assert!(report.is_whole(), "{:?}", report.findings);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_random_life_of_a_store_loses_a_message_or_sends_one_against_order_or_consent(
        steps in proptest::collection::vec(step(), 100..250),
    ) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(live(steps));
    }
}
