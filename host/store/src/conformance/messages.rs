//! Messages: in the outbox until they are sent, and never for a contact that opted out.

use std::sync::Arc;

use hookbox_model::{Contact, ContactId, Direction, Message, MessageState};

use super::samples;
use super::thread::Thread;
use crate::{ContactCommit, MessageFilter, PageRequest, Store};

/// Every promise about messages.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_message_is_in_the_outbox_with_the_step_that_asked_for_it(&*open().await).await;
    messages_of_all_contacts_come_oldest_first(&*open().await).await;
    a_contact_that_opted_out_is_not_written_to(&*open().await).await;
}

async fn a_message_is_in_the_outbox_with_the_step_that_asked_for_it(store: &dyn Store) {
    let workspace = samples::id();
    let mut sent = Vec::new();
    for phone in ["+12155556677", "+12155556678"] {
        let contact = samples::contact(workspace, phone);
        let conversation = samples::conversation(&contact, samples::id());
        let capture = samples::captured(store, workspace, samples::id()).await;
        let mut messages = [(); 3].map(|()| samples::message(&conversation)).to_vec();
        messages[1].direction = Direction::Incoming;
        sent.push(messages.clone());
        let conversations = vec![samples::conversation_commit(None, conversation)];
        let commit = ContactCommit { conversations, messages, ..samples::contact_commit(None, contact) };
        store.runs().commit_run(samples::commit_of(&capture, commit)).await.expect("the run is committed");
    }
    let all: Vec<Message> = sent.concat();
    let page = store.messages().page(workspace, MessageFilter::default(), PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), all);
    let page = store.messages().page(workspace, of(all[0].contact), PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), sent[0]);
    let outgoing: Vec<Message> = all.into_iter().filter(|message| message.direction == Direction::Outgoing).collect();
    let page = store.outbox().page(workspace, PageRequest { after: None, limit: 3 }).await.expect("a page");
    assert_eq!(page.items, outgoing[..3]);
    let rest = PageRequest { after: page.next, limit: 3 };
    let page = store.outbox().page(workspace, rest).await.expect("a page");
    assert_eq!(samples::only(page), outgoing[3..]);
}

async fn messages_of_all_contacts_come_oldest_first(store: &dyn Store) {
    let (workspace, inbox) = (samples::id(), samples::id());
    let threads = [Thread::begun(store, workspace, inbox).await, Thread::begun(store, workspace, inbox).await];
    let mut posted = Vec::new();
    // The thread that was begun last writes first.
    for thread in threads.iter().rev().cycle().take(7) {
        posted.push(thread.post(store, |_| {}).await.id);
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest { after, limit: 3 };
        let page = store.messages().page(workspace, MessageFilter::default(), request).await.expect("a page");
        found.extend(page.items.iter().map(|message| message.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, posted);
}

async fn a_contact_that_opted_out_is_not_written_to(store: &dyn Store) {
    let contact = Contact { consent: samples::consent(true), ..samples::contact(samples::id(), "+12155556677") };
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    let after = Contact { version: 2, ..contact.clone() };
    let conversation = samples::conversation(&after, samples::id());
    let message = samples::message(&conversation);
    let capture = samples::captured(store, after.workspace, samples::id()).await;
    let commit = ContactCommit {
        conversations: vec![samples::conversation_commit(None, conversation)],
        messages: vec![message.clone()],
        ..samples::contact_commit(Some(&contact), after.clone())
    };
    store.runs().commit_run(samples::commit_of(&capture, commit)).await.expect("the run is committed");
    let page = store.messages().page(after.workspace, of(after.id), PageRequest::first()).await.expect("a page");
    assert_eq!(
        samples::only(page),
        [Message {
            state: MessageState::Suppressed,
            reason: Some("the contact opted out: a sample".into()),
            ..message
        }]
    );
    let outbox = store.outbox().page(after.workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(outbox), []);
}

fn of(contact: ContactId) -> MessageFilter {
    MessageFilter { contact: Some(contact), ..MessageFilter::default() }
}
