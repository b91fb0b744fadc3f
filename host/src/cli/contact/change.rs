//! `hookbox contact create` and `update`: identifiers, fields, tags, and whether the contact may be written to.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::contact_text;
use crate::cli::connection::Connection;
use crate::cli::page::text_at;
use crate::client::Client;
use crate::output::{Format, print_answer};
use crate::usage::UsageError;

/// Add a contact; it needs a phone number, an email address or an id of your own
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox contact create --phone '(215) 555-6677' --set first_name=Ann --tag new
  hookbox contact create --email ann@example.com --set orders:=12 --set vip:=true

`name=text` sets a text, which a declared field reads as what it holds; `name:=json` sets a number, true or false.")]
pub(in crate::cli) struct Create {
    /// A phone number; one in national form is read as of the workspace's country
    #[arg(long)]
    phone: Option<String>,
    /// An email address
    #[arg(long)]
    email: Option<String>,
    /// An id of your own
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// A field: name=text or name:=json; once for each
    #[arg(long = "set", value_name = "FIELD", value_parser = assignment)]
    fields: Vec<(String, Value)>,
    /// A tag; once for each
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// They asked not to be written to
    #[arg(long)]
    opt_out: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Change a contact; what is not named stays
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox contact update +12155556677 --opt-out --reason 'asked by mail'
  hookbox contact update con_0190… --block --reason fraud
  hookbox contact update con_0190… --set tier=gold --set orders:=12 --clear note --add-tag vip

`name=text` sets a text, which a declared field reads as what it holds; `name:=json` sets a number, true or false.")]
pub(in crate::cli) struct Update {
    /// The contact's id, phone number or email address
    contact: String,
    /// A new phone number; an empty one takes it away
    #[arg(long)]
    phone: Option<String>,
    /// A new email address; an empty one takes it away
    #[arg(long)]
    email: Option<String>,
    /// A new id of your own; an empty one takes it away
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// A field to write: name=text or name:=json; once for each
    #[arg(long = "set", value_name = "FIELD", value_parser = assignment)]
    fields: Vec<(String, Value)>,
    /// A field to empty; once for each
    #[arg(long = "clear", value_name = "NAME")]
    cleared: Vec<String>,
    /// A tag to add; once for each
    #[arg(long = "add-tag", value_name = "TAG")]
    added: Vec<String>,
    /// A tag to take away; once for each
    #[arg(long = "remove-tag", value_name = "TAG")]
    removed: Vec<String>,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    connection: Connection,
}

/// Whether a contact may be written to.
#[derive(Debug, clap::Args)]
struct Consent {
    /// They asked not to be written to
    #[arg(long, conflicts_with = "opt_in")]
    opt_out: bool,
    /// They asked to be written to again
    #[arg(long)]
    opt_in: bool,
    /// Forbid to write to them, whatever they ask
    #[arg(long, conflicts_with = "unblock")]
    block: bool,
    /// Allow to write to them again
    #[arg(long)]
    unblock: bool,
    /// Why, for whoever asks later
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Create {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let identifiers = [("phone", self.phone), ("email", self.email), ("external_id", self.external_id)];
        let mut wish = identifiers_of(identifiers, Value::from);
        wish.insert("fields".to_owned(), self.fields.into_iter().collect());
        wish.insert("tags".to_owned(), Value::from(self.tags));
        wish.insert("opted_out".to_owned(), Value::from(self.opt_out));
        let made = self.connection.client()?.post("contacts", &wish)?;
        print_answer(&made, format, |made| text_at(made, "/id"))
    }
}

impl Update {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let before = found(&client, &self.contact)?;
        let identifiers = [("phone", self.phone), ("email", self.email), ("external_id", self.external_id)];
        let mut wish =
            identifiers_of(identifiers, |text| if text.is_empty() { Value::Null } else { Value::from(text) });
        let cleared = self.cleared.into_iter().map(|name| (name, Value::Null));
        wish.insert("fields".to_owned(), self.fields.into_iter().chain(cleared).collect());
        if !self.added.is_empty() || !self.removed.is_empty() {
            wish.insert("tags".to_owned(), tags(&before, self.added, &self.removed));
            // The tags are those that were read: a change that comes between must not be undone.
            wish.insert("version".to_owned(), before["version"].clone());
        }
        wish.extend(self.consent.wish());
        let changed = client.patch(&format!("contacts/{}", text_at(&before, "/id")), &wish)?;
        print_answer(&changed, format, contact_text)
    }
}

impl Consent {
    fn wish(self) -> impl Iterator<Item = (String, Value)> {
        let decided = |yes: bool, no: bool| (yes || no).then(|| Value::from(yes));
        let wishes = [
            ("opted_out", decided(self.opt_out, self.opt_in)),
            ("blocked", decided(self.block, self.unblock)),
            ("reason", self.reason.map(Value::from)),
        ];
        wishes.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)))
    }
}

/// The contact with this id, phone number or email address.
pub(super) fn found(client: &Client, text: &str) -> Result<Value> {
    if text.starts_with("con_") {
        return client.get(&format!("contacts/{text}"), &[]);
    }
    let identifier = if text.contains('@') { "email" } else { "phone" };
    let mut page = client.get("contacts", &[(identifier, text)])?;
    match page["items"].as_array_mut().and_then(Vec::pop) {
        Some(contact) => Ok(contact),
        None => bail!("no contact has the {identifier} {text:?}; `hookbox contact page` lists those there are"),
    }
}

fn identifiers_of(given: [(&str, Option<String>); 3], value: impl Fn(String) -> Value) -> Map<String, Value> {
    given.into_iter().filter_map(|(key, text)| Some((key.to_owned(), value(text?)))).collect()
}

/// The tags of a contact with some more and some fewer.
fn tags(contact: &Value, added: Vec<String>, removed: &[String]) -> Value {
    let before = contact["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let mut tags: Vec<String> = before.chain(added).filter(|tag| !removed.contains(tag)).collect();
    tags.sort();
    tags.dedup();
    json!(tags)
}

/// `name=text` or `name:=json`.
fn assignment(text: &str) -> Result<(String, Value)> {
    let (name, value) = text.split_once('=').ok_or_else(|| UsageError("write it as name=text or name:=json".into()))?;
    match name.strip_suffix(':') {
        None => Ok((name.to_owned(), Value::from(value))),
        Some(name) => {
            let value = serde_json::from_str(value);
            Ok((name.to_owned(), value.context("what follows := is not JSON: write a number, true or false")?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{assignment, tags};
    use serde_json::json;

    #[test]
    fn a_field_is_a_text_unless_json_is_said() {
        let read = |text: &str| assignment(text).ok();
        assert_eq!(read("tier=gold=ish"), Some(("tier".into(), json!("gold=ish"))));
        assert_eq!(read("orders:=12"), Some(("orders".into(), json!(12))));
        assert_eq!(read("interests:=[\"tea\"]"), Some(("interests".into(), json!(["tea"]))));
        assert_eq!((read("tier"), read("orders:=twelve")), (None, None));
    }

    #[test]
    fn tags_come_and_go_and_the_others_stay() {
        let contact = json!({"tags": ["b", "a"]});
        assert_eq!(tags(&contact, vec!["c".into(), "a".into()], &["b".into()]), json!(["a", "c"]));
    }
}
