//! Builds plugins into components from a build script: an inner cargo, with a target directory of its own and nothing of the
//! outer cargo's environment.
//!
//! Called by the build scripts of the built-in plugins and of the tests. It refuses to build without the target
//! `wasm32-wasip2`, which it tries to add, and names the command that mends it when it cannot.

mod components;

mod artifact;
mod environment;
mod target;
mod watch;

pub use components::{component, components};
pub use target::target_dir_beside;
pub use watch::watch;
