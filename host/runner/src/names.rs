//! The names of a workspace's lists, inboxes and members, both ways between name and id, and what goes with them: how an
//! inbox sends, what a field holds.

use std::collections::HashMap;
use std::sync::Arc;

use hookbox_model::{
    Contact, Directory, Field, FieldValue, Hours, Inbox, InboxId, ListId, MemberId, Timestamp, Workspace, WorkspaceId,
    Zone,
};
use hookbox_store::{Page, PageRequest, Store, StoreError};

/// Every name of one workspace at one revision of the store.
#[derive(Debug)]
pub(crate) struct Names {
    /// The country whose national phone numbers are understood without `+`.
    pub(crate) country: String,
    /// The names alone, as the sandbox checks effects against.
    pub(crate) directory: Arc<Directory>,
    /// The time zone that hours are meant in where nothing else is said.
    pub(crate) zone: Zone,
    lists: HashMap<String, ListId>,
    inboxes: HashMap<String, InboxId>,
    members: HashMap<String, MemberId>,
    list_names: HashMap<ListId, String>,
    member_names: HashMap<MemberId, String>,
    sending: HashMap<InboxId, Sending>,
    fields: HashMap<String, Field>,
    templates: HashMap<String, String>,
}

/// How an inbox sends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sending {
    /// Whether a channel carries its messages outside; without one it is a sandbox.
    pub(crate) channel: bool,
    /// When it sends nothing.
    pub(crate) quiet_hours: Option<Hours>,
}

impl Names {
    /// Reads them all.
    pub(crate) async fn read(store: &dyn Store, workspace: WorkspaceId) -> Result<Self, StoreError> {
        let Workspace { country, zone, .. } =
            store.workspaces().get(workspace).await?.ok_or(StoreError::Missing { what: "workspace" })?;
        hookbox_mapping::phone::warm(&country);
        let lists = every(|page| store.lists().page(workspace, page)).await?;
        let inboxes = every(|page| store.inboxes().page(workspace, page)).await?;
        let members = every(|page| store.members().page(workspace, page)).await?;
        let fields = every(|page| store.fields().page(workspace, page)).await?;
        let templates = every(|page| store.templates().page(workspace, page)).await?;
        let templates = templates.into_iter().map(|template| (template.name, template.body)).collect();
        let sending = inboxes.iter().map(|inbox| (inbox.id, Sending::of(inbox))).collect();
        let named = Self::of(
            country,
            lists.into_iter().map(|list| (list.name, list.id)).collect(),
            inboxes.into_iter().map(|inbox| (inbox.name, inbox.id)).collect(),
            members.into_iter().map(|member| (member.name, member.id)).collect(),
        );
        let fields = fields.into_iter().map(|field| (field.name.clone(), field)).collect();
        Ok(Self { zone, sending, fields, templates, ..named })
    }

    fn of(
        country: String,
        lists: HashMap<String, ListId>,
        inboxes: HashMap<String, InboxId>,
        members: HashMap<String, MemberId>,
    ) -> Self {
        let directory = Directory {
            lists: lists.keys().cloned().collect(),
            inboxes: inboxes.keys().cloned().collect(),
            members: members.keys().cloned().collect(),
        };
        Self {
            country,
            directory: Arc::new(directory),
            list_names: lists.iter().map(|(name, id)| (*id, name.clone())).collect(),
            member_names: members.iter().map(|(name, id)| (*id, name.clone())).collect(),
            lists,
            inboxes,
            members,
            zone: Zone::utc(),
            sending: HashMap::new(),
            fields: HashMap::new(),
            templates: HashMap::new(),
        }
    }

    pub(crate) fn list(&self, name: &str) -> Option<ListId> {
        self.lists.get(name).copied()
    }

    pub(crate) fn inbox(&self, name: &str) -> Option<InboxId> {
        self.inboxes.get(name).copied()
    }

    pub(crate) fn member(&self, name: &str) -> Option<MemberId> {
        self.members.get(name).copied()
    }

    /// How an inbox sends; `None` when it was removed.
    pub(crate) fn sending(&self, inbox: InboxId) -> Option<&Sending> {
        self.sending.get(&inbox)
    }

    /// The text that the workspace keeps under this name.
    pub(crate) fn template(&self, name: &str) -> Option<&str> {
        self.templates.get(name).map(String::as_str)
    }

    /// What is declared about a field, if something is.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }

    /// When the quiet hours of an inbox that hold at `at` for this contact end: in the contact's zone if it has one, else
    /// their own, else the workspace's.
    pub(crate) fn quiet_until(&self, inbox: InboxId, contact: &Contact, at: Timestamp) -> Option<Timestamp> {
        let hours = self.sending(inbox)?.quiet_hours.as_ref()?;
        match contact.fields.get("time_zone") {
            Some(FieldValue::Text(name)) => match name.parse() {
                Ok(zone) => Hours { zone: Some(zone), ..hours.clone() }.until(at, &self.zone),
                Err(_) => hours.until(at, &self.zone),
            },
            _ => hours.until(at, &self.zone),
        }
    }

    pub(crate) fn list_name(&self, id: ListId) -> Option<&str> {
        self.list_names.get(&id).map(String::as_str)
    }

    pub(crate) fn member_name(&self, id: MemberId) -> Option<&str> {
        self.member_names.get(&id).map(String::as_str)
    }
}

impl Sending {
    fn of(inbox: &Inbox) -> Self {
        Self { channel: inbox.channel.is_some(), quiet_hours: inbox.quiet_hours.clone() }
    }
}

/// The records of every page.
async fn every<T, F>(mut read: impl FnMut(PageRequest) -> F) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let (mut all, mut request) = (Vec::new(), PageRequest::first());
    loop {
        let page = read(request).await?;
        all.extend(page.items);
        let Some(next) = page.next else { return Ok(all) };
        request = PageRequest { after: Some(next), ..PageRequest::first() };
    }
}

#[cfg(test)]
impl Names {
    /// The same, with another way of sending for the inbox `support`.
    pub(crate) fn with_sending(mut self, sending: Sending) -> Self {
        self.sending.insert(InboxId::from_bytes([2; 16]), sending);
        self
    }

    /// The same, with a declared field.
    pub(crate) fn with_field(mut self, field: Field) -> Self {
        self.fields.insert(field.name.clone(), field);
        self
    }

    /// Names for tests: a list `customers`, an inbox `support`, a member `front-desk`.
    pub(crate) fn of_tests() -> Self {
        let one = |name: &str| name.to_owned();
        Self::of(
            one("US"),
            HashMap::from([(one("customers"), ListId::from_bytes([1; 16]))]),
            HashMap::from([(one("support"), InboxId::from_bytes([2; 16]))]),
            HashMap::from([(one("front-desk"), MemberId::from_bytes([3; 16]))]),
        )
    }
}
