//! The sandbox against real components: honest ones, hostile ones, and files that are no plugins.
//!
//! The guests are small modules in WebAssembly text, made into components for the world of `wit/`.

mod guest;
mod binary;
mod call;
mod contract;

mod answers;
mod bad_files;
mod compiling;
mod hostile;
mod loading;
mod random_components;
