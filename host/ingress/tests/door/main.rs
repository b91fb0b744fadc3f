//! The door as a sender meets it: over real sockets, with a store in memory.

mod fake;
mod nothing;
mod sender;

mod answers;
mod guarded;
mod limits;
mod reception;
mod stopping;
mod waits;
mod wire;
