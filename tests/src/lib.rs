//! The harness of the tests: the real program as a child process, clients for its doors, the auditor, and checks of the
//! repository's own text.
//!
//! Start reading at [`program`]; `tests/tests/` holds what is proved with it.

pub mod admin;
pub mod answer;
pub mod author;
pub mod browser;
pub mod carrier;
mod compiled;
pub mod deadline;
pub mod documents;
pub mod figures;
pub mod frozen;
pub mod guests;
pub mod prerequisites;
pub mod program;
pub mod webhook;

pub mod auditor;
pub mod journal;
pub mod world;

pub mod faults;
#[cfg(feature = "failpoints")]
pub mod edges;

pub mod code;
pub mod cycles;
pub mod layers;
pub mod source;
pub mod tidy;
pub mod words;
