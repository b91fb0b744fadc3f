//! Quarantine: a plugin version that traps or runs into limits again and again is not called for a while, in the workspace in
//! which it did. Runs that come to it wait; everybody else goes on.
//!
//! Kept in memory: a host that starts anew believes every plugin again. No clock: the moment comes with each call.

use std::collections::{HashMap, VecDeque};

use hookbox_model::{Digest, HealthState, PluginFault, PluginHealth, Timestamp, WorkspaceId};
use parking_lot::Mutex;
use serde::Deserialize;

/// When a plugin version is put into quarantine, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuarantineConfig {
    /// Faults (traps and exhausted limits) one after the other, without a call that ended well between them. 3.
    pub faults_in_a_row: u32,
    /// Faults within `window_ms`, whatever was between them. 5.
    pub faults_in_window: u32,
    /// How long a fault counts, in milliseconds. 10 min.
    pub window_ms: u64,
    /// How long the first quarantine is, in milliseconds; each further one is twice as long. 30 s.
    pub base_ms: u64,
    /// The longest quarantine, in milliseconds. 15 min.
    pub longest_ms: u64,
    /// How long a plugin has to be without a fault for its next quarantine to be a first one again, in milliseconds. 60 s.
    pub health_ms: u64,
    /// How long runs wait that come while one call is let through to see, in milliseconds. 5 s.
    pub probe_wait_ms: u64,
    /// Runs that wait go on within so many milliseconds of their moment, so that they do not all come at once. 3 s.
    pub jitter_ms: u64,
    /// Plugin versions with a fault that are remembered, each once for each workspace. 10,000.
    pub remembered_max: usize,
}

impl Default for QuarantineConfig {
    fn default() -> Self {
        Self {
            faults_in_a_row: 3,
            faults_in_window: 5,
            window_ms: 600_000,
            base_ms: 30_000,
            longest_ms: 900_000,
            health_ms: 60_000,
            probe_wait_ms: 5_000,
            jitter_ms: 3_000,
            remembered_max: 10_000,
        }
    }
}

/// Whose health it is: a plugin version in one workspace.
pub(crate) type Patient = (WorkspaceId, Digest);

/// How every plugin version with a fault fares.
pub(crate) struct Quarantine {
    config: QuarantineConfig,
    cases: Mutex<HashMap<Patient, Case>>,
}

/// A plugin version that had a fault.
struct Case {
    standing: Standing,
    /// One more with each change of `standing`: a call that began before it says nothing about what is after it.
    period: u64,
    in_a_row: u32,
    /// When it had faults, oldest first; those that still count.
    faults: VecDeque<Timestamp>,
    /// Quarantines since it was well for long enough.
    quarantines: u32,
    /// Since when it had no fault.
    well_since: Timestamp,
    last_fault: PluginFault,
}

#[derive(Clone, Copy)]
enum Standing {
    Called,
    Quarantined { until: Timestamp },
    Probing { since: Timestamp },
}

/// Whether a call may be made.
pub(crate) enum Admission<'a> {
    Call(Leave<'a>),
    Wait(Closed),
}

/// Leave to make one call. Whoever drops it without a word says nothing of the plugin.
pub(crate) struct Leave<'a> {
    quarantine: &'a Quarantine,
    patient: Patient,
    period: u64,
}

/// Why a call has to wait.
pub(crate) struct Closed {
    /// When it is worth to come again.
    pub(crate) until: Timestamp,
    /// Whether a call is under way to see.
    pub(crate) probing: bool,
    /// What put the plugin there last.
    pub(crate) last_fault: PluginFault,
}

/// What a call changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The plugin is in quarantine from now on, or still.
    Entered { until: Timestamp },
    /// It is well again.
    Left,
}

impl Quarantine {
    pub(crate) fn new(config: QuarantineConfig) -> Self {
        Self { config, cases: Mutex::default() }
    }

    /// Asks to call a plugin. Once its quarantine is over one call is let through to see, and no other before that has ended.
    pub(crate) fn admit(&self, patient: Patient, now: Timestamp) -> Admission<'_> {
        let mut cases = self.cases.lock();
        let leave = |period| Admission::Call(Leave { quarantine: self, patient, period });
        let Some(case) = cases.get_mut(&patient) else { return leave(0) };
        let (until, probing) = match case.standing {
            Standing::Called => return leave(case.period),
            Standing::Quarantined { until } if until <= now => {
                case.turn_to(Standing::Probing { since: until });
                return leave(case.period);
            }
            Standing::Quarantined { until } => (until, false),
            Standing::Probing { .. } => (now.plus_millis(self.config.probe_wait_ms), true),
        };
        Admission::Wait(Closed { until, probing, last_fault: case.last_fault.clone() })
    }

    /// How a plugin fares.
    pub(crate) fn health(&self, patient: Patient) -> PluginHealth {
        let cases = self.cases.lock();
        let Some(case) = cases.get(&patient) else { return PluginHealth::default() };
        let state = match case.standing {
            Standing::Called => HealthState::Healthy,
            Standing::Quarantined { until } => HealthState::Quarantined { until },
            Standing::Probing { .. } => HealthState::Probing,
        };
        PluginHealth { state, last_fault: Some(case.last_fault.clone()) }
    }

    /// How many plugin versions are in quarantine, each once for each workspace.
    pub(crate) fn closed(&self) -> usize {
        self.cases.lock().values().filter(|case| !matches!(case.standing, Standing::Called)).count()
    }

    /// How long before or after its moment a run that waits may go on, in milliseconds, decided by `seed`.
    pub(crate) fn jitter_ms(&self, seed: u64) -> u64 {
        seed % self.config.jitter_ms.max(1)
    }

    /// The case of a plugin that had a fault just now. The oldest other one is forgotten if there are too many.
    fn case<'a>(&self, cases: &'a mut HashMap<Patient, Case>, patient: Patient, fault: &PluginFault) -> &'a mut Case {
        if !cases.contains_key(&patient) && cases.len() >= self.config.remembered_max {
            let age = |(_, case): &(&Patient, &Case)| (!matches!(case.standing, Standing::Called), case.last_fault.at);
            if let Some(oldest) = cases.iter().min_by_key(age).map(|(patient, _)| *patient) {
                cases.remove(&oldest);
            }
        }
        cases.entry(patient).or_insert_with(|| Case::of(fault))
    }
}

impl Leave<'_> {
    /// The call trapped or ran into a limit.
    pub(crate) fn fault(self, fault: PluginFault) -> Option<Change> {
        let (config, now) = (&self.quarantine.config, fault.at);
        let mut cases = self.quarantine.cases.lock();
        let case = self.quarantine.case(&mut cases, self.patient, &fault);
        case.last_fault = fault;
        if case.period != self.period {
            return None;
        }
        let until = match case.standing {
            Standing::Called => case.count(config, now),
            Standing::Probing { .. } => Some(case.quarantine(config, now)),
            Standing::Quarantined { .. } => None,
        };
        until.map(|until| Change::Entered { until })
    }

    /// The call ended as the plugin meant it to.
    pub(crate) fn well(self, now: Timestamp) -> Option<Change> {
        let mut cases = self.quarantine.cases.lock();
        let case = cases.get_mut(&self.patient).filter(|case| case.period == self.period)?;
        match case.standing {
            Standing::Called => {
                case.in_a_row = 0;
                None
            }
            Standing::Probing { .. } => {
                case.well_since = now;
                case.turn_to(Standing::Called);
                Some(Change::Left)
            }
            Standing::Quarantined { .. } => None,
        }
    }
}

impl Drop for Leave<'_> {
    /// A call that was to show whether the plugin is well and showed nothing leaves that to the next one.
    fn drop(&mut self) {
        let mut cases = self.quarantine.cases.lock();
        let Some(case) = cases.get_mut(&self.patient).filter(|case| case.period == self.period) else { return };
        if let Standing::Probing { since } = case.standing {
            case.turn_to(Standing::Quarantined { until: since });
        }
    }
}

impl Case {
    fn of(fault: &PluginFault) -> Self {
        Self {
            standing: Standing::Called,
            period: 0,
            in_a_row: 0,
            faults: VecDeque::new(),
            quarantines: 0,
            well_since: fault.at,
            last_fault: fault.clone(),
        }
    }

    /// Counts a fault; until when the plugin is in quarantine, if it was one too many.
    fn count(&mut self, config: &QuarantineConfig, now: Timestamp) -> Option<Timestamp> {
        if now.millis_since(self.well_since) >= config.health_ms {
            self.quarantines = 0;
        }
        self.well_since = now;
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.faults.push_back(now);
        while self.faults.front().is_some_and(|at| now.millis_since(*at) > config.window_ms) {
            self.faults.pop_front();
        }
        let too_many = self.in_a_row >= config.faults_in_a_row || self.faults.len() >= config.faults_in_window as usize;
        too_many.then(|| self.quarantine(config, now))
    }

    fn quarantine(&mut self, config: &QuarantineConfig, now: Timestamp) -> Timestamp {
        let doubled = config.base_ms.saturating_mul(1_u64.checked_shl(self.quarantines).unwrap_or(u64::MAX));
        let until = now.plus_millis(doubled.min(config.longest_ms));
        self.quarantines = self.quarantines.saturating_add(1);
        self.in_a_row = 0;
        self.faults.clear();
        self.turn_to(Standing::Quarantined { until });
        until
    }

    fn turn_to(&mut self, standing: Standing) {
        self.period += 1;
        self.standing = standing;
    }
}

#[cfg(test)]
mod tests {
    use hookbox_model::{Digest, HealthState, PluginFault, RunId, Timestamp, WorkspaceId};

    use super::{Admission, Change, Closed, Leave, Patient, Quarantine, QuarantineConfig};

    const PATIENT: Patient = (WorkspaceId::from_bytes([1; 16]), Digest::from_bytes([2; 32]));

    const fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn fault(now: Timestamp) -> PluginFault {
        let (run, backtrace) = (RunId::from_bytes([3; 16]), "module: f\n".into());
        PluginFault { at: now, run, step: "score".into(), message: "it crashed".into(), backtrace }
    }

    fn quarantine() -> Quarantine {
        Quarantine::new(QuarantineConfig::default())
    }

    #[track_caller]
    fn admitted(quarantine: &Quarantine, now: Timestamp) -> Leave<'_> {
        match quarantine.admit(PATIENT, now) {
            Admission::Call(leave) => leave,
            Admission::Wait(_) => panic!("it is not called at {now}"),
        }
    }

    #[track_caller]
    fn refused(quarantine: &Quarantine, now: Timestamp) -> Closed {
        match quarantine.admit(PATIENT, now) {
            Admission::Call(_) => panic!("it is called at {now}"),
            Admission::Wait(closed) => closed,
        }
    }

    #[track_caller]
    fn faults(quarantine: &Quarantine, moments: &[u64]) -> Option<Change> {
        moments.iter().fold(None, |_, second| admitted(quarantine, at(*second)).fault(fault(at(*second))))
    }

    #[test]
    fn three_faults_in_a_row_keep_a_plugin_from_being_called_for_half_a_minute() {
        let quarantine = quarantine();
        assert_eq!(faults(&quarantine, &[0, 1]), None);
        assert_eq!(faults(&quarantine, &[2]), Some(Change::Entered { until: at(32) }));
        let closed = refused(&quarantine, at(31));
        assert_eq!((closed.until, closed.probing), (at(32), false));
        assert_eq!((&*closed.last_fault.message, &*closed.last_fault.backtrace), ("it crashed", "module: f\n"));
        let health = quarantine.health(PATIENT);
        assert_eq!(health.state, HealthState::Quarantined { until: at(32) });
        assert_eq!(health.last_fault, Some(fault(at(2))));
        let elsewhere = (WorkspaceId::from_bytes([9; 16]), PATIENT.1);
        assert!(matches!(quarantine.admit(elsewhere, at(31)), Admission::Call(_)), "other workspaces call it");
    }

    #[test]
    fn five_faults_in_ten_minutes_count_whatever_is_between_them() {
        let quarantine = quarantine();
        for second in [0, 100, 200, 300] {
            assert_eq!(faults(&quarantine, &[second]), None);
            assert_eq!(admitted(&quarantine, at(second)).well(at(second)), None);
        }
        assert_eq!(faults(&quarantine, &[601]), None, "the first is ten minutes ago");
        assert_eq!(admitted(&quarantine, at(601)).well(at(601)), None);
        assert_eq!(faults(&quarantine, &[602]), Some(Change::Entered { until: at(632) }));
    }

    #[test]
    fn after_the_quarantine_one_call_is_let_through_and_decides() {
        let quarantine = quarantine();
        faults(&quarantine, &[0, 1, 2]);
        let probe = admitted(&quarantine, at(32));
        let closed = refused(&quarantine, at(32));
        assert_eq!((closed.until, closed.probing), (at(37), true));
        assert_eq!(quarantine.health(PATIENT).state, HealthState::Probing);
        assert_eq!(probe.fault(fault(at(33))), Some(Change::Entered { until: at(93) }), "twice as long");
        assert_eq!(quarantine.closed(), 1);
        assert_eq!(admitted(&quarantine, at(93)).well(at(93)), Some(Change::Left));
        assert_eq!((quarantine.closed(), quarantine.health(PATIENT).state), (0, HealthState::Healthy));
        assert!(quarantine.health(PATIENT).last_fault.is_some(), "what happened can still be looked up");
    }

    #[test]
    fn quarantines_double_up_to_a_quarter_of_an_hour() {
        let quarantine = quarantine();
        faults(&quarantine, &[0, 0, 0]);
        let mut now = 30;
        for seconds in [60, 120, 240, 480, 900, 900] {
            assert_eq!(faults(&quarantine, &[now]), Some(Change::Entered { until: at(now + seconds) }));
            now += seconds;
        }
    }

    #[test]
    fn a_minute_of_health_makes_the_next_quarantine_a_first_one() {
        for (pause, length) in [(59, 60), (60, 30)] {
            let quarantine = quarantine();
            faults(&quarantine, &[0, 0, 0]);
            assert_eq!(admitted(&quarantine, at(30)).well(at(30)), Some(Change::Left));
            let again = 30 + pause;
            let entered = Some(Change::Entered { until: at(again + length) });
            assert_eq!(faults(&quarantine, &[again, again, again]), entered, "after {pause} s");
        }
    }

    #[test]
    fn a_probe_that_shows_nothing_leaves_it_to_the_next_call() {
        let quarantine = quarantine();
        faults(&quarantine, &[0, 0, 0]);
        drop(admitted(&quarantine, at(30)));
        assert_eq!(admitted(&quarantine, at(31)).well(at(31)), Some(Change::Left));
    }

    #[test]
    fn calls_that_began_before_the_quarantine_neither_lengthen_nor_end_it() {
        let quarantine = quarantine();
        faults(&quarantine, &[0]);
        let (slow, slower) = (admitted(&quarantine, at(1)), admitted(&quarantine, at(1)));
        faults(&quarantine, &[2, 3]);
        assert_eq!(slow.well(at(4)), None);
        assert_eq!(slower.fault(fault(at(5))), None);
        let closed = refused(&quarantine, at(6));
        assert_eq!((closed.until, closed.last_fault.at), (at(33), at(5)), "but the last fault is the last one");
    }

    #[test]
    fn the_plugins_that_are_remembered_are_bounded_and_those_in_quarantine_stay() {
        let quarantine = Quarantine::new(QuarantineConfig { remembered_max: 2, ..QuarantineConfig::default() });
        faults(&quarantine, &[0, 0, 0]);
        for n in 3..9 {
            let other = (PATIENT.0, Digest::from_bytes([n; 32]));
            let Admission::Call(leave) = quarantine.admit(other, at(1)) else { panic!("it had no fault") };
            leave.fault(fault(at(u64::from(n))));
        }
        assert_eq!(quarantine.cases.lock().len(), 2);
        assert_eq!(refused(&quarantine, at(1)).until, at(30));
    }
}
