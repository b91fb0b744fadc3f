//! Sends the outbox: claims messages, asks once more whether they may leave, and hands them to the channels of their inboxes.

mod breaker;
mod carrier;
mod channel;
mod clock;
mod config;
mod lane;
mod metrics;
mod permit;
mod request;
mod reservations;
mod schedule;
mod sender;
mod settle;
mod worker;

pub use carrier::DispatchError;
pub use clock::Clock;
pub use config::Config;
pub use metrics::Metrics;
pub use worker::Dispatcher;
