//! What a stop leaves of a list that was removed: nobody is on it for good, and another of its name begins empty.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hookbox_model::List;
use hookbox_store::conformance::samples::{self, audited};
use hookbox_store::{PageRequest, Store};

use crate::place::Place;

#[tokio::test]
async fn contacts_leave_a_list_that_was_removed_before_a_crash() {
    let mut place = Place::new();
    place.config.keep_interval_ms = u64::MAX;
    let (store, workspace) = (place.open(), samples::id());
    let list = List { id: samples::id(), workspace, name: "customers".into(), created_at: samples::now() };
    store.lists().create(&list, audited("list.create")).await.expect("a list is added");
    // More than one transaction takes off.
    let mut contacts = BTreeSet::new();
    for _ in 0..510 {
        let contact = samples::contact(workspace, &samples::phone());
        store.contacts().create(&contact, audited("contact.create")).await.expect("a contact is added");
        contacts.insert(contact.id);
    }
    store.lists().add_contacts(workspace, list.id, &contacts, audited("list.add-contacts")).await.expect("they join");
    store.lists().remove(&list, audited("list.remove")).await.expect("it is removed");
    let mut crashed = place.crashed();
    store.close().await;

    crashed.config.keep_interval_ms = 1;
    let store = crashed.open();
    assert_eq!(store.lists().get(workspace, list.id).await, Ok(None), "it is removed although nobody has left it yet");
    let next = List { id: samples::id(), ..list.clone() };
    store.lists().create(&next, audited("list.create")).await.expect("the name is free");
    let on =
        async |list| store.lists().contacts_page(workspace, list, PageRequest::first()).await.expect("a page").items;
    let deadline = Instant::now() + Duration::from_secs(30);
    while !on(list.id).await.is_empty() {
        assert!(Instant::now() < deadline, "nobody leaves it");
        tokio::task::yield_now().await;
    }
    assert_eq!(on(next.id).await, []);
    for id in &contacts {
        let contact = store.contacts().get(workspace, *id).await.expect("a contact").expect("it stays");
        assert_eq!((contact.lists.len(), contact.version), (0, 3), "it left once");
    }
    // A look that finds nobody forgets the list, and the one after it finds no list.
    store.close().await;
    drop(store);
    while !crashed.rows("removed-lists").is_empty() {
        assert!(Instant::now() < deadline, "the list is looked at for ever");
        let store = crashed.open();
        // A store that ends at once never looks: it lasts for some commits.
        for _ in 0..20 {
            let contact = samples::contact(workspace, &samples::phone());
            store.contacts().create(&contact, audited("contact.create")).await.expect("a contact is added");
        }
        store.close().await;
    }
    assert!(crashed.check().is_whole(), "{:?}", crashed.check().findings);
}
