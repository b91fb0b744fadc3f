//! Users and tokens in the file: the check finds whatever leads to them and is gone.

use hookbox_model::{PasswordHash, Role, Token, User, WorkspaceId};
use hookbox_store::Store;
use hookbox_store::conformance::samples::{self, audited};

use crate::place::{Place, sealed};

/// A place with a user who has a role, an invite, a session and a token.
async fn with_a_user() -> Place {
    let (place, workspace) = (Place::new(), samples::id());
    let store = place.open();
    let user = User {
        password: Some(PasswordHash::new("$p".into())),
        roles: [(workspace, Role::Editor)].into(),
        ..samples::user()
    };
    let log = [(WorkspaceId::HOST, audited("user.create"))].into();
    store.users().create(&user, &samples::invite(&user).0, log).await.expect("a user");
    store.sessions().begin(&user, &samples::session(&user), 5, audited("session.begin")).await.expect("a session");
    let token = Token { user: Some(user.id), ..samples::token("of the user") };
    store.tokens().add(&token, Some(&user), audited("token.create")).await.expect("a token");
    store.close().await;
    place
}

#[tokio::test]
async fn the_check_finds_whatever_leads_to_users_and_tokens_and_is_gone() {
    let place = with_a_user().await;
    assert_eq!(place.check().findings, []);
    for (gone, told) in [
        ("user-roles", &["users"][..]),
        ("names", &["users"]),
        ("token-holders", &["tokens"]),
        ("tokens", &["token-holders"]),
        ("users", &["user-roles", "names", "sessions", "invites", "tokens"]),
    ] {
        let rows = place.rows(gone);
        assert_eq!(rows.len(), 1, "{gone}");
        let taken: Vec<_> = rows.iter().map(|row| (row.0.clone(), None)).collect();
        place.tamper(gone, &taken);
        let findings = place.check().findings;
        for table in told {
            assert!(findings.iter().any(|finding| finding.table == *table), "{gone} is gone: {table} in {findings:?}");
        }
        let back: Vec<_> = rows.into_iter().map(|(key, value)| (key, Some(value))).collect();
        place.tamper(gone, &back);
        assert_eq!(place.check().findings, []);
    }
}

#[tokio::test]
async fn the_check_finds_what_is_not_where_its_user_finds_it() {
    let place = with_a_user().await;
    for table in ["names", "sessions", "invites"] {
        let (key, value) = place.rows(table).remove(0);
        let mut elsewhere = key.clone();
        *elsewhere.last_mut().expect("a key") ^= 1;
        let moved = sealed(&elsewhere, &value[5..]);
        place.tamper(table, &[(elsewhere.clone(), Some(moved))]);
        let findings = place.check().findings;
        assert!(findings.iter().any(|finding| finding.table == table), "{table}: {findings:?}");
        place.tamper(table, &[(elsewhere, None)]);
        assert_eq!(place.check().findings, []);
    }
}
