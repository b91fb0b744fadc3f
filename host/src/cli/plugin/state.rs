//! `hookbox plugin state`: what a plugin remembers.

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli::connection::{Connection, Paging};
use crate::cli::page::{print_page, text_at};
use crate::client::{Client, path_part};
use crate::output::{Format, print_answer};

/// See what a plugin remembers, or make it forget
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin state score-lead
  hookbox plugin state score-lead total
  hookbox plugin state score-lead total --forget
  hookbox plugin state score-lead --forget        everything that it remembers")]
pub(in crate::cli) struct State {
    /// The plugin's name, or the id or digest of one of its versions
    plugin: String,
    /// Only what is under this key
    key: Option<String>,
    /// Forget it, from now on
    #[arg(long)]
    forget: bool,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
}

impl State {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let all = format!("plugins/{}/state", path_part(&self.plugin));
        match (self.key.map(|key| format!("{all}/{}", path_part(&key))), self.forget) {
            (Some(one), false) => print_answer(&client.get(&one, &[])?, format, |entry| text_at(entry, "/value")),
            (Some(one), true) => print_answer(&client.delete(&one)?, format, forgotten_text),
            (None, false) => {
                let columns = [("key", "/key"), ("value", "/value"), ("gone from", "/expires_at")];
                print_page(&client, &all, &[], &self.paging, &columns, format)
            }
            (None, true) => print_answer(&forget_all(&client, &all)?, format, forgotten_text),
        }
    }
}

/// The host forgets a part of it with each request.
fn forget_all(client: &Client, path: &str) -> Result<Value> {
    let mut forgotten = 0;
    loop {
        let answer = client.delete(path)?;
        forgotten += answer["forgotten"].as_u64().unwrap_or_default();
        if answer["more"] != true {
            return Ok(json!({"forgotten": forgotten, "more": false}));
        }
    }
}

fn forgotten_text(answer: &Value) -> String {
    match answer["forgotten"].as_u64().unwrap_or_default() {
        1 => "1 key is forgotten".to_owned(),
        count => format!("{count} keys are forgotten"),
    }
}
