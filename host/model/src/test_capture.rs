//! A test capture: a request to an automation's test URL, shown to whoever listens and never run.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{AutomationId, CaptureId, KeptHeaders, Payload, Timestamp, WorkspaceId};

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
    /// The address it came from; that of the sender where a trusted proxy says which.
    pub from: Option<IpAddr>,
    /// What was sent beside the body.
    pub headers: KeptHeaders,
    /// The body.
    pub body: Payload,
}

impl TestCapture {
    /// How many an automation keeps; the oldest give way.
    pub const KEPT_MAX: usize = 10;
}
