//! Conversations: one of each inbox and contact, changed against their version.

use std::sync::Arc;

use hookbox_model::{Contact, Conversation, ConversationState, InboxId};

use super::samples;
use crate::{CommitError, ContactCommit, PageRequest, Store};

/// Every promise about conversations.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_conversation_is_found_with_its_contact(&*open().await).await;
    an_inbox_has_one_conversation_with_a_contact(&*open().await).await;
}

async fn commit(store: &dyn Store, after: &Contact, conversation: &Conversation) -> Result<(), CommitError> {
    let capture = samples::captured(store, after.workspace, samples::id()).await;
    let contact =
        ContactCommit { conversations: vec![Arc::new(conversation.clone())], ..samples::contact_commit(after.clone()) };
    store.runs().commit_run(samples::commit_of(&capture, contact)).await
}

async fn a_conversation_is_found_with_its_contact(store: &dyn Store) {
    let contact = samples::contact(samples::id(), "+12155556677");
    let (support, sales): (InboxId, InboxId) = (samples::id(), samples::id());
    let (one, other) = (samples::conversation(&contact, support), samples::conversation(&contact, sales));
    commit(store, &contact, &one).await.expect("a conversation is begun");
    commit(store, &Contact { version: 2, ..contact.clone() }, &other).await.expect("another is begun");
    let closed = Conversation { version: 2, state: ConversationState::Closed, ..one.clone() };
    commit(store, &Contact { version: 3, ..contact.clone() }, &closed).await.expect("the first is closed");

    let identifier = contact.identifiers().next().expect("it has a phone");
    let known = store.contacts().find(contact.workspace, &identifier).await.expect("a look-up").expect("the contact");
    let mut found: Vec<Conversation> = known.conversations.iter().map(|found| (**found).clone()).collect();
    found.sort_by_key(|conversation| conversation.id);
    assert_eq!(found, [closed.clone(), other.clone()]);
    assert_eq!(store.conversations().get(contact.workspace, one.id).await, Ok(Some(closed.clone())));
    for of in [None, Some(contact.id)] {
        let page = store.conversations().page(contact.workspace, of, PageRequest { after: None, limit: 1 }).await;
        let page = page.expect("a page");
        assert_eq!(page.items, std::slice::from_ref(&closed));
        let rest = PageRequest { after: page.next, limit: 1 };
        let page = store.conversations().page(contact.workspace, of, rest).await.expect("a page");
        assert_eq!(samples::only(page), std::slice::from_ref(&other));
    }
    let nobody = store.conversations().page(contact.workspace, Some(samples::nobody()), PageRequest::first()).await;
    assert_eq!(samples::only(nobody.expect("a page")), []);
}

async fn an_inbox_has_one_conversation_with_a_contact(store: &dyn Store) {
    let contact = samples::contact(samples::id(), "+12155556677");
    let inbox = samples::id();
    let one = samples::conversation(&contact, inbox);
    commit(store, &contact, &one).await.expect("a conversation is begun");
    let after = Contact { version: 2, ..contact };
    let second = samples::conversation(&after, inbox);
    assert_eq!(commit(store, &after, &second).await, Err(CommitError::ContactChanged));
    let stale = Conversation { version: 3, ..one };
    assert_eq!(commit(store, &after, &stale).await, Err(CommitError::ContactChanged));
    assert_eq!(store.conversations().get(after.workspace, second.id).await, Ok(None));
}
