//! Users: found by id, by address and by workspace; the last owner stays; invites are good once.

use std::collections::BTreeMap;
use std::sync::Arc;

use hookbox_model::{Audited, PasswordHash, Role, User, WorkspaceId};

use super::samples;
use crate::{AuditFilter, Ends, LogEntries, PageRequest, Store, StoreError, UserChange};

/// Every promise about users.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    the_first_user_is_first_only_once(&*open().await).await;
    a_user_is_found_by_id_and_address_and_in_workspaces(&*open().await).await;
    a_change_is_of_what_was_read_and_is_in_every_log_it_belongs_into(&*open().await).await;
    the_last_owner_of_a_workspace_stays(&*open().await).await;
    an_invite_is_good_once_and_only_the_newest(&*open().await).await;
}

fn host(act: &'static str) -> LogEntries {
    [(WorkspaceId::HOST, samples::audited(act))].into()
}

async fn acts(store: &dyn Store, workspace: WorkspaceId) -> Vec<String> {
    let page = store.audit().page(workspace, &AuditFilter::default(), PageRequest::first()).await.expect("a page");
    samples::only(page).into_iter().map(|entry| entry.act).collect()
}

async fn created(store: &dyn Store, user: User) -> User {
    let (invite, _) = samples::invite(&user);
    store.users().create(&user, &invite, host("user.create")).await.expect("a user is added");
    user
}

async fn the_first_user_is_first_only_once(store: &dyn Store) {
    assert_eq!(store.users().is_empty().await, Ok(true));
    let user = samples::user();
    let session = samples::session(&user);
    store.users().create_first(&user, &session, samples::audited("user.create")).await.expect("the first");
    assert_eq!(store.users().is_empty().await, Ok(false));
    assert_eq!(store.sessions().find(user.id, session.id).await, Ok(Some(session)));
    let late = samples::user();
    let refused = store.users().create_first(&late, &samples::session(&late), samples::audited("user.create")).await;
    assert!(matches!(refused, Err(StoreError::Exists { what: "user", .. })), "{refused:?}");
    assert_eq!(store.users().get(late.id).await, Ok(None));
    assert_eq!(acts(store, WorkspaceId::HOST).await, ["user.create"]);
}

async fn a_user_is_found_by_id_and_address_and_in_workspaces(store: &dyn Store) {
    let (one, other) = (samples::id(), samples::id());
    let ann = created(store, User { roles: [(one, Role::Viewer)].into(), ..samples::user() }).await;
    let bob =
        created(store, User { roles: [(one, Role::Owner), (other, Role::Admin)].into(), ..samples::user() }).await;
    let same = User { email: ann.email.clone(), ..samples::user() };
    let refused = store.users().create(&same, &samples::invite(&same).0, host("user.create")).await;
    assert_eq!(refused, Err(StoreError::Exists { what: "user", name: ann.email.clone() }));
    assert_eq!(store.users().get(ann.id).await, Ok(Some(ann.clone())));
    assert_eq!(store.users().find(&bob.email).await, Ok(Some(bob.clone())));
    assert_eq!(store.users().find("nobody@example.com").await, Ok(None));
    let first = store.users().page_of(one, PageRequest { after: None, limit: 1 }).await.expect("a page");
    assert_eq!(first.items, std::slice::from_ref(&ann));
    let second = store.users().page_of(one, PageRequest { after: first.next, limit: 1 }).await.expect("a page");
    assert_eq!(second.items, std::slice::from_ref(&bob));
    let there = store.users().page_of(other, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(there), std::slice::from_ref(&bob));
    assert_eq!(samples::only(store.users().page(PageRequest::first()).await.expect("a page")), [ann, bob]);
}

async fn a_change_is_of_what_was_read_and_is_in_every_log_it_belongs_into(store: &dyn Store) {
    let workspace: WorkspaceId = samples::id();
    let before = created(store, samples::user()).await;
    let after = User { roles: [(workspace, Role::Editor)].into(), name: "Anna".into(), ..before.clone() };
    let audited: BTreeMap<WorkspaceId, Audited> =
        [(WorkspaceId::HOST, samples::audited("user.change")), (workspace, samples::audited("user.role"))].into();
    let change =
        |before: &User, after: &User| UserChange { before: before.clone(), after: after.clone(), ends: Ends::Nothing };
    store.users().change(change(&before, &after), audited).await.expect("a change");
    assert_eq!(acts(store, WorkspaceId::HOST).await, ["user.change", "user.create"]);
    assert_eq!(acts(store, workspace).await, ["user.role"]);
    assert_eq!(store.users().get(before.id).await, Ok(Some(after.clone())));
    let refused = store.users().change(change(&before, &before), host("user.change")).await;
    assert_eq!(refused, Err(StoreError::Stale { what: "user" }));
    let page = store.users().page_of(workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), std::slice::from_ref(&after));
    let nobody = samples::user();
    let refused = store.users().change(change(&nobody, &nobody), host("user.change")).await;
    assert_eq!(refused, Err(StoreError::Missing { what: "user" }));
    store.users().change(change(&after, &before), host("user.change")).await.expect("a change back");
    let page = store.users().page_of(workspace, PageRequest::first()).await.expect("a page");
    assert_eq!(samples::only(page), [], "whose role was taken away is not found there any more");
}

async fn the_last_owner_of_a_workspace_stays(store: &dyn Store) {
    let workspace: WorkspaceId = samples::id();
    let owner = |password: Option<&str>| User {
        password: password.map(|text| PasswordHash::new(text.into())),
        roles: [(workspace, Role::Owner)].into(),
        ..samples::user()
    };
    let ann = created(store, owner(Some("$a"))).await;
    created(store, owner(None)).await;
    let demoted = |user: &User| User { roles: [(workspace, Role::Admin)].into(), ..user.clone() };
    let change = |before: &User, after: User| UserChange { before: before.clone(), after, ends: Ends::Nothing };
    let gone = [demoted(&ann), User { disabled: true, ..ann.clone() }, User { roles: BTreeMap::new(), ..ann.clone() }];
    for after in gone {
        let refused = store.users().change(change(&ann, after), host("user.change")).await;
        assert!(
            matches!(refused, Err(StoreError::InUse { what: "owner", .. })),
            "one who was only invited does not count"
        );
    }
    let carl = created(store, owner(Some("$c"))).await;
    store.users().change(change(&ann, demoted(&ann)), host("user.change")).await.expect("there is another owner");
    let refused = store.users().change(change(&carl, demoted(&carl)), host("user.change")).await;
    assert!(matches!(refused, Err(StoreError::InUse { what: "owner", .. })), "{refused:?}");
}

async fn an_invite_is_good_once_and_only_the_newest(store: &dyn Store) {
    let user = created(store, samples::user()).await;
    let old = store.users().find_invite(user.id).await.expect("a read").expect("an invite");
    let (new, _) = samples::invite(&user);
    store.users().invite(&new, samples::audited("user.invite")).await.expect("another invite");
    let session = samples::session(&user);
    let after = User { password: Some(PasswordHash::new("$p".into())), ..user.clone() };
    let change = UserChange { before: user.clone(), after: after.clone(), ends: Ends::Sessions };
    let accept = async |invite, change: &UserChange| {
        store.users().accept(invite, change.clone(), &session, samples::audited("user.accept")).await
    };
    assert_eq!(accept(&old, &change).await, Err(StoreError::Missing { what: "invite" }), "the newest one counts");
    let earlier = samples::session(&user);
    store.users().invite(&new, samples::audited("user.invite")).await.expect("the same again");
    accept(&new, &change).await.expect("it is accepted");
    assert_eq!(store.users().get(user.id).await, Ok(Some(after.clone())));
    assert_eq!(store.users().find_invite(user.id).await, Ok(None));
    assert_eq!(store.sessions().find(user.id, session.id).await, Ok(Some(session.clone())));
    let again = UserChange { before: after.clone(), after, ends: Ends::Sessions };
    assert_eq!(accept(&new, &again).await, Err(StoreError::Missing { what: "invite" }), "once");
    store.sessions().begin(&again.before, &earlier, 10, samples::audited("session.begin")).await.expect("a session");
    store.users().invite(&new, samples::audited("user.invite")).await.expect("a link for a forgotten password");
    accept(&new, &again).await.expect("it is accepted");
    assert_eq!(store.sessions().find(user.id, earlier.id).await, Ok(None), "what was begun with the old password ends");
    let nobody = samples::user();
    let refused = store.users().invite(&samples::invite(&nobody).0, samples::audited("user.invite")).await;
    assert_eq!(refused, Err(StoreError::Missing { what: "user" }));
}
