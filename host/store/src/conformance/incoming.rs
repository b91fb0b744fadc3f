//! Messages that come in: each once, with the contact, the conversation and the consent that it changes.

use std::sync::Arc;

use hookbox_model::{
    Consent, Contact, Conversation, ConversationState, Direction, Identifier, Inbox, IncomingMessage, Message,
    MessageState, Since,
};

use super::samples;
use super::thread::Thread;
use crate::{CommitError, ContactCommit, Known, MessageFilter, PageRequest, Received, Store, StoreError};

/// Every promise about messages that come in.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    whoever_writes_first_becomes_a_contact_with_a_conversation(&*open().await).await;
    a_message_of_somebody_known_opens_their_conversation(&*open().await).await;
    what_was_read_before_a_message_came_in_is_not_written(&*open().await).await;
    consent_words_are_taken_with_the_message(&*open().await).await;
    a_message_that_is_told_twice_is_stored_once(&*open().await).await;
    a_message_to_no_inbox_is_refused(&*open().await).await;
}

async fn inbox(store: &dyn Store) -> Inbox {
    let inbox = samples::inbox(samples::id(), "support");
    store.inboxes().create(&inbox, samples::audited("inbox.create")).await.expect("an inbox is added");
    inbox
}

async fn receive(store: &dyn Store, incoming: &IncomingMessage) {
    assert_eq!(store.messages().receive(incoming).await, Ok(Received::Stored));
}

async fn known(store: &dyn Store, inbox: &Inbox, from: &Identifier) -> Known {
    store.contacts().find(inbox.workspace, from).await.expect("a look-up").expect("the contact")
}

async fn whoever_writes_first_becomes_a_contact_with_a_conversation(store: &dyn Store) {
    let inbox = inbox(store).await;
    let senders = [
        Identifier::Phone("+12155556677".into()),
        Identifier::Email("ann@example.org".into()),
        Identifier::ExternalId("17".into()),
    ];
    for from in &senders {
        let incoming = samples::incoming(&inbox, from, "hello");
        receive(store, &incoming).await;
        let Known { contact, conversations } = known(store, &inbox, from).await;
        let at = incoming.received_at;
        let wanted = Contact { version: 1, ..Contact::unknown(contact.id, inbox.workspace, from, at) };
        assert_eq!(*contact, wanted);
        let begun = Conversation::begun(conversations[0].id, inbox.workspace, contact.id, inbox.id, at);
        let conversation = Conversation { version: 1, ..begun };
        assert_eq!(conversations, [Arc::new(conversation.clone())]);
        let wanted = Message {
            direction: Direction::Incoming,
            state: MessageState::Received,
            external_id: Some(incoming.external_id.clone()),
            sent_at: Some(at),
            ..Message::outgoing(incoming.id, &conversation, "hello".into(), at)
        };
        assert_eq!(store.messages().get(inbox.workspace, incoming.id).await, Ok(Some(wanted.clone())));
        assert_eq!(store.messages().get(samples::id(), incoming.id).await, Ok(None), "another workspace has it not");
        let filter = MessageFilter { contact: Some(contact.id), ..MessageFilter::default() };
        let page = store.messages().page(inbox.workspace, filter, PageRequest::first()).await.expect("a page");
        assert_eq!(samples::only(page), [wanted]);
    }
    let page = store.contacts().page(inbox.workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page).len(), senders.len());
    let outbox = store.outbox().page(inbox.workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(outbox), []);
}

async fn a_message_of_somebody_known_opens_their_conversation(store: &dyn Store) {
    let inbox = inbox(store).await;
    let thread = Thread::begun(store, inbox.workspace, inbox.id).await;
    let from = thread.contact.identifiers().next().expect("it has a phone");
    let closed = Conversation { version: 2, state: ConversationState::Closed, ..thread.conversation.clone() };
    let change = ContactCommit {
        conversations: vec![samples::conversation_commit(Some(&thread.conversation), closed.clone())],
        ..samples::contact_commit(Some(&thread.contact), thread.contact.clone())
    };
    let capture = samples::captured(store, inbox.workspace, samples::id()).await;
    store.runs().commit_run(samples::commit_of(&capture, change)).await.expect("it is closed");
    let incoming = samples::incoming(&inbox, &from, "one more thing");
    receive(store, &incoming).await;
    let Known { contact, conversations } = known(store, &inbox, &from).await;
    let updated_at = incoming.received_at;
    assert_eq!(*contact, Contact { version: 2, updated_at, ..thread.contact.clone() });
    let open = Conversation { version: 3, state: ConversationState::Open, updated_at, ..closed };
    assert_eq!(conversations, [Arc::new(open)]);
    // Another inbox has a conversation of its own with them.
    let sales = samples::inbox(inbox.workspace, "sales");
    store.inboxes().create(&sales, samples::audited("inbox.create")).await.expect("an inbox is added");
    receive(store, &samples::incoming(&sales, &from, "hello")).await;
    let Known { contact, conversations } = known(store, &inbox, &from).await;
    assert_eq!((contact.version, conversations.len()), (3, 2));
}

async fn what_was_read_before_a_message_came_in_is_not_written(store: &dyn Store) {
    let inbox = inbox(store).await;
    let thread = Thread::begun(store, inbox.workspace, inbox.id).await;
    let from = thread.contact.identifiers().next().expect("it has a phone");
    receive(store, &samples::incoming(&inbox, &from, "stop")).await;
    let after = Contact { version: 2, tags: ["vip".into()].into(), ..thread.contact.clone() };
    let stale = ContactCommit {
        messages: vec![samples::message(&thread.conversation)],
        ..samples::contact_commit(Some(&thread.contact), after)
    };
    let capture = samples::captured(store, inbox.workspace, samples::id()).await;
    let refused = store.runs().commit_run(samples::commit_of(&capture, stale)).await;
    assert_eq!(refused, Err(CommitError::ContactChanged));
    assert_eq!(known(store, &inbox, &from).await.contact.tags.len(), 0);
}

async fn consent_words_are_taken_with_the_message(store: &dyn Store) {
    let inbox = inbox(store).await;
    let from = Identifier::Phone(samples::phone());
    let consent = async || known(store, &inbox, &from).await.contact.consent.clone();
    let stop = samples::incoming(&inbox, &from, " Stop! ");
    receive(store, &stop).await;
    let since = Since { at: stop.received_at, reason: "they wrote Stop! to support".into() };
    assert_eq!(consent().await, Consent { opted_out: Some(since.clone()), blocked: None });
    for words in ["please start", "STOP"] {
        receive(store, &samples::incoming(&inbox, &from, words)).await;
        assert_eq!(consent().await.opted_out, Some(since.clone()), "{words} changes nothing");
    }
    receive(store, &samples::incoming(&inbox, &from, "start")).await;
    assert_eq!(consent().await, Consent::default());
}

async fn a_message_that_is_told_twice_is_stored_once(store: &dyn Store) {
    let first = inbox(store).await;
    let other = samples::inbox(first.workspace, "sales");
    store.inboxes().create(&other, samples::audited("inbox.create")).await.expect("an inbox is added");
    let from = Identifier::Phone(samples::phone());
    let told = samples::incoming(&first, &from, "STOP");
    receive(store, &told).await;
    let before = known(store, &first, &from).await;
    const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
    for later_ms in [0, 1, DAY_MS - 1] {
        let received_at = told.received_at.plus_millis(later_ms);
        let again = IncomingMessage { id: samples::id(), received_at, body: "START".into(), ..told.clone() };
        assert_eq!(store.messages().receive(&again).await, Ok(Received::Repeated(told.id)), "{later_ms} ms later");
        assert_eq!(store.messages().get(first.workspace, again.id).await, Ok(None));
    }
    assert_eq!(known(store, &first, &from).await, before, "a repetition changes nothing");
    let elsewhere = IncomingMessage { id: samples::id(), inbox: other.id, ..told.clone() };
    receive(store, &elsewhere).await;
    let received_at = told.received_at.plus_millis(DAY_MS);
    let forgotten = IncomingMessage { id: samples::id(), received_at, ..told.clone() };
    receive(store, &forgotten).await;
    let again = IncomingMessage { id: samples::id(), ..forgotten.clone() };
    assert_eq!(store.messages().receive(&again).await, Ok(Received::Repeated(forgotten.id)));
}

async fn a_message_to_no_inbox_is_refused(store: &dyn Store) {
    let inbox = inbox(store).await;
    let from = Identifier::Phone(samples::phone());
    let incoming = samples::incoming(&inbox, &from, "hello");
    for nowhere in [
        IncomingMessage { inbox: samples::id(), ..incoming.clone() },
        IncomingMessage { workspace: samples::id(), ..incoming },
    ] {
        let refused = store.messages().receive(&nowhere).await;
        assert_eq!(refused, Err(StoreError::Missing { what: "inbox" }));
        assert_eq!(store.contacts().find(nowhere.workspace, &from).await, Ok(None));
    }
}
