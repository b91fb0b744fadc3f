//! The settings of a step against the schema of its plugin, as far as it can be known before anything is rendered.
//!
//! A text whose schema has the format `list`, `inbox`, `member` or `secret` is the name of one, which the workspace has to have.

use std::collections::BTreeSet;
use std::sync::Arc;

use hookbox_mapping::{Config, MappingFault, Settings};
use hookbox_model::Plugin;
use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::{Map, Value};

use super::directory::Directory;
use super::place::place;
use super::reads::Texts;
use super::structure::{options, told};
use crate::refusal::Fault;

pub(super) const LIST: &str = "list";
const INBOX: &str = "inbox";
pub(super) const MEMBER: &str = "member";
const SECRET: &str = "secret";

/// What is wrong with `settings` for `plugin`, at places below `outer` (`steps[0].settings`).
///
/// Texts with `{{` are rendered first when the step runs, so what is said about such a text is not known yet and dropped.
pub(super) fn faults(
    settings: &Map<String, Value>,
    plugin: &Plugin,
    directory: &Arc<Directory>,
    outer: &str,
) -> Vec<Fault> {
    let compiled = serde_json::from_str::<Value>(&plugin.manifest.settings).map_err(|error| error.to_string());
    let names_of = |names: fn(&Directory) -> &BTreeSet<String>| {
        let directory = Arc::clone(directory);
        move |name: &str| names(&directory).contains(name)
    };
    let compiled = compiled.and_then(|schema| {
        options()
            .should_validate_formats(true)
            .with_format(LIST, names_of(|directory| &directory.lists))
            .with_format(INBOX, names_of(|directory| &directory.inboxes))
            .with_format(MEMBER, names_of(|directory| &directory.members))
            .with_format(SECRET, names_of(|directory| &directory.secrets))
            .build(&schema)
            .map_err(|error| error.to_string())
    });
    let validator = match compiled {
        Ok(validator) => validator,
        Err(reason) => return vec![Fault::new(outer, format!("the plugin's settings schema is broken: {reason}"))],
    };
    let settings = Value::Object(settings.clone());
    let errors: Vec<_> = validator.iter_errors(&settings).collect();
    let known = errors.iter().filter(|error| is_about_keys(error.kind()) || !has_template(error.instance()));
    known.flat_map(|error| unknown_name(error, outer).map_or_else(|| told(error, outer), |fault| vec![fault])).collect()
}

/// What is wrong with the templates in `settings`. Those that compile are tried on the sample, whatever the others do.
pub(super) fn template_faults(
    settings: &Map<String, Value>,
    sample: &Value,
    limits: &Config,
    texts: Texts<'_>,
) -> Vec<MappingFault> {
    let mut found = match Settings::compile_with(settings, limits, texts) {
        Ok(compiled) => return compiled.check_sample(sample),
        Err(found) => found,
    };
    for (name, value) in settings {
        let alone = [(name.clone(), value.clone())].into_iter().collect();
        if let Ok(compiled) = Settings::compile_with(&alone, limits, texts) {
            found.extend(compiled.check_sample(sample));
        }
    }
    found
}

/// The fault of a text that should be a name and is none.
fn unknown_name(error: &ValidationError<'_>, outer: &str) -> Option<Fault> {
    let ValidationErrorKind::Format { format } = error.kind() else { return None };
    let what = [LIST, INBOX, MEMBER, SECRET].into_iter().find(|what| what == format)?;
    let name = error.instance().as_str()?;
    let place = place(outer, error.instance_path());
    if what == SECRET {
        // Somebody may have pasted the secret itself, which is not to be told on.
        let message = "this workspace has no plugin secret of this name; `hookbox plugin-secret put` makes one";
        return Some(Fault::new(place, message));
    }
    Some(Fault::new(place, format!("this workspace has no {what} {name:?}")))
}

/// Whether an error is about which keys there are, which no rendering changes.
fn is_about_keys(kind: &ValidationErrorKind) -> bool {
    matches!(
        kind,
        ValidationErrorKind::Required { .. }
            | ValidationErrorKind::AdditionalProperties { .. }
            | ValidationErrorKind::UnevaluatedProperties { .. }
    )
}

fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(fields) => fields.values().any(has_template),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
