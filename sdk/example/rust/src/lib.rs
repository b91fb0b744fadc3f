//! Scores a lead: asks a service about its company, tags and counts it, and writes to the hot ones. `../README.md` says what it
//! does to the letter; the same plugin stands beside it in JavaScript and Python.

mod enrichment;
mod lead;

use hookbox_sdk::{Call, Failure, FieldValue, Message, Outcome, Secret, contacts, lists, log, messages, state};
use lead::Lead;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an automation sets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the lead's company is asked about.
    #[schemars(title = "Enrichment URL", length(min = 1, max = 2048), extend("format" = "uri"))]
    enrich_url: String,
    /// The secret that the enrichment service knows us by; none when empty.
    #[serde(default)]
    #[schemars(title = "API key")]
    api_key: Option<Secret>,
    /// A lead is hot from this score on, 0 to 100.
    #[serde(default = "threshold")]
    #[schemars(title = "Threshold", range(min = 0, max = 100))]
    threshold: i64,
    /// The list that hot leads are put on.
    #[schemars(title = "List", length(min = 1), extend("format" = "list"))]
    list: String,
    /// What hot leads are written; {first_name} is their first name.
    #[schemars(title = "Message", length(min = 1, max = 10_000))]
    message: String,
}

const fn threshold() -> i64 {
    50
}

/// What later steps can read.
#[derive(Serialize)]
struct Output {
    score: i64,
    hot: bool,
    count: i64,
}

#[hookbox_sdk::action(
    name = "score-lead",
    title = "Score a lead",
    description = "Asks a service about the lead's company, scores the lead, tags it, and writes to the hot ones.",
    needs(
        contacts::read("first_name", "tags", reason = "The message says the first name, and a vip scores higher"),
        contacts::write("lead_score", reason = "The score is kept there"),
        contacts::tag("hot-lead", "cold-lead", reason = "Leads are tagged by their score"),
        lists::write("*", reason = "The list of hot leads is chosen in the settings"),
        messages::send("*", reason = "Hot leads are written to from the inbox of the automation"),
        state("leads:*", reason = "Leads are counted"),
        http("*", reason = "The service that is asked is chosen in the settings"),
        secret("*", reason = "The key of the service is chosen in the settings"),
    )
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    let lead = Lead::read(&call)?;
    let bonus = enrichment::score_bonus(&lead, &call.settings.enrich_url, call.settings.api_key.as_ref())?;
    let score = lead.score(bonus);
    let hot = score >= call.settings.threshold;
    contacts::set_field("lead_score", score)?;
    contacts::add_tag(if hot { "hot-lead" } else { "cold-lead" })?;
    if hot {
        lists::add(&call.settings.list)?;
        messages::send(Message::new(call.settings.message.replace("{first_name}", &first_name(&call))))?;
    }
    let count = state::increment("leads:total", 1)?;
    if hot {
        state::increment("leads:hot", 1)?;
    }
    log::info(&format!("scored {score} of 100, {}", if hot { "hot" } else { "cold" }));
    Outcome::with(&Output { score, hot, count })
}

fn first_name(call: &Call<Settings>) -> String {
    match call.contact().field("first_name") {
        Some(FieldValue::Text(name)) if !name.is_empty() => name,
        Some(_) | None => "there".into(),
    }
}

#[cfg(test)]
mod tests;
