//! A store with one automation and one inbox that keeps what comes in memory and answers as it is told. The bench uses it
//! too.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hookbox_model::{
    Audited, AutomationId, AutomationState, Capture, CaptureId, ContactId, Decision, Inbox, InboxId, IncomingMessage,
    KeyId, Message, MessageId, MessageReport, Run, RunId, SecretId, SignatureRule, SigningSecret, TestCapture,
    Timestamp, Trigger, TriggerKey, WorkspaceId,
};
use hookbox_store::{
    Audit, Automations, Backups, CaptureFilter, CaptureRuns, Captured, Captures, Claim, CommitReceipt, Contacts,
    Conversations, Fields, History, Inboxes, Lists, Members, MessageFilter, Messages, Outbox, Page, PageRequest,
    PluginSecrets, PluginState, Plugins, Received, RunCommit, RunCount, RunFilter, RunWatch, Runs, Sessions, Stats,
    Store, StoreError, Templates, Tokens, Triggers, Users, Workspaces,
};
use tokio::sync::Notify;
use uuid::Uuid;

/// A store with one automation and one inbox.
pub(crate) struct Fake {
    /// The automation's id.
    pub(crate) automation: AutomationId,
    /// A key of it, as its caller has it.
    pub(crate) key: String,
    /// Its trigger; change it with [`Fake::change`].
    trigger: Mutex<Option<Trigger>>,
    revision: AtomicU64,
    /// How often a trigger or an inbox was read.
    pub(crate) reads: AtomicU64,
    keeps: bool,
    captures: Mutex<Vec<Arc<Capture>>>,
    tests: Mutex<Vec<TestCapture>>,
    /// How often the use of a key was noted.
    pub(crate) uses: AtomicU64,
    answer: Mutex<Result<Captured, StoreError>>,
    /// The inbox, as yet without a channel.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) inbox: InboxId,
    inboxes: Mutex<Vec<Inbox>>,
    told: Mutex<Told>,
    /// The runs that are final.
    runs: Mutex<Vec<Run>>,
    ended: Notify,
    waiting: AtomicUsize,
}

/// What channels told, and what the store answers to it.
#[derive(Default)]
struct Told {
    messages: Vec<IncomingMessage>,
    reports: Vec<MessageReport>,
    refusal: Option<StoreError>,
}

impl Fake {
    /// A store that keeps what it captures.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn keeping() -> Arc<Self> {
        Self::new(true)
    }

    /// A store that forgets what it captures.
    #[allow(dead_code, reason = "the bench is what uses it")]
    pub(crate) fn forgetting() -> Arc<Self> {
        Self::new(false)
    }

    fn new(keeps: bool) -> Arc<Self> {
        let automation = AutomationId::from_uuid(Uuid::now_v7());
        let workspace = WorkspaceId::from_uuid(Uuid::now_v7());
        let (key, text) = TriggerKey::generate(automation, workspace, [7; 40], Timestamp::default());
        let trigger = Trigger {
            automation,
            workspace,
            state: AutomationState::Live,
            version: 3,
            body_bytes_max: None,
            signature: SignatureRule::None,
            secrets: Vec::new(),
            allow: Vec::new(),
            rate: None,
            keys: vec![key],
        };
        let inbox = Inbox {
            id: InboxId::from_uuid(Uuid::now_v7()),
            workspace,
            name: "support".into(),
            channel: None,
            quiet_hours: None,
            created_at: Timestamp::default(),
        };
        Arc::new(Self {
            automation,
            key: text,
            trigger: Mutex::new(Some(trigger)),
            revision: AtomicU64::new(1),
            reads: AtomicU64::new(0),
            keeps,
            captures: Mutex::default(),
            tests: Mutex::default(),
            uses: AtomicU64::new(0),
            answer: Mutex::new(Ok(Captured::Stored)),
            inbox: inbox.id,
            inboxes: Mutex::new(vec![inbox]),
            told: Mutex::default(),
            runs: Mutex::default(),
            ended: Notify::new(),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Changes the trigger, as an admin would.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn change(&self, change: impl FnOnce(&mut Option<Trigger>)) {
        change(&mut self.trigger.lock().expect("no test panics with the lock"));
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    /// What the store answers to the next captures.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn answers(&self, answer: Result<Captured, StoreError>) {
        *self.answer.lock().expect("no test panics with the lock") = answer;
    }

    /// Changes the inbox, as an admin would.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn change_inbox(&self, change: impl FnOnce(&mut Inbox)) {
        change(&mut self.inboxes.lock().expect("no test panics with the lock")[0]);
        self.revision.fetch_add(1, Ordering::SeqCst);
    }

    /// Forgets what was captured.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn forget(&self) {
        self.captures.lock().expect("no test panics with the lock").clear();
    }

    /// Ends a run.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn finish(&self, run: Run) {
        self.runs.lock().expect("no test panics with the lock").push(run);
        self.ended.notify_waiters();
    }

    /// How many wait for the end of a run.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// What the store answers from now on to what channels tell.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn refuses(&self, refusal: Option<StoreError>) {
        self.told.lock().expect("no test panics with the lock").refusal = refusal;
    }

    /// What channels told so far.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn told(&self) -> (Vec<IncomingMessage>, Vec<MessageReport>) {
        let told = self.told.lock().expect("no test panics with the lock");
        (told.messages.clone(), told.reports.clone())
    }

    /// What came to the test URL so far.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn tested(&self) -> Vec<TestCapture> {
        self.tests.lock().expect("no test panics with the lock").clone()
    }

    /// What was captured so far.
    #[allow(dead_code, reason = "the tests are what uses it")]
    pub(crate) fn captured(&self) -> Vec<Arc<Capture>> {
        self.captures.lock().expect("no test panics with the lock").clone()
    }
}

#[async_trait]
impl Triggers for Fake {
    async fn get(&self, automation: AutomationId) -> Result<Option<Trigger>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let trigger = self.trigger.lock().expect("no test panics with the lock").clone();
        Ok(trigger.filter(|trigger| trigger.automation == automation))
    }

    async fn add_key(&self, _: &TriggerKey, _: Audited) -> Result<(), StoreError> {
        unreachable!("the door makes no keys")
    }

    async fn revoke_key(
        &self,
        _: WorkspaceId,
        _: AutomationId,
        _: KeyId,
        _: Timestamp,
        _: Audited,
    ) -> Result<(), StoreError> {
        unreachable!("the door revokes no keys")
    }

    async fn key_used(&self, _: WorkspaceId, _: AutomationId, _: KeyId, _: Timestamp) -> Result<(), StoreError> {
        self.uses.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn add_secret(
        &self,
        _: WorkspaceId,
        _: AutomationId,
        _: &SigningSecret,
        _: Audited,
    ) -> Result<(), StoreError> {
        unreachable!("the door makes no secrets")
    }

    async fn remove_secret(&self, _: WorkspaceId, _: AutomationId, _: SecretId, _: Audited) -> Result<(), StoreError> {
        unreachable!("the door removes no secrets")
    }
}

#[async_trait]
impl Captures for Fake {
    async fn capture(&self, capture: Arc<Capture>) -> Result<Captured, StoreError> {
        if !self.keeps {
            return Ok(Captured::Stored);
        }
        let answer = self.answer.lock().expect("no test panics with the lock").clone();
        if answer == Ok(Captured::Stored) {
            self.captures.lock().expect("no test panics with the lock").push(capture);
        }
        answer
    }

    async fn get(&self, _: WorkspaceId, _: CaptureId) -> Result<Option<Capture>, StoreError> {
        unreachable!("the door reads no captures")
    }

    async fn page(&self, _: WorkspaceId, _: CaptureFilter, _: PageRequest) -> Result<Page<Capture>, StoreError> {
        unreachable!("the door reads no captures")
    }

    async fn page_with_runs(
        &self,
        _: WorkspaceId,
        _: CaptureFilter,
        _: PageRequest,
    ) -> Result<Page<(Capture, CaptureRuns)>, StoreError> {
        unreachable!("the door reads no captures")
    }

    async fn runs_of(&self, _: WorkspaceId, _: CaptureId) -> Result<CaptureRuns, StoreError> {
        unreachable!("the door reads no captures")
    }

    async fn capture_test(&self, test: &TestCapture) -> Result<(), StoreError> {
        self.tests.lock().expect("no test panics with the lock").push(test.clone());
        Ok(())
    }

    async fn tests(&self, _: WorkspaceId, _: AutomationId) -> Result<Vec<TestCapture>, StoreError> {
        unreachable!("the door reads no captures")
    }

    async fn wait_for_test(&self) {
        unreachable!("the door waits for no tests")
    }
}

#[async_trait]
impl Inboxes for Fake {
    async fn create(&self, _: &Inbox, _: Audited) -> Result<(), StoreError> {
        unreachable!("the door makes no inboxes")
    }

    async fn update(&self, _: &Inbox, _: &Inbox, _: Audited) -> Result<(), StoreError> {
        unreachable!("the door changes no inboxes")
    }

    async fn at_door(&self, id: InboxId) -> Result<Option<Inbox>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let inboxes = self.inboxes.lock().expect("no test panics with the lock");
        Ok(inboxes.iter().find(|inbox| inbox.id == id).cloned())
    }

    async fn get(&self, _: WorkspaceId, _: InboxId) -> Result<Option<Inbox>, StoreError> {
        unreachable!("the door knows no workspace")
    }

    async fn page(&self, _: WorkspaceId, _: PageRequest) -> Result<Page<Inbox>, StoreError> {
        unreachable!("the door knows no workspace")
    }
}

#[async_trait]
impl Messages for Fake {
    async fn page(&self, _: WorkspaceId, _: MessageFilter, _: PageRequest) -> Result<Page<Message>, StoreError> {
        unreachable!("the door reads no messages")
    }

    async fn get(&self, _: WorkspaceId, _: MessageId) -> Result<Option<Message>, StoreError> {
        unreachable!("the door reads no messages")
    }

    async fn sent_since(&self, _: WorkspaceId, _: ContactId, _: Timestamp, _: u32) -> Result<u32, StoreError> {
        unreachable!("the door counts no messages")
    }

    async fn receive(&self, incoming: &IncomingMessage) -> Result<Received, StoreError> {
        let mut told = self.told.lock().expect("no test panics with the lock");
        if let Some(refusal) = &told.refusal {
            return Err(refusal.clone());
        }
        let before = told.messages.iter().find(|before| before.external_id == incoming.external_id);
        if let Some(before) = before {
            return Ok(Received::Repeated(before.id));
        }
        told.messages.push(incoming.clone());
        Ok(Received::Stored)
    }

    async fn report(&self, report: &MessageReport) -> Result<(), StoreError> {
        let mut told = self.told.lock().expect("no test panics with the lock");
        if let Some(refusal) = &told.refusal {
            return Err(refusal.clone());
        }
        told.reports.push(report.clone());
        Ok(())
    }

    async fn decide(
        &self,
        _: WorkspaceId,
        _: MessageId,
        _: Decision,
        _: Timestamp,
        _: Audited,
    ) -> Result<Message, StoreError> {
        unreachable!("the door decides nothing")
    }
}

/// One who waits for the end of a run, counted.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Runs for Fake {
    async fn finished(&self, workspace: WorkspaceId, id: RunId) -> Result<Run, StoreError> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let _counted = Waiting(&self.waiting);
        loop {
            let told = self.ended.notified();
            let runs = self.runs.lock().expect("no test panics with the lock").clone();
            if let Some(run) = runs.into_iter().find(|run| run.id == id && run.workspace == workspace) {
                return Ok(run);
            }
            told.await;
        }
    }

    async fn claim(&self, _: usize) -> Result<Vec<Claim>, StoreError> {
        unreachable!("the door runs nothing")
    }

    async fn wait_for_work(&self) {
        unreachable!("the door runs nothing")
    }

    fn commit_run(&self, _: RunCommit) -> CommitReceipt {
        unreachable!("the door runs nothing")
    }

    async fn release(&self, _: &[(WorkspaceId, RunId)]) {
        unreachable!("the door runs nothing")
    }

    async fn cancel(&self, _: WorkspaceId, _: RunId, _: Timestamp, _: Audited) -> Result<Option<Run>, StoreError> {
        unreachable!("the door runs nothing")
    }

    async fn replay(&self, _: &Run, _: Audited) -> Result<(), StoreError> {
        unreachable!("the door runs nothing")
    }

    async fn get(&self, _: WorkspaceId, _: RunId) -> Result<Option<Run>, StoreError> {
        unreachable!("the door asks for final runs only")
    }

    async fn page(&self, _: WorkspaceId, _: RunFilter, _: PageRequest) -> Result<Page<Run>, StoreError> {
        unreachable!("the door asks for final runs only")
    }

    fn watch(&self, _: WorkspaceId) -> Box<dyn RunWatch> {
        unreachable!("the door asks for final runs only")
    }

    async fn count(&self, _: WorkspaceId, _: RunFilter) -> Result<RunCount, StoreError> {
        unreachable!("the door counts no runs")
    }
}

const NOT_ASKED: &str = "the door asks for triggers, captures, runs, inboxes and messages only";

#[async_trait]
impl Store for Fake {
    fn triggers(&self) -> &dyn Triggers {
        self
    }
    fn captures(&self) -> &dyn Captures {
        self
    }
    fn revision(&self) -> u64 {
        self.revision.load(Ordering::SeqCst)
    }
    fn workspaces(&self) -> &dyn Workspaces {
        unreachable!("{NOT_ASKED}")
    }
    fn inboxes(&self) -> &dyn Inboxes {
        self
    }
    fn members(&self) -> &dyn Members {
        unreachable!("{NOT_ASKED}")
    }
    fn lists(&self) -> &dyn Lists {
        unreachable!("{NOT_ASKED}")
    }
    fn fields(&self) -> &dyn Fields {
        unreachable!("{NOT_ASKED}")
    }
    fn templates(&self) -> &dyn Templates {
        unreachable!("{NOT_ASKED}")
    }
    fn outbox(&self) -> &dyn Outbox {
        unreachable!("{NOT_ASKED}")
    }
    fn contacts(&self) -> &dyn Contacts {
        unreachable!("{NOT_ASKED}")
    }
    fn conversations(&self) -> &dyn Conversations {
        unreachable!("{NOT_ASKED}")
    }
    fn messages(&self) -> &dyn Messages {
        self
    }
    fn automations(&self) -> &dyn Automations {
        unreachable!("{NOT_ASKED}")
    }
    fn runs(&self) -> &dyn Runs {
        self
    }
    fn plugins(&self) -> &dyn Plugins {
        unreachable!("{NOT_ASKED}")
    }
    fn plugin_state(&self) -> &dyn PluginState {
        unreachable!("{NOT_ASKED}")
    }
    fn plugin_secrets(&self) -> &dyn PluginSecrets {
        unreachable!("{NOT_ASKED}")
    }
    fn backups(&self) -> &dyn Backups {
        unreachable!("{NOT_ASKED}")
    }
    fn history(&self) -> &dyn History {
        unreachable!("{NOT_ASKED}")
    }
    fn audit(&self) -> &dyn Audit {
        unreachable!("{NOT_ASKED}")
    }
    fn stats(&self) -> &dyn Stats {
        unreachable!("{NOT_ASKED}")
    }
    fn users(&self) -> &dyn Users {
        unreachable!("{NOT_ASKED}")
    }
    fn sessions(&self) -> &dyn Sessions {
        unreachable!("{NOT_ASKED}")
    }
    fn tokens(&self) -> &dyn Tokens {
        unreachable!("{NOT_ASKED}")
    }
    fn queue_depth(&self) -> u64 {
        unreachable!("{NOT_ASKED}")
    }
    fn trouble(&self) -> Option<StoreError> {
        unreachable!("{NOT_ASKED}")
    }
    async fn broken(&self) -> StoreError {
        unreachable!("{NOT_ASKED}")
    }
    async fn close(&self) {
        unreachable!("{NOT_ASKED}")
    }
}
