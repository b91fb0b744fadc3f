//! A plugin that calls other machines as its settings say, with the contract and nothing between: a test can have it do what
//! no SDK would. `settings.rs` says what it can be told, `call.rs` does it.

mod bindings;
mod call;
mod settings;

use bindings::hookbox::plugin::types::{Need, Next, Permanent};
use bindings::{Failure, Guest, Invocation, Manifest, Outcome};

use settings::{SCHEMA, Settings};

struct Caller;

impl Guest for Caller {
    fn describe() -> Manifest {
        let need = |capability: &str| Need {
            capability: capability.into(),
            scope: vec!["*".into()],
            reason: "What the test says".into(),
        };
        Manifest {
            name: "caller".into(),
            version: "1.0.0".into(),
            title: "Caller".into(),
            description: "Calls other machines as its settings say".into(),
            settings: SCHEMA.into(),
            needs: vec![need("http"), need("secret")],
        }
    }

    fn run(invocation: Invocation) -> Result<Outcome, Failure> {
        let settings: Settings = serde_json::from_str(&invocation.settings).map_err(failed)?;
        let output = serde_json::to_string(&call::make(&settings)).map_err(failed)?;
        Ok(Outcome { output, next: Next::Continue })
    }
}

fn failed(error: serde_json::Error) -> Failure {
    Failure::Permanent(Permanent { code: "failed".into(), message: error.to_string() })
}
