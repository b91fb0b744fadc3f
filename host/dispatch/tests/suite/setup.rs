//! A dispatcher that runs on a store in memory.

use std::sync::Arc;

use hookbox_dispatch::{Config, Dispatcher, Metrics};
use hookbox_model::{
    Channel, Conversation, InboxId, Message, MessageId, MessageState, SigningSecret, UnknownPolicy, WebhookChannel,
    WorkspaceId,
};
use hookbox_store::conformance::samples;
use hookbox_vault::{Place, Secret, Vault};
use prometheus_client::registry::Registry;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::fake::Fake;

pub(crate) struct Setup {
    pub(crate) fake: Arc<Fake>,
    pub(crate) workspace: WorkspaceId,
    vault: Vault,
}

/// A dispatcher that runs until it is told to stop.
pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

/// The defaults, with the loopback network allowed and short times.
pub(crate) fn config() -> Config {
    let allowed_networks = vec!["127.0.0.0/8".parse().expect("what a test wrote parses")];
    Config { allowed_networks, timeout_ms: 5_000, grace_ms: 10_000, ..Config::default() }
}

/// The secret of every inbox here.
pub(crate) fn secret() -> Secret {
    Secret::from_random([7; 32])
}

impl Setup {
    pub(crate) fn new() -> Self {
        let (workspace, fake) = (samples::workspace(), Fake::new(samples::now()));
        let id = workspace.id;
        fake.state.lock().workspaces.insert(id, workspace);
        Self { fake, workspace: id, vault: Vault::new([9; 32]) }
    }

    /// An inbox with a channel at `url`; without one it is a sandbox.
    pub(crate) fn inbox(&self, url: Option<&str>, unknown: UnknownPolicy) -> InboxId {
        let mut inbox = samples::inbox(self.workspace, "support");
        let (id, secret_id) = (inbox.id, samples::id());
        let sealed = self.vault.seal(&Place::of_inbox(self.workspace, id, secret_id), &secret(), [1; 24]);
        let signing = SigningSecret { id: secret_id, sealed, created_at: inbox.created_at, not_after: None };
        inbox.channel = url.map(|url| {
            Channel::Webhook(WebhookChannel { url: url.into(), secrets: vec![signing], unknown, gone_at: None })
        });
        self.fake.state.lock().inboxes.insert(id, inbox);
        id
    }

    /// Gives an inbox with a channel a newer secret; those before it stay good.
    pub(crate) fn rotate(&self, inbox: InboxId, secret: &Secret) {
        let (id, now) = (samples::id(), self.fake.now());
        let sealed = self.vault.seal(&Place::of_inbox(self.workspace, inbox, id), secret, [2; 24]);
        self.fake.turn(0, |state| {
            let channel = state.inboxes.get_mut(&inbox).and_then(|inbox| inbox.channel.as_mut());
            let Channel::Webhook(channel) = channel.expect("the inbox has a channel");
            channel.secrets.insert(0, SigningSecret { id, sealed, created_at: now, not_after: None });
        });
    }

    /// A conversation of a new contact through an inbox.
    pub(crate) fn conversation(&self, inbox: InboxId) -> Conversation {
        let contact = samples::contact(self.workspace, "+15550100");
        let conversation = samples::conversation(&contact, inbox);
        let mut state = self.fake.state.lock();
        state.contacts.insert(contact.id, contact);
        state.conversations.insert(conversation.id, conversation.clone());
        conversation
    }

    /// A message of a conversation, in the outbox.
    pub(crate) fn message(&self, conversation: &Conversation) -> MessageId {
        let message = samples::message(conversation);
        let id = message.id;
        self.fake.turn(0, |state| drop(state.messages.insert(id, message)));
        id
    }

    /// A message of a new contact, in the outbox.
    pub(crate) fn message_from(&self, inbox: InboxId) -> MessageId {
        self.message(&self.conversation(inbox))
    }

    pub(crate) fn run(&self, config: Config) -> Running {
        let (fake, metrics) = (Arc::clone(&self.fake), Metrics::new(&mut Registry::default()));
        let clock = Arc::clone(&self.fake);
        let dispatcher =
            Dispatcher::with_clock(fake, self.vault.clone(), config, metrics, Arc::new(move || clock.now()))
                .expect("a client can be made");
        let (stop, stopped) = oneshot::channel();
        Running { stop, ended: tokio::spawn(dispatcher.run(async { drop(stopped.await) })) }
    }

    pub(crate) fn get(&self, id: MessageId) -> Message {
        self.fake.state.lock().messages[&id].clone()
    }

    /// The message once it is in a state and nobody has it in hand.
    pub(crate) async fn settled(&self, id: MessageId, state: MessageState) -> Message {
        self.fake.until(|all| all.messages[&id].state == state && !all.claimed.contains(&id)).await;
        self.get(id)
    }

    /// The message once it waits for another attempt after `attempts` of them.
    pub(crate) async fn tried(&self, id: MessageId, attempts: u32) -> Message {
        let again = |message: &Message| message.state == MessageState::Queued && message.attempts == attempts;
        self.fake.until(|all| again(&all.messages[&id]) && !all.claimed.contains(&id)).await;
        self.get(id)
    }
}

impl Running {
    pub(crate) async fn end(self) {
        self.stop.send(()).expect("it runs until it is told to stop");
        self.ended.await.expect("dispatch does not panic");
    }
}
