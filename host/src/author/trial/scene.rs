//! From a fixture to the argument of the call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use hookbox_model::{
    Contact, ContactId, ContactView, Conversation, ConversationView, Digest, Directory, FieldValue, Grants, InboxId,
    Invocation, JsonLimits, Need, Payload, RunId, Since, WorkspaceId,
};

use super::origins::Origins;
use crate::author::fixture::{Fixture, GivenConversation, Person};

/// What the run is derived from: the same for every fixture, so that clocks and randomness are.
const RUN: &str = "hookbox plugin test";

/// The argument of the call that a fixture describes.
pub(super) fn invocation(fixture: &Fixture, origins: &Origins) -> Result<Invocation> {
    let payload = fixture.payload.as_ref().map_or("{}", |payload| payload.get()).to_owned();
    let payload = Payload::parse(Bytes::from(payload), JsonLimits::default()).context("the payload is refused")?;
    let contact = contact(fixture)?;
    let run = RunId::from_bytes(bytes_of(RUN));
    Ok(Invocation {
        run,
        step: 0,
        step_name: Arc::from(fixture.step.as_str()),
        attempt: fixture.attempt,
        idempotency_key: format!("{run}:0"),
        now: fixture.now,
        payload,
        conversation: fixture.conversation.as_ref().map(|given| conversation(given, fixture, contact.id)),
        contact: ContactView { contact: Arc::new(contact), lists: fixture.contact.lists.clone() },
        inbox: Arc::from(fixture.inbox.as_str()),
        steps: fixture.steps.iter().map(|step| (step.name.clone(), step.output.get().to_owned())).collect(),
        settings: origins.stand_in_all(&fixture.settings).to_string(),
        directory: Arc::new(directory(fixture)),
        rehearsal: false,
    })
}

/// What is granted: what the fixture says, or else everything that is asked; calls go to stand-ins and nowhere else.
pub(super) fn grants(fixture: &Fixture, needs: &[Need], origins: &Origins) -> Vec<Need> {
    let granted = match &fixture.grants {
        None => needs.to_vec(),
        Some(granted) => {
            let need = |(capability, scope)| Need { capability, scope, reason: String::new() };
            granted.iter().map(|grant| need((grant.capability.clone(), grant.scope.clone()))).collect()
        }
    };
    let reached = |mut need: Need| {
        if need.capability == Grants::HTTP {
            need.scope = need.scope.iter().flat_map(|scope| origins.scopes(scope)).collect();
        }
        need
    };
    granted.into_iter().map(reached).collect()
}

fn contact(fixture: &Fixture) -> Result<Contact> {
    let Person { id, phone, email, external_id, fields, tags, lists: _, opted_out } = &fixture.contact;
    let mut contact = Contact::blank(contact_id(id.as_deref()), WorkspaceId::from_bytes([0; 16]), fixture.now);
    let field = |(name, value): (&String, _)| {
        let value = FieldValue::from_json(value);
        Ok((name.clone(), value.with_context(|| format!("contact.fields.{name} is no text, number, true or false"))?))
    };
    contact.version = 1;
    contact.phone.clone_from(phone);
    contact.email.clone_from(email);
    contact.external_id.clone_from(external_id);
    contact.fields = fields.iter().map(field).collect::<Result<BTreeMap<_, _>>>()?;
    contact.tags = tags.iter().cloned().collect();
    contact.consent.opted_out = opted_out.then(|| Since { at: fixture.now, reason: "the fixture says so".to_owned() });
    contact.check_size().context("the contact is too large")?;
    Ok(contact)
}

/// A text that is the id of a contact is taken as it is; any other becomes one that is always the same.
fn contact_id(text: Option<&str>) -> ContactId {
    let text = text.unwrap_or_default();
    text.parse().unwrap_or_else(|_| ContactId::from_bytes(bytes_of(text)))
}

fn conversation(given: &GivenConversation, fixture: &Fixture, contact: ContactId) -> ConversationView {
    let conversation = Conversation {
        id: hookbox_model::ConversationId::from_bytes(bytes_of(&fixture.inbox)),
        workspace: WorkspaceId::from_bytes([0; 16]),
        version: 1,
        contact,
        inbox: InboxId::from_bytes(bytes_of(&fixture.inbox)),
        state: given.state,
        assignee: None,
        notes: Vec::new(),
        created_at: fixture.now,
        updated_at: fixture.now,
    };
    ConversationView {
        conversation: Arc::new(conversation),
        inbox: fixture.inbox.clone(),
        assignee: given.assignee.clone(),
    }
}

/// The names that exist: those that are listed, and those that are used.
fn directory(fixture: &Fixture) -> Directory {
    let set = |listed: &[String], used: &[String]| -> BTreeSet<String> { listed.iter().chain(used).cloned().collect() };
    let assignee = fixture.conversation.as_ref().and_then(|given| given.assignee.clone());
    Directory {
        lists: set(&fixture.lists, &fixture.contact.lists),
        inboxes: set(&fixture.inboxes, std::slice::from_ref(&fixture.inbox)),
        members: set(&fixture.members, assignee.as_slice()),
    }
}

fn bytes_of(text: &str) -> [u8; 16] {
    let digest = Digest::of(text.as_bytes());
    let [front @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest.as_bytes();
    *front
}

#[cfg(test)]
mod tests {
    use super::{contact_id, grants, invocation};
    use crate::author::fixture::Fixture;
    use crate::author::trial::origins::{Origin, Origins};
    use hookbox_model::Need;

    fn fixture(text: &str) -> Fixture {
        serde_json::from_str(text).expect("a fixture")
    }

    #[test]
    fn names_that_are_used_exist_and_addresses_in_settings_lead_to_the_stand_in() {
        let origin = Origin::of("https://api.example.com").expect("a URL");
        let origins = Origins::new([(origin, "127.0.0.1:1000".parse().expect("an address"))]);
        let fixture = fixture(
            r#"{"contact": {"lists": ["old"]}, "lists": ["new"], "inbox": "sales", "conversation": {"assignee": "ann"},
                "settings": {"url": "https://api.example.com/v1"}, "payload": {"a": 1.0}}"#,
        );
        let call = invocation(&fixture, &origins).expect("a call");
        assert_eq!(call.settings, r#"{"url":"http://127.0.0.1:1000/v1"}"#);
        assert_eq!(call.payload.text(), r#"{"a": 1.0}"#);
        let names = (&call.directory.lists, &call.directory.inboxes, &call.directory.members);
        assert_eq!(format!("{names:?}"), r#"({"new", "old"}, {"sales"}, {"ann"})"#);
        let asked =
            Need { capability: "http".into(), scope: vec!["GET https://*".into(), "*".into()], reason: "x".into() };
        let granted = grants(&fixture, &[asked], &origins);
        assert_eq!(granted[0].scope, ["http://127.0.0.1:1000"]);
    }

    #[test]
    fn a_contact_that_nobody_could_have_is_refused_with_its_place() {
        let origins = Origins::default();
        let wrong = invocation(&fixture(r#"{"contact": {"fields": {"a": {}}}}"#), &origins).expect_err("no value");
        assert!(wrong.to_string().contains("contact.fields.a"), "{wrong}");
        let id = contact_id(Some("con_1"));
        assert_eq!((contact_id(Some("con_1")), contact_id(Some(&id.to_string()))), (id, id));
    }
}
