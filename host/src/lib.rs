//! The program `hookbox`: command line, configuration, assembly, start, drain, demo.
//!
//! This is the only crate that knows every room, and the only one that reads the environment, the configuration file and
//! the clock of the process. It decides nothing about captures, runs or plugins: it opens the store, builds the rooms,
//! binds the socket, and ends all of it in order. It is a library so that the tests can run the program it is.

mod allocator;
mod cli;
mod program;

mod assemble;
mod config;
mod drain;
mod fresh;
mod logging;
mod plugins;
mod rehearsal;
mod restored;
mod retention;
mod serve;
mod vault;

mod client;
mod demo;
mod author;
mod output;
mod steps;
mod usage;

pub use program::main;
