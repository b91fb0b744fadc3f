//! Names: which texts may be one, whom a name belongs to, and what the records that others point at are called.

use std::borrow::Cow;
use std::collections::HashMap;

use hookbox_model::{AutomationId, Contact, ContactId, InboxId, ListId, MemberId, User, Workspace, WorkspaceId};
use hookbox_store::{PageRequest, Store, StoreError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::refusal::Fault;

/// The longest name in characters.
pub(crate) const NAME_CHARS_MAX: usize = 100;

/// The first workspace, whatever it is called by now: the one that is meant when none is named. No other has this name.
pub(crate) const DEFAULT_WORKSPACE: &str = "default";

/// How the OpenAPI document describes a name: as [`name_fault`] reads it.
pub(crate) struct NameText;

impl JsonSchema for NameText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        const PATTERN: &str = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$";
        json_schema!({ "type": "string", "minLength": 1, "maxLength": NAME_CHARS_MAX, "pattern": PATTERN })
    }
}

/// How the OpenAPI document describes the address of a user, as [`email_of`] reads it.
pub(crate) struct EmailText;

impl JsonSchema for EmailText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Email".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        const PATTERN: &str = r"^[^\s@\x00-\x1f\x7f-\x9f]+@[^\s@.\x00-\x1f\x7f-\x9f]+(\.[^\s@.\x00-\x1f\x7f-\x9f]+)+$";
        json_schema!({ "type": "string", "maxLength": 254, "pattern": PATTERN })
    }
}

/// A record that another points at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Named<I> {
    /// Its id.
    pub(crate) id: I,
    /// Its name.
    pub(crate) name: String,
}

/// The names of what the records of one answer point at, each looked up once.
pub(crate) struct Names<'s> {
    store: &'s dyn Store,
    workspace: WorkspaceId,
    inboxes: HashMap<InboxId, String>,
    members: HashMap<MemberId, String>,
    lists: HashMap<ListId, String>,
    automations: HashMap<AutomationId, Option<String>>,
    contacts: HashMap<ContactId, Option<String>>,
}

impl<'s> Names<'s> {
    /// No name looked up yet.
    pub(crate) fn new(store: &'s dyn Store, workspace: WorkspaceId) -> Self {
        Self {
            store,
            workspace,
            inboxes: HashMap::new(),
            members: HashMap::new(),
            lists: HashMap::new(),
            automations: HashMap::new(),
            contacts: HashMap::new(),
        }
    }

    /// An inbox with its name; the name is empty if the inbox is gone.
    pub(crate) async fn inbox(&mut self, id: InboxId) -> Result<Named<InboxId>, StoreError> {
        if let Some(name) = self.inboxes.get(&id) {
            return Ok(Named { id, name: name.clone() });
        }
        let name = self.store.inboxes().get(self.workspace, id).await?.map(|inbox| inbox.name).unwrap_or_default();
        self.inboxes.insert(id, name.clone());
        Ok(Named { id, name })
    }

    /// A member with their name; the name is empty if the member is gone.
    pub(crate) async fn member(&mut self, id: MemberId) -> Result<Named<MemberId>, StoreError> {
        if let Some(name) = self.members.get(&id) {
            return Ok(Named { id, name: name.clone() });
        }
        let name = self.store.members().get(self.workspace, id).await?.map(|member| member.name).unwrap_or_default();
        self.members.insert(id, name.clone());
        Ok(Named { id, name })
    }

    /// A list with its name; the name is empty if the list is gone.
    pub(crate) async fn list(&mut self, id: ListId) -> Result<Named<ListId>, StoreError> {
        if let Some(name) = self.lists.get(&id) {
            return Ok(Named { id, name: name.clone() });
        }
        let name = self.store.lists().get(self.workspace, id).await?.map(|list| list.name).unwrap_or_default();
        self.lists.insert(id, name.clone());
        Ok(Named { id, name })
    }

    /// What an automation is called; nothing if it is gone or cannot be read.
    pub(crate) async fn automation(&mut self, id: AutomationId) -> Result<Option<String>, StoreError> {
        if let Some(name) = self.automations.get(&id) {
            return Ok(name.clone());
        }
        let found = readable(self.store.automations().get(self.workspace, id).await)?;
        let name = found.map(|automation| automation.document.name.clone());
        self.automations.insert(id, name.clone());
        Ok(name)
    }

    /// From here on a contact is called as it stands here, whatever is stored: what would become of it in a dry run.
    pub(crate) fn call(&mut self, contact: &Contact) {
        self.contacts.insert(contact.id, contact.label());
    }

    /// What a contact is called, by its name or by what it is found by; nothing if it has neither, is gone or cannot be read.
    pub(crate) async fn contact(&mut self, id: ContactId) -> Result<Option<String>, StoreError> {
        if let Some(label) = self.contacts.get(&id) {
            return Ok(label.clone());
        }
        let found = readable(self.store.contacts().get(self.workspace, id).await)?;
        let label = found.and_then(|contact| contact.label());
        self.contacts.insert(id, label.clone());
        Ok(label)
    }
}

/// A record whose damage the store has noted is as good as gone where only its name is wanted.
pub(crate) fn readable<T>(found: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(StoreError::Damaged { .. }) => Ok(None),
        found => found,
    }
}

/// Why a text cannot be a name.
pub(crate) fn name_fault(at: &str, name: &str) -> Option<Fault> {
    let message = if name.is_empty() {
        "a name is needed".to_owned()
    } else if name.trim() != name {
        "a name neither begins nor ends with white space".to_owned()
    } else if name.chars().count() > NAME_CHARS_MAX {
        format!("a name has at most {NAME_CHARS_MAX} characters")
    } else if name.chars().any(char::is_control) {
        "a name has no control characters".to_owned()
    } else {
        return None;
    };
    Some(Fault::new(at, message))
}

/// The one spelling of a user's address, and what is wrong with a text that cannot be one.
pub(crate) fn email_of(text: &str) -> (String, Option<Fault>) {
    match User::spelled(text) {
        Some(email) => (email, None),
        None => {
            let message = "an address looks like name@example.com and has at most 254 bytes";
            (String::new(), Some(Fault::new("email", message)))
        }
    }
}

/// The workspace that was made first.
pub(crate) async fn first_workspace(store: &dyn Store) -> Result<Option<Workspace>, StoreError> {
    let page = store.workspaces().page(PageRequest { limit: 1, ..PageRequest::first() }).await?;
    Ok(page.items.into_iter().next())
}

/// The workspace of this name.
pub(crate) async fn workspace_named(store: &dyn Store, name: &str) -> Result<Option<Workspace>, StoreError> {
    let mut wanted = PageRequest::first();
    loop {
        let page = store.workspaces().page(wanted.clone()).await?;
        if let Some(found) = page.items.into_iter().find(|workspace| workspace.name == name) {
            return Ok(Some(found));
        }
        let Some(next) = page.next else { return Ok(None) };
        wanted.after = Some(next);
    }
}
