//! The sandbox against real components: honest ones, hostile ones, and files that are no plugins.
//!
//! The guests are small modules in WebAssembly text, made into components for the world of `wit/`; those that call other machines
//! are told what to do in their settings (`tests/guests/caller`).

mod guest;
mod binary;
mod call;
mod contract;
mod peer;
mod scene;

mod answers;
mod bad_files;
mod compiling;
mod hostile;
mod http;
mod http_addresses;
mod http_limits;
mod loading;
mod random_components;
mod secrets;
