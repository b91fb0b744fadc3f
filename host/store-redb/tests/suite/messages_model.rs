//! Random lives of messages against a simple model: each conversation in its order and one at a time, nothing sent against
//! consent, no end changed but as reports and decisions may, nothing lost when the host is killed while it commits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hookbox_model::{
    ContactId, ConversationId, Decision, Identifier, Inbox, IncomingMessage, Message, MessageId, MessageReport,
    MessageState, ReportState, Timestamp, Workspace,
};
use hookbox_store::conformance::samples;
use hookbox_store::conformance::thread::{Thread, never};
use hookbox_store::{CommitError, MessageCommitted, PageRequest, Received, Store, StoreError};
use hookbox_store_redb::RedbStore;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, proptest};
use proptest::prop_oneof;

use crate::place::Place;

/// The most hosts that still hold a message which they have claimed no more.
const GHOSTS_MAX: usize = 6;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// A run asks for a message in one of the conversations.
    Post(usize, When),
    Claim(usize),
    /// A step of one of the claimed messages.
    Commit(usize, To),
    /// The same by a host whose claim ended meanwhile, and which does not know.
    CommitLate(usize, To),
    Release(usize),
    Report(usize, ReportState),
    Decide(usize, Decision),
    /// Somebody of the workspace opts a contact out or in.
    Consent(usize, bool),
    /// A contact writes, by itself or as its channel told before.
    Incoming(usize, &'static str, bool),
    /// Kills the host while it commits steps of claimed messages.
    Kill(Vec<To>),
    Restart,
}

/// When a message is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    AtOnce,
    Past,
    Never,
}

/// What a step brings a message to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Queued(When),
    Held(When),
    Sending,
    Sent,
    Failed,
    Suppressed,
    Unknown,
    /// Unknown, and what follows waits.
    UnknownHeld,
}

impl When {
    fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::AtOnce => None,
            Self::Past => Some(Timestamp::from_millis(1)),
            Self::Never => Some(never()),
        }
    }
}

impl To {
    fn state(self) -> (MessageState, Option<Timestamp>) {
        match self {
            Self::Queued(when) => (MessageState::Queued, when.due_at()),
            Self::Held(when) => (MessageState::Held, when.due_at()),
            Self::Sending => (MessageState::Sending, None),
            Self::Sent => (MessageState::Sent, None),
            Self::Failed => (MessageState::Failed, None),
            Self::Suppressed => (MessageState::Suppressed, None),
            Self::Unknown | Self::UnknownHeld => (MessageState::Unknown, None),
        }
    }

    /// The message as this step makes it at `at`.
    fn of(self, message: &Message, at: Timestamp) -> Message {
        let (state, due_at) = self.state();
        let attempts = message.attempts + u32::from(self == Self::Sending);
        let sent_at = if self == Self::Sent { Some(at) } else { message.sent_at };
        Message { state, due_at, attempts, sent_at, revision: message.revision + 1, ..message.clone() }
    }
}

fn when() -> impl Strategy<Value = When> + Clone {
    prop_oneof![3 => Just(When::AtOnce), 2 => Just(When::Past), 1 => Just(When::Never)]
}

fn to() -> impl Strategy<Value = To> + Clone {
    prop_oneof![
        2 => when().prop_map(To::Queued),
        1 => when().prop_map(To::Held),
        8 => Just(To::Sending),
        3 => Just(To::Sent),
        2 => Just(To::Failed),
        1 => Just(To::Suppressed),
        2 => Just(To::Unknown),
        3 => Just(To::UnknownHeld),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let report = prop_oneof![Just(ReportState::Sent), Just(ReportState::Delivered), Just(ReportState::Failed)];
    let decision = prop_oneof![2 => Just(Decision::Send), 1 => Just(Decision::Sent), 1 => Just(Decision::Failed)];
    let words = prop_oneof![Just("STOP"), Just("start"), Just("hello")];
    prop_oneof![
        20 => (any::<usize>(), when()).prop_map(|(at, when)| Step::Post(at, when)),
        20 => (1..6_usize).prop_map(Step::Claim),
        40 => (any::<usize>(), to()).prop_map(|(at, to)| Step::Commit(at, to)),
        5 => (any::<usize>(), to()).prop_map(|(at, to)| Step::CommitLate(at, to)),
        6 => any::<usize>().prop_map(Step::Release),
        8 => (any::<usize>(), report).prop_map(|(at, state)| Step::Report(at, state)),
        10 => (any::<usize>(), decision).prop_map(|(at, decision)| Step::Decide(at, decision)),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(at, out)| Step::Consent(at, out)),
        4 => (any::<usize>(), words, any::<bool>()).prop_map(|(at, words, again)| Step::Incoming(at, words, again)),
        3 => proptest::collection::vec(to(), 0..4).prop_map(Step::Kill),
        1 => Just(Step::Restart),
    ]
}

/// The order of a conversation: 0 for what is sent again, then by when it was committed.
type Rank = (u64, MessageId);

/// The messages of a conversation that are to be sent.
#[derive(Debug, Default)]
struct Line {
    waiting: BTreeSet<Rank>,
    /// The one that may be claimed.
    next: Option<Rank>,
    /// Unknown messages that hold up what ranks behind them.
    holders: BTreeSet<Rank>,
}

/// What must be so.
struct Model {
    workspace: Workspace,
    inbox: Inbox,
    threads: Vec<Thread>,
    messages: BTreeMap<MessageId, Message>,
    ranks: BTreeMap<MessageId, u64>,
    lines: BTreeMap<ConversationId, Line>,
    opted_out: BTreeMap<ContactId, bool>,
    /// What came in last, of each contact.
    told: BTreeMap<ContactId, IncomingMessage>,
    claims: Vec<Message>,
    ghosts: Vec<Message>,
    posted: u64,
    handed: BTreeMap<ContactId, BTreeSet<MessageId>>,
}

impl Model {
    fn nth(&self, at: usize) -> Option<Message> {
        (!self.messages.is_empty()).then(|| self.messages.values().nth(at % self.messages.len()).cloned()).flatten()
    }

    /// The first in line is next unless one before it holds it up; what is on its way stays next.
    fn arrange(&mut self, conversation: ConversationId) {
        let line = self.lines.entry(conversation).or_default();
        let on_its_way = |rank: &Rank| self.messages[&rank.1].state == MessageState::Sending;
        if line.next.as_ref().is_some_and(on_its_way) {
            return;
        }
        let first = line.waiting.first().copied();
        line.next = first.filter(|first| !line.holders.iter().any(|holder| holder < first));
    }

    /// The message is now so; `holds` when it holds up what follows.
    fn becomes(&mut self, message: Message, holds: bool) {
        let (id, conversation, waits) = (message.id, message.conversation, message.state.is_in_outbox());
        let before = self.messages.insert(id, message);
        let again = waits && before.is_some_and(|before| !before.state.is_in_outbox());
        let line = self.lines.entry(conversation).or_default();
        line.holders.retain(|holder| holder.1 != id);
        if again {
            self.ranks.insert(id, 0);
        }
        let rank = (self.ranks[&id], id);
        if waits {
            line.waiting.insert(rank);
        } else {
            line.waiting.remove(&rank);
            line.next = line.next.filter(|next| *next != rank);
        }
        if holds {
            line.holders.insert(rank);
        }
        self.arrange(conversation);
    }

    /// What can be claimed now.
    fn claimable(&self) -> BTreeSet<MessageId> {
        let busy: BTreeSet<ConversationId> = self.claims.iter().map(|claim| claim.conversation).collect();
        let free = self.lines.iter().filter(|(conversation, _)| !busy.contains(conversation));
        let next = free.filter_map(|(_, line)| line.next.map(|next| next.1));
        next.filter(|id| self.messages[id].due_at != When::Never.due_at()).collect()
    }

    /// A step of a message, what should come of it, and the message as it should be then.
    fn step(
        &self,
        claimed: &Message,
        to: To,
        at: Timestamp,
    ) -> (Message, Result<MessageCommitted, CommitError>, Message) {
        let (asked, known) = (to.of(claimed, at), &self.messages[&claimed.id]);
        if !known.state.is_in_outbox() || known.revision + 1 != asked.revision {
            return (asked, Err(CommitError::RunChanged), known.clone());
        }
        if to == To::Sending && self.opted_out[&claimed.contact] {
            // Why it is suppressed names what the contact did; that is for the suite to look at.
            let kept = Message { state: MessageState::Suppressed, attempts: known.attempts, ..asked.clone() };
            return (asked, Ok(MessageCommitted::Suppressed), kept);
        }
        (asked.clone(), Ok(MessageCommitted::AsAsked), asked)
    }

    /// Takes over what a step wrote.
    fn stepped(&mut self, after: Message, to: To) {
        if after.state == MessageState::Sending {
            self.handed.entry(after.contact).or_default().insert(after.id);
        }
        self.becomes(after, to == To::UnknownHeld);
    }

    fn haunt(&mut self, claims: Vec<Message>) {
        self.ghosts.extend(claims);
        let gone = self.ghosts.len().saturating_sub(GHOSTS_MAX);
        self.ghosts.drain(..gone);
    }
}

/// A message without the words for people.
fn plain(message: &Message) -> Message {
    Message { reason: None, ..message.clone() }
}

async fn stored(store: &RedbStore, id: MessageId, model: &Model) -> Message {
    store.messages().get(model.workspace.id, id).await.expect("a look-up").expect("the message")
}

async fn post(store: &RedbStore, model: &mut Model, at: usize, when: When) {
    let thread = &model.threads[at % model.threads.len()];
    let refused = model.opted_out[&thread.contact.id];
    let message = thread.post(store, |message| message.due_at = when.due_at()).await;
    if refused {
        // It was never in the outbox, so nothing leads to it by its id.
        assert_eq!(store.messages().get(model.workspace.id, message.id).await, Ok(None));
        return;
    }
    model.posted += 1;
    model.ranks.insert(message.id, model.posted);
    model.becomes(message, false);
}

async fn claim(store: &RedbStore, model: &mut Model, limit: usize) {
    let claimable = model.claimable();
    let claims = store.outbox().claim(limit).await.expect("a claim");
    assert_eq!(claims.len(), claimable.len().min(limit), "as many as may be sent: {claimable:?}");
    for claim in claims {
        assert!(claimable.contains(&claim.message.id), "only what is next and due: {:?}", claim.message);
        assert_eq!(plain(&claim.message), model.messages[&claim.message.id], "as it was last committed");
        assert_eq!(claim.contact.consent.allows(), !model.opted_out[&claim.contact.id]);
        assert_eq!(claim.conversation.id, claim.message.conversation);
        model.claims.push(model.messages[&claim.message.id].clone());
    }
}

async fn commit(store: &RedbStore, model: &mut Model, claimed: Message, to: To) {
    let at = samples::now();
    let (asked, expected, after) = model.step(&claimed, to, at);
    let committed = store.outbox().commit_message(&asked, to == To::UnknownHeld, at).await;
    assert_eq!(committed, expected, "{claimed:?} {to:?}");
    if expected.is_err() {
        store.outbox().release(&[(claimed.workspace, claimed.id)]).await;
        return;
    }
    if after.state == MessageState::Sending {
        model.claims.push(after.clone());
    }
    model.stepped(after, to);
}

/// A step by somebody whose claim ended: refused, unless nobody has brought the message on since. A claim of somebody else
/// ends with it when it lets go of the message.
async fn commit_late(store: &RedbStore, model: &mut Model, ghost: &Message, to: To) {
    let at = samples::now();
    let (asked, expected, after) = model.step(ghost, to, at);
    assert_eq!(store.outbox().commit_message(&asked, to == To::UnknownHeld, at).await, expected);
    if expected.is_ok() {
        let lets_go = after.state != MessageState::Sending;
        model.stepped(after, to);
        if lets_go {
            let overtaken = model.claims.extract_if(.., |claim| claim.id == ghost.id).collect();
            model.haunt(overtaken);
        }
    }
}

async fn report(store: &RedbStore, model: &mut Model, at: usize, state: ReportState) {
    let Some(known) = model.nth(at) else { return };
    let (workspace, inbox, message, at) = (known.workspace, known.inbox, known.id, samples::now());
    let told = MessageReport { workspace, inbox, message, state, reason: None, at };
    store.messages().report(&told).await.expect("the message is there");
    let after = stored(store, known.id, model).await;
    let (sent, failed) = (MessageState::Sent, MessageState::Failed);
    let waits = matches!(known.state, MessageState::Queued | MessageState::Held) && known.attempts > 0;
    let open = waits || matches!(known.state, MessageState::Sending | MessageState::Unknown);
    let wanted = match state {
        ReportState::Sent | ReportState::Delivered if open => Some(sent),
        ReportState::Delivered if known.state == sent && known.delivered_at.is_none() => Some(sent),
        ReportState::Failed if open && !waits || known.state == sent => Some(failed),
        ReportState::Sent | ReportState::Delivered | ReportState::Failed => None,
    };
    match wanted {
        None => assert_eq!(plain(&after), known, "{told:?}"),
        Some(wanted) => {
            assert_eq!((after.state, after.revision), (wanted, known.revision + 1), "{told:?}");
            assert_eq!(after.delivered_at.is_some(), state == ReportState::Delivered || known.delivered_at.is_some());
            model.becomes(plain(&after), false);
        }
    }
}

async fn decide(store: &RedbStore, model: &mut Model, at: usize, decision: Decision) {
    let Some(known) = model.nth(at) else { return };
    let decided = store.messages().decide(known.workspace, known.id, decision, Timestamp::from_millis(1)).await;
    if !matches!(known.state, MessageState::Failed | MessageState::Unknown) {
        assert_eq!(decided, Err(StoreError::Stale { what: "message" }));
        assert_eq!(plain(&stored(store, known.id, model).await), known);
        return;
    }
    let after = decided.expect("it is decided");
    let wanted = match decision {
        Decision::Send => MessageState::Queued,
        Decision::Sent => MessageState::Sent,
        Decision::Failed => MessageState::Failed,
    };
    assert_eq!((after.state, after.attempts), (wanted, known.attempts));
    model.becomes(plain(&after), false);
}

async fn incoming(store: &RedbStore, model: &mut Model, at: usize, words: &str, again: bool) {
    let contact = &model.threads[at % model.threads.len()].contact;
    let from = Identifier::Phone(contact.phone.clone().expect("it has a phone"));
    let told = model.told.get(&contact.id).filter(|_| again);
    let fresh = samples::incoming(&model.inbox, &from, words);
    let incoming = IncomingMessage {
        external_id: told.map_or(fresh.external_id.clone(), |told| told.external_id.clone()),
        ..fresh
    };
    let expected = told.map_or(Received::Stored, |told| Received::Repeated(told.id));
    assert_eq!(store.messages().receive(&incoming).await, Ok(expected));
    if expected == Received::Stored {
        let opted_out = model.opted_out.get_mut(&contact.id).expect("a contact of the test");
        *opted_out = words == "STOP" || (*opted_out && words != "start");
        let found = stored(store, incoming.id, model).await;
        assert_eq!((found.state, found.contact), (MessageState::Received, contact.id));
        model.told.insert(contact.id, incoming);
    }
}

/// Kills the host while it commits, and starts another: of the steps under way those that came first are there.
async fn kill(store: Arc<RedbStore>, place: &mut Place, model: &mut Model, steps: Vec<To>) -> Arc<RedbStore> {
    let (claims, at) = (std::mem::take(&mut model.claims), samples::now());
    let under_way: Vec<_> = claims.iter().zip(steps).map(|(claim, to)| (model.step(claim, to, at), to)).collect();
    let mut commits: Vec<_> = under_way
        .iter()
        .map(|((asked, ..), to)| store.outbox().commit_message(asked, *to == To::UnknownHeld, at))
        .collect();
    for commit in &mut commits {
        // Its place in line is taken when it is first asked for.
        let _ = std::future::poll_fn(|context| std::task::Poll::Ready(commit.as_mut().poll(context).is_ready())).await;
    }
    let left = place.crashed();
    drop(commits);
    drop(store);
    *place = left;
    model.haunt(claims);
    let store = place.open();
    let mut lost = false;
    for ((_, expected, after), to) in under_way {
        if expected.is_err() {
            continue;
        }
        let is_there = stored(&store, after.id, model).await.revision == after.revision;
        assert!(!(is_there && lost), "steps are made in the order of their calls");
        lost |= !is_there;
        if is_there {
            model.stepped(after, to);
        }
    }
    as_modelled(&store, model).await;
    store
}

/// Every message, and what is counted, is as the model says.
async fn as_modelled(store: &RedbStore, model: &Model) {
    for known in model.messages.values() {
        assert_eq!(plain(&stored(store, known.id, model).await), *known);
    }
    let page = store.outbox().page(model.workspace.id, PageRequest::first()).await.expect("a page");
    let waiting = model.messages.values().filter(|message| message.state.is_in_outbox());
    let wanted: Vec<_> = waiting.map(|message| message.id).collect();
    assert_eq!(samples::only(page).iter().map(|message| message.id).collect::<Vec<_>>(), wanted);
    let day = model.workspace.zone.day_begin(samples::now());
    let handed = model.handed.values().map(BTreeSet::len).sum::<usize>() as u64;
    assert_eq!(store.outbox().sent_on_day(model.workspace.id, day).await, Ok(handed), "each is counted once");
    for thread in &model.threads {
        let handed = model.handed.get(&thread.contact.id);
        let counts = |id: &&MessageId| {
            matches!(model.messages[*id].state, MessageState::Sending | MessageState::Sent | MessageState::Unknown)
        };
        let wanted = handed.map_or(0, |handed| handed.iter().filter(counts).count());
        let since = store.messages().sent_since(model.workspace.id, thread.contact.id, day, u32::MAX).await;
        assert_eq!(since.map(|since| since as usize), Ok(wanted));
    }
}

/// Everything that may leave leaves, each conversation in its order.
async fn nothing_is_lost(store: &RedbStore, model: &mut Model) {
    for claim in std::mem::take(&mut model.claims) {
        store.outbox().release(&[(claim.workspace, claim.id)]).await;
    }
    as_modelled(store, model).await;
    while !model.claimable().is_empty() {
        claim(store, model, 100).await;
        for claimed in std::mem::take(&mut model.claims) {
            commit(store, model, claimed, To::Sent).await;
        }
    }
    claim(store, model, 100).await;
    assert_eq!(model.claims, []);
    as_modelled(store, model).await;
}

async fn begun(store: &RedbStore) -> Model {
    let workspace = samples::workspace();
    store.workspaces().create(&workspace).await.expect("a workspace is added");
    let mut inboxes = Vec::new();
    for name in ["support", "sales"] {
        let inbox = samples::inbox(workspace.id, name);
        store.inboxes().create(&inbox).await.expect("an inbox is added");
        inboxes.push(inbox);
    }
    let mut threads = Vec::new();
    for inbox in [&inboxes[0], &inboxes[0], &inboxes[1]] {
        threads.push(Thread::begun(store, workspace.id, inbox.id).await);
    }
    Model {
        workspace,
        inbox: inboxes.remove(0),
        opted_out: threads.iter().map(|thread| (thread.contact.id, false)).collect(),
        threads,
        messages: BTreeMap::new(),
        ranks: BTreeMap::new(),
        lines: BTreeMap::new(),
        told: BTreeMap::new(),
        claims: Vec::new(),
        ghosts: Vec::new(),
        posted: 0,
        handed: BTreeMap::new(),
    }
}

async fn live(steps: Vec<Step>) {
    let mut place = Place::new();
    let mut store = place.open();
    let mut model = begun(&store).await;
    for step in steps {
        match step {
            Step::Post(at, when) => post(&store, &mut model, at, when).await,
            Step::Claim(limit) => claim(&store, &mut model, limit).await,
            Step::Commit(at, to) if !model.claims.is_empty() => {
                let claimed = model.claims.remove(at % model.claims.len());
                commit(&store, &mut model, claimed, to).await;
            }
            Step::CommitLate(at, to) if !model.ghosts.is_empty() => {
                let ghost = model.ghosts.remove(at % model.ghosts.len());
                commit_late(&store, &mut model, &ghost, to).await;
            }
            Step::Release(at) if !model.claims.is_empty() => {
                let claimed = model.claims.remove(at % model.claims.len());
                store.outbox().release(&[(claimed.workspace, claimed.id)]).await;
                model.haunt(vec![claimed]);
            }
            Step::Commit(..) | Step::CommitLate(..) | Step::Release(_) => {}
            Step::Report(at, state) => report(&store, &mut model, at, state).await,
            Step::Decide(at, decision) => decide(&store, &mut model, at, decision).await,
            Step::Consent(at, opted_out) => {
                let thread = &model.threads[at % model.threads.len()];
                thread.opt_out(&*store, opted_out).await;
                model.opted_out.insert(thread.contact.id, opted_out);
            }
            Step::Incoming(at, words, again) => incoming(&store, &mut model, at, words, again).await,
            Step::Kill(steps) => store = kill(store, &mut place, &mut model, steps).await,
            Step::Restart => {
                store.close().await;
                drop(store);
                let claims = std::mem::take(&mut model.claims);
                model.haunt(claims);
                store = place.open();
                as_modelled(&store, &model).await;
            }
        }
    }
    nothing_is_lost(&store, &mut model).await;
    store.close().await;
    drop(store);
    let report = place.check();
    assert!(report.is_whole(), "{:?}", report.findings);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_random_life_of_a_store_loses_a_message_or_sends_one_against_order_or_consent(
        steps in proptest::collection::vec(step(), 100..250),
    ) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(live(steps));
    }
}
