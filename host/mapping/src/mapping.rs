//! A compiled mapping: a payload in, an identifier and contact fields out.

mod compile;
mod sample;

use std::sync::Arc;

use serde_json::Value;

use crate::datum::Datum;
use crate::identifier::{IdentifierError, IdentifierKind};
use crate::query::Query;
use crate::scope::{Nothing, Scope};
use crate::spec::{MappingSpec, WriteSpec};
use crate::template::{ExpressionError, Template};
use crate::transform::{Transform, TransformError, apply_all};
use crate::work::Work;
use crate::{Config, MappingFault};

/// A compiled mapping. Immutable; share it in an `Arc`.
#[derive(Debug, Clone)]
pub struct Mapping {
    identifier: IdentifierKind,
    identifier_from: Query,
    fields: Vec<Field>,
    config: Config,
}

#[derive(Debug, Clone)]
struct Field {
    name: Arc<str>,
    /// The form it must have, if it is one that contacts are found by.
    identifier: Option<IdentifierKind>,
    source: Source,
    transforms: Vec<Transform>,
    required: bool,
    write: WriteSpec,
}

#[derive(Debug, Clone)]
enum Source {
    From(Query),
    Value(Value),
    Template(Template),
}

/// What a payload is mapped to.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// What finds the contact, in the form it is stored in.
    pub identifier: (IdentifierKind, String),
    /// The fields to write, in the order of the mapping. A missing value is not among them.
    pub fields: Vec<MappedField>,
}

/// One field to write.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedField {
    /// The contact field. `phone`, `email` and `external_id` have the form that contacts are found by.
    pub name: Arc<str>,
    /// A text, a number within the range of `i64` or `f64`, or a boolean.
    pub value: Value,
    /// What happens to a value that is there already.
    pub write: WriteSpec,
}

/// A payload could not be mapped. Trying again changes nothing until the mapping or the sender is mended; then the
/// capture can be replayed. The messages name the field and the path and never show a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// There is nothing to find the contact by.
    #[error("the identifier {field} is missing: `{from}` finds nothing in the payload")]
    IdentifierMissing {
        /// Which identifier.
        field: &'static str,
        /// Its path.
        from: String,
    },
    /// A required field has no value.
    #[error("{field} is required and `{from}` gives nothing; send it, or give the field a default")]
    FieldMissing {
        /// Which field.
        field: String,
        /// Its path or template.
        from: String,
    },
    /// A path finds more than one value.
    #[error("{field}: `{from}` finds {count} values in the payload and exactly one is wanted")]
    SeveralValues {
        /// Which field.
        field: String,
        /// Its path.
        from: String,
        /// How many.
        count: usize,
    },
    /// A value does not have the form that contacts are found by.
    #[error("{field}: the value of `{from}` is {source}")]
    NotAnIdentifier {
        /// Which field.
        field: String,
        /// Its path or template.
        from: String,
        /// Why.
        source: IdentifierError,
    },
    /// A transform failed.
    #[error("{field}: transform {transform} failed on the value of `{from}`: {source}")]
    Transform {
        /// Which field.
        field: String,
        /// Its path or template.
        from: String,
        /// The place of the transform, from 0.
        index: usize,
        /// The transform's name.
        transform: &'static str,
        /// Why.
        source: TransformError,
    },
    /// A template failed.
    #[error("{field}: the template failed: {source}")]
    Template {
        /// Which field.
        field: String,
        /// Why.
        source: ExpressionError,
    },
    /// The transforms were given too much text in all.
    #[error(
        "{field}: the transforms of all fields together may go through {bytes_max} bytes of text and were given more"
    )]
    TooMuchWork {
        /// The field at which it was too much.
        field: String,
        /// The most they may go through.
        bytes_max: usize,
    },
    /// A field takes a scalar and this is none.
    #[error("{field}: the value of `{from}` is {found}; a field holds a text, a number of 64 bits or a boolean")]
    NotScalar {
        /// Which field.
        field: String,
        /// Its path or template.
        from: String,
        /// What it is.
        found: &'static str,
    },
}

impl MappingError {
    /// A short word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::IdentifierMissing { .. } => "identifier-missing",
            Self::FieldMissing { .. } => "field-missing",
            Self::SeveralValues { .. } => "several-values",
            Self::NotAnIdentifier { source, .. } => match source {
                IdentifierError::Phone(_) => "invalid-phone",
                IdentifierError::Email(_) => "invalid-email",
                IdentifierError::ExternalId | IdentifierError::Kind { .. } => "invalid-identifier",
            },
            Self::Transform { .. } => "transform-failed",
            Self::Template { .. } => "template-failed",
            Self::TooMuchWork { .. } => "too-much-work",
            Self::NotScalar { .. } => "not-a-scalar",
        }
    }
}

impl Mapping {
    /// Compiles with the default limits; all faults at once, each with its place in the document.
    pub fn compile(spec: &MappingSpec) -> Result<Self, Vec<MappingFault>> {
        Self::compile_within(spec, &Config::default())
    }

    /// As [`Self::compile`], with other limits.
    pub fn compile_within(spec: &MappingSpec, config: &Config) -> Result<Self, Vec<MappingFault>> {
        compile::compile(spec, config)
    }

    /// What would fail on, or find nothing in, a payload like `sample`. A null sample is none: only constants are checked.
    ///
    /// A missing value is fine where a `default` provides for it.
    pub fn check_sample(&self, sample: &Value, country: &str) -> Vec<MappingFault> {
        sample::check(self, sample, country)
    }

    /// Maps a payload. `country` is that of the workspace: ISO 3166, or empty if it has none (see [`crate::phone::e164`]).
    pub fn apply(&self, payload: &Value, country: &str) -> Result<Mapped, MappingError> {
        let identifier = (self.identifier, self.identify(payload, country)?);
        let work = Work::new(&self.config);
        let mut fields = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            fields.extend(field.evaluate(payload, country, &work)?.map(|value| field.mapped(value)));
        }
        Ok(Mapped { identifier, fields })
    }

    /// What each field would write, in the order of the specification; `None` where there is nothing, or it fails. With a null
    /// sample only constants give something.
    pub fn try_fields(&self, sample: &Value, country: &str) -> Vec<Option<MappedField>> {
        sample::values(self, sample, country)
    }

    fn identify(&self, payload: &Value, country: &str) -> Result<String, MappingError> {
        let field = self.identifier.field();
        let from = || self.identifier_from.text().to_owned();
        let missing = || MappingError::IdentifierMissing { field, from: from() };
        let found = self.identifier_from.one(payload).map_err(|count| MappingError::SeveralValues {
            field: field.to_owned(),
            from: from(),
            count,
        })?;
        let datum = found.and_then(Datum::of).ok_or_else(missing)?;
        self.identifier
            .normalise_datum(datum, country)
            .map_err(|source| MappingError::NotAnIdentifier { field: field.to_owned(), from: from(), source })?
            .ok_or_else(missing)
    }
}

impl Field {
    /// The value to write; `None` if there is none and it may be missing. A blank text is none where one is required.
    fn evaluate(&self, payload: &Value, country: &str, work: &Work<'_>) -> Result<Option<Value>, MappingError> {
        let value = self.value(payload, country, work)?;
        let says_nothing = value.as_ref().is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty()));
        if self.required && says_nothing {
            return Err(MappingError::FieldMissing { field: self.name.to_string(), from: self.from() });
        }
        Ok(value)
    }

    fn mapped(&self, value: Value) -> MappedField {
        MappedField { name: Arc::clone(&self.name), value, write: self.write }
    }

    fn value(&self, payload: &Value, country: &str, work: &Work<'_>) -> Result<Option<Value>, MappingError> {
        let datum = self.read(payload, work)?;
        let datum = apply_all(&self.transforms, datum, country, work)
            .map_err(|(index, source)| self.transform_error(index, source))?;
        let Some(datum) = datum else { return Ok(None) };
        match self.identifier {
            Some(kind) => kind.normalise_datum(datum, country).map(|text| text.map(Value::String)).map_err(|source| {
                MappingError::NotAnIdentifier { field: self.name.to_string(), from: self.from(), source }
            }),
            None => self.scalar(datum).map(Some),
        }
    }

    fn transform_error(&self, index: usize, source: TransformError) -> MappingError {
        let field = self.name.to_string();
        match source {
            TransformError::TooMuchWork { bytes_max } => MappingError::TooMuchWork { field, bytes_max },
            source => {
                let transform = self.transforms[index].name();
                MappingError::Transform { field, from: self.from(), index, transform, source }
            }
        }
    }

    fn read<'a>(&'a self, payload: &'a Value, work: &Work<'_>) -> Result<Option<Datum<'a>>, MappingError> {
        match &self.source {
            Source::From(query) => match query.one(payload) {
                Ok(found) => Ok(found.and_then(Datum::of)),
                Err(count) => {
                    Err(MappingError::SeveralValues { field: self.name.to_string(), from: self.from(), count })
                }
            },
            Source::Value(value) => Ok(Datum::of(value)),
            Source::Template(template) => {
                let scope = Scope { payload, contact: &Nothing, steps: &Nothing };
                match template.whole() {
                    Some(expression) => expression.evaluate(&scope, work),
                    None => template.render(&scope, work).map(|text| Some(Datum::Text(text.into()))),
                }
                .map_err(|source| {
                    let field = self.name.to_string();
                    match source.too_much_work() {
                        Some(bytes_max) => MappingError::TooMuchWork { field, bytes_max },
                        None => MappingError::Template { field, source },
                    }
                })
            }
        }
    }

    fn scalar(&self, datum: Datum<'_>) -> Result<Value, MappingError> {
        let found = match &datum {
            Datum::Array(_) | Datum::Object(_) => datum.kind(),
            Datum::Number(number) if number.is_u64() && !number.is_i64() => "a whole number past 64 bits with a sign",
            Datum::Text(_) | Datum::Number(_) | Datum::Boolean(_) => return Ok(datum.into_value()),
        };
        Err(MappingError::NotScalar { field: self.name.to_string(), from: self.from(), found })
    }

    /// Where the value comes from, for messages.
    fn from(&self) -> String {
        match &self.source {
            Source::From(query) => query.text().to_owned(),
            Source::Value(_) => "value".to_owned(),
            Source::Template(template) => {
                template.expressions().next().map_or_else(|| "template".to_owned(), |first| first.path())
            }
        }
    }

    /// Whether every payload gives it the same.
    fn is_constant(&self) -> bool {
        match &self.source {
            Source::From(_) => false,
            Source::Value(_) => true,
            Source::Template(template) => template.expressions().next().is_none(),
        }
    }

    fn has_default(&self) -> bool {
        self.transforms.iter().any(|transform| matches!(transform, Transform::Default(_)))
    }
}
