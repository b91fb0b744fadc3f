//! Damaged rows: an error that says so, never a wrong value, and nobody else is held up.

use hookbox_model::{Counted, MessageState, RunCounts, StatsRow, StatsSpan, Timestamp};
use hookbox_store::conformance::samples::{self, captures_of};
use hookbox_store::conformance::thread::{Thread, bring, claimed};
use hookbox_store::{ContactCommit, PageRequest, Store, StoreError};

use crate::place::{Place, flipped};

/// Flips one bit in the payload of a table's first row.
fn flip(place: &Place, table: &str) {
    let (key, value) = flipped(place.rows(table).remove(0));
    place.tamper(table, &[(key, Some(value))]);
}

#[tokio::test]
async fn a_damaged_contact_is_an_error_and_set_aside() {
    let place = Place::new();
    let store = place.open();
    let contact = samples::contact(samples::id(), "+12155556677");
    let other = samples::contact(contact.workspace, "+12155556678");
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    store.contacts().create(&other, samples::audited("contact.create")).await.expect("another is added");
    store.close().await;
    drop(store);
    flip(&place, "contacts");

    let store = place.open();
    let damaged = |error: &StoreError| matches!(error, StoreError::Damaged { what: "contact", .. });
    assert!(store.contacts().get(contact.workspace, contact.id).await.is_err_and(|error| damaged(&error)));
    let identifier = contact.identifiers().next().expect("it has a phone");
    assert!(store.contacts().find(contact.workspace, &identifier).await.is_err_and(|error| damaged(&error)));
    let page = store.contacts().page(contact.workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(page.items, [other], "the page goes on without it");
    // Any later commit also writes what was set aside.
    store
        .workspaces()
        .create(&samples::workspace(), samples::audited("workspace.create"))
        .await
        .expect("a workspace is added");
    store.close().await;
    drop(store);
    assert_eq!(place.rows("quarantine").len(), 1, "it is set aside once");
    let report = place.check();
    assert!(report.findings.iter().any(|finding| finding.table == "contacts"), "{:?}", report.findings);
}

#[tokio::test]
async fn a_damaged_capture_holds_up_no_other() {
    let mut place = Place::new();
    place.config.memory_queue_captures_max = 0;
    let store = place.open();
    let (workspace, automation) = (samples::id(), samples::id());
    let first = samples::captured(&*store, workspace, automation).await;
    let second = samples::captured(&*store, workspace, automation).await;
    store.close().await;
    drop(store);
    flip(&place, "captures-20261124");

    let store = place.open();
    assert_eq!(captures_of(&store.runs().claim(10).await.expect("a claim")), [second.id]);
    let read = store.captures().get(workspace, first.id).await;
    assert!(matches!(read, Err(StoreError::Damaged { what: "capture", .. })));
    assert_eq!(store.queue_depth(), 0);
    assert!(store.runs().claim(10).await.expect("a claim").is_empty());
}

#[tokio::test]
async fn the_check_finds_an_index_that_lacks_a_row() {
    let place = Place::new();
    let store = place.open();
    let contact = samples::contact(samples::id(), "+12155556677");
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    store.close().await;
    drop(store);
    assert!(place.check().is_whole());
    let (key, _) = place.rows("identifiers").remove(0);
    place.tamper("identifiers", &[(key, None)]);
    let report = place.check();
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
    assert_eq!(report.findings[0].what, "one of its identifiers does not find it");
}

#[tokio::test]
async fn a_contact_whose_conversation_is_gone_is_an_error_and_not_one_without_it() {
    let place = Place::new();
    let store = place.open();
    let contact = samples::contact(samples::id(), "+12155556677");
    let begun = samples::conversation_commit(None, samples::conversation(&contact, samples::id()));
    let capture = samples::captured(&*store, contact.workspace, samples::id()).await;
    let change = ContactCommit { conversations: vec![begun], ..samples::contact_commit(None, contact.clone()) };
    store.runs().commit_run(samples::commit_of(&capture, change)).await.expect("the run is committed");
    store.close().await;
    drop(store);
    let (key, _) = place.rows("conversations").remove(0);
    place.tamper("conversations", &[(key, None)]);

    let store = place.open();
    let identifier = contact.identifiers().next().expect("it has a phone");
    let found = store.contacts().find(contact.workspace, &identifier).await;
    assert!(matches!(found, Err(StoreError::Damaged { what: "conversation", .. })), "{found:?}");
    assert_eq!(store.contacts().known(contact.workspace, contact.id).await, found, "by its id too");
}

#[tokio::test]
async fn the_check_finds_whatever_leads_to_messages_and_is_gone() {
    let place = Place::new();
    let store = place.open();
    let inbox = samples::inbox(samples::id(), "support");
    store.inboxes().create(&inbox, samples::audited("inbox.create")).await.expect("an inbox is added");
    let thread = Thread::begun(&*store, inbox.workspace, inbox.id).await;
    // So many that not all of them can be found by their contact's row.
    let [first, ..] = thread.posts::<50>(&*store).await;
    bring(&*store, &first, [MessageState::Sending, MessageState::Sent]).await;
    let from = thread.contact.identifiers().next().expect("it has a phone");
    store.messages().receive(&samples::incoming(&inbox, &from, "hello")).await.expect("it is received");
    store.close().await;
    drop(store);
    assert!(place.check().is_whole(), "{:?}", place.check().findings);
    for table in [
        "outbox",
        "outbox-heads",
        "outbox-lines",
        "messages",
        "contact-messages",
        "run-contacts-20261124",
        "inbox-routes",
        "incoming-ids-20261124",
        "sent-times-20261124",
        "sent-counts-20261124",
    ] {
        let (key, value) = place.rows(table).remove(0);
        place.tamper(table, &[(key.clone(), None)]);
        let found = place.check();
        // That a channel told a message before is known by its row alone: nothing else misses it.
        assert_eq!(found.is_whole(), table.starts_with("incoming-ids"), "{table}");
        place.tamper(table, &[(key.clone(), Some(value))]);
        flip(&place, table);
        assert!(!place.check().is_whole(), "{table}");
        flip(&place, table);
    }
    assert!(place.check().is_whole());
}

#[tokio::test]
async fn a_damaged_message_holds_up_no_other_conversation() {
    let place = Place::new();
    let store = place.open();
    let (workspace, inbox) = (samples::id(), samples::id());
    let damaged = Thread::begun(&*store, workspace, inbox).await;
    let [first, _] = damaged.posts(&*store).await;
    let [other] = Thread::begun(&*store, workspace, inbox).await.posts(&*store).await;
    store.close().await;
    drop(store);
    flip(&place, "messages");

    let store = place.open();
    assert_eq!(claimed(&*store).await, [other.id]);
    assert!(
        store.messages().get(workspace, first.id).await.is_err_and(|error| matches!(error, StoreError::Damaged { .. }))
    );
    assert_eq!(claimed(&*store).await, [], "and is not looked for again and again");
}

#[tokio::test]
async fn a_damaged_count_is_left_out_and_begins_anew() {
    let place = Place::new();
    let store = place.open();
    let (workspace, automation) = (samples::id(), samples::id());
    let row = |at: u64| {
        let mut counts = RunCounts::default();
        counts.capture(Timestamp::from_millis(at));
        StatsRow { workspace, at: Timestamp::from_millis(at), counted: Counted::Runs(automation, counts) }
    };
    let minute = StatsSpan::Minute.millis();
    store.stats().add(vec![row(0), row(minute)]).await.expect("counts are added");
    store.close().await;
    drop(store);
    flip(&place, "stats-minutes");

    let store = place.open();
    let read = async || {
        let mut rows = Vec::new();
        let (from, to) = (Timestamp::default(), Timestamp::from_millis(2 * minute));
        let see = &mut |row| rows.push(row);
        store.stats().read(workspace, StatsSpan::Minute, (from, to), see).await.expect("the rest is read");
        rows
    };
    assert_eq!(read().await, [row(minute)]);
    store.stats().add(vec![row(0)]).await.expect("counting goes on");
    assert_eq!(read().await, [row(0), row(minute)]);
}
