//! Changes that somebody asks for: each is written with one entry of the audit log. What is refused, or finds everything as it is
//! asked, leaves none.

use std::sync::Arc;

use hookbox_model::{
    Automation, AutomationState, Contact, Decision, Field, FieldKind, Inbox, List, Member, MessageState, Replay, Run,
    RunState, Sealed, SigningSecret, Template, Timestamp, Workspace, WorkspaceId,
};

use super::samples::{self, audited};
use super::thread::{Thread, stepped};
use crate::{AuditFilter, AuditVerified, PageRequest, Store, StoreError};

/// Every promise about what changes leave in the audit log.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    workspaces_inboxes_members_and_lists(&*open().await).await;
    fields_and_templates(&*open().await).await;
    contacts(&*open().await).await;
    automations(&*open().await).await;
    triggers(&*open().await).await;
    runs(&*open().await).await;
    messages(&*open().await).await;
}

/// A log, and how much of it was seen.
struct Watched<'s> {
    store: &'s dyn Store,
    workspace: WorkspaceId,
    seen: usize,
}

impl<'s> Watched<'s> {
    fn new(store: &'s dyn Store, workspace: WorkspaceId) -> Self {
        Self { store, workspace, seen: 0 }
    }

    /// Looks that just these acts came to the log since the last look, each as it was told.
    async fn grew_by(&mut self, acts: &[&str]) {
        let page = self.store.audit().page(self.workspace, &AuditFilter::default(), PageRequest::first()).await;
        let mut log = samples::only(page.expect("a page"));
        log.reverse();
        let new: Vec<_> = log[self.seen..].iter().map(|entry| entry.act.as_str()).collect();
        assert_eq!(new, acts);
        for entry in &log[self.seen..] {
            assert_eq!((entry.by.as_str(), entry.before.as_str(), entry.after.as_str()), ("tok_sample", "null", "{}"));
        }
        self.seen = log.len();
        let whole = AuditVerified::Whole { entries: log.len() as u64 };
        assert_eq!(self.store.audit().verify(self.workspace).await, Ok(whole));
    }

    async fn stayed(&mut self) {
        self.grew_by(&[]).await;
    }
}

async fn workspaces_inboxes_members_and_lists(store: &dyn Store) {
    let (mut host, workspace) = (Watched::new(store, WorkspaceId::HOST), samples::workspace());
    store.workspaces().create(&workspace, audited("workspace.create")).await.expect("a workspace is added");
    host.grew_by(&["workspace.create"]).await;
    store.workspaces().create(&workspace, audited("workspace.create")).await.expect_err("it is there");
    host.stayed().await;

    let mut log = Watched::new(store, workspace.id);
    let renamed = Workspace { name: "other".into(), ..workspace.clone() };
    let change = async |before, after| store.workspaces().update(before, after, audited("workspace.change")).await;
    change(&workspace, &renamed).await.expect("it is changed");
    log.grew_by(&["workspace.change"]).await;
    assert_eq!(change(&workspace, &renamed).await, Err(StoreError::Stale { what: "workspace" }));
    change(&renamed, &renamed).await.expect("nothing changes");
    let unknown = samples::workspace();
    assert_eq!(change(&unknown, &unknown).await, Err(StoreError::Missing { what: "workspace" }));
    log.stayed().await;
    host.stayed().await;

    let inbox = samples::inbox(workspace.id, "support");
    store.inboxes().create(&inbox, audited("inbox.create")).await.expect("an inbox is added");
    let sales = Inbox { name: "sales".into(), ..inbox.clone() };
    store.inboxes().update(&inbox, &sales, audited("inbox.change")).await.expect("it is changed");
    log.grew_by(&["inbox.create", "inbox.change"]).await;
    store.inboxes().update(&inbox, &sales, audited("inbox.change")).await.expect_err("it is not so any more");
    store.inboxes().update(&sales, &sales, audited("inbox.change")).await.expect("nothing changes");
    store.inboxes().create(&sales, audited("inbox.create")).await.expect_err("it is there");
    log.stayed().await;

    let (id, created_at) = (samples::id(), samples::now());
    let member = Member { id, workspace: workspace.id, name: "front-desk".into(), created_at };
    store.members().create(&member, audited("member.create")).await.expect("a member is added");
    store.members().create(&member, audited("member.create")).await.expect_err("it is there");
    let list = List { id: samples::id(), workspace: workspace.id, name: "customers".into(), created_at };
    store.lists().create(&list, audited("list.create")).await.expect("a list is added");
    store.lists().create(&list, audited("list.create")).await.expect_err("it is there");
    log.grew_by(&["member.create", "list.create"]).await;
    let contact = samples::contact(workspace.id, "+12155556677");
    store.contacts().create(&contact, audited("contact.create")).await.expect("a contact is added");
    let add = async |contacts| {
        store.lists().add_contacts(workspace.id, list.id, &contacts, audited("list.add-contacts")).await
    };
    add([contact.id].into()).await.expect("it is put on the list");
    log.grew_by(&["contact.create", "list.add-contacts"]).await;
    add([contact.id].into()).await.expect_err("it is on the list");
    add([].into()).await.expect("nothing changes");
    log.stayed().await;
    let remove =
        async || store.lists().remove_contact(workspace.id, list.id, contact.id, audited("list.remove-contact")).await;
    remove().await.expect("it is taken off");
    remove().await.expect_err("it is off the list");
    log.grew_by(&["list.remove-contact"]).await;
}

async fn fields_and_templates(store: &dyn Store) {
    let (workspace, created_at) = (samples::id(), samples::now());
    let mut log = Watched::new(store, workspace);
    let field =
        Field { id: samples::id(), workspace, name: "birthday".into(), kind: FieldKind::Date, many: false, created_at };
    let renamed = Field { name: "born".into(), ..field.clone() };
    let fields = store.fields();
    fields.create(&field, audited("field.create")).await.expect("a field is declared");
    fields.create(&field, audited("field.create")).await.expect_err("it is there");
    fields.update(&field, &renamed, audited("field.change")).await.expect("it is changed");
    let late = fields.update(&field, &renamed, audited("field.change")).await;
    assert_eq!(late, Err(StoreError::Stale { what: "field" }), "somebody who read it before changes nothing");
    fields.update(&renamed, &renamed, audited("field.change")).await.expect("nothing changes");
    assert_eq!(fields.remove(&field, audited("field.remove")).await, Err(StoreError::Stale { what: "field" }));
    log.grew_by(&["field.create", "field.change"]).await;
    fields.remove(&renamed, audited("field.remove")).await.expect("it is removed");
    assert_eq!(fields.remove(&renamed, audited("field.remove")).await, Err(StoreError::Missing { what: "field" }));
    fields.create(&field, audited("field.create")).await.expect("its names are free again");
    log.grew_by(&["field.remove", "field.create"]).await;

    let (id, updated_at) = (samples::id(), created_at);
    let template = Template { id, workspace, name: "hello".into(), body: "Hi".into(), created_at, updated_at };
    let longer = Template { body: "Hi there".into(), ..template.clone() };
    let templates = store.templates();
    templates.create(&template, audited("template.create")).await.expect("a template is added");
    templates.create(&template, audited("template.create")).await.expect_err("it is there");
    templates.update(&template, &longer, audited("template.change")).await.expect("it is changed");
    templates.update(&template, &longer, audited("template.change")).await.expect_err("it is not so any more");
    templates.update(&longer, &longer, audited("template.change")).await.expect("nothing changes");
    templates.remove(&template, audited("template.remove")).await.expect_err("it is not so any more");
    templates.remove(&longer, audited("template.remove")).await.expect("it is removed");
    log.grew_by(&["template.create", "template.change", "template.remove"]).await;
}

async fn contacts(store: &dyn Store) {
    let contact = samples::contact(samples::id(), "+12155556677");
    let mut log = Watched::new(store, contact.workspace);
    let contacts = store.contacts();
    contacts.create(&contact, audited("contact.create")).await.expect("a contact is added");
    let taken = samples::contact(contact.workspace, "+12155556677");
    contacts.create(&taken, audited("contact.create")).await.expect_err("its phone number is taken");
    let after = Contact { version: 2, email: Some("ann@example.com".into()), ..contact };
    contacts.update(&after, audited("contact.change")).await.expect("it is changed");
    contacts.update(&after, audited("contact.change")).await.expect_err("it is at that version");
    log.grew_by(&["contact.create", "contact.change"]).await;
    let other = samples::contact(after.workspace, "+12155556678");
    contacts.create(&other, audited("contact.create")).await.expect("another is added");
    let thief = Contact { version: 2, email: after.email.clone(), ..other };
    contacts.update(&thief, audited("contact.change")).await.expect_err("the address is taken");
    log.grew_by(&["contact.create"]).await;
}

async fn automations(store: &dyn Store) {
    let (automation, key) = samples::automation(samples::id(), "order shipped");
    let (workspace, id) = (automation.workspace, automation.id);
    let mut log = Watched::new(store, workspace);
    let automations = store.automations();
    automations.create(&automation, &key, audited("automation.apply")).await.expect("an automation is added");
    automations.create(&automation, &key, audited("automation.apply")).await.expect_err("it is there");
    let second = Automation { version: 2, ..automation };
    automations.update(&second, audited("automation.apply")).await.expect("it is changed");
    automations.update(&second, audited("automation.apply")).await.expect_err("it is at that version");
    log.grew_by(&["automation.apply", "automation.apply"]).await;
    let set_state = async |id, state| {
        automations.set_state(workspace, id, state, samples::now(), audited("automation.state")).await
    };
    set_state(id, AutomationState::Paused).await.expect("it is paused");
    set_state(id, AutomationState::Paused).await.expect("it is paused already");
    set_state(samples::id(), AutomationState::Paused).await.expect_err("there is none");
    log.grew_by(&["automation.state"]).await;
    let capture = samples::captured(store, workspace, id).await;
    let held = samples::first_commit(&capture, RunState::Held);
    store.runs().commit_run(held).await.expect("it is held");
    set_state(id, AutomationState::Live).await.expect("it is live, and its run is due");
    log.grew_by(&["automation.state"]).await;
}

async fn triggers(store: &dyn Store) {
    let (automation, key) = samples::automation(samples::id(), "order shipped");
    let (workspace, id) = (automation.workspace, automation.id);
    let mut log = Watched::new(store, workspace);
    store.automations().create(&automation, &key, audited("automation.apply")).await.expect("an automation is added");
    log.grew_by(&["automation.apply"]).await;
    let (triggers, second) = (store.triggers(), samples::trigger_key(workspace, id));
    triggers.add_key(&second, audited("key.create")).await.expect("a key is added");
    triggers.add_key(&second, audited("key.create")).await.expect_err("it is there");
    triggers.key_used(workspace, id, second.id, samples::now()).await.expect("it is used");
    let revoke = async |key| triggers.revoke_key(workspace, id, key, samples::now(), audited("key.revoke")).await;
    revoke(second.id).await.expect("it is revoked");
    revoke(second.id).await.expect("it is revoked already");
    revoke(samples::trigger_key(workspace, id).id).await.expect_err("there is none");
    log.grew_by(&["key.create", "key.revoke"]).await;

    let (sealed, created_at) = (Sealed::new("sealed".into()), samples::now());
    let secret = SigningSecret { id: samples::id(), sealed, created_at, not_after: None };
    triggers.add_secret(workspace, id, &secret, audited("secret.add")).await.expect("a secret is added");
    triggers.add_secret(workspace, id, &secret, audited("secret.add")).await.expect_err("it is there");
    triggers.remove_secret(workspace, id, secret.id, audited("secret.remove")).await.expect("it is removed");
    triggers.remove_secret(workspace, id, secret.id, audited("secret.remove")).await.expect_err("it is gone");
    log.grew_by(&["secret.add", "secret.remove"]).await;
}

async fn runs(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let mut log = Watched::new(store, workspace);
    let capture = samples::captured(store, workspace, automation).await;
    let (_, id) = samples::run_of(&capture);
    let again = Run {
        id: samples::id(),
        replay: Some(Replay { of: id, steps_kept: 0 }),
        state: RunState::Queued,
        revision: 1,
        ..Run::first_of(&capture, samples::now())
    };
    store.runs().replay(&again, audited("run.replay")).await.expect_err("it never ended");
    let cancel = async |id| store.runs().cancel(workspace, id, samples::now(), audited("run.cancel")).await;
    cancel(id).await.expect("it is cancelled").expect("it is there");
    cancel(id).await.expect("it ended already").expect("it is there");
    assert_eq!(cancel(samples::id()).await, Ok(None));
    log.grew_by(&["run.cancel"]).await;
    store.runs().replay(&again, audited("run.replay")).await.expect("it is replayed");
    let second = Run { id: samples::id(), ..again };
    store.runs().replay(&second, audited("run.replay")).await.expect_err("it was replayed already");
    log.grew_by(&["run.replay"]).await;
}

async fn messages(store: &dyn Store) {
    let thread = Thread::begun(store, samples::id(), samples::id()).await;
    let [message] = thread.posts(store).await;
    let (workspace, id) = (message.workspace, message.id);
    let mut log = Watched::new(store, workspace);
    let decide = async |decision| {
        let at = Timestamp::from_millis(1);
        store.messages().decide(workspace, id, decision, at, audited("message.decide")).await
    };
    decide(Decision::Sent).await.expect_err("it waits to be sent");
    log.stayed().await;
    let mut stored = message;
    assert_eq!(store.outbox().claim(10).await.expect("a claim").len(), 1);
    for state in [MessageState::Sending, MessageState::Failed] {
        stored = stepped(&stored, state);
        store.outbox().commit_message(&stored, false, samples::now()).await.expect("it is brought on");
    }
    decide(Decision::Failed).await.expect("it has failed already");
    log.stayed().await;
    decide(Decision::Send).await.expect("it is decided");
    decide(Decision::Send).await.expect_err("it waits to be sent");
    log.grew_by(&["message.decide"]).await;
}
