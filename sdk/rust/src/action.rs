//! What is the same for an action in a component and under the mock host: its manifest, and a call of it.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::invocation::Invocation;
use crate::{Call, Failure, Manifest, Need, Outcome};

/// What the macro knows of a plugin.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// The name that automations use.
    pub name: &'static str,
    /// Semantic version.
    pub version: &'static str,
    /// The name that people read.
    pub title: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Capability, scope and reason of each need.
    pub needs: &'static [(&'static str, &'static [&'static str], &'static str)],
}

/// The manifest of an action. The function is taken for its type only: it names the settings.
pub fn manifest<S: JsonSchema>(_: impl Fn(Call<S>) -> Result<Outcome, Failure>, head: Head) -> Manifest {
    let needs = head.needs.iter().map(|&(capability, scope, reason)| Need {
        capability: capability.into(),
        scope: scope.iter().map(|&name| name.into()).collect(),
        reason: reason.into(),
    });
    Manifest {
        name: head.name.into(),
        version: head.version.into(),
        title: head.title.into(),
        description: head.description.into(),
        settings: settings_schema::<S>(),
        needs: needs.collect(),
    }
}

/// One flat schema without references, so that a form can be drawn from it as it stands.
fn settings_schema<S: JsonSchema>() -> String {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<S>();
    // Names of Rust types, which say nothing to whoever fills the form.
    schema.remove("title");
    RecursiveTransform(without_format_of_numbers).transform(&mut schema);
    schema.to_value().to_string()
}

/// Takes away `"format": "uint32"` and the like; the limits that follow from them stay.
fn without_format_of_numbers(schema: &mut Schema) {
    let of_numbers = ["integer", "number"];
    let is_number = match schema.get("type") {
        Some(Value::String(kind)) => of_numbers.contains(&kind.as_str()),
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| of_numbers.iter().any(|number| kind == number)),
        Some(_) | None => false,
    };
    if is_number {
        schema.remove("format");
    }
}

/// Reads the settings and calls the action.
pub(crate) fn run<S: DeserializeOwned>(
    action: impl FnOnce(Call<S>) -> Result<Outcome, Failure>,
    invocation: Invocation,
) -> Result<Outcome, Failure> {
    match serde_json::from_str(&invocation.settings) {
        Ok(settings) => action(Call::new(settings, invocation)),
        Err(error) => Err(Failure::permanent("invalid-settings", format!("the settings do not fit: {error}"))),
    }
}
