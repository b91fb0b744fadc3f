//! A test capture: a request to an automation's test URL, shown to whoever listens and never run.

use serde::{Deserialize, Serialize};

use crate::{AutomationId, CaptureId, Payload, Timestamp, WorkspaceId};

/// A request to a test URL. Each automation keeps its last [`TestCapture::KEPT_MAX`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestCapture {
    /// Its id; ids sort by arrival.
    pub id: CaptureId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The automation it was sent to.
    pub automation: AutomationId,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Its headers in their order, names in lower case; what opens the door is replaced by `(hidden)`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Payload,
}

impl TestCapture {
    /// How many an automation keeps; the oldest give way.
    pub const KEPT_MAX: usize = 10;
}
