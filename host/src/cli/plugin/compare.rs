//! `hookbox plugin compare`: what a version would do otherwise than the active one, tried on the last captures.

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::grant::{Grant, grant};
use crate::author::progress::Progress;
use crate::cli::automation::report::with_changes;
use crate::cli::connection::Connection;
use crate::cli::page::text_at;
use crate::client::path_part;
use crate::output::{Format, print_answer};

/// Try a version and the active one on the last captures and show what differs; nothing of it is done
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hookbox plugin compare score-lead                              the version that may come next
  hookbox plugin compare plg_0190… --captures 100 --json
  hookbox plugin compare plg_0190… --grant 'contacts.tag hot'    as if only that were granted

A version that is not approved is tried with all it asks but places and secrets that the active version
is not granted, unless grants are given.")]
pub(in crate::cli) struct Compare {
    /// The version's id or digest; a name is its newest version that is neither active nor refused
    plugin: String,
    /// How many captures of the automations that use it
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=100))]
    captures: u8,
    /// Try it with this of what it asks; may be given several times
    #[arg(long = "grant", value_name = "CAPABILITY SCOPE", value_parser = grant)]
    grants: Vec<Grant>,
    #[command(flatten)]
    connection: Connection,
}

/// What the API is asked.
#[derive(Serialize)]
struct Wish {
    captures: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grants: Vec<Grant>,
}

impl Compare {
    pub(super) fn run(self, format: Format) -> Result<()> {
        let client = self.connection.client()?;
        let path = format!("plugins/{}/compare", path_part(&self.plugin));
        let wish = Wish { captures: self.captures, grants: self.grants };
        let progress = Progress::begin("comparing on captures");
        let compared = client.post_for_lines(&path, &wish, &mut |_| {});
        drop(progress);
        print_answer(&compared?, format, compared_text)
    }
}

/// The totals, and each capture with which the two differ.
fn compared_text(compared: &Value) -> String {
    let [active, candidate] = ["/active/version", "/candidate/version"].map(|at| text_at(compared, at));
    let number = |key: &str| compared[key].as_u64().unwrap_or_default();
    let (same, different, untried) = (number("same"), number("different"), number("untried"));
    let tried = same + different;
    let mut head =
        format!("{active} (active) and {candidate} on {tried} captures: {same} the same, {different} different");
    if untried > 0 {
        head.push_str(&format!("\n{untried} more were not tried: the time was over"));
    }
    if compared["searched"] == false {
        head.push_str("\nolder captures were not looked through: too many of other automations lie between");
    }
    if tried + untried == 0 && compared["searched"] != false {
        head =
            format!("{active} (active) and {candidate}: the automations that use it have no captures to try them on");
    }
    let captures = compared["captures"].as_array().into_iter().flatten();
    let differing = captures.filter(|one| one["same"] == false).map(|one| {
        let title = format!("{} ({})", text_at(one, "/capture"), text_at(one, "/automation/name"));
        let title = match one["items"].as_u64() {
            Some(items) => format!("{title}, the first of {items} runs"),
            None => title,
        };
        let more = match one["more"].as_u64().unwrap_or_default() {
            0 => String::new(),
            more => format!("\n  … and {more} more"),
        };
        with_changes(&title, &one["differences"]) + &more
    });
    [head].into_iter().chain(differing).collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::compared_text;

    #[test]
    fn a_comparison_shows_its_totals_and_what_differs() {
        let compared = json!({
            "active": {"version": "1.0.0"}, "candidate": {"version": "2.0.0"}, "same": 1, "different": 1, "untried": 3,
            "captures": [
                {"capture": "cap_2", "automation": {"id": "aut_1", "name": "Leads"}, "items": 4, "same": false, "more": 2,
                    "differences": [{"at": "steps[0].effects[0].tag", "before": "v1", "after": "v2"}]},
                {"capture": "cap_1", "automation": {"id": "aut_1", "name": "Leads"}, "items": null, "same": true, "more": 0, "differences": []},
            ],
        });
        assert_eq!(
            compared_text(&compared),
            "1.0.0 (active) and 2.0.0 on 2 captures: 1 the same, 1 different\n3 more were not tried: the time was over\n\n\
             cap_2 (Leads), the first of 4 runs\n  ~ steps[0].effects[0].tag  \"v1\" → \"v2\"\n  … and 2 more"
        );
        let none =
            json!({"active": {"version": "1"}, "candidate": {"version": "2"}, "same": 0, "different": 0, "untried": 0});
        assert!(compared_text(&none).contains("no captures"));
    }
}
