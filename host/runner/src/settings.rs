//! A step's settings with their templates rendered over the payload, the contact and the outputs of earlier steps.

use std::cell::Cell;

use hookbox_mapping::{Datum, Lookup, Scope, Settings};
use hookbox_model::{Contact, FieldValue, RunFailure, StepRecord};
use serde_json::{Map, Value};

/// Settings, compiled.
pub(crate) struct StepSettings {
    step: String,
    settings: Settings,
}

impl StepSettings {
    /// Compiles them. They were checked when the document was saved; see `SubjectMapping::compile`.
    pub(crate) fn compile(
        step: &str,
        settings: &Map<String, Value>,
        limits: &hookbox_mapping::Config,
    ) -> Result<Self, RunFailure> {
        Self::compile_with(step, settings, limits, &|_| None)
    }

    /// As [`Self::compile`], with the workspace's templates.
    pub(crate) fn compile_with(
        step: &str,
        settings: &Map<String, Value>,
        limits: &hookbox_mapping::Config,
        templates: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, RunFailure> {
        let unknown = Cell::new(false);
        let templates = |name: &str| {
            let text = templates(name);
            unknown.set(unknown.get() || text.is_none());
            text
        };
        let settings = Settings::compile_with(settings, limits, &templates).map_err(|faults| {
            RunFailure::new(
                step,
                if unknown.get() { "unknown-template" } else { "invalid-settings" },
                faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            )
        })?;
        Ok(Self { step: step.to_owned(), settings })
    }

    /// The settings as JSON text.
    pub(crate) fn render(
        &self,
        payload: &Value,
        contact: &Contact,
        steps: &[StepRecord],
    ) -> Result<String, RunFailure> {
        let scope = Scope { payload, contact: &ContactFields(contact), steps: &Outputs(steps) };
        match self.settings.render(&scope) {
            Ok(text) => Ok(text.into_owned()),
            Err(error) => Err(RunFailure::new(&self.step, error.code(), error.to_string())),
        }
    }
}

/// `contact.…` in templates: what finds the contact, and its fields by name.
pub(crate) struct ContactFields<'a>(pub(crate) &'a Contact);

impl Lookup for ContactFields<'_> {
    fn look_up(&self, name: &str) -> Option<Datum<'_>> {
        let text = |text: &'_ Option<String>| text.as_deref().map(|text| Datum::Text(text.to_owned().into()));
        match name {
            "id" => Some(Datum::Text(self.0.id.to_string().into())),
            "phone" => text(&self.0.phone),
            "email" => text(&self.0.email),
            "external_id" => text(&self.0.external_id),
            "opted_out" => Some(Datum::Boolean(!self.0.consent.allows())),
            _ => match self.0.fields.get(name)? {
                FieldValue::Text(text) => Some(Datum::Text(text.as_str().into())),
                FieldValue::Boolean(truth) => Some(Datum::Boolean(*truth)),
                other @ (FieldValue::Integer(_) | FieldValue::Decimal(_) | FieldValue::Many(_)) => {
                    Datum::from_value(other.to_json())
                }
            },
        }
    }
}

/// `steps.…` in templates: the outputs of the steps that succeeded, by name; the later one where two share a name.
pub(crate) struct Outputs<'a>(pub(crate) &'a [StepRecord]);

impl Lookup for Outputs<'_> {
    fn look_up(&self, name: &str) -> Option<Datum<'_>> {
        let record = self.0.iter().rev().find(|record| record.name == name)?;
        Datum::from_value(serde_json::from_str(&record.output).ok()?)
    }
}
