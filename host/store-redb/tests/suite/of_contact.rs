//! All that happened with one contact: paged through in both directions, however much it is, whatever retention dropped of it; and that
//! what happens with many contacts does not cost each a row in an index.

use std::collections::BTreeMap;

use hookbox_model::{Capture, Contact, Message, MessageId, Run, RunId, RunState, Timestamp, WorkspaceId};
use hookbox_store::conformance::samples;
use hookbox_store::conformance::thread::Thread;
use hookbox_store::{
    ContactCommit, MessageFilter, PageRequest, RunCommit, RunFilter, RunOrder, Runs, Store, StoreError,
};
use hookbox_store_redb::RedbStore;

use crate::place::{Place, flipped};

const DAY_MS: u64 = 86_400_000;

/// The ids of the runs that a filter wants, on pages of this many.
async fn runs(store: &RedbStore, workspace: WorkspaceId, filter: &RunFilter, limit: usize) -> Vec<RunId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = store.runs().page(workspace, filter.clone(), PageRequest { after, limit }).await.expect("a page");
        assert!(page.items.len() <= limit);
        ids.extend(page.items.iter().map(|run| run.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

async fn messages(store: &RedbStore, workspace: WorkspaceId, filter: MessageFilter, limit: usize) -> Vec<MessageId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = store.messages().page(workspace, filter, PageRequest { after, limit }).await.expect("a page");
        assert!(page.items.len() <= limit);
        ids.extend(page.items.iter().map(|message| message.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

fn of(contact: &Contact, order: RunOrder) -> RunFilter {
    RunFilter { contact: Some(contact.id), order, ..RunFilter::default() }
}

/// A contact with so many runs, of which each sent a message, committed in an order of their own; with what there is then, oldest first.
async fn busy(store: &RedbStore, count: usize) -> (Thread, Vec<RunId>, Vec<MessageId>) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let begun = runs(store, thread.contact.workspace, &of(&thread.contact, RunOrder::OldestFirst), 10).await;
    let mut captures = Vec::new();
    for _ in 0..count {
        let capture = samples::captured(store, thread.contact.workspace, samples::id()).await;
        captures.push((capture, samples::message(&thread.conversation)));
    }
    let ids = begun.into_iter().chain(captures.iter().map(|(capture, _)| capture.id.retyped())).collect();
    let sent = captures.iter().map(|(_, message)| message.id).collect();
    // 7 and the count have no divisor in common: each is committed once, many of them after newer ones.
    for number in 0..count {
        let (capture, message) = &captures[number * 7 % count];
        let change = ContactCommit {
            messages: vec![message.clone()],
            ..samples::contact_commit(Some(&thread.contact), thread.contact.clone())
        };
        store.runs().commit_run(samples::commit_of(capture, change)).await.expect("the run is committed");
    }
    (thread, ids, sent)
}

#[tokio::test]
async fn all_that_happened_with_a_contact_is_paged_through_in_both_directions() {
    let place = Place::new();
    let mut store = place.open();
    let (thread, ids, sent) = busy(&store, 200).await;
    let (contact, other) = (&thread.contact, busy(&store, 3).await);
    let backwards: Vec<RunId> = ids.iter().rev().copied().collect();
    for again in [false, true] {
        for limit in [1, 7, 200, 1_000] {
            let [oldest, newest] = [RunOrder::OldestFirst, RunOrder::NewestFirst].map(|order| of(contact, order));
            assert_eq!(runs(&store, contact.workspace, &oldest, limit).await, ids, "{limit}");
            assert_eq!(runs(&store, contact.workspace, &newest, limit).await, backwards, "{limit}");
            let filter = MessageFilter { contact: Some(contact.id), ..MessageFilter::default() };
            assert_eq!(messages(&store, contact.workspace, filter, limit).await, sent, "{limit}");
            let filter = MessageFilter { conversation: Some(thread.conversation.id), ..MessageFilter::default() };
            assert_eq!(messages(&store, contact.workspace, filter, limit).await, sent, "{limit}");
        }
        let all = RunFilter { contact: Some(other.0.contact.id), ..RunFilter::default() };
        assert_eq!(runs(&store, other.0.contact.workspace, &all, 2).await.len(), other.1.len());
        if !again {
            store.close().await;
            drop(store);
            assert_eq!(place.check().findings, []);
            assert!(place.rows("contact-messages").len() >= 150, "most of them stand in the index");
            store = place.open();
        }
    }
    assert_eq!(messages(&store, contact.workspace, MessageFilter::default(), 13).await, sent, "by time");
}

#[tokio::test]
async fn a_span_of_time_cuts_what_happened_with_a_contact_wherever_it_lies() {
    let place = Place::new();
    let store = place.open();
    let (thread, ids, _) = busy(&store, 110).await;
    for (from, to) in [(0, 20), (20, 60), (55, 100), (90, 110), (60, 60)] {
        let [from_at, to_at] = [from, to].map(|number: usize| Some(ids[number].made_at()));
        for order in [RunOrder::OldestFirst, RunOrder::NewestFirst] {
            let filter = RunFilter { from: from_at, to: to_at, ..of(&thread.contact, order) };
            let mut found = runs(&store, thread.contact.workspace, &filter, 9).await;
            if order == RunOrder::NewestFirst {
                found.reverse();
            }
            assert_eq!(found, ids[from..to], "{from} to {to}, {order:?}");
        }
    }
}

#[tokio::test]
async fn a_page_of_messages_begins_where_a_page_before_ended_or_not_at_all() {
    let place = Place::new();
    let store = place.open();
    let (thread, _, sent) = busy(&store, 4).await;
    let workspace = thread.contact.workspace;
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let after = |bytes: &[u8]| PageRequest { after: Some(digits(bytes)), limit: 10 };
    let filters = [None, Some(thread.contact.id)].map(|contact| MessageFilter { contact, ..MessageFilter::default() });
    for filter in filters {
        let page = store.messages().page(workspace, filter, after(sent[1].as_bytes())).await.expect("a page");
        assert_eq!(page.items.iter().map(|message| message.id).collect::<Vec<_>>(), sent[2..]);
        // As long as pages of all messages went contact by contact.
        let old = [thread.contact.id.as_bytes().as_slice(), sent[1].as_bytes()].concat();
        let refused = store.messages().page(workspace, filter, after(&old)).await;
        assert_eq!(refused, Err(StoreError::Missing { what: "page" }));
    }
}

/// Commits a run on this day of a contact that stays as it is.
async fn run_on(store: &RedbStore, day: u32, contact: &Contact) -> RunId {
    let like = samples::capture(contact.workspace, samples::id());
    let received_at = Timestamp::from_millis(u64::from(day) * DAY_MS + 1_000);
    let capture = Capture { id: samples::id_at(received_at), received_at, ..like };
    store.captures().capture(capture.clone().into()).await.expect("it is captured");
    let change = samples::contact_commit(Some(contact), contact.clone());
    store.runs().commit_run(samples::commit_of(&capture, change)).await.expect("the run ends");
    capture.id.retyped()
}

#[tokio::test]
async fn what_retention_dropped_is_passed_over_and_does_not_come_back() {
    let place = Place::new();
    let store = place.open();
    let contact = samples::contact(samples::id(), &samples::phone());
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    let mut of_days: BTreeMap<u32, Vec<RunId>> = BTreeMap::new();
    for day in 20_000..20_004 {
        for _ in 0..20 {
            of_days.entry(day).or_default().push(run_on(&store, day, &contact).await);
        }
    }
    let is_found = async |days: &[u32]| {
        let expected: Vec<RunId> = days.iter().flat_map(|day| &of_days[day]).copied().collect();
        for limit in [3, 100] {
            let oldest = of(&contact, RunOrder::OldestFirst);
            assert_eq!(runs(&store, contact.workspace, &oldest, limit).await, expected);
            let mut found = runs(&store, contact.workspace, &of(&contact, RunOrder::NewestFirst), limit).await;
            found.reverse();
            assert_eq!(found, expected);
        }
    };
    is_found(&[20_000, 20_001, 20_002, 20_003]).await;
    // Of the first day all are in the index, of the third all stand in the contact's row.
    for (day, left) in [(20_001, [20_001, 20_002, 20_003].as_slice()), (20_003, &[20_003]), (20_004, &[])] {
        store.history().drop_days_before(day).await.expect("days are dropped");
        is_found(left).await;
    }
    let mut later = Vec::new();
    for _ in 0..60 {
        later.push(run_on(&store, 20_010, &contact).await);
    }
    assert_eq!(runs(&store, contact.workspace, &of(&contact, RunOrder::OldestFirst), 100).await, later);
    store.close().await;
    drop(store);
    let report = place.check();
    assert_eq!(report.findings, []);
    let days: Vec<&String> = report.tables.keys().filter(|table| table.starts_with("run-contacts-")).collect();
    assert_eq!(days, ["run-contacts-20241014"], "no day that was dropped came back");
}

#[tokio::test]
async fn what_happens_with_many_contacts_costs_none_of_them_a_row_in_an_index_until_it_is_much() {
    let place = Place::new();
    let store = place.open();
    let (workspace, inbox) = (samples::id(), samples::id());
    let mut threads = Vec::new();
    for _ in 0..10 {
        threads.push(Thread::begun(&*store, workspace, inbox).await);
    }
    for _ in 0..47 {
        for thread in &threads {
            thread.post(&*store, |_| {}).await;
        }
    }
    store.close().await;
    drop(store);
    let report = place.check();
    assert_eq!((report.findings.as_slice(), report.tables["messages"]), ([].as_slice(), 470));
    assert_eq!(report.tables["contact-messages"], 0);
    assert!(!report.tables.contains_key("run-contacts-20261124"), "none of 480 runs has a row there");
    let lie: Vec<MessageId> = place.rows("messages").iter().map(|(key, _)| of_key(key)).collect();
    let store = place.open();
    let made = messages(&store, workspace, MessageFilter::default(), 1_000).await;
    assert_eq!(lie, made, "messages lie in the order in which they were made");
    for thread in &threads {
        thread.post(&*store, |_| {}).await;
    }
    store.close().await;
    drop(store);
    let report = place.check();
    assert_eq!((report.findings.as_slice(), report.tables["run-contacts-20261124"]), ([].as_slice(), 240));
    assert_eq!(report.tables["contact-messages"], 0);
}

fn of_key(key: &[u8]) -> MessageId {
    MessageId::from_bytes(key[16..].try_into().expect("16 bytes"))
}

#[tokio::test]
async fn a_run_of_a_contact_that_is_not_there_is_found_by_it_and_so_is_its_repetition() {
    let place = Place::new();
    let store = place.open();
    let contact = samples::contact(samples::id(), &samples::phone());
    let capture = samples::captured(&*store, contact.workspace, samples::id()).await;
    let mut commit = samples::first_commit(&capture, RunState::Failed);
    commit.run.contact = Some(contact.id);
    store.runs().commit_run(commit.clone()).await.expect("a run that fails before there is a contact");
    let again = repeated(&store, &commit).await;
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    let third = repeated(&store, &RunCommit { run: ended(&store, &again).await, ..commit.clone() }).await;
    let all = [commit.run.id, again.id, third.id];
    assert_eq!(runs(&store, contact.workspace, &of(&contact, RunOrder::OldestFirst), 10).await, all);
    store.close().await;
    drop(store);
    assert_eq!(place.check().findings, []);

    let (key, value) = flipped(place.rows("contacts").remove(0));
    place.tamper("contacts", &[(key, Some(value))]);
    let store = place.open();
    let filter = of(&contact, RunOrder::OldestFirst);
    let refused = Runs::page(&*store, contact.workspace, filter, PageRequest::first()).await;
    assert!(
        matches!(refused, Err(StoreError::Damaged { what: "contact", .. })),
        "a part does not pass for all of them"
    );
    let fourth = repeated(&store, &RunCommit { run: ended(&store, &third).await, ..commit.clone() }).await;
    let found = store.runs().get(contact.workspace, fourth.id).await;
    assert_eq!(
        found.expect("it is read").expect("it is there").contact,
        Some(contact.id),
        "it is repeated all the same"
    );
}

/// A run whose number went to another contact while it waited, and back.
#[tokio::test]
async fn a_run_that_comes_to_another_contact_is_found_from_that_one_alone() {
    let place = Place::new();
    let store = place.open();
    let workspace = samples::id();
    let contacts = [samples::contact(workspace, &samples::phone()), samples::contact(workspace, &samples::phone())];
    for contact in &contacts {
        store.contacts().create(contact, samples::audited("contact.create")).await.expect("a contact is added");
    }
    let capture = samples::captured(&*store, workspace, samples::id()).await;
    let mut commit = samples::first_commit(&capture, RunState::Waiting);
    // So many runs of the first contact that the waiting one goes to the index while it is of it.
    for (owner, others) in [(0, 60), (1, 0), (0, 0), (1, 60), (0, 0)] {
        commit.run.contact = Some(contacts[owner].id);
        store.runs().commit_run(commit.clone()).await.expect("it comes to a contact");
        for _ in 0..others {
            run_of(&store, &contacts[owner]).await;
        }
        for (number, contact) in contacts.iter().enumerate() {
            let found = runs(&store, workspace, &of(contact, RunOrder::OldestFirst), 10).await;
            let times = found.iter().filter(|run| **run == commit.run.id).count();
            assert_eq!(times, usize::from(number == owner), "it is of contact {owner}, asked of {number}");
        }
        commit = samples::next_commit(&commit.run, RunState::Waiting);
    }
    store.close().await;
    drop(store);
    assert_eq!(place.check().findings, []);
}

/// Commits a run of a contact that stays as it is.
async fn run_of(store: &RedbStore, contact: &Contact) {
    let capture = samples::captured(store, contact.workspace, samples::id()).await;
    let change = samples::contact_commit(Some(contact), contact.clone());
    store.runs().commit_run(samples::commit_of(&capture, change)).await.expect("the run ends");
}

/// A run that repeats the failed one of a commit.
async fn repeated(store: &RedbStore, commit: &RunCommit) -> Run {
    let replay = Some(hookbox_model::Replay { of: commit.run.id, steps_kept: 0 });
    let run = Run { id: samples::id(), replay, state: RunState::Queued, revision: 1, ..commit.run.clone() };
    store.runs().replay(&run, samples::audited("run.replay")).await.expect("it is repeated");
    run
}

/// The run as it is once it has failed.
async fn ended(store: &RedbStore, run: &Run) -> Run {
    let commit = samples::next_commit(run, RunState::Failed);
    store.runs().commit_run(commit.clone()).await.expect("the run ends");
    commit.run
}

#[tokio::test]
async fn a_message_that_was_never_in_the_outbox_is_found_by_its_id() {
    let place = Place::new();
    let store = place.open();
    let thread = Thread::begun(&*store, samples::id(), samples::id()).await;
    thread.opt_out(&*store, true).await;
    let message: Message = thread.post(&*store, |_| {}).await;
    let found = store.messages().get(message.workspace, message.id).await.expect("it is read").expect("it is there");
    assert_eq!((found.id, found.contact), (message.id, thread.contact.id));
}
