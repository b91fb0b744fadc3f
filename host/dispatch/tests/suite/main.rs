//! The way out of messages, against real HTTP and a store in memory.

mod answers;
mod fairness;
mod fake;
mod inbox_server;
mod permits;
mod setup;
