//! `hookbox plugin push`: a component brought to the host, with what it asks and what that is more than before.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::approve::approved_text;
use super::shown::{change_text, needs_text, title};
use crate::author::inspection;
use crate::author::progress::Progress;
use crate::cli::connection::Connection;
use crate::cli::page::text_at;
use crate::client::{Client, path_part};
use crate::output::{Format, clean, print_json, print_line, progress, size};

/// Upload a component: the host inspects it and keeps it as a version that may do nothing yet
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin push                           the project here; shows what it asks and why
  hookbox plugin push score-lead --approve      the component of a project; grants all it asks and activates it
  hookbox plugin push plugin.wasm --activate    for a version that asks nothing more than the active one
  ID=$(hookbox plugin push plugin.wasm --json | jq -r .plugin.id)

The same file again changes nothing. Status 1 when it cannot be a plugin; what is wrong is told with how to mend it.")]
pub(in crate::cli) struct Push {
    /// The component, or the folder of a project that was built
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    file: PathBuf,
    /// Grant everything that it asks, and let new runs take it from now on
    #[arg(long)]
    approve: bool,
    /// Let new runs take it from now on, if it is approved: it asks nothing more than the active version may do
    #[arg(long)]
    activate: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Push {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let mut answer = upload(&client, &inspection::component_file(&self.file)?)?;
        let id = answer["plugin"]["id"].as_str().context("the answer names no plugin")?.to_owned();
        if format == Format::Human {
            print_line(&uploaded_text(&answer))?;
        }
        let path = format!("plugins/{}", path_part(&id));
        let is_approved = text_at(&answer, "/plugin/approval/state") == "approved";
        if self.approve {
            answer["plugin"] = client.post(&format!("{path}/approve"), &json!({"all": true, "activate": true}))?;
        } else if self.activate && is_approved {
            answer["plugin"] = client.post(&format!("{path}/activate"), &json!({}))?;
        }
        match format {
            Format::Json => print_json(&answer)?,
            Format::Human => print_line(&next_text(&answer["plugin"]))?,
        }
        if self.activate && !self.approve && !is_approved {
            bail!("it is not approved, so it was not activated: hookbox plugin approve {id} --all --activate");
        }
        Ok(())
    }
}

fn upload(client: &Client, file: &std::path::Path) -> Result<Value> {
    let unreadable = || format!("cannot read the component {}", file.display());
    let opened = File::open(file).with_context(unreadable)?;
    let bytes = opened.metadata().with_context(unreadable)?.len();
    let bar = bar(bytes);
    let mut going_on: Option<(String, Progress)> = None;
    let mut heard = |line: &Value| {
        let phase = text_at(line, "/phase");
        bar.finish_and_clear();
        if phase != "receiving" && going_on.as_ref().is_none_or(|(now, _)| *now != phase) {
            // The phase before ends first.
            drop(going_on.take());
            going_on = Some((phase.clone(), Progress::begin(words_of(&phase))));
        }
    };
    let answer = client.post_component("plugins", bytes, &mut Counted { file: opened, bar: &bar }, &mut heard);
    bar.finish_and_clear();
    answer
}

/// What the host is doing, in words.
fn words_of(phase: &str) -> String {
    match phase {
        "describing" => "asking it what it is".to_owned(),
        phase => format!("{phase} it on the host"),
    }
}

/// A file that tells how much of it was read.
struct Counted<'b> {
    file: File,
    bar: &'b ProgressBar,
}

impl Read for Counted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buf)?;
        self.bar.inc(count as u64);
        Ok(count)
    }
}

/// A bar on a terminal, a line elsewhere.
fn bar(bytes: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        progress(&format!("uploading {} …", size(bytes)));
        return ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("uploading {wide_bar} {bytes}/{total_bytes} {eta}");
    ProgressBar::new(bytes).with_style(style.expect("a template that is written above"))
}

/// What was uploaded, what it asks otherwise than before, and what its author should look at.
fn uploaded_text(answer: &Value) -> String {
    let plugin = &answer["plugin"];
    let head = match answer["report"].is_null() {
        true => format!("{} was there already", title(plugin)),
        false => format!("{} is uploaded", title(plugin)),
    };
    let warnings = answer["report"]["warnings"].as_array().into_iter().flatten();
    let warnings = warnings.map(|warning| {
        let [code, message, mend] = ["/code", "/message", "/mend"].map(|at| text_at(warning, at));
        format!("warning {code}: {message}\n  → {mend}")
    });
    let parts = [head].into_iter().chain(change_text(&plugin["change"])).chain(warnings);
    parts.collect::<Vec<_>>().join("\n")
}

/// What it asks, where it stands, and what is to be done.
fn next_text(plugin: &Value) -> String {
    let asks = needs_text(plugin);
    match (text_at(plugin, "/approval/state").as_str(), clean(plugin["id"].as_str().unwrap_or_default())) {
        ("approved", _) => approved_text(plugin),
        ("refused", id) => {
            let reason = text_at(plugin, "/approval/reason");
            format!("{asks}\nit was refused: {reason}\nhookbox plugin approve {id} --all takes that back")
        }
        (_, id) => format!("{asks}\nit may do nothing yet: hookbox plugin approve {id} --all --activate"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{next_text, uploaded_text};

    #[test]
    fn an_upload_shows_what_it_asks_what_to_look_at_and_what_to_do_next() {
        let need = json!({"capability": "contacts.tag", "scope": ["hot"], "reason": "to mark leads"});
        let plugin = json!({
            "id": "plg_1", "manifest": {"name": "score-lead", "version": "1.0.0", "needs": [need]}, "grants": [], "active": false,
            "approval": {"state": "pending"}, "change": {"added": [need], "kept": [], "dropped": []},
        });
        let report = json!({"warnings": [{"code": "unused", "message": "imports lists", "mend": "ask for it"}]});
        let text = uploaded_text(&json!({"plugin": plugin, "report": report}));
        for expected in [
            "score-lead 1.0.0 (plg_1) is uploaded",
            "+ contacts.tag hot",
            "warning unused: imports lists\n  → ask for it",
        ] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        let next = next_text(&plugin);
        assert!(
            next.contains("to mark leads") && next.ends_with("hookbox plugin approve plg_1 --all --activate"),
            "{next}"
        );
        assert!(uploaded_text(&json!({"plugin": plugin, "report": null})).contains("was there already"));
    }
}
