//! Everything that a store answers when it is asked for all it has: two stores with the same contents lived the same life.

mod facts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use hookbox_model::{
    AuditEntry, Automation, Capture, Contact, Conversation, Digest, Field, Inbox, Invite, List, ListId, Member,
    Message, MessageId, Plugin, PluginSecret, Run, RunId, StateEntry, StateUsage, StatsRow, StatsSpan, Template,
    TestCapture, Timestamp, Token, Trigger, User, Workspace, WorkspaceId,
};
use hookbox_store::{
    AuditFilter, AuditVerified, CaptureFilter, ConversationFilter, MessageFilter, Page, PageRequest, RunFilter, Store,
    StoreError,
};
use hookbox_store_redb::RedbStore;

/// A moment after all that the tests write.
const END: Timestamp = Timestamp::from_millis(u64::MAX);

/// What a store has.
#[derive(Debug, PartialEq)]
pub(crate) struct Contents {
    host: Host,
    workspaces: Vec<Room>,
}

/// What belongs to no workspace.
#[derive(Debug, PartialEq)]
struct Host {
    users: Vec<(User, Option<Invite>, Vec<Token>)>,
    tokens: Vec<Token>,
    audit: (AuditVerified, Vec<AuditEntry>),
    retention: Option<Timestamp>,
    dropped_before: u32,
}

/// What belongs to one workspace.
#[derive(Debug, PartialEq)]
struct Room {
    workspace: Workspace,
    inboxes: Vec<Inbox>,
    members: Vec<Member>,
    lists: Vec<List>,
    on_lists: BTreeMap<ListId, Vec<Contact>>,
    fields: Vec<Field>,
    templates: Vec<Template>,
    contacts: Vec<Contact>,
    /// As each contact leads to them.
    known: Vec<Vec<Arc<Conversation>>>,
    /// The runs and the messages that each contact leads to.
    of_contacts: Vec<(Vec<RunId>, Vec<MessageId>)>,
    conversations: Vec<Conversation>,
    messages: Vec<Message>,
    outbox: Vec<Message>,
    automations: Vec<WithVersions>,
    captures: Vec<(Capture, Vec<RunId>)>,
    runs: Vec<Run>,
    plugins: Vec<(Arc<Plugin>, Option<Bytes>)>,
    state: BTreeMap<String, (StateUsage, Vec<(String, StateEntry)>)>,
    secrets: Vec<Arc<PluginSecret>>,
    audit: (AuditVerified, Vec<AuditEntry>),
    stats: Vec<StatsRow>,
    handed: u64,
}

/// What somebody who has to ask by name asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// Plugins that have state.
    pub(crate) plugins: BTreeSet<String>,
}

/// Every item of all pages.
async fn all<T>(page: impl AsyncFn(PageRequest) -> Result<Page<T>, StoreError>) -> Result<Vec<T>, StoreError> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let next = page(PageRequest { after, limit: PageRequest::LIMIT_MAX }).await?;
        items.extend(next.items);
        after = next.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}

impl Contents {
    /// Reads everything.
    pub(crate) async fn of(store: &RedbStore, names: &Names) -> Result<Self, StoreError> {
        let mut workspaces = Vec::new();
        for workspace in all(async |page| store.workspaces().page(page).await).await? {
            workspaces.push(Room::of(store, workspace, names).await?);
        }
        Ok(Self { host: Host::of(store).await?, workspaces })
    }

    /// Runs that are neither final nor held, and are due now; first runs of captures that have none included.
    pub(crate) fn open_runs(&self) -> BTreeSet<RunId> {
        let rooms = self.workspaces.iter();
        rooms
            .flat_map(|room| {
                let waits = |run: &&Run| RunOpen::of(run) == RunOpen::Now;
                let begun = room.runs.iter().filter(waits).map(|run| run.id);
                let known: BTreeSet<RunId> = room.runs.iter().map(|run| run.id).collect();
                let firsts = room.captures.iter().map(|(capture, _)| capture.id.retyped());
                begun.chain(firsts.filter(move |run| !known.contains(run))).collect::<Vec<_>>()
            })
            .collect()
    }

    /// How many records these are, about.
    pub(crate) fn records(&self) -> usize {
        let of = |room: &Room| room.contacts.len() + room.messages.len() + room.captures.len() + room.runs.len();
        self.workspaces.iter().map(of).sum()
    }

    /// The first difference, for people.
    pub(crate) fn difference(&self, other: &Self) -> String {
        let (one, two) = (format!("{self:#?}"), format!("{other:#?}"));
        let (mut left, mut right) = (one.lines(), two.lines());
        let mut context: Vec<&str> = Vec::new();
        loop {
            match (left.next(), right.next()) {
                (Some(one), Some(two)) if one == two => context.push(one),
                (one, two) => {
                    let before = context[context.len().saturating_sub(12)..].join("\n");
                    return format!("{before}\n  found: {one:?}\n  wanted: {two:?}");
                }
            }
        }
    }
}

#[derive(PartialEq)]
enum RunOpen {
    Now,
    Not,
}

impl RunOpen {
    fn of(run: &Run) -> Self {
        let parked = run.state == hookbox_model::RunState::Held || run.due_at.is_some_and(|due| due == END);
        if run.state.is_final() || parked { Self::Not } else { Self::Now }
    }
}

async fn audit(store: &RedbStore, workspace: WorkspaceId) -> Result<(AuditVerified, Vec<AuditEntry>), StoreError> {
    let filter = AuditFilter::default();
    let entries = all(async |page| store.audit().page(workspace, &filter, page).await).await?;
    Ok((store.audit().verify(workspace).await?, entries))
}

impl Host {
    async fn of(store: &RedbStore) -> Result<Self, StoreError> {
        let mut users = Vec::new();
        for user in all(async |page| store.users().page(page).await).await? {
            let invite = store.users().find_invite(user.id).await?;
            let tokens = store.tokens().of(Some(user.id), usize::MAX).await?;
            users.push((user, invite, tokens));
        }
        Ok(Self {
            users,
            tokens: store.tokens().of(None, usize::MAX).await?,
            audit: audit(store, WorkspaceId::HOST).await?,
            retention: store.history().retention_time().await?,
            dropped_before: store.history().dropped_up_to().await?.day,
        })
    }
}

impl Room {
    async fn of(store: &RedbStore, workspace: Workspace, names: &Names) -> Result<Self, StoreError> {
        let id = workspace.id;
        let lists = all(async |page| store.lists().page(id, page).await).await?;
        let mut on_lists = BTreeMap::new();
        for list in &lists {
            let on_it = all(async |page| store.lists().contacts_page(id, list.id, page).await).await?;
            on_lists.insert(list.id, on_it);
        }
        let contacts = all(async |page| store.contacts().page(id, page).await).await?;
        let (mut known, mut of_contacts) = (Vec::new(), Vec::new());
        for contact in &contacts {
            of_contacts.push(of_contact(store, contact).await?);
            known.push(
                store.contacts().known(id, contact.id).await?.map(|known| known.conversations).unwrap_or_default(),
            );
        }
        let mut stats = Vec::new();
        let span = (Timestamp::default(), END);
        store.stats().read(id, StatsSpan::Minute, span, &mut |row| stats.push(row)).await?;
        let day = workspace.zone.day_begin(hookbox_store::conformance::samples::now());
        Ok(Self {
            inboxes: all(async |page| store.inboxes().page(id, page).await).await?,
            members: all(async |page| store.members().page(id, page).await).await?,
            lists,
            on_lists,
            fields: all(async |page| store.fields().page(id, page).await).await?,
            templates: all(async |page| store.templates().page(id, page).await).await?,
            contacts,
            known,
            of_contacts,
            conversations: all(async |page| store.conversations().page(id, ConversationFilter::default(), page).await)
                .await?,
            messages: all(async |page| store.messages().page(id, MessageFilter::default(), page).await).await?,
            outbox: all(async |page| store.outbox().page(id, page).await).await?,
            automations: automations(store, id).await?,
            captures: captures(store, id).await?,
            runs: all(async |page| store.runs().page(id, RunFilter::default(), page).await).await?,
            plugins: plugins(store, id).await?,
            state: state(store, id, names).await?,
            secrets: all(async |page| store.plugin_secrets().page(id, page).await).await?,
            audit: audit(store, id).await?,
            stats,
            handed: store.outbox().sent_on_day(id, day).await?,
            workspace,
        })
    }
}

async fn of_contact(store: &RedbStore, contact: &Contact) -> Result<(Vec<RunId>, Vec<MessageId>), StoreError> {
    let (id, of) = (contact.workspace, Some(contact.id));
    let runs = RunFilter { contact: of, ..RunFilter::default() };
    let runs = all(async |page| store.runs().page(id, runs.clone(), page).await).await?;
    let messages = MessageFilter { contact: of, ..MessageFilter::default() };
    let messages = all(async |page| store.messages().page(id, messages, page).await).await?;
    Ok((runs.iter().map(|run| run.id).collect(), messages.iter().map(|message| message.id).collect()))
}

/// An automation with its versions, its trigger and its test captures.
type WithVersions = (Arc<Automation>, Vec<Arc<Automation>>, Option<Trigger>, Vec<TestCapture>);

async fn automations(store: &RedbStore, id: WorkspaceId) -> Result<Vec<WithVersions>, StoreError> {
    let mut automations = Vec::new();
    for automation in all(async |page| store.automations().page(id, page).await).await? {
        let versions = all(async |page| store.automations().versions_page(id, automation.id, page).await).await?;
        let trigger = store.triggers().get(automation.id).await?;
        let tests = store.captures().tests(id, automation.id).await?;
        automations.push((automation, versions, trigger, tests));
    }
    Ok(automations)
}

async fn captures(store: &RedbStore, id: WorkspaceId) -> Result<Vec<(Capture, Vec<RunId>)>, StoreError> {
    let mut captures = Vec::new();
    for capture in all(async |page| store.captures().page(id, CaptureFilter::default(), page).await).await? {
        let runs = store.captures().runs_of(id, capture.id).await?.first;
        captures.push((capture, runs));
    }
    Ok(captures)
}

async fn plugins(store: &RedbStore, id: WorkspaceId) -> Result<Vec<(Arc<Plugin>, Option<Bytes>)>, StoreError> {
    let mut plugins = Vec::new();
    for plugin in all(async |page| store.plugins().page(id, page).await).await? {
        let digest: Digest = plugin.digest;
        plugins.push((plugin, store.plugins().component(digest).await?));
    }
    Ok(plugins)
}

async fn state(
    store: &RedbStore,
    id: WorkspaceId,
    names: &Names,
) -> Result<BTreeMap<String, (StateUsage, Vec<(String, StateEntry)>)>, StoreError> {
    let mut state = BTreeMap::new();
    for plugin in &names.plugins {
        let entries = all(async |page| store.plugin_state().page(id, plugin, page).await).await?;
        state.insert(plugin.clone(), (store.plugin_state().usage(id, plugin).await?, entries));
    }
    Ok(state)
}
