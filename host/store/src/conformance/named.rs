//! Inboxes, members and lists: found by id and page, names unique in the workspace.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hookbox_model::{Inbox, List, Member};

use super::samples;
use crate::{AuditFilter, PageRequest, Store, StoreError};

/// How long the contacts of a list that was removed may take to leave it.
const LEFT_WITHIN: Duration = Duration::from_secs(60);

/// Every promise about inboxes, members and lists.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    an_inbox_is_found_and_its_name_is_unique_in_the_workspace(&*open().await).await;
    a_member_is_found_and_its_name_is_unique_in_the_workspace(&*open().await).await;
    a_list_is_found_and_its_name_is_unique_in_the_workspace(&*open().await).await;
    whoever_is_on_a_list_is_on_it_no_more_once_it_is_removed(&*open().await).await;
    pages_go_on_where_they_ended_and_refuse_a_made_up_cursor(&*open().await).await;
}

async fn an_inbox_is_found_and_its_name_is_unique_in_the_workspace(store: &dyn Store) {
    let workspace = samples::id();
    let inbox = |workspace| samples::inbox(workspace, "support");
    let (one, elsewhere) = (inbox(workspace), inbox(samples::id()));
    store.inboxes().create(&one, samples::audited("inbox.create")).await.expect("an inbox is added");
    store
        .inboxes()
        .create(&elsewhere, samples::audited("inbox.create"))
        .await
        .expect("the name is free in another workspace");
    let refused = store.inboxes().create(&inbox(workspace), samples::audited("inbox.create")).await;
    assert_eq!(refused, Err(StoreError::Exists { what: "inbox", name: "support".into() }));
    assert_eq!(store.inboxes().get(workspace, one.id).await, Ok(Some(one.clone())));
    assert_eq!(store.inboxes().get(workspace, elsewhere.id).await, Ok(None));
    assert_eq!(store.inboxes().at_door(elsewhere.id).await, Ok(Some(elsewhere)), "its address names no workspace");
    assert_eq!(store.inboxes().at_door(samples::id()).await, Ok(None));
    let renamed = Inbox { name: "sales".into(), ..one.clone() };
    store.inboxes().update(&one, &renamed, samples::audited("inbox.change")).await.expect("it is changed");
    let late = Inbox { name: "late".into(), ..one.clone() };
    let refused = store.inboxes().update(&one, &late, samples::audited("inbox.change")).await;
    assert_eq!(refused, Err(StoreError::Stale { what: "inbox" }), "somebody who read it before changes nothing");
    assert_eq!(store.inboxes().at_door(one.id).await, Ok(Some(renamed.clone())));
    store.inboxes().update(&renamed, &one, samples::audited("inbox.change")).await.expect("it is changed back");
    let strange = Inbox { id: samples::id(), ..one.clone() };
    assert_eq!(
        store.inboxes().update(&strange, &strange, samples::audited("inbox.change")).await,
        Err(StoreError::Missing { what: "inbox" })
    );
    assert_eq!(samples::only(store.inboxes().page(workspace, PageRequest::first()).await.expect("a page")), [one]);
}

async fn a_member_is_found_and_its_name_is_unique_in_the_workspace(store: &dyn Store) {
    let workspace = samples::id();
    let member = || Member { id: samples::id(), workspace, name: "front-desk".into(), created_at: samples::now() };
    let one = member();
    store.members().create(&one, samples::audited("member.create")).await.expect("a member is added");
    let refused = store.members().create(&member(), samples::audited("member.create")).await;
    assert_eq!(refused, Err(StoreError::Exists { what: "member", name: "front-desk".into() }));
    assert_eq!(store.members().get(workspace, one.id).await, Ok(Some(one.clone())));
    let renamed = Member { name: "reception".into(), ..one.clone() };
    let audited = || samples::audited("member.change");
    store.members().update(&one, &renamed, audited()).await.expect("it is renamed");
    let late = store.members().update(&one, &renamed, audited()).await;
    assert_eq!(late, Err(StoreError::Stale { what: "member" }), "somebody who read it before changes nothing");
    let other = member();
    store.members().create(&other, samples::audited("member.create")).await.expect("the name is free again");
    let taken = store.members().update(&renamed, &one, audited()).await;
    assert_eq!(taken, Err(StoreError::Exists { what: "member", name: "front-desk".into() }));
    let late = store.members().remove(&one, samples::audited("member.remove")).await;
    assert_eq!(late, Err(StoreError::Stale { what: "member" }));
    store.members().remove(&renamed, samples::audited("member.remove")).await.expect("it is removed");
    let again = store.members().remove(&renamed, samples::audited("member.remove")).await;
    assert_eq!(again, Err(StoreError::Missing { what: "member" }));
    assert_eq!(samples::only(store.members().page(workspace, PageRequest::first()).await.expect("a page")), [other]);
}

async fn a_list_is_found_and_its_name_is_unique_in_the_workspace(store: &dyn Store) {
    let workspace = samples::id();
    let list = || List { id: samples::id(), workspace, name: "customers".into(), created_at: samples::now() };
    let one = list();
    store.lists().create(&one, samples::audited("list.create")).await.expect("a list is added");
    let refused = store.lists().create(&list(), samples::audited("list.create")).await;
    assert_eq!(refused, Err(StoreError::Exists { what: "list", name: "customers".into() }));
    assert_eq!(store.lists().get(workspace, one.id).await, Ok(Some(one.clone())));
    let renamed = List { name: "clients".into(), ..one.clone() };
    let audited = || samples::audited("list.change");
    store.lists().update(&one, &renamed, audited()).await.expect("it is renamed");
    let late = store.lists().update(&one, &renamed, audited()).await;
    assert_eq!(late, Err(StoreError::Stale { what: "list" }), "somebody who read it before changes nothing");
    let other = list();
    store.lists().create(&other, samples::audited("list.create")).await.expect("the name is free again");
    let taken = store.lists().update(&renamed, &one, audited()).await;
    assert_eq!(taken, Err(StoreError::Exists { what: "list", name: "customers".into() }));
    let pages = samples::only(store.lists().page(workspace, PageRequest::first()).await.expect("a page"));
    assert_eq!(pages, [renamed, other]);
}

async fn whoever_is_on_a_list_is_on_it_no_more_once_it_is_removed(store: &dyn Store) {
    let workspace = samples::id();
    let [gone, kept] = ["customers", "friends"].map(|name| List {
        id: samples::id(),
        workspace,
        name: name.into(),
        created_at: samples::now(),
    });
    let mut contacts = BTreeSet::new();
    for list in [&gone, &kept] {
        store.lists().create(list, samples::audited("list.create")).await.expect("a list is added");
    }
    // More than one transaction takes off.
    for _ in 0..6 {
        let mut joining = BTreeSet::new();
        for _ in 0..100 {
            let contact = samples::contact(workspace, &samples::phone());
            store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
            joining.insert(contact.id);
        }
        for list in [&gone, &kept] {
            let audited = samples::audited("list.add-contacts");
            store.lists().add_contacts(workspace, list.id, &joining, audited).await.expect("they are on it");
        }
        contacts.extend(joining);
    }
    let late = List { name: "former".into(), ..gone.clone() };
    let late = store.lists().remove(&late, samples::audited("list.remove")).await;
    assert_eq!(late, Err(StoreError::Stale { what: "list" }));
    store.lists().remove(&gone, samples::audited("list.remove")).await.expect("it is removed");
    let log = samples::only(
        store.audit().page(workspace, &AuditFilter::default(), PageRequest::first()).await.expect("a page"),
    );
    assert_eq!(log[0].act, "list.remove", "it is removed at once, and the log says so");
    assert_eq!(store.lists().get(workspace, gone.id).await, Ok(None));
    let late = samples::contact(workspace, &samples::phone());
    store.contacts().create(&late, samples::audited("contact.create")).await.expect("a contact is added");
    let joining = [late.id].into();
    let late = store.lists().add_contacts(workspace, gone.id, &joining, samples::audited("list.add-contacts")).await;
    assert_eq!(late, Err(StoreError::Missing { what: "list" }), "nobody joins it any more");
    let next = List { id: samples::id(), ..gone.clone() };
    store.lists().create(&next, samples::audited("list.create")).await.expect("the name is free again");
    let again = store.lists().remove(&gone, samples::audited("list.remove")).await;
    assert_eq!(again, Err(StoreError::Missing { what: "list" }));
    let on = async |list| store.lists().contacts_page(workspace, list, PageRequest::first()).await.expect("a page");
    assert_eq!(on(next.id).await.items, [], "another list of that name begins empty");
    left(store, &gone).await;
    for id in &contacts {
        let contact = store.contacts().get(workspace, *id).await.expect("a contact").expect("it stays");
        assert_eq!((contact.lists, contact.version), ([kept.id].into(), 4), "a change that runs notice");
    }
    assert_eq!((on(next.id).await.items.len(), on(kept.id).await.items.len()), (0, contacts.len()));
}

/// Waits until nobody is on a list that was removed.
async fn left(store: &dyn Store, list: &List) {
    let deadline = Instant::now() + LEFT_WITHIN;
    while !store
        .lists()
        .contacts_page(list.workspace, list.id, PageRequest::first())
        .await
        .expect("a page")
        .items
        .is_empty()
    {
        assert!(Instant::now() < deadline, "a list that was removed is never left");
        std::thread::yield_now();
    }
}

async fn pages_go_on_where_they_ended_and_refuse_a_made_up_cursor(store: &dyn Store) {
    let workspace = samples::id();
    let mut made = Vec::new();
    for number in 0..7 {
        let member =
            Member { id: samples::id(), workspace, name: format!("member {number}"), created_at: samples::now() };
        store.members().create(&member, samples::audited("member.create")).await.expect("a member is added");
        made.push(member);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.members().page(workspace, PageRequest { after, limit: 3 }).await.expect("a page");
        assert!(page.items.len() <= 3, "a page is no longer than asked");
        seen.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, made, "pages give everything once, oldest first");
    let wrong = PageRequest { after: Some("no cursor".into()), limit: 3 };
    assert!(store.members().page(workspace, wrong).await.is_err(), "a made-up cursor is refused");
}
