//! Users: found by id, by address and by workspace; the last owner stays; invites are good once.

use std::collections::BTreeMap;
use std::sync::Arc;

use hookbox_model::{Audited, PasswordHash, Role, Token, User, WorkspaceId};

use super::samples;
use crate::{AuditFilter, Ends, LogEntries, PageRequest, Store, StoreError, UserChange};

/// Every promise about users.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    the_first_user_is_first_only_once(&*open().await).await;
    a_user_is_found_by_id_and_address_and_in_workspaces(&*open().await).await;
    a_change_is_of_what_was_read_and_is_in_every_log_it_belongs_into(&*open().await).await;
    the_last_owner_of_a_workspace_stays(&*open().await).await;
    an_invite_is_good_once_and_only_the_newest(&*open().await).await;
    whoever_reaches_further_has_nothing_left_of_what_let_them_in(&*open().await).await;
    an_invite_ends_with_the_password_and_with_being_disabled(&*open().await).await;
    the_last_operator_of_the_host_stays(&*open().await).await;
}

fn host(act: &'static str) -> LogEntries {
    [(WorkspaceId::HOST, samples::audited(act))].into()
}

/// A change that ends nothing by itself.
fn changed(before: &User, after: User) -> UserChange {
    UserChange { before: before.clone(), after, ends: Ends::Nothing, invite: None }
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
    let change = |before: &User, after: &User| changed(before, after.clone());
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
    let change = changed;
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
    store.users().invite(&user, &new, host("user.invite")).await.expect("another invite");
    let session = samples::session(&user);
    let after = User { password: Some(PasswordHash::new("$p".into())), ..user.clone() };
    let change = UserChange { before: user.clone(), after: after.clone(), ends: Ends::Everything, invite: None };
    let accept = async |invite, change: &UserChange| {
        store.users().accept(invite, change.clone(), &session, host("user.accept")).await
    };
    assert_eq!(accept(&old, &change).await, Err(StoreError::Missing { what: "invite" }), "the newest one counts");
    let earlier = samples::session(&user);
    store.users().invite(&user, &new, host("user.invite")).await.expect("the same again");
    accept(&new, &change).await.expect("it is accepted");
    assert_eq!(store.users().get(user.id).await, Ok(Some(after.clone())));
    assert_eq!(store.users().find_invite(user.id).await, Ok(None));
    assert_eq!(store.sessions().find(user.id, session.id).await, Ok(Some(session.clone())));
    let again = UserChange { before: after.clone(), after, ends: Ends::Everything, invite: None };
    assert_eq!(accept(&new, &again).await, Err(StoreError::Missing { what: "invite" }), "once");
    store.sessions().begin(&again.before, &earlier, 10, samples::audited("session.begin")).await.expect("a session");
    let refused = store.users().invite(&user, &new, host("user.invite")).await;
    assert_eq!(refused, Err(StoreError::Stale { what: "user" }), "they are not as they were read");
    store.users().invite(&again.before, &new, host("user.invite")).await.expect("a link for a forgotten password");
    accept(&new, &again).await.expect("it is accepted");
    assert_eq!(store.sessions().find(user.id, earlier.id).await, Ok(None), "what was begun with the old password ends");
    let nobody = samples::user();
    let refused = store.users().invite(&nobody, &samples::invite(&nobody).0, host("user.invite")).await;
    assert_eq!(refused, Err(StoreError::Missing { what: "user" }));
}

async fn whoever_reaches_further_has_nothing_left_of_what_let_them_in(store: &dyn Store) {
    let (here, there): (WorkspaceId, WorkspaceId) = (samples::id(), samples::id());
    let get_in = |user: &mut User, there| {
        user.roles.insert(there, Role::Viewer);
    };
    let keep_the_host = |user: &mut User, _| user.operator = true;
    let wishes: [fn(&mut User, WorkspaceId); 2] = [get_in, keep_the_host];
    for (number, wish) in wishes.into_iter().enumerate() {
        let password = Some(PasswordHash::new("$p".into()));
        let ann = created(store, User { password, roles: [(here, Role::Owner)].into(), ..samples::user() }).await;
        let session = samples::session(&ann);
        store.sessions().begin(&ann, &session, 5, samples::audited("session.begin")).await.expect("a session");
        let token = Token { user: Some(ann.id), ..samples::token(&format!("of Ann {number}")) };
        store.tokens().add(&token, Some(&ann), samples::audited("token.create")).await.expect("a token");
        let mut after = ann.clone();
        wish(&mut after, there);
        let (invite, _) = samples::invite(&ann);
        let change = UserChange { invite: Some(invite.clone()), ..changed(&ann, after.clone()) };
        store.users().change(change, host("user.change")).await.expect("the last owner may get more");
        let bare = User { password: None, ..after };
        assert_eq!(store.users().get(ann.id).await, Ok(Some(bare.clone())));
        assert_eq!(store.sessions().find(ann.id, session.id).await, Ok(None));
        assert_eq!(store.tokens().find(token.sha256).await, Ok(None));
        assert_eq!(store.users().find_invite(ann.id).await, Ok(Some(invite)), "the one that came with it");
        let late = store.tokens().add(&token, Some(&ann), samples::audited("token.create")).await;
        assert_eq!(late, Err(StoreError::Stale { what: "user" }), "asked for by who they were");
        let less = User { operator: false, roles: [(here, Role::Owner)].into(), ..bare.clone() };
        store.users().change(changed(&bare, less.clone()), host("user.change")).await.expect("less again");
        assert!(store.users().find_invite(ann.id).await.expect("a read").is_some(), "less takes no link away");
        let more = User { roles: [(here, Role::Owner), (there, Role::Viewer)].into(), ..less.clone() };
        store.users().change(changed(&less, more), host("user.change")).await.expect("more");
        assert_eq!(store.users().find_invite(ann.id).await, Ok(None));
    }
}

async fn an_invite_ends_with_the_password_and_with_being_disabled(store: &dyn Store) {
    let password = |text: &str| Some(PasswordHash::new(text.into()));
    let user = created(store, User { password: password("$p"), ..samples::user() }).await;
    let renamed = User { name: "Anna".into(), ..user.clone() };
    store.users().change(changed(&user, renamed.clone()), host("user.change")).await.expect("a name");
    assert!(store.users().find_invite(user.id).await.expect("a read").is_some(), "a name changes nothing about it");
    let mut before = renamed;
    for wish in [
        User { disabled: true, ..before.clone() },
        User { disabled: false, ..before.clone() },
        User { password: password("$q"), ..before.clone() },
    ] {
        store.users().invite(&before, &samples::invite(&before).0, host("user.invite")).await.expect("an invite");
        store.users().change(changed(&before, wish.clone()), host("user.change")).await.expect("a change");
        assert_eq!(store.users().find_invite(user.id).await, Ok(None), "{wish:?}");
        before = wish;
    }
}

async fn the_last_operator_of_the_host_stays(store: &dyn Store) {
    let operator = |password: Option<&str>| User {
        password: password.map(|text| PasswordHash::new(text.into())),
        operator: true,
        ..samples::user()
    };
    let ann = created(store, operator(Some("$a"))).await;
    let invited = created(store, operator(None)).await;
    let less = |user: &User| [User { operator: false, ..user.clone() }, User { disabled: true, ..user.clone() }];
    for after in less(&ann) {
        let refused = store.users().change(changed(&ann, after), host("user.change")).await;
        assert!(matches!(refused, Err(StoreError::InUse { what: "operator", .. })), "{refused:?}");
    }
    for after in less(&invited).into_iter().take(1) {
        store.users().change(changed(&invited, after), host("user.change")).await.expect("they do not count");
    }
    let bob = created(store, operator(Some("$b"))).await;
    let [fewer, _] = less(&ann);
    store.users().change(changed(&ann, fewer), host("user.change")).await.expect("there is another");
    for after in less(&bob) {
        let refused = store.users().change(changed(&bob, after), host("user.change")).await;
        assert!(matches!(refused, Err(StoreError::InUse { what: "operator", .. })), "{refused:?}");
    }
}
