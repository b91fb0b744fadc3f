//! A witness: what was in its last state when it was looked at, to be compared with what is there much later.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::admin::Admin;
use crate::journal::sha256;
use crate::world::text;

/// How many of each kind one look remembers: the newest, which a crash is likeliest to harm.
const LOOK_ITEMS: usize = 100;

/// Records in their last state, each by its id with a digest of all that was shown of it.
#[derive(Debug, Clone, Default)]
pub struct Witness(BTreeMap<String, String>);

impl Witness {
    /// Looks at the newest runs that succeeded and at messages that were sent.
    #[track_caller]
    pub fn look(&mut self, admin: &Admin) {
        for path in ["/api/v1/runs?state=succeeded", "/api/v1/messages?state=sent"] {
            let page = admin.record(&format!("{path}&limit={LOOK_ITEMS}"));
            for record in page["items"].as_array().expect("a page has items") {
                // What was remembered first counts: a later look must not hide that it changed.
                self.0.entry(text(&record["id"])).or_insert_with(|| digest(record));
            }
        }
    }

    /// How much it remembers.
    pub fn remembered(&self) -> usize {
        self.0.len()
    }

    /// What has changed about a record since; the record is then done with.
    pub(crate) fn compare(&mut self, record: &Value) -> Option<String> {
        let then = self.0.remove(&text(&record["id"]))?;
        (then != digest(record))
            .then(|| format!("(F) {} was in its last state and has changed: {record}", record["id"]))
    }

    /// What was there and is no more.
    pub(crate) fn missing(self) -> impl Iterator<Item = String> {
        self.0.into_keys().map(|id| format!("(F) {id} was in its last state and is gone"))
    }
}

fn digest(record: &Value) -> String {
    sha256(record.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Witness, digest};

    #[test]
    fn a_witness_notices_what_changed_and_what_is_gone() {
        let runs = ["run_1", "run_2", "run_3"].map(|id| json!({"id": id, "state": "succeeded"}));
        let mut witness =
            Witness(runs.iter().map(|run| (run["id"].to_string().replace('"', ""), digest(run))).collect());
        assert_eq!(witness.compare(&runs[0]), None);
        let changed = witness.compare(&json!({"id": "run_2", "state": "failed"}));
        assert!(
            changed.is_some_and(|finding| finding.starts_with("(F) \"run_2\" was in its last state and has changed"))
        );
        assert_eq!(witness.missing().collect::<Vec<_>>(), ["(F) run_3 was in its last state and is gone"]);
    }
}
