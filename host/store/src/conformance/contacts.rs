//! Contacts: found by identifier, changed only as they were read, on lists.

use std::sync::Arc;

use hookbox_model::{Contact, FieldValue, Identifier, List, RunState};

use super::samples;
use crate::{CommitError, Known, PageRequest, Store, StoreError};

/// Every promise about contacts.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_contact_is_found_by_each_identifier_and_by_no_old_one(&*open().await).await;
    contacts_are_searched_by_what_they_are_called_and_found_by(&*open().await).await;
    an_update_from_an_old_version_or_with_a_taken_identifier_is_refused(&*open().await).await;
    a_list_follows_its_contacts(&*open().await).await;
    contacts_are_put_on_a_list_all_or_none(&*open().await).await;
    a_run_that_read_a_contact_before_it_came_on_a_list_is_refused(&*open().await).await;
    two_runs_that_make_the_same_contact_make_one(&*open().await).await;
    a_commit_on_an_old_version_changes_nothing(&*open().await).await;
    what_builds_on_a_refused_commit_is_refused_too(&*open().await).await;
    a_commit_that_changes_nothing_of_a_contact_checks_it(&*open().await).await;
    a_commit_that_found_no_contact_checks_that_there_is_none(&*open().await).await;
}

async fn find(store: &dyn Store, contact: &Contact, identifier: Identifier) -> Option<Contact> {
    let known: Option<Known> = store.contacts().find(contact.workspace, &identifier).await.expect("a look-up");
    known.map(|known| (*known.contact).clone())
}

async fn a_contact_is_found_by_each_identifier_and_by_no_old_one(store: &dyn Store) {
    let mut contact = samples::contact(samples::id(), "+12155556677");
    contact.email = Some("john@example.com".into());
    contact.external_id = Some("42".into());
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    for identifier in contact.identifiers() {
        assert_eq!(find(store, &contact, identifier).await.as_ref(), Some(&contact));
    }
    let after = Contact { version: 2, phone: Some("+12155550000".into()), email: None, ..contact.clone() };
    store.contacts().update(&after, samples::audited("contact.change")).await.expect("it is changed");
    assert_eq!(find(store, &contact, Identifier::Phone("+12155550000".into())).await, Some(after.clone()));
    assert_eq!(find(store, &contact, Identifier::Phone("+12155556677".into())).await, None);
    assert_eq!(find(store, &contact, Identifier::Email("john@example.com".into())).await, None);
    assert_eq!(find(store, &contact, Identifier::ExternalId("42".into())).await, Some(after.clone()));
    assert_eq!(store.contacts().get(contact.workspace, contact.id).await, Ok(Some(after)));
}

async fn contacts_are_searched_by_what_they_are_called_and_found_by(store: &dyn Store) {
    let workspace = samples::id();
    let mut contacts = Vec::new();
    for (number, name) in ["Ann", "Bob", "ANNE", "Joanna"].into_iter().enumerate() {
        let mut contact = samples::contact(workspace, &format!("+1215555667{number}"));
        contact.fields.insert("first_name".into(), FieldValue::Text(name.into()));
        contact.fields.insert("city".into(), FieldValue::Text("Annapolis".into()));
        contact.external_id = Some(format!("A-{number}"));
        store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
        contacts.push(contact);
    }
    let of_others = samples::contact(samples::id(), "+12155556670");
    store
        .contacts()
        .create(&of_others, samples::audited("contact.create"))
        .await
        .expect("a contact of another workspace");
    let found = async |text: &str| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let wanted = PageRequest { after, limit: 2 };
            let page = store.contacts().search(workspace, text, wanted).await.expect("a page");
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    assert_eq!(found("ann").await, [contacts[0].clone(), contacts[2].clone(), contacts[3].clone()]);
    assert_eq!(found("(215) 555-6671").await, contacts[1..2]);
    assert_eq!(found("a-3").await, contacts[3..]);
    assert_eq!(found("annapolis").await, []);
}

async fn an_update_from_an_old_version_or_with_a_taken_identifier_is_refused(store: &dyn Store) {
    let workspace = samples::id();
    let (one, other) = (samples::contact(workspace, "+12155556677"), samples::contact(workspace, "+12155556678"));
    store.contacts().create(&one, samples::audited("contact.create")).await.expect("a contact is added");
    store.contacts().create(&other, samples::audited("contact.create")).await.expect("another is added");
    let exists = Err(StoreError::Exists { what: "contact", name: "+12155556677".into() });
    assert_eq!(
        store.contacts().create(&samples::contact(workspace, "+12155556677"), samples::audited("contact.create")).await,
        exists
    );
    let stolen = Contact { version: 2, phone: one.phone.clone(), ..other.clone() };
    assert_eq!(store.contacts().update(&stolen, samples::audited("contact.change")).await, exists);
    let stale = Contact { version: 3, ..other.clone() };
    assert_eq!(
        store.contacts().update(&stale, samples::audited("contact.change")).await,
        Err(StoreError::Stale { what: "contact" })
    );
    let unknown = Contact { version: 2, ..samples::contact(workspace, "+12155550001") };
    assert_eq!(
        store.contacts().update(&unknown, samples::audited("contact.change")).await,
        Err(StoreError::Missing { what: "contact" })
    );
    let page = store.contacts().page(workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), [one, other], "what was refused changed nothing");
}

async fn a_list_follows_its_contacts(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let list = List { id: samples::id(), workspace, name: "customers".into(), created_at: samples::now() };
    store.lists().create(&list, samples::audited("list.create")).await.expect("a list is added");
    let mut contact = samples::contact(workspace, "+12155556677");
    contact.lists.insert(list.id);
    let capture = samples::captured(store, workspace, automation).await;
    let commit = samples::commit_of(&capture, samples::contact_commit(None, contact.clone()));
    store.runs().commit_run(commit).await.expect("the run is committed");
    let on_list = || async {
        samples::only(store.lists().contacts_page(workspace, list.id, PageRequest::first()).await.expect("a page"))
    };
    assert_eq!(on_list().await, [contact.clone()]);

    let emptied = Contact { version: 2, lists: Default::default(), ..contact.clone() };
    store.contacts().update(&emptied, samples::audited("contact.change")).await.expect("it is changed");
    let kept = Contact { version: 2, ..contact.clone() };
    assert_eq!(on_list().await, std::slice::from_ref(&kept), "an update outside a run changes no list");

    let left = Contact { version: 3, lists: Default::default(), ..contact };
    let capture = samples::captured(store, workspace, automation).await;
    let commit = samples::commit_of(&capture, samples::contact_commit(Some(&kept), left));
    store.runs().commit_run(commit).await.expect("the run is committed");
    assert_eq!(on_list().await, []);
}

async fn contacts_are_put_on_a_list_all_or_none(store: &dyn Store) {
    let workspace = samples::id();
    let list = List { id: samples::id(), workspace, name: "customers".into(), created_at: samples::now() };
    store.lists().create(&list, samples::audited("list.create")).await.expect("a list is added");
    let (one, other) = (samples::contact(workspace, "+12155556677"), samples::contact(workspace, "+12155556678"));
    for contact in [&one, &other] {
        store.contacts().create(contact, samples::audited("contact.create")).await.expect("a contact is added");
    }
    let entry = samples::audited("list.add-contacts");
    let on =
        |contact: &Contact| Contact { version: 2, lists: [list.id].into(), updated_at: entry.at, ..contact.clone() };
    let add = async |list, contacts: &[&Contact]| {
        let ids = contacts.iter().map(|contact| contact.id).collect();
        store.lists().add_contacts(workspace, list, &ids, entry.clone()).await
    };
    let on_list = async || {
        samples::only(store.lists().contacts_page(workspace, list.id, PageRequest::first()).await.expect("a page"))
    };
    add(list.id, &[&one]).await.expect("it is put on the list");
    assert_eq!(on_list().await, [on(&one)]);
    assert_eq!(add(list.id, &[&one, &other]).await, Err(StoreError::Stale { what: "contact" }), "one is on it");
    let nobody = samples::contact(workspace, "+12155556679");
    assert_eq!(add(list.id, &[&other, &nobody]).await, Err(StoreError::Missing { what: "contact" }));
    let foreign = samples::contact(samples::id(), "+12155556679");
    store.contacts().create(&foreign, samples::audited("contact.create")).await.expect("one of another workspace");
    assert_eq!(add(list.id, &[&other, &foreign]).await, Err(StoreError::Missing { what: "contact" }));
    assert_eq!(add(samples::id(), &[&other]).await, Err(StoreError::Missing { what: "list" }));
    add(list.id, &[]).await.expect("there is nothing to do");
    assert_eq!(store.contacts().get(workspace, other.id).await, Ok(Some(other.clone())), "nobody else was put on it");

    add(list.id, &[&other]).await.expect("it is put on the list");
    assert_eq!(on_list().await, [on(&one), on(&other)]);
    let remove = async |contact: &Contact| {
        store.lists().remove_contact(workspace, list.id, contact.id, samples::audited("list.remove-contact")).await
    };
    remove(&one).await.expect("it is taken off");
    assert_eq!(remove(&one).await, Err(StoreError::Stale { what: "contact" }), "it is off already");
    assert_eq!(remove(&nobody).await, Err(StoreError::Missing { what: "contact" }));
    assert_eq!(on_list().await, [on(&other)]);
    let off = store.contacts().get(workspace, one.id).await.expect("a look-up").expect("the contact stays");
    assert_eq!((off.version, off.lists.len()), (3, 0));
    assert_eq!(find(store, &one, Identifier::Phone("+12155556677".into())).await, Some(off));
}

async fn a_run_that_read_a_contact_before_it_came_on_a_list_is_refused(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let list = List { id: samples::id(), workspace, name: "customers".into(), created_at: samples::now() };
    store.lists().create(&list, samples::audited("list.create")).await.expect("a list is added");
    let read = samples::contact(workspace, "+12155556677");
    store.contacts().create(&read, samples::audited("contact.create")).await.expect("a contact is added");
    let (joining, entry) = ([read.id].into(), samples::audited("list.add-contacts"));
    store.lists().add_contacts(workspace, list.id, &joining, entry).await.expect("it is put on the list");
    let known = store.contacts().known(workspace, read.id).await.expect("a look-up").expect("it is there").contact;
    let tagged =
        |before: &Contact| Contact { version: before.version + 1, tags: ["new".into()].into(), ..before.clone() };
    let capture = samples::captured(store, workspace, automation).await;
    let stale = samples::commit_of(&capture, samples::contact_commit(Some(&read), tagged(&read)));
    assert_eq!(store.runs().commit_run(stale).await, Err(CommitError::ContactChanged));
    let fresh = samples::commit_of(&capture, samples::contact_commit(Some(&known), tagged(&known)));
    assert_eq!(store.runs().commit_run(fresh).await, Ok(()));
    let page = store.lists().contacts_page(workspace, list.id, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), [tagged(&known)], "the run kept it on the list");
}

async fn two_runs_that_make_the_same_contact_make_one(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let (one, other) = (samples::contact(workspace, "+12155556677"), samples::contact(workspace, "+12155556677"));
    let first = samples::captured(store, workspace, automation).await;
    let second = samples::captured(store, workspace, automation).await;
    // Both are in line before either is answered.
    let won = store.runs().commit_run(samples::commit_of(&first, samples::contact_commit(None, one.clone())));
    let lost = store.runs().commit_run(samples::commit_of(&second, samples::contact_commit(None, other.clone())));
    assert_eq!(won.await, Ok(()));
    assert_eq!(lost.await, Err(CommitError::ContactChanged));
    let page = store.contacts().page(workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), [one]);
    let run = store.runs().get(workspace, second.id.retyped()).await.expect("a look-up").expect("its capture is there");
    assert_eq!(run.revision, 0, "the run that lost was not written");
}

async fn a_commit_on_an_old_version_changes_nothing(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let contact = samples::contact(workspace, "+12155556677");
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    let capture = samples::captured(store, workspace, automation).await;
    let read = Contact { version: 2, ..contact.clone() };
    let stale = samples::contact_commit(Some(&read), Contact { version: 3, ..contact.clone() });
    let stale = samples::commit_of(&capture, stale);
    assert_eq!(store.runs().commit_run(stale).await, Err(CommitError::ContactChanged));
    assert_eq!(store.contacts().get(workspace, contact.id).await, Ok(Some(contact)));
    let run =
        store.runs().get(workspace, capture.id.retyped()).await.expect("a look-up").expect("its capture is there");
    assert_eq!((run.revision, run.state), (0, RunState::Queued));
}

/// A foreign change in the way of a chain of commits: it brings the contact to the version that the first would have.
async fn what_builds_on_a_refused_commit_is_refused_too(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    for (phone, opted_out) in [("+12155556677", false), ("+12155556678", true)] {
        let contact = samples::contact(workspace, phone);
        store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
        let foreign = Contact {
            version: 2,
            consent: samples::consent(opted_out),
            tags: ["foreign".into()].into(),
            ..contact.clone()
        };
        let first = Contact { version: 2, tags: ["first".into()].into(), ..contact.clone() };
        let second = Contact { version: 3, tags: ["second".into()].into(), ..contact.clone() };
        store.contacts().update(&foreign, samples::audited("contact.change")).await.expect("it is changed");
        let mut receipts = Vec::new();
        for (before, after) in [(&contact, &first), (&first, &second)] {
            let capture = samples::captured(store, workspace, automation).await;
            let change = samples::contact_commit(Some(before), after.clone());
            receipts.push(store.runs().commit_run(samples::commit_of(&capture, change)));
        }
        for receipt in receipts {
            assert_eq!(receipt.await, Err(CommitError::ContactChanged));
        }
        assert_eq!(store.contacts().get(workspace, contact.id).await, Ok(Some(foreign)), "the foreign change stays");
    }
}

async fn a_commit_that_changes_nothing_of_a_contact_checks_it(store: &dyn Store) {
    let contact = samples::contact(samples::id(), "+12155556677");
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    let unchanged = async || {
        let capture = samples::captured(store, contact.workspace, samples::id()).await;
        let change = samples::contact_commit(Some(&contact), contact.clone());
        store.runs().commit_run(samples::commit_of(&capture, change)).await
    };
    assert_eq!(unchanged().await, Ok(()));
    assert_eq!(store.contacts().get(contact.workspace, contact.id).await, Ok(Some(contact.clone())));
    let foreign = Contact { version: 2, consent: samples::consent(true), ..contact.clone() };
    store.contacts().update(&foreign, samples::audited("contact.change")).await.expect("it is changed");
    assert_eq!(unchanged().await, Err(CommitError::ContactChanged));
    assert_eq!(store.contacts().get(contact.workspace, contact.id).await, Ok(Some(foreign)));
}

async fn a_commit_that_found_no_contact_checks_that_there_is_none(store: &dyn Store) {
    let contact = samples::contact(samples::id(), "+12155556677");
    let none = Contact { version: 0, id: samples::id(), ..contact.clone() };
    let unchanged = async || {
        let capture = samples::captured(store, contact.workspace, samples::id()).await;
        let change = samples::contact_commit(None, none.clone());
        store.runs().commit_run(samples::commit_of(&capture, change)).await
    };
    assert_eq!(unchanged().await, Ok(()));
    assert_eq!(store.contacts().get(contact.workspace, none.id).await, Ok(None));
    store.contacts().create(&contact, samples::audited("contact.create")).await.expect("a contact is added");
    assert_eq!(unchanged().await, Err(CommitError::ContactChanged), "its identifier is taken");
}
