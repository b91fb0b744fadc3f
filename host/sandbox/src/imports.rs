//! What guests may call: one file per WIT interface, one [`link`] that lists them all, and the list of what is offered.
//!
//! `hookbox:plugin` functions act on [`GuestState`]. WASI is there because toolchains import it unasked; it is inert:
//! no arguments, environment, files or sockets, a clock that stands still, randomness that repeats, output that is logged.

pub(crate) mod clocks;
pub(crate) mod contacts;
mod http;
pub(crate) mod conversations;
pub(crate) mod lists;
pub(crate) mod log;
pub(crate) mod messages;
pub(crate) mod random;
pub(crate) mod state;
pub(crate) mod stdio;
pub(crate) mod texts;
pub(crate) mod wasi;

use wasmtime::component::{HasSelf, Linker};

use crate::bindings::hookbox::plugin as ours;
use crate::state::GuestState;

/// Interfaces of `hookbox:plugin` that a guest may import.
pub(crate) const OFFERED: [&str; 7] = ["types", "contacts", "lists", "conversations", "messages", "state", "log"];

/// Packages of WASI that a guest may import whole. Of `sockets` every call is denied.
pub(crate) const OFFERED_WASI: [&str; 6] = ["cli", "clocks", "filesystem", "io", "random", "sockets"];

/// Interfaces of `wasi:http` that a guest may import: it calls and is never called.
pub(crate) const OFFERED_WASI_HTTP: [&str; 2] = ["types", "outgoing-handler"];

/// Links everything that is offered.
pub(crate) fn link(linker: &mut Linker<GuestState>) -> wasmtime::Result<()> {
    type Own = HasSelf<GuestState>;

    ours::types::add_to_linker::<_, Own>(linker, |state| state)?;
    ours::contacts::add_to_linker::<_, Own>(linker, |state| state)?;
    ours::lists::add_to_linker::<_, Own>(linker, |state| state)?;
    ours::conversations::add_to_linker::<_, Own>(linker, |state| state)?;
    ours::messages::add_to_linker::<_, Own>(linker, |state| state)?;
    ours::state::add_to_linker::<_, Own>(linker, |state| state)?;
    ours::log::add_to_linker::<_, Own>(linker, |state| state)?;
    wasi::link(linker)?;
    http::link(linker)
}

impl ours::types::Host for GuestState {}
