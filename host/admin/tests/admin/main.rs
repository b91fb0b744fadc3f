//! What a user of the admin API gets, asked of the real router over a real store.

mod house;
mod people;

mod entry;
mod login;
mod users;
mod tokens;
mod records;
mod setup;
mod documents;
mod faults;
mod roundtrip;
mod checking;
mod depth;
mod retention;
mod acting;
mod growing;
mod history;
mod looking;
mod naming;
mod stats;
mod live;
mod rehearsal;
mod switching;
mod uploads;
mod plugins;
mod comparison;
mod plugin_state;
mod plugin_secrets;
mod audit;
mod audited;
mod isolation;
mod roles;
mod contract;
