//! Records to test with: each call makes new ones, and ids grow in the order they are made.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hookbox_model::{
    Approval, Audited, Automation, AutomationId, AutomationState, Capture, CaptureId, Consent, Contact, ContactId,
    Conversation, Digest, Document, Grants, Id, IdempotencyKey, Identifier, Inbox, InboxId, IncomingMessage, Invite,
    JsonLimits, KeptHeaders, KeyId, Kind, Left, Manifest, Message, MessageCaps, MessageId, Origin, Payload, Plugin,
    PluginSecret, Role, Run, RunId, RunState, Sealed, Seen, Session, SessionId, Since, StateAccess, StateEntry,
    Timestamp, Token, TriggerKey, User, UserId, Workspace, WorkspaceId, Zone,
};

use crate::{Claim, ContactCommit, ConversationCommit, Page, RunCommit, StateCommit, Store};

/// When the samples are made: 2026-11-24T00:00:00Z, and a millisecond later for each.
const BEGIN_MS: u64 = 1_795_478_400_000;

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A moment later than all before it.
pub fn now() -> Timestamp {
    Timestamp::from_millis(BEGIN_MS + NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An id later than all before it.
pub fn id<K: Kind>() -> Id<K> {
    id_at(now())
}

/// An id made at `moment`.
pub fn id_at<K: Kind>(moment: Timestamp) -> Id<K> {
    let unique = u128::from(NEXT.fetch_add(1, Ordering::Relaxed));
    let uuid = u128::from(moment.as_millis()) << 80 | 0x7 << 76 | 0x8 << 60 | unique;
    Id::from_bytes(uuid.to_be_bytes())
}

/// A workspace.
pub fn workspace() -> Workspace {
    let id: WorkspaceId = id();
    Workspace {
        id,
        name: id.to_string(),
        country: "US".into(),
        zone: Zone::utc(),
        caps: MessageCaps::default(),
        created_at: now(),
    }
}

/// An inbox without a channel.
pub fn inbox(workspace: WorkspaceId, name: &str) -> Inbox {
    Inbox { id: id(), workspace, name: name.into(), channel: None, quiet_hours: None, created_at: now() }
}

/// The consent of a contact that opted out, or did not.
pub fn consent(opted_out: bool) -> Consent {
    let since = || Since { at: Timestamp::from_millis(BEGIN_MS), reason: "a sample".into() };
    Consent { opted_out: opted_out.then(since), blocked: None }
}

/// A capture.
pub fn capture(workspace: WorkspaceId, automation: AutomationId) -> Capture {
    let received_at = now();
    Capture {
        id: id_at(received_at),
        workspace,
        automation,
        automation_version: 1,
        received_at,
        body: body(r#"{"phone_number": "12155556677", "pieces": [1, 2.5, null, true]}"#),
        idempotency: None,
        from: Some(Ipv4Addr::new(203, 0, 113, 9).into()),
        headers: headers(),
    }
}

/// What may be sent beside a body.
pub fn headers() -> KeptHeaders {
    let mut headers = KeptHeaders::default();
    headers.push("content-type", b"application/json");
    headers.push("user-agent", b"shop/1.0");
    headers
}

/// A payload of this text.
pub fn body(text: &str) -> Payload {
    Payload::parse(Bytes::copy_from_slice(text.as_bytes()), JsonLimits::default()).expect("the samples are JSON")
}

/// What makes a capture a repetition.
pub fn idempotency(key: &str, body: &str) -> IdempotencyKey {
    IdempotencyKey { key: key.into(), body_sha256: Digest::of(body.as_bytes()) }
}

/// Stores a capture and returns it.
pub async fn captured(store: &dyn Store, workspace: WorkspaceId, automation: AutomationId) -> Arc<Capture> {
    let capture = Arc::new(capture(workspace, automation));
    store.captures().capture(Arc::clone(&capture)).await.expect("a capture is stored");
    capture
}

/// The first runs of a capture, oldest first.
pub async fn runs_of(store: &dyn Store, capture: &Capture) -> Vec<RunId> {
    store.captures().runs_of(capture.workspace, capture.id).await.expect("its runs").first
}

/// A contact at version 1.
pub fn contact(workspace: WorkspaceId, phone: &str) -> Contact {
    let identifier = Identifier::Phone(phone.into());
    Contact { version: 1, ..Contact::unknown(id(), workspace, &identifier, now()) }
}

/// A conversation at version 1.
pub fn conversation(contact: &Contact, inbox: InboxId) -> Conversation {
    Conversation { version: 1, ..Conversation::begun(id(), contact.workspace, contact.id, inbox, now()) }
}

/// A message to be sent.
pub fn message(conversation: &Conversation) -> Message {
    Message::outgoing(id(), conversation, "Hi John, your order has shipped.".into(), now())
}

/// A phone number that no other sample has.
pub fn phone() -> String {
    format!("+1215{:07}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A message that came to an inbox.
pub fn incoming(inbox: &Inbox, from: &Identifier, body: &str) -> IncomingMessage {
    let id: MessageId = id();
    IncomingMessage {
        id,
        workspace: inbox.workspace,
        inbox: inbox.id,
        external_id: id.to_string(),
        from: from.clone(),
        body: body.into(),
        media: Vec::new(),
        received_at: now(),
    }
}

/// The first commit of a capture's run, in this state.
pub fn first_commit(capture: &Capture, state: RunState) -> RunCommit {
    let mut run = Run::first_of(capture, now());
    run.revision = 1;
    run.state = state;
    RunCommit { run, contact: None, begins: Vec::new(), state: Vec::new() }
}

/// The commit that follows `run`, in this state.
pub fn next_commit(run: &Run, state: RunState) -> RunCommit {
    RunCommit {
        run: Run { revision: run.revision + 1, state, ..run.clone() },
        contact: None,
        begins: Vec::new(),
        state: Vec::new(),
    }
}

/// A first commit that succeeds and writes this contact.
pub fn commit_of(capture: &Capture, contact: ContactCommit) -> RunCommit {
    let mut commit = first_commit(capture, RunState::Succeeded);
    commit.run.contact = Some(contact.after.id);
    RunCommit { contact: Some(contact), ..commit }
}

/// A change of the contact alone.
pub fn contact_commit(before: Option<&Contact>, after: Contact) -> ContactCommit {
    let before = before.cloned().map(Arc::new);
    ContactCommit { before, after: Arc::new(after), conversations: Vec::new(), messages: Vec::new() }
}

/// A change of a conversation.
pub fn conversation_commit(before: Option<&Conversation>, after: Conversation) -> ConversationCommit {
    ConversationCommit { before: before.cloned().map(Arc::new), after: Arc::new(after) }
}

/// An automation at version 1 and the first key of its trigger.
pub fn automation(workspace: WorkspaceId, name: &str) -> (Automation, TriggerKey) {
    let (id, created_at) = (id(), now());
    let text = format!(
        r#"{{"name": "{name}", "inbox": "support",
            "trigger": {{"webhook": {{"identifier": {{"field": "phone", "from": "$.phone_number"}},
                "map": [{{"field": "source", "from": "$.Integration", "write": "fill-empty"}}], "body_bytes_max": 4096}}}},
            "steps": [{{"action": "send-message", "settings": {{"body": "Hi {{{{contact.first_name}}}}"}}}}]}}"#
    );
    let document: Document = serde_json::from_str(&text).expect("the sample is a document");
    let automation = Automation {
        id,
        workspace,
        state: AutomationState::Live,
        version: 1,
        document: Arc::new(document),
        created_at,
        updated_at: created_at,
        saved_by: "host".to_owned(),
    };
    (automation, trigger_key(workspace, id))
}

/// A key of a trigger.
pub fn trigger_key(workspace: WorkspaceId, automation: AutomationId) -> TriggerKey {
    let number = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    TriggerKey {
        id: KeyId::from_bytes(number),
        automation,
        workspace,
        secret_sha256: Digest::of(&number),
        created_at: now(),
        not_after: None,
        revoked_at: None,
        last_used_at: None,
    }
}

/// A plugin around these component bytes.
pub fn plugin(workspace: Option<WorkspaceId>, name: &str, component: &[u8]) -> Plugin {
    Plugin {
        id: id(),
        workspace,
        manifest: Manifest {
            name: name.into(),
            version: "1.0.0".into(),
            title: name.into(),
            description: "A sample.".into(),
            settings: "{}".into(),
            needs: Vec::new(),
        },
        digest: Digest::of(component),
        component_bytes: component.len() as u64,
        origin: Origin::Folder,
        approval: Approval::Approved { by: "host".into(), at: now() },
        grants: Grants::default(),
        active: true,
        installed_at: now(),
        activated_at: None,
    }
}

/// A version that somebody uploaded for a workspace, about which nothing was decided.
pub fn uploaded(workspace: WorkspaceId, name: &str, component: &[u8]) -> Plugin {
    let origin = Origin::Uploaded;
    Plugin { origin, approval: Approval::Pending, active: false, ..plugin(Some(workspace), name, component) }
}

/// What a change says of itself.
pub fn audited(act: &'static str) -> Audited {
    Audited {
        at: now(),
        by: "tok_sample".into(),
        act,
        subject: "a sample".into(),
        before: "null".into(),
        after: "{}".into(),
    }
}

/// A secret of plugins.
pub fn plugin_secret(workspace: WorkspaceId, name: &str) -> PluginSecret {
    PluginSecret {
        id: id(),
        workspace,
        name: name.into(),
        hosts: vec!["https://api.example.com".into()],
        sealed: Sealed::new("sealed".into()),
        created_at: now(),
        updated_at: now(),
    }
}

/// An entry of plugin state that stays.
pub fn entry(value: &str) -> StateEntry {
    StateEntry { value: value.into(), expires_at: None }
}

/// What a commit saw and leaves under a key of a plugin.
pub fn state(plugin: &str, key: &str, seen: Seen, left: Left) -> StateCommit {
    StateCommit { plugin: plugin.into(), access: StateAccess { key: key.into(), seen, left } }
}

/// An admin token.
pub fn token(text: &str) -> Token {
    Token {
        id: id(),
        sha256: Digest::of(text.as_bytes()),
        name: "sample".into(),
        user: None,
        workspace: None,
        scope: Role::Owner,
        made_by: None,
        created_at: now(),
        expires_at: None,
        seen_at: None,
    }
}

/// A user who was invited and has no role yet.
pub fn user() -> User {
    let id: UserId = id();
    let created_at = now();
    User {
        id,
        email: format!("{id}@example.com"),
        name: "Ann".into(),
        password: None,
        operator: false,
        roles: BTreeMap::new(),
        disabled: false,
        created_at,
        updated_at: created_at,
    }
}

/// A session of a user, good for an hour.
pub fn session(user: &User) -> Session {
    let (id, created_at): (SessionId, Timestamp) = (id(), now());
    Session {
        id,
        sha256: Digest::of(id.as_bytes()),
        user: user.id,
        created_at,
        seen_at: created_at,
        expires_at: created_at.plus_millis(3_600_000),
    }
}

/// An invite of a user, good for an hour, and its secret.
pub fn invite(user: &User) -> (Invite, String) {
    let secret = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    let sha256 = Digest::of(secret.as_bytes());
    (Invite { sha256, user: user.id, expires_at: now().plus_millis(3_600_000) }, secret)
}

/// The captures of some claims.
pub fn captures_of(claims: &[Claim]) -> Vec<CaptureId> {
    claims.iter().map(|claim| claim.capture.id).collect()
}

/// The run of a capture, as the store keys it.
pub fn run_of(capture: &Capture) -> (WorkspaceId, RunId) {
    (capture.workspace, capture.id.retyped())
}

/// A contact's id that nothing has.
pub fn nobody() -> ContactId {
    id()
}

/// The items of a page that must be the last one.
pub fn only<T>(page: Page<T>) -> Vec<T> {
    assert!(page.next.is_none(), "one page holds everything");
    page.items
}
