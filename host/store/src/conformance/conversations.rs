//! Conversations: one of each inbox and contact, changed against their version.

use std::sync::Arc;

use hookbox_model::{Contact, Conversation, ConversationState, InboxId};

use super::samples;
use crate::{CommitError, ContactCommit, ConversationCommit, ConversationFilter, PageRequest, Store};

/// Every promise about conversations.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_conversation_is_found_with_its_contact(&*open().await).await;
    conversations_are_found_by_inbox_and_by_who_answers(&*open().await).await;
    an_inbox_has_one_conversation_with_a_contact(&*open().await).await;
    a_conversation_that_is_not_as_it_was_read_is_not_changed(&*open().await).await;
}

async fn commit(
    store: &dyn Store,
    before: Option<&Contact>,
    after: &Contact,
    conversation: ConversationCommit,
) -> Result<(), CommitError> {
    let capture = samples::captured(store, after.workspace, samples::id()).await;
    let change = ContactCommit { conversations: vec![conversation], ..samples::contact_commit(before, after.clone()) };
    store.runs().commit_run(samples::commit_of(&capture, change)).await
}

/// A new conversation.
fn begun(conversation: &Conversation) -> ConversationCommit {
    samples::conversation_commit(None, conversation.clone())
}

async fn a_conversation_is_found_with_its_contact(store: &dyn Store) {
    let contact = samples::contact(samples::id(), "+12155556677");
    let (support, sales): (InboxId, InboxId) = (samples::id(), samples::id());
    let (one, other) = (samples::conversation(&contact, support), samples::conversation(&contact, sales));
    commit(store, None, &contact, begun(&one)).await.expect("a conversation is begun");
    let second = Contact { version: 2, ..contact.clone() };
    commit(store, Some(&contact), &second, begun(&other)).await.expect("another is begun");
    let closed = Conversation { version: 2, state: ConversationState::Closed, ..one.clone() };
    let closing = samples::conversation_commit(Some(&one), closed.clone());
    let third = Contact { version: 3, ..contact.clone() };
    commit(store, Some(&second), &third, closing).await.expect("the first is closed");

    let identifier = contact.identifiers().next().expect("it has a phone");
    let known = store.contacts().find(contact.workspace, &identifier).await.expect("a look-up").expect("the contact");
    let by_id = store.contacts().known(contact.workspace, contact.id).await;
    assert_eq!(by_id.as_ref(), Ok(&Some(known.clone())), "the id finds the same");
    assert_eq!(store.contacts().known(contact.workspace, samples::nobody()).await, Ok(None));
    assert_eq!(store.contacts().known(samples::id(), contact.id).await, Ok(None), "another workspace has it not");
    let mut found: Vec<Conversation> = known.conversations.iter().map(|found| (**found).clone()).collect();
    found.sort_by_key(|conversation| conversation.id);
    assert_eq!(found, [closed.clone(), other.clone()]);
    assert_eq!(store.conversations().get(contact.workspace, one.id).await, Ok(Some(closed.clone())));
    for of in [None, Some(contact.id)] {
        let of = ConversationFilter { contact: of, ..ConversationFilter::default() };
        let page = store.conversations().page(contact.workspace, of, PageRequest { after: None, limit: 1 }).await;
        let page = page.expect("a page");
        assert_eq!(page.items, std::slice::from_ref(&closed));
        let rest = PageRequest { after: page.next, limit: 1 };
        let page = store.conversations().page(contact.workspace, of, rest).await.expect("a page");
        assert_eq!(samples::only(page), std::slice::from_ref(&other));
    }
    let nobody = ConversationFilter { contact: Some(samples::nobody()), ..ConversationFilter::default() };
    let nobody = store.conversations().page(contact.workspace, nobody, PageRequest::first()).await;
    assert_eq!(samples::only(nobody.expect("a page")), []);
}

async fn conversations_are_found_by_inbox_and_by_who_answers(store: &dyn Store) {
    let contact = samples::contact(samples::id(), "+12155556677");
    let member = samples::id();
    let one = Conversation { assignee: Some(member), ..samples::conversation(&contact, samples::id()) };
    let other = samples::conversation(&contact, samples::id());
    commit(store, None, &contact, begun(&one)).await.expect("a conversation is begun");
    let second = Contact { version: 2, ..contact.clone() };
    commit(store, Some(&contact), &second, begun(&other)).await.expect("another is begun");
    let both = [Some(contact.id), None];
    for (inbox, assignee, wanted) in [
        (Some(one.inbox), None, vec![&one]),
        (None, Some(member), vec![&one]),
        (Some(one.inbox), Some(member), vec![&one]),
        (Some(other.inbox), None, vec![&other]),
        (Some(other.inbox), Some(member), vec![]),
        (None, None, vec![&one, &other]),
    ] {
        for contact_given in both {
            let filter = ConversationFilter { contact: contact_given, inbox, assignee };
            let page = store.conversations().page(contact.workspace, filter, PageRequest::first()).await;
            let found = samples::only(page.expect("a page"));
            assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{filter:?}");
        }
    }
}

async fn a_conversation_that_is_not_as_it_was_read_is_not_changed(store: &dyn Store) {
    let contact = samples::contact(samples::id(), "+12155556677");
    let one = samples::conversation(&contact, samples::id());
    commit(store, None, &contact, begun(&one)).await.expect("a conversation is begun");
    let after = Contact { version: 2, ..contact.clone() };
    let closed = Conversation { version: 2, state: ConversationState::Closed, ..one.clone() };
    let stale = Conversation { version: 3, ..one.clone() };
    let other = Conversation { state: ConversationState::Closed, ..one.clone() };
    for (what, change) in [
        ("a version left out", samples::conversation_commit(Some(&one), stale)),
        ("another value at the same version", samples::conversation_commit(Some(&other), closed.clone())),
        ("taken for new", samples::conversation_commit(None, closed.clone())),
    ] {
        assert_eq!(commit(store, Some(&contact), &after, change).await, Err(CommitError::ContactChanged), "{what}");
    }
    assert_eq!(store.conversations().get(after.workspace, one.id).await, Ok(Some(one.clone())));
    // Beside a contact that stays as it is, its conversations may change and begin.
    let change = samples::conversation_commit(Some(&one), closed.clone());
    assert_eq!(commit(store, Some(&contact), &contact, change).await, Ok(()));
    let sales = samples::conversation(&contact, samples::id());
    assert_eq!(commit(store, Some(&contact), &contact, begun(&sales)).await, Ok(()));
    let known = store.contacts().known(contact.workspace, contact.id).await.expect("a look-up").expect("the contact");
    assert_eq!(*known.contact, contact);
    assert_eq!(known.conversations, [Arc::new(closed), Arc::new(sales)]);
}

async fn an_inbox_has_one_conversation_with_a_contact(store: &dyn Store) {
    let contact = samples::contact(samples::id(), "+12155556677");
    let inbox = samples::id();
    let one = samples::conversation(&contact, inbox);
    commit(store, None, &contact, begun(&one)).await.expect("a conversation is begun");
    let after = Contact { version: 2, ..contact.clone() };
    let second = samples::conversation(&after, inbox);
    let refused = commit(store, Some(&contact), &after, begun(&second)).await;
    assert_eq!(refused, Err(CommitError::ContactChanged));
    assert_eq!(store.conversations().get(after.workspace, second.id).await, Ok(None));
}
