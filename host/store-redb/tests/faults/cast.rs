//! Who and what the acts are about, and how the next act is thought of.

mod messages;
mod runs;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;
use hookbox_model::{
    Audited, Automation, Capture, Contact, Identifier, Inbox, List, Plugin, RunId, RunState, TestCapture, Timestamp,
    TriggerKey, User, Workspace, WorkspaceId,
};
use hookbox_store::conformance::samples::{self, audited};
use hookbox_store::{PageRequest, Store, StoreError};
use hookbox_store_redb::RedbStore;

use super::acts::Act;
use super::contents::Names;

/// The plugin whose state runs write.
pub(crate) const PLUGIN: &str = "score";

/// Who and what the acts are about.
#[derive(Debug, Clone)]
pub(crate) struct Cast {
    workspace: Workspace,
    inbox: Inbox,
    automation: Automation,
    key: TriggerKey,
    list: List,
    user: User,
    plugins: Vec<Plugin>,
    /// How often each run was told to be interrupted, and at which revision.
    interruptions: BTreeMap<(RunId, u32), u32>,
    /// What is claimed and has to be given back.
    claimed: Vec<(WorkspaceId, RunId)>,
}

impl Cast {
    /// A new cast, the acts by which it comes on the stage, and what came the day before.
    pub(crate) fn new() -> (Self, Vec<Act>, Vec<Act>) {
        let workspace = samples::workspace();
        let inbox = samples::inbox(workspace.id, "support");
        let (automation, key) = samples::automation(workspace.id, "order shipped");
        let list =
            List { id: samples::id(), workspace: workspace.id, name: "customers".into(), created_at: samples::now() };
        let user = samples::user();
        let cast = Self {
            workspace,
            inbox,
            automation,
            key,
            list,
            user,
            plugins: Vec::new(),
            interruptions: BTreeMap::new(),
            claimed: Vec::new(),
        };
        let (entrance, yesterday) = (cast.entrance(), cast.yesterday());
        (cast, entrance, yesterday)
    }

    fn entrance(&self) -> Vec<Act> {
        let (user, session) = (self.user.clone(), samples::session(&self.user));
        let (workspace, inbox, list) = (self.workspace.clone(), self.inbox.clone(), self.list.clone());
        let (automation, key) = (self.automation.clone(), self.key.clone());
        vec![
            Act::new("first user", move |store| {
                let (user, session) = (user.clone(), session.clone());
                async move { store.users().create_first(&user, &session, audit("user.create")).await }
            }),
            Act::new("workspace", move |store| {
                let workspace = workspace.clone();
                async move { store.workspaces().create(&workspace, audit("workspace.create")).await }
            }),
            Act::new("inbox", move |store| {
                let inbox = inbox.clone();
                async move { store.inboxes().create(&inbox, audit("inbox.create")).await }
            }),
            Act::new("list", move |store| {
                let list = list.clone();
                async move { store.lists().create(&list, audit("list.create")).await }
            }),
            Act::new("automation", move |store| {
                let (automation, key) = (automation.clone(), key.clone());
                async move { store.automations().create(&automation, &key, audit("automation.create")).await }
            }),
        ]
    }

    /// What came the day before and is over: history that may go.
    fn yesterday(&self) -> Vec<Act> {
        let received_at = Timestamp::from_millis(samples::now().as_millis() - 86_400_000);
        let sample = samples::capture(self.workspace.id, self.automation.id);
        let capture = Arc::new(Capture { id: samples::id_at(received_at), received_at, ..sample });
        let commit = samples::first_commit(&capture, RunState::Succeeded);
        vec![
            Act::new("capture", move |store| {
                let capture = Arc::clone(&capture);
                async move { store.captures().capture(capture).await }
            }),
            Act::new("run", move |store| store.runs().commit_run(commit.clone())),
        ]
    }

    /// What has to be asked by name.
    pub(crate) fn names(&self) -> Names {
        Names { plugins: [PLUGIN.to_owned()].into() }
    }

    /// The next act. It is thought of from what the store has now; with others before it in line it may well be refused.
    pub(crate) async fn next(&mut self, store: &RedbStore, chance: &mut Rng) -> Result<Act, StoreError> {
        Ok(match chance.u8(0..100) {
            0..22 => self.capture(chance),
            22..50 => self.run(store, chance).await?.unwrap_or_else(|| self.capture(chance)),
            50..56 => self.contact(store, chance).await?,
            56..68 => self.message_step(store, chance).await?.unwrap_or_else(|| self.incoming(chance)),
            68..73 => self.incoming(chance),
            73..78 => self.told(store, chance).await?.unwrap_or_else(|| self.capture(chance)),
            78..81 => self.run_of_people(store, chance).await?.unwrap_or_else(|| self.capture(chance)),
            81..83 => self.test_capture(),
            83..86 => self.plugin(store, chance).await?,
            86.. => self.setting(store, chance).await?,
        })
    }

    /// Gives back what was claimed.
    pub(crate) async fn rest(&mut self, store: &RedbStore) {
        store.runs().release(&std::mem::take(&mut self.claimed)).await;
    }

    /// Another host goes on: nothing is claimed.
    pub(crate) fn forget_claims(&mut self) {
        self.claimed.clear();
    }

    fn phone(chance: &mut Rng) -> Identifier {
        Identifier::Phone(format!("+1215555000{}", chance.u8(0..4)))
    }

    fn capture(&self, chance: &mut Rng) -> Act {
        let mut capture = samples::capture(self.workspace.id, self.automation.id);
        if chance.u8(0..4) == 0 {
            let text = format!(r#"{{"order": {}}}"#, chance.u8(0..2));
            capture.body = samples::body(&text);
            capture.idempotency = Some(samples::idempotency(&format!("order {}", chance.u8(0..4)), &text));
        }
        if chance.u8(0..16) == 0 {
            // Larger than a page.
            capture.body = samples::body(&format!(r#"{{"text": "{}"}}"#, "x".repeat(chance.usize(3_000..20_000))));
            capture.idempotency = None;
        }
        let capture = Arc::new(capture);
        Act::new("capture", move |store| {
            let capture = Arc::clone(&capture);
            async move { store.captures().capture(capture).await }
        })
    }

    fn test_capture(&self) -> Act {
        let test = TestCapture {
            id: samples::id(),
            workspace: self.workspace.id,
            automation: self.automation.id,
            received_at: samples::now(),
            from: None,
            headers: samples::headers(),
            body: samples::body(r#"{"a": 1.50}"#),
        };
        Act::new("test capture", move |store| {
            let test = test.clone();
            async move { store.captures().capture_test(&test).await }
        })
    }

    async fn contact(&self, store: &RedbStore, chance: &mut Rng) -> Result<Act, StoreError> {
        let identifier = Self::phone(chance);
        let known = store.contacts().find(self.workspace.id, &identifier).await?.map(|known| known.contact);
        let Some(known) = known else {
            let fresh = Contact::unknown(samples::id(), self.workspace.id, &identifier, samples::now());
            let contact = Contact { version: 1, ..fresh };
            return Ok(Act::new("new contact", move |store| {
                let contact = contact.clone();
                async move { store.contacts().create(&contact, audit("contact.create")).await }
            }));
        };
        let (workspace, list, id) = (self.workspace.id, self.list.id, known.id);
        Ok(match chance.u8(0..4) {
            0 => Act::new("off the list", move |store| async move {
                store.lists().remove_contact(workspace, list, id, audit("list.remove")).await
            }),
            1 => Act::new("on the list", move |store| async move {
                store.lists().add_contacts(workspace, list, &[id].into(), audit("list.add")).await
            }),
            _ => {
                let (version, consent) = (known.version + 1, samples::consent(chance.u8(0..4) == 0));
                let tags = [format!("version {version}")].into();
                let after = Contact { version, consent, tags, ..(*known).clone() };
                Act::new("contact changes", move |store| {
                    let after = after.clone();
                    async move { store.contacts().update(&after, audit("contact.change")).await }
                })
            }
        })
    }
}

/// What a change says of itself: the same whenever it is asked, so that two stores note the same.
fn audit(act: &'static str) -> Audited {
    Audited { at: Timestamp::from_millis(1_795_478_400_000), ..audited(act) }
}

/// One of them by chance.
fn one<T: Clone>(of: &[T], chance: &mut Rng) -> Option<T> {
    (!of.is_empty()).then(|| of[chance.usize(0..of.len())].clone())
}

/// The first page of something.
fn page() -> PageRequest {
    PageRequest::first()
}
