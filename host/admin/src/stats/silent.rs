//! The silence alarm: automations that used to get captures all the time and got none for a day. What is wrong then is outside:
//! a key that was taken away, a system that was switched off. No run fails of it.

use std::collections::HashMap;
use std::sync::Arc;

use hookbox_model::{
    Automation, AutomationId, AutomationState, Counted, RunCounts, StatsRow, StatsSpan, Timestamp, WorkspaceId,
};
use hookbox_store::{Store, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

use super::kept::Kept;
use crate::names::readable;

/// So long without a capture is silence: a day.
const SILENT_MS: u64 = DAY_HOURS * HOUR_MS;

/// Over so long before it what was usual is counted: a week.
const USUAL_MS: u64 = 7 * DAY_HOURS * HOUR_MS;

/// What is called usual: so many captures an hour, on average.
const USUAL_PER_HOUR: f64 = 1.0;

const DAY_HOURS: u64 = 24;

const HOUR_MS: u64 = StatsSpan::Hour.millis();

/// How long an answer is good for: reading a week for everybody who looks at a page that renews itself would be dear.
const GOOD_MS: u64 = 60_000;

/// Workspaces whose answer is kept.
const KEPT_MAX: usize = 1_000;

/// An automation that went silent.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Silence")]
pub(super) struct SilentShape {
    /// The automation.
    automation: AutomationId,
    /// Its name.
    name: String,
    /// How many captures an hour it used to get.
    usual_per_hour: f64,
    /// When it got the last.
    last_capture_at: Option<Timestamp>,
}

/// The silences of workspaces, as they were found less than a minute ago.
pub(super) struct Silences(Kept<WorkspaceId, Arc<[SilentShape]>>);

impl Default for Silences {
    fn default() -> Self {
        Self(Kept::new(GOOD_MS, KEPT_MAX))
    }
}

impl Silences {
    /// The automations of a workspace that are silent now.
    pub(super) async fn of(
        &self,
        store: &dyn Store,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> Result<Arc<[SilentShape]>, StoreError> {
        self.0.get(workspace, now, find(store, workspace, now)).await
    }
}

async fn find(store: &dyn Store, workspace: WorkspaceId, now: Timestamp) -> Result<Arc<[SilentShape]>, StoreError> {
    let mut heard: HashMap<AutomationId, Heard> = HashMap::new();
    let from = StatsSpan::Hour.of(before(now, SILENT_MS + USUAL_MS));
    let mut see = |row: StatsRow| {
        if let Counted::Runs(automation, counts) = row.counted {
            heard.entry(automation).or_default().add(row.at, &counts);
        }
    };
    let to = now.plus_millis(HOUR_MS);
    store.stats().read(workspace, StatsSpan::Hour, (from, to), &mut see).await?;
    let mut silent = Vec::new();
    for (automation, heard) in heard.into_iter().filter(|(_, heard)| heard.may_be_told_of(now)) {
        let Some(automation) = readable(store.automations().get(workspace, automation).await)? else { continue };
        silent.extend(heard.told_of(&automation, now));
    }
    silent.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(silent.into())
}

/// What was heard of an automation lately.
#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    captures: u64,
    /// When the hour began in which it was heard of first.
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Heard {
    fn add(&mut self, at: Timestamp, counts: &RunCounts) {
        if counts.captures > 0 {
            self.captures = self.captures.saturating_add(counts.captures);
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = self.last.max(counts.captured_at);
        }
    }

    fn is_silent(&self, now: Timestamp) -> bool {
        self.last.is_some_and(|last| now.millis_since(last) >= SILENT_MS)
    }

    /// Whether there can be anything to tell, whatever the automation is: it is not read otherwise.
    fn may_be_told_of(&self, now: Timestamp) -> bool {
        let since_first = self.first.map(|first| self.per_hour(first, now));
        self.is_silent(now) && since_first.is_some_and(|per_hour| per_hour >= USUAL_PER_HOUR)
    }

    /// How many captures there were in each hour of the usual time on average, as far as it is not before `since`; in a day at least.
    fn per_hour(&self, since: Timestamp, now: Timestamp) -> f64 {
        let [begin, end] = [SILENT_MS + USUAL_MS, SILENT_MS].map(|millis| StatsSpan::Hour.of(before(now, millis)));
        let hours = end.millis_since(since.max(begin)).max(DAY_HOURS * HOUR_MS) as f64 / HOUR_MS as f64;
        self.captures as f64 / hours
    }

    /// What there is to tell, if that is unusual. What is usual is counted over a week, or from the first capture on for an
    /// automation that is younger, but over a day at least: an evening of trials is no habit.
    fn told_of(&self, automation: &Automation, now: Timestamp) -> Option<SilentShape> {
        let begin = StatsSpan::Hour.of(before(now, SILENT_MS + USUAL_MS));
        let since = if automation.created_at > begin { self.first? } else { begin };
        let per_hour = self.per_hour(since, now);
        let is_live = automation.state == AutomationState::Live;
        (is_live && self.is_silent(now) && per_hour >= USUAL_PER_HOUR).then(|| SilentShape {
            automation: automation.id,
            name: automation.document.name.clone(),
            usual_per_hour: (per_hour * 10.0).round() / 10.0,
            last_capture_at: self.last,
        })
    }
}

fn before(moment: Timestamp, millis: u64) -> Timestamp {
    Timestamp::from_millis(moment.as_millis().saturating_sub(millis))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hookbox_model::{Automation, AutomationState, Document, RunCounts, StatsSpan, Timestamp};
    use serde_json::json;

    use super::{HOUR_MS, Heard};

    const NOW: Timestamp = Timestamp::from_millis(1_795_478_400_000 + 1_000_000);

    fn ago(hours: u64) -> Timestamp {
        Timestamp::from_millis(NOW.as_millis() - hours * HOUR_MS)
    }

    fn automation(state: AutomationState, age_hours: u64) -> Automation {
        let document: Document = serde_json::from_value(json!({
            "name": "Orders", "inbox": "support",
            "trigger": {"webhook": {"identifier": {"field": "phone", "from": "$.phone"}}}, "steps": [],
        }))
        .expect("a document");
        let id = hookbox_model::Id::from_bytes([1; 16]);
        let workspace = hookbox_model::Id::from_bytes([2; 16]);
        let (created_at, updated_at) = (ago(age_hours), NOW);
        let (document, saved_by) = (Arc::new(document), "host".to_owned());
        Automation { id, workspace, state, version: 1, document, created_at, updated_at, saved_by }
    }

    /// One that got so many captures in each of these hours, counted back from now.
    fn heard(hours: impl IntoIterator<Item = u64>, captures: u64) -> Heard {
        let mut heard = Heard::default();
        for hour in hours {
            let mut counts = RunCounts::default();
            (0..captures).for_each(|_| counts.capture(ago(hour)));
            heard.add(StatsSpan::Hour.of(ago(hour)), &counts);
        }
        heard
    }

    fn per_hour(heard: &Heard, age_hours: u64) -> Option<f64> {
        let told = heard.told_of(&automation(AutomationState::Live, age_hours), NOW);
        told.map(|silent| silent.usual_per_hour)
    }

    #[test]
    fn who_got_a_request_an_hour_and_none_for_a_day_is_silent() {
        let told = heard(25..=192, 2).told_of(&automation(AutomationState::Live, 1_000), NOW).expect("it is silent");
        assert_eq!((&*told.name, told.usual_per_hour, told.last_capture_at), ("Orders", 2.0, Some(ago(25))));
        assert_eq!(per_hour(&heard((24..=192).step_by(2), 1), 1_000), None, "one every two hours is not usual");
        assert_eq!(per_hour(&heard(23..=192, 2), 1_000), None, "it was heard of within the day");
        assert!(heard(25..=192, 2).told_of(&automation(AutomationState::Paused, 1_000), NOW).is_none());
        assert_eq!(per_hour(&Heard::default(), 1_000), None, "who was never heard of is not silent");
    }

    #[test]
    fn only_what_may_be_told_of_is_read() {
        assert!(heard(25..=192, 2).may_be_told_of(NOW));
        assert!(heard(25..=72, 1).may_be_told_of(NOW), "it may be young");
        assert!(!heard(25..=30, 1).may_be_told_of(NOW), "an evening of trials, however old it is");
        assert!(!heard(23..=192, 2).may_be_told_of(NOW), "it was heard of within the day");
        assert!(!Heard::default().may_be_told_of(NOW));
    }

    #[test]
    fn a_young_automation_is_judged_from_its_first_capture_on() {
        assert_eq!(per_hour(&heard(25..=72, 1), 100), Some(1.0));
        assert_eq!(per_hour(&heard(25..=72, 1), 1_000), None, "an old one was usually quiet");
        assert_eq!(per_hour(&heard(25..=30, 1), 100), None, "an evening of trials is no habit");
        assert_eq!(per_hour(&heard(25..=30, 8), 100), Some(2.0));
    }
}
