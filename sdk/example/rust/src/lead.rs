//! The lead: what the payload and the contact say of it, and the score that follows.

use hookbox_sdk::{Call, Failure};
use serde_json::Value;

/// The most employees that are believed.
const EMPLOYEES_MAX: i64 = 10_000_000;

/// What is known of a lead.
pub(crate) struct Lead {
    pub(crate) company: String,
    pub(crate) employees: Option<i64>,
    pub(crate) source: Option<String>,
    vip: bool,
}

impl Lead {
    /// Reads a lead. Without a company there is none.
    pub(crate) fn read<S>(call: &Call<S>) -> Result<Self, Failure> {
        let payload: Value = call.payload()?;
        let company = payload["company"].as_str().map(str::trim).filter(|company| !company.is_empty());
        let company = company.ok_or_else(|| Failure::permanent("no-company", "the payload names no company"))?;
        Ok(Self {
            company: company.to_owned(),
            employees: payload["employees"].as_i64().filter(|employees| (0..=EMPLOYEES_MAX).contains(employees)),
            source: payload["source"].as_str().map(String::from),
            vip: call.contact().tags.iter().any(|tag| tag == "vip"),
        })
    }

    /// From 0 to 100.
    pub(crate) fn score(&self, bonus: i64) -> i64 {
        let size = self.employees.map_or(0, |employees| (employees / 10).min(40));
        let source = match self.source.as_deref() {
            Some("referral") => 20,
            Some("demo") => 15,
            Some("newsletter") => 5,
            Some(_) | None => 0,
        };
        let vip = if self.vip { 10 } else { 0 };
        (10 + size + source + vip + bonus).clamp(0, 100)
    }
}
