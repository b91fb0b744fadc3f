//! `hookbox automation pause`, `resume`, `archive`, `versions` and `restore`: which state and which version counts.

use anyhow::Result;
use serde_json::json;

use crate::cli::connection::{Connection, Paging};
use crate::cli::named::AUTOMATION;
use crate::cli::page::{print_page, text_at};
use crate::client::Client;
use crate::output::{Format, print_answer};

/// Hold what is captured: requests are taken, their runs begin when it is resumed
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  hookbox automation pause \"Order shipped\"\n  hookbox run page --state held")]
pub(in crate::cli) struct Pause {
    #[command(flatten)]
    which: Which,
}

/// Bring an automation to life: one that is paused, archived or a draft; held runs begin, in their order
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "publish",
    after_help = "Examples:\n  hookbox automation resume \"Order shipped\"\n  hookbox automation publish aut_0190…"
)]
pub(in crate::cli) struct Resume {
    #[command(flatten)]
    which: Which,
}

/// Take no more requests: they are refused with 410; everything it did stays to be seen
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  hookbox automation archive \"Order shipped\"")]
pub(in crate::cli) struct Archive {
    #[command(flatten)]
    which: Which,
}

/// Page through the versions of an automation, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox automation versions \"Order shipped\"
  hookbox automation export \"Order shipped\" --version 3")]
pub(in crate::cli) struct Versions {
    /// The automation's id or name
    automation: String,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
}

/// Save the document of an earlier version again, as a new version
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox automation restore \"Order shipped\" 3

Runs keep the version they began with.")]
pub(in crate::cli) struct Restore {
    /// The automation's id or name
    automation: String,
    /// The version
    version: u32,
    #[command(flatten)]
    connection: Connection,
}

/// One automation of a host.
#[derive(Debug, clap::Args)]
struct Which {
    /// The automation's id or name
    automation: String,
    #[command(flatten)]
    connection: Connection,
}

impl Pause {
    pub(super) fn run(self, format: Format) -> Result<()> {
        self.which.come_to("paused", format)
    }
}

impl Resume {
    pub(super) fn run(self, format: Format) -> Result<()> {
        self.which.come_to("live", format)
    }
}

impl Archive {
    pub(super) fn run(self, format: Format) -> Result<()> {
        self.which.come_to("archived", format)
    }
}

impl Which {
    fn come_to(self, state: &str, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let path = format!("{}/state", AUTOMATION.path_of(&client, &self.automation)?);
        let changed = client.post(&path, &json!({ "state": state }))?;
        print_answer(&changed, format, |changed| {
            format!("{} ({}) is {}", text_at(changed, "/name"), text_at(changed, "/id"), text_at(changed, "/state"))
        })
    }
}

impl Versions {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let path = format!("{}/versions", AUTOMATION.path_of(&client, &self.automation)?);
        let columns =
            [("version", "/version"), ("saved", "/updated_at"), ("by", "/by"), ("name", "/name"), ("state", "/state")];
        print_page(&client, &path, &[], &self.paging, &columns, format)
    }
}

impl Restore {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client: Client = self.connection.client()?;
        let path = format!("{}/restore", AUTOMATION.path_of(&client, &self.automation)?);
        let restored = client.post(&path, &json!({ "version": self.version }))?;
        print_answer(&restored, format, |restored| {
            format!(
                "{} is at version {}, which says what {} said",
                text_at(restored, "/name"),
                restored["version"],
                self.version
            )
        })
    }
}
