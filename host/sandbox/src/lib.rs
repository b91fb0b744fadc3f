//! The sandbox: inspects plugin components and runs their actions, each call in a fresh WebAssembly instance.
//!
//! It is the only room that knows wasmtime, and no type of wasmtime leaves it. It takes a component, an
//! [`Invocation`](hookbox_model::Invocation) and [`Grants`](hookbox_model::Grants), and gives back what the action
//! returned, the effects it asked for, its log and what it used. It never reads the store and never changes the world:
//! effects are values until the runner commits them. Whatever a guest does ends its own call with a [`CallError`].

mod bindings;
mod buffer;
mod call;
mod compiled;
mod config;
mod describe;
mod engine;
mod gate;
mod http;
mod imports;
mod outline;
mod report;
mod load_error;
mod compile;
mod load;
mod mismatch;
mod inspect;
mod invoke;
mod aside;
mod lane;
mod limits;
mod lines;
mod log;
mod manifest;
mod meter;
mod remembered;
mod sandbox;
mod schema;
mod secrets;
mod state;
mod stop;
mod surroundings;
mod view;

pub use compile::{Compilation, CompileLimits, compile_component};
pub use config::{CompilerCommand, Config, PoolConfig};
pub use engine::SandboxError;
pub use http::HttpConfig;
pub use invoke::Called;
pub use load_error::LoadError;
pub use report::{Fault, Phase, Report};
pub use sandbox::{Loaded, Sandbox};
pub use stop::CallError;
pub use surroundings::{Nothing, SecretText, Surroundings, Unavailable};
