//! What a dry run found, as the API shows it: the contact before and after, what would change, and what each step did.

use std::collections::BTreeSet;

use hookbox_model::{Contact, Conversation, DryRunReport, Left, RunFailure, Seen, StateAccess};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::contacts::ContactShape;
use crate::conversations::ConversationShape;
use crate::messages::MessageShape;
use crate::names::Names;
use crate::runs::StepShape;

/// The keys of a contact and a conversation that change with every change or never, so that they say nothing.
const STAMPS: [&str; 6] = ["id", "contact", "contact_name", "version", "created_at", "updated_at"];

/// What would be. Nothing of it is stored.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DryRunReport")]
pub(crate) struct ReportShape {
    /// Why it would fail, or null.
    failure: Option<RunFailure>,
    /// How many runs the payload would become; null without `each`.
    items: Option<u32>,
    /// What would change about the contact.
    changes: Vec<ChangeShape>,
    /// The contact as it is stored; null when the run would make it, or mapping failed.
    before: Option<ContactShape>,
    /// The contact as it would become; null when mapping failed.
    after: Option<ContactShape>,
    /// What each step did, with its effects.
    steps: Vec<StepShape>,
    /// The conversations that would begin or change.
    conversations: Vec<ConversationChangeShape>,
    /// The messages that would be written, in the state they would have.
    messages: Vec<MessageShape>,
    /// What plugins would remember otherwise than now.
    state: Vec<StateChangeShape>,
}

/// What a plugin would remember under a key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PluginStateChange")]
struct StateChangeShape {
    /// The plugin's name.
    plugin: String,
    /// The key.
    key: String,
    /// As it is; null when there is nothing, or the plugin did not look.
    before: Option<String>,
    /// As it would become; null when it would be gone.
    after: Option<String>,
}

/// One value that would change.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Change")]
pub(crate) struct ChangeShape {
    /// Which: `phone`, `tags`, `fields.first_name`.
    pub(crate) at: String,
    /// As it is; null when there is none.
    pub(crate) before: Value,
    /// As it would become; null when there would be none.
    pub(crate) after: Value,
}

/// A conversation that would begin or change.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConversationChange")]
struct ConversationChangeShape {
    /// What would change.
    changes: Vec<ChangeShape>,
    /// As it is stored; null when it would begin.
    before: Option<ConversationShape>,
    /// As it would become.
    after: ConversationShape,
}

impl ReportShape {
    /// The report with the names of what it points at.
    pub(crate) async fn of(report: DryRunReport, names: &mut Names<'_>) -> Result<Self, StoreError> {
        if let Some(after) = &report.after {
            names.call(after);
        }
        let before = contact(report.before.as_deref(), names).await?;
        let after = contact(report.after.as_deref(), names).await?;
        let mut conversations = Vec::with_capacity(report.conversations.len());
        for (before, after) in &report.conversations {
            let before = conversation(before.as_deref(), names).await?;
            let after = ConversationShape::of((**after).clone(), names).await?;
            let changes = changes(before.as_ref(), Some(&after))?;
            conversations.push(ConversationChangeShape { changes, before, after });
        }
        let mut messages = Vec::with_capacity(report.messages.len());
        for message in report.messages {
            messages.push(MessageShape::of(message, names).await?);
        }
        Ok(Self {
            failure: report.failure,
            items: report.items,
            changes: changes(before.as_ref(), after.as_ref())?,
            before,
            after,
            steps: report.steps.into_iter().map(StepShape::from).collect(),
            conversations,
            messages,
            state: report
                .state
                .into_iter()
                .filter_map(|(plugin, access)| StateChangeShape::of(plugin, access))
                .collect(),
        })
    }
}

impl StateChangeShape {
    /// The change of a key, if the run would change it.
    fn of(plugin: String, access: StateAccess) -> Option<Self> {
        let after = match access.left {
            Left::Unchanged => return None,
            Left::Removed => None,
            Left::Entry(entry) => Some(entry.value),
        };
        let before = match access.seen {
            Seen::Unread | Seen::Absent => None,
            Seen::Entry(entry) => Some(entry.value),
        };
        Some(Self { plugin, key: access.key, before, after })
    }
}

async fn contact(contact: Option<&Contact>, names: &mut Names<'_>) -> Result<Option<ContactShape>, StoreError> {
    match contact {
        None => Ok(None),
        Some(contact) => ContactShape::of(contact.clone(), names).await.map(Some),
    }
}

async fn conversation(
    conversation: Option<&Conversation>,
    names: &mut Names<'_>,
) -> Result<Option<ConversationShape>, StoreError> {
    match conversation {
        None => Ok(None),
        Some(conversation) => ConversationShape::of(conversation.clone(), names).await.map(Some),
    }
}

/// What differs between two shapes; nothing when there is none after.
fn changes<S: Serialize>(before: Option<&S>, after: Option<&S>) -> Result<Vec<ChangeShape>, StoreError> {
    let Some(after) = after else { return Ok(Vec::new()) };
    let damaged = |error: serde_json::Error| StoreError::Damaged { what: "dry run", reason: error.to_string() };
    let before = before.map(serde_json::to_value).transpose().map_err(damaged)?;
    let (before, after) = (flat(before), flat(Some(serde_json::to_value(after).map_err(damaged)?)));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |values: &Map<String, Value>, key: &String| values.get(key).cloned().unwrap_or_default();
    let changed = keys.into_iter().map(|key| ChangeShape {
        at: key.clone(),
        before: value(&before, key),
        after: value(&after, key),
    });
    Ok(changed.filter(|change| change.before != change.after && !is_empty_at_first(change)).collect())
}

/// The values by their places, with those in `fields` one by one and without stamps.
fn flat(shape: Option<Value>) -> Map<String, Value> {
    let Some(Value::Object(shape)) = shape else { return Map::new() };
    let mut flat = Map::new();
    for (key, value) in shape.into_iter().filter(|(key, _)| !STAMPS.contains(&key.as_str())) {
        match value {
            Value::Object(fields) if key == "fields" => {
                flat.extend(fields.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)));
            }
            value => drop(flat.insert(key, value)),
        }
    }
    flat
}

/// Whether a new record merely has nothing there: no tags, no lists, not opted out.
fn is_empty_at_first(change: &ChangeShape) -> bool {
    change.before.is_null()
        && match &change.after {
            Value::Array(items) => items.is_empty(),
            Value::Object(values) => values.values().all(Value::is_null),
            Value::Bool(truth) => !truth && !change.at.starts_with("fields."),
            Value::Null | Value::Number(_) | Value::String(_) => false,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::changes;

    fn check(before: Option<Value>, after: &Value, wanted: &Value) {
        let found = changes(before.as_ref(), Some(after)).expect("changes");
        assert_eq!(serde_json::to_value(found).expect("JSON"), *wanted);
    }

    #[test]
    fn a_diff_tells_what_changes_and_nothing_else() {
        let stored = json!({"id": "a", "version": 1, "phone": "+1", "fields": {"x": 1, "y": false}, "tags": ["t"]});
        check(Some(stored.clone()), &stored, &json!([]));
        let after = json!({"id": "a", "version": 2, "phone": "+1", "fields": {"y": true, "z": "n"}, "tags": []});
        let wanted = json!([
            {"at": "fields.x", "before": 1, "after": null},
            {"at": "fields.y", "before": false, "after": true},
            {"at": "fields.z", "before": null, "after": "n"},
            {"at": "tags", "before": ["t"], "after": []},
        ]);
        check(Some(stored), &after, &wanted);
        let new = json!({"id": "b", "phone": "+1", "fields": {"y": false}, "tags": [], "opted_out": false, "consent": {"b": null}});
        let wanted = json!([
            {"at": "fields.y", "before": null, "after": false},
            {"at": "phone", "before": null, "after": "+1"},
        ]);
        check(None, &new, &wanted);
    }
}
