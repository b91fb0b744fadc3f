//! What users of the embedded store get: the suite of every backend, and what only a file can show.

mod place;

mod conformance;
mod recovery;
mod backlog;
mod backup;
mod refusal;
mod damage;
mod history;
mod shares;
mod stats;
mod pages;
mod of_contact;
mod plugins;
mod plugin_state;
mod removed_lists;
mod audit;
mod users;
mod model;
mod messages_model;
