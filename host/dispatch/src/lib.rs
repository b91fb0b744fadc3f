//! Sends the outbox: claims messages, asks once more whether they may leave, and hands them to the channels of their inboxes.

mod breaker;
mod carrier;
mod clock;
mod config;
mod metrics;
mod permit;
mod request;
mod schedule;
mod settle;
mod worker;

pub use carrier::DispatchError;
pub use config::Config;
pub use metrics::Metrics;
pub use worker::Dispatcher;
