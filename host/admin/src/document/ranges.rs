//! Numbers within their ranges, and networks that are some: what the types of a document alone do not say.

use hookbox_model::{RateDocument, WebhookDocument};
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::Value;

use crate::refusal::Fault;

/// The most requests a second that a trigger may allow.
const PER_SECOND_MAX: u32 = 100_000;

/// Why a number is not from `min` to `max`.
pub(super) fn out_of(at: &str, number: u32, min: u32, max: u32) -> Option<Fault> {
    (!(min..=max).contains(&number)).then(|| Fault::new(at, format!("it is {number} and must be {min} to {max}")))
}

/// What is wrong with who may send and how often.
pub(super) fn trigger_faults(webhook: &Value) -> Vec<Fault> {
    let mut faults: Vec<Fault> = body_bytes_fault(&webhook["body_bytes_max"]).into_iter().collect();
    faults.extend(allow_faults(&webhook["allow"]));
    if let Ok(rate) = RateDocument::deserialize(&webhook["rate"]) {
        faults.extend(rate_faults(rate));
    }
    faults
}

/// Why a trigger cannot have this limit of its own; what is no whole number is the structure's fault.
fn body_bytes_fault(written: &Value) -> Option<Fault> {
    let bytes_max = WebhookDocument::BODY_BYTES_MAX;
    let message = match written.as_u64()? {
        0 => "no body has 0 bytes; leave the key out for 1 MiB".to_owned(),
        bytes if bytes > bytes_max => format!("it is {bytes} bytes and may be {bytes_max}, the most that actions take"),
        _ => return None,
    };
    Some(Fault::new("trigger.webhook.body_bytes_max", message))
}

fn allow_faults(allow: &Value) -> Vec<Fault> {
    let networks = allow.as_array().map(Vec::as_slice).unwrap_or_default();
    let max = WebhookDocument::ALLOW_MAX;
    if networks.len() > max {
        let message = format!("at most {max} networks are allowed, these are {}", networks.len());
        return vec![Fault::new("trigger.webhook.allow", message)];
    }
    let texts = networks.iter().enumerate().filter_map(|(index, network)| Some((index, network.as_str()?)));
    let wrong = texts.filter(|(_, text)| text.parse::<IpNet>().is_err());
    let message = "it is not a network; write one such as 203.0.113.0/24 or 2001:db8::/32";
    wrong.map(|(index, _)| Fault::new(format!("trigger.webhook.allow[{index}]"), message)).collect()
}

fn rate_faults(rate: RateDocument) -> Vec<Fault> {
    let mut faults: Vec<Fault> =
        out_of("trigger.webhook.rate.per_second", rate.per_second, 1, PER_SECOND_MAX).into_iter().collect();
    if let Some(burst) = rate.burst.filter(|burst| *burst < rate.per_second) {
        let message = format!("it is {burst} and must be at least per_second, which is {}", rate.per_second);
        faults.push(Fault::new("trigger.webhook.rate.burst", message));
    }
    faults
}
