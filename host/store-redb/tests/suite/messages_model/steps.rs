//! What can happen to messages, by chance.

use hookbox_model::{Decision, Message, MessageState, ReportState, Timestamp};
use hookbox_store::conformance::thread::never;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;

/// One thing that happens.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A run asks for a message in one of the conversations.
    Post(usize, When),
    Claim(usize),
    /// A step of one of the claimed messages.
    Commit(usize, To),
    /// The same by a host whose claim ended meanwhile, and which does not know, or has read the message since.
    CommitLate(usize, To, bool),
    Release(usize),
    Report(usize, ReportState),
    Decide(usize, Decision),
    /// Somebody of the workspace opts a contact out or in.
    Consent(usize, bool),
    /// A contact writes, by itself or as its channel told before.
    Incoming(usize, &'static str, bool),
    /// Kills the host while it commits steps of claimed messages.
    Kill(Vec<To>),
    Restart,
}

/// When a message is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    AtOnce,
    Past,
    Never,
    /// Scheduled, and its time has come.
    Soon,
    /// Scheduled for a time that does not come.
    Someday,
}

/// What a step brings a message to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Queued(When),
    Held(When),
    Sending,
    Sent,
    Failed,
    Suppressed,
    Unknown,
    /// Unknown, and what follows waits.
    UnknownHeld,
}

impl When {
    pub(super) fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::AtOnce => None,
            Self::Past | Self::Soon => Some(Timestamp::from_millis(1)),
            Self::Never | Self::Someday => Some(never()),
        }
    }

    /// When a message made at `made_at` is to be sent, if it is scheduled.
    pub(super) fn send_at(self, made_at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::AtOnce | Self::Past | Self::Never => None,
            Self::Soon => Some(made_at.plus_millis(1)),
            Self::Someday => Some(never()),
        }
    }
}

impl To {
    pub(super) fn state(self) -> (MessageState, Option<Timestamp>) {
        match self {
            Self::Queued(when) => (MessageState::Queued, when.due_at()),
            Self::Held(when) => (MessageState::Held, when.due_at()),
            Self::Sending => (MessageState::Sending, None),
            Self::Sent => (MessageState::Sent, None),
            Self::Failed => (MessageState::Failed, None),
            Self::Suppressed => (MessageState::Suppressed, None),
            Self::Unknown | Self::UnknownHeld => (MessageState::Unknown, None),
        }
    }

    /// The message as this step makes it at `at`.
    pub(super) fn of(self, message: &Message, at: Timestamp) -> Message {
        let (state, due_at) = self.state();
        let attempts = message.attempts + u32::from(self == Self::Sending);
        let sent_at = if self == Self::Sent { Some(at) } else { message.sent_at };
        Message { state, due_at, attempts, sent_at, revision: message.revision + 1, ..message.clone() }
    }
}

pub(super) fn when() -> impl Strategy<Value = When> + Clone {
    prop_oneof![3 => Just(When::AtOnce), 2 => Just(When::Past), 1 => Just(When::Never)]
}

pub(super) fn to() -> impl Strategy<Value = To> + Clone {
    prop_oneof![
        2 => when().prop_map(To::Queued),
        1 => when().prop_map(To::Held),
        8 => Just(To::Sending),
        3 => Just(To::Sent),
        2 => Just(To::Failed),
        1 => Just(To::Suppressed),
        2 => Just(To::Unknown),
        3 => Just(To::UnknownHeld),
    ]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let posted = prop_oneof![8 => when(), 2 => Just(When::Soon), 1 => Just(When::Someday)];
    let report = prop_oneof![Just(ReportState::Sent), Just(ReportState::Delivered), Just(ReportState::Failed)];
    let decision = prop_oneof![2 => Just(Decision::Send), 1 => Just(Decision::Sent), 1 => Just(Decision::Failed)];
    let words = prop_oneof![Just("STOP"), Just("start"), Just("hello")];
    prop_oneof![
        20 => (any::<usize>(), posted).prop_map(|(at, when)| Step::Post(at, when)),
        20 => (1..6_usize).prop_map(Step::Claim),
        40 => (any::<usize>(), to()).prop_map(|(at, to)| Step::Commit(at, to)),
        5 => (any::<usize>(), to(), any::<bool>()).prop_map(|(at, to, read)| Step::CommitLate(at, to, read)),
        6 => any::<usize>().prop_map(Step::Release),
        8 => (any::<usize>(), report).prop_map(|(at, state)| Step::Report(at, state)),
        10 => (any::<usize>(), decision).prop_map(|(at, decision)| Step::Decide(at, decision)),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(at, out)| Step::Consent(at, out)),
        4 => (any::<usize>(), words, any::<bool>()).prop_map(|(at, words, again)| Step::Incoming(at, words, again)),
        3 => proptest::collection::vec(to(), 0..4).prop_map(Step::Kill),
        1 => Just(Step::Restart),
    ]
}
