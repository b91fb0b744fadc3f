//! What an author of plugins does on their own machine: begin a project, build it, check it as an upload is checked, and try it
//! out on fixtures with production's limits. Nothing here talks to a host.
//!
//! Called by `hookbox plugin new`, `build`, `check` and `test`.

mod embedded;
mod vendored;

pub(crate) mod language;
pub(crate) mod project;

pub(crate) mod progress;
mod external;
pub(crate) mod build;

pub(crate) mod fixture;
pub(crate) mod trial;

pub(crate) mod bench;
pub(crate) mod inspection;
