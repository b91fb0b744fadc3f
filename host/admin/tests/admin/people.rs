//! Users with a role and a token, made behind the door's back.

use hookbox_model::{Audited, Digest, Id, Invite, PasswordHash, Role, Timestamp, Token, User, UserId, WorkspaceId};
use hookbox_store::Store;
use uuid::Uuid;

use crate::house::House;

/// A user and the text of a token of theirs.
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) token: String,
}

/// Somebody with this role in the workspace of the house, whose token is good for `scope` at most.
pub(crate) async fn person(house: &House, role: Role, scope: Role) -> Person {
    person_in(house, house.workspace.id, role, scope).await
}

/// The same in a workspace.
pub(crate) async fn person_in(house: &House, workspace: WorkspaceId, role: Role, scope: Role) -> Person {
    let (id, at) = (Id::from_uuid(Uuid::now_v7()), Timestamp::from_millis(1));
    let audited = || Audited {
        at,
        by: Audited::HOST.to_owned(),
        act: "user.create",
        subject: "a user".to_owned(),
        before: "null".to_owned(),
        after: "{}".to_owned(),
    };
    let user = User {
        id,
        email: format!("{id}@example.com"),
        name: role.to_string(),
        password: Some(PasswordHash::new("nobody logs in".to_owned())),
        operator: false,
        roles: [(workspace, role)].into(),
        disabled: false,
        created_at: at,
        updated_at: at,
    };
    let invite = Invite { sha256: Digest::of(id.as_bytes()), user: id, expires_at: at };
    let entries = [(WorkspaceId::HOST, audited())].into();
    house.store.users().create(&user, &invite, entries).await.expect("a user is added");
    let text = format!("token of {id}");
    let token = Token {
        id: Id::from_uuid(Uuid::now_v7()),
        sha256: Digest::of(text.as_bytes()),
        name: "a test".to_owned(),
        user: Some(id),
        workspace: None,
        scope,
        made_by: None,
        created_at: at,
        expires_at: None,
        seen_at: None,
    };
    house.store.tokens().add(&token, Some(&user), audited()).await.expect("a token is added");
    Person { id, token: text }
}
