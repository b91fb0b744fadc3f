//! What the demo needs before the first webhook: an inbox, a member, a list, the automation, and a key for it.
//!
//! All of it is made through the admin API, as anyone would; what is there already is left as it is.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::client::{Client, Notation};

/// The automation, as anyone may apply it.
const DOCUMENT: &str = include_str!("../demo.yaml");

/// The inbox that its messages are from.
pub(super) const INBOX: &str = "support";
/// The member that its conversations are assigned to.
pub(super) const MEMBER: &str = "front-desk";
/// The list that its contacts are put on.
pub(super) const LIST: &str = "customers";

/// The automation of the demo, ready to be triggered.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    /// Its id.
    pub(super) automation: String,
    /// Where to POST.
    pub(super) url: String,
    /// With which key.
    pub(super) key: String,
}

/// Makes what is missing.
pub(super) fn prepare(client: &Client) -> Result<Scene> {
    ensure(client, "inboxes", INBOX)?;
    ensure(client, "members", MEMBER)?;
    ensure(client, "lists", LIST)?;
    let applied = client.put("automations", &[], Notation::Yaml, DOCUMENT).context("the automation was not saved")?;
    let automation = text(&applied, "id")?;
    let key = match applied["key"].as_str() {
        Some(key) => key.to_owned(),
        None => text(&client.post(&format!("automations/{automation}/keys"), &json!({}))?, "key")?,
    };
    Ok(Scene { url: text(&applied, "url")?, automation, key })
}

/// Adds a record of this name unless there is one.
fn ensure(client: &Client, path: &str, name: &str) -> Result<()> {
    let page = client.get(path, &[("limit", "1000")])?;
    if page["items"].as_array().into_iter().flatten().any(|record| record["name"] == name) {
        return Ok(());
    }
    client.post(path, &json!({"name": name})).with_context(|| format!("{name:?} was not added to {path}"))?;
    Ok(())
}

fn text(answer: &Value, name: &str) -> Result<String> {
    Ok(answer[name].as_str().with_context(|| format!("the admin API answered without {name:?}"))?.to_owned())
}
