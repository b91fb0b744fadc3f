//! Whether a message may leave now.

use hookbox_model::{Contact, FieldValue, Inbox, Message, Timestamp, Workspace, Zone};

/// What has left already.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sent {
    /// In the workspace today.
    pub(crate) today: u64,
    /// To the contact today.
    pub(crate) contact_today: u64,
    /// To the contact in the last minute.
    pub(crate) contact_minute: u64,
}

impl Sent {
    /// With so many more, in the workspace and to the contact.
    pub(crate) const fn and(self, workspace: u64, contact: u64) -> Self {
        Self {
            today: self.today.saturating_add(workspace),
            contact_today: self.contact_today.saturating_add(contact),
            contact_minute: self.contact_minute.saturating_add(contact),
        }
    }
}

/// Whether a message may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Permit {
    Send,
    Suppress(String),
    Hold(Timestamp, &'static str),
}

/// Asks consent first, then times, then caps.
pub(crate) fn permit(
    message: &Message,
    contact: &Contact,
    inbox: &Inbox,
    workspace: &Workspace,
    sent: Sent,
    now: Timestamp,
) -> Permit {
    if let Some(reason) = contact.consent.refusal() {
        return Permit::Suppress(reason);
    }
    if let Some(at) = message.send_at.filter(|at| now < *at) {
        return Permit::Hold(at, "not to be sent before its time");
    }
    if let Some(end) = quiet_until(contact, inbox, workspace, now) {
        return Permit::Hold(end, "quiet hours");
    }
    if message.attempts > 0 {
        // It was counted when it was first tried; it must not be stopped by itself.
        return Permit::Send;
    }
    let caps = &workspace.caps;
    if sent.contact_minute >= u64::from(caps.per_contact_per_minute) {
        return Permit::Suppress("too many messages to the contact within a minute".to_owned());
    }
    if sent.contact_today >= u64::from(caps.per_contact_per_day) {
        return Permit::Suppress("too many messages to the contact today".to_owned());
    }
    if sent.today >= caps.per_day {
        return Permit::Hold(workspace.zone.next_day(now), "the workspace's messages of the day are used up");
    }
    Permit::Send
}

fn quiet_until(contact: &Contact, inbox: &Inbox, workspace: &Workspace, now: Timestamp) -> Option<Timestamp> {
    let mut hours = inbox.quiet_hours.clone()?;
    if let Some(FieldValue::Text(name)) = contact.fields.get("time_zone")
        && let Ok(zone) = name.parse::<Zone>()
    {
        hours.zone = Some(zone);
    }
    hours.until(now, &workspace.zone)
}
