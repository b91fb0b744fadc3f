//! A capture: one accepted request, durable before it was answered.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AutomationId, CaptureId, Digest, KeptHeaders, Payload, Timestamp, WorkspaceId};

/// One accepted request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// Its id; ids sort by arrival.
    pub id: CaptureId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The automation it is for.
    pub automation: AutomationId,
    /// The automation's version when it arrived; its run keeps to that.
    pub automation_version: u32,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The body.
    pub body: Payload,
    /// What the sender called the request, to find a repetition by.
    pub idempotency: Option<IdempotencyKey>,
    /// The address it came from; that of the sender where a trusted proxy says which.
    pub from: Option<IpAddr>,
    /// What was sent beside the body.
    pub headers: KeptHeaders,
}

impl Capture {
    /// Roughly what it costs in memory, in bytes: see [`Payload::weight`].
    pub fn weight(&self) -> usize {
        self.body.weight().saturating_add(self.headers.bytes())
    }
}

/// What makes a repeated request a repetition: the key its sender chose, and the body it must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyKey {
    /// The `Idempotency-Key` header.
    pub key: Arc<str>,
    /// SHA-256 of the body.
    pub body_sha256: Digest,
}

impl IdempotencyKey {
    /// How long a key is remembered, in milliseconds: 24 hours.
    pub const REMEMBERED_MS: u64 = 24 * 60 * 60 * 1000;
}
