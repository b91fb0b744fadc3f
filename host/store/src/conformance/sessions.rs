//! Sessions: found by whose they are, ended together.

use std::sync::Arc;

use hookbox_model::{PasswordHash, Session, User, WorkspaceId};

use super::samples;
use crate::{Ends, Store, StoreError, UserChange};

/// Every promise about sessions.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_session_is_found_seen_and_ended(&*open().await).await;
    a_user_keeps_their_newest_sessions(&*open().await).await;
    a_change_of_a_user_ends_what_it_says(&*open().await).await;
}

async fn somebody(store: &dyn Store) -> User {
    let user = User { password: Some(PasswordHash::new("$p".into())), ..samples::user() };
    let log = [(WorkspaceId::HOST, samples::audited("user.create"))].into();
    store.users().create(&user, &samples::invite(&user).0, log).await.expect("a user");
    user
}

async fn begun(store: &dyn Store, user: &User) -> Session {
    let session = samples::session(user);
    store.sessions().begin(user, &session, 3, samples::audited("session.begin")).await.expect("a session begins");
    session
}

async fn a_session_is_found_seen_and_ended(store: &dyn Store) {
    let (user, other) = (somebody(store).await, somebody(store).await);
    let session = begun(store, &user).await;
    assert_eq!(store.sessions().find(user.id, session.id).await, Ok(Some(session.clone())));
    assert_eq!(store.sessions().find(other.id, session.id).await, Ok(None), "it is nobody else's");
    let later = session.seen_at.plus_millis(60_000);
    store.sessions().seen(user.id, session.id, later).await.expect("it is noted");
    store.sessions().seen(user.id, session.id, session.seen_at).await.expect("an earlier time changes nothing");
    let seen = Session { seen_at: later, ..session.clone() };
    assert_eq!(store.sessions().find(user.id, session.id).await, Ok(Some(seen)));
    store.sessions().end(user.id, session.id, samples::audited("session.end")).await.expect("it ends");
    store.sessions().seen(user.id, session.id, later).await.expect("what is gone stays gone");
    assert_eq!(store.sessions().find(user.id, session.id).await, Ok(None));
    let again = store.sessions().end(user.id, session.id, samples::audited("session.end")).await;
    assert_eq!(again, Err(StoreError::Missing { what: "session" }));
    let renamed = User { name: "Anna".into(), ..user.clone() };
    let late = store.sessions().begin(&renamed, &samples::session(&user), 3, samples::audited("session.begin")).await;
    assert_eq!(late, Err(StoreError::Stale { what: "user" }), "they are not as they were read");
    for nobody in [samples::user(), User { disabled: true, ..somebody(store).await }] {
        if nobody.disabled {
            let before = User { disabled: false, ..nobody.clone() };
            let log = [(WorkspaceId::HOST, samples::audited("user.disable"))].into();
            let change = UserChange { before, after: nobody.clone(), ends: Ends::Sessions, invite: None };
            store.users().change(change, log).await.expect("they are disabled");
        }
        let refused =
            store.sessions().begin(&nobody, &samples::session(&nobody), 3, samples::audited("session.begin")).await;
        assert_eq!(refused, Err(StoreError::Missing { what: "user" }));
    }
}

async fn a_user_keeps_their_newest_sessions(store: &dyn Store) {
    let (user, other) = (somebody(store).await, somebody(store).await);
    let of_other = begun(store, &other).await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(begun(store, &user).await);
    }
    for (place, session) in sessions.into_iter().enumerate() {
        let found = store.sessions().find(user.id, session.id).await.expect("a read");
        assert_eq!(found.is_some(), place >= 2, "the {place}th of five, when three are kept");
    }
    assert_eq!(store.sessions().find(other.id, of_other.id).await, Ok(Some(of_other)));
}

async fn a_change_of_a_user_ends_what_it_says(store: &dyn Store) {
    let user = somebody(store).await;
    let (one, kept) = (begun(store, &user).await, begun(store, &user).await);
    let renamed = |name: &str| User { name: name.into(), ..user.clone() };
    let change = async |before: User, after: User, ends| {
        let log = [(WorkspaceId::HOST, samples::audited("user.change"))].into();
        store.users().change(UserChange { before, after, ends, invite: None }, log).await.expect("a change");
    };
    let left = async || {
        let found =
            async |session: &Session| store.sessions().find(user.id, session.id).await.expect("a read").is_some();
        (found(&one).await, found(&kept).await)
    };
    change(user.clone(), renamed("a"), Ends::Nothing).await;
    assert_eq!(left().await, (true, true));
    change(renamed("a"), renamed("b"), Ends::OtherSessions(kept.id)).await;
    assert_eq!(left().await, (false, true));
    change(renamed("b"), renamed("c"), Ends::Sessions).await;
    assert_eq!(left().await, (false, false));
}
