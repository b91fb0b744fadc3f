//! The service that knows companies: one request, and what its answers mean.

use std::time::Duration;

use hookbox_sdk::http::{self, Error};
use hookbox_sdk::{Failure, Secret};
use serde::Serialize;
use serde_json::Value;

use crate::lead::Lead;

const TIMEOUT: Duration = Duration::from_millis(10_000);

#[derive(Serialize)]
struct Question<'a> {
    company: &'a str,
    employees: Option<i64>,
    source: Option<&'a str>,
}

/// What the service adds to the score, −100 to 100.
pub(crate) fn score_bonus(lead: &Lead, url: &str, key: Option<&Secret>) -> Result<i64, Failure> {
    let question = Question { company: &lead.company, employees: lead.employees, source: lead.source.as_deref() };
    let mut request = http::post(url).json(&question).timeout(TIMEOUT);
    if let Some(key) = key {
        request = request.bearer(key);
    }
    let answer = match request.send() {
        Ok(answer) => answer,
        Err(Error::Timeout(_) | Error::Network(_)) => {
            return Err(Failure::retryable("the enrichment service did not answer"));
        }
        Err(error) => return Err(error.into()),
    };
    let answered = format!("the enrichment service answered {}", answer.status);
    match answer.status {
        200..=299 => {}
        429 | 500..=599 => return Err(answer.retryable(answered)),
        _ => return Err(Failure::permanent("enrichment-refused", answered)),
    }
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    said["score_bonus"]
        .as_i64()
        .filter(|bonus| (-100..=100).contains(bonus))
        .ok_or_else(|| Failure::permanent("enrichment-unreadable", "the enrichment service gave no score_bonus"))
}
