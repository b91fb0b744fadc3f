//! The closed list of transforms, which are also the filters of templates: one name, one meaning, one function.
//!
//! A missing value passes through all of them but `default`, which is what it is for.

mod date;
mod parse;
mod scalar;
mod text;

use std::borrow::Cow;

use serde_json::Value;

use crate::Config;
use crate::datum::Datum;
use crate::phone::{PhoneError, e164};
use crate::work::Work;
use date::DateForm;

/// One transform with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Transform {
    Trim,
    Lower,
    Upper,
    Title,
    /// With a country of its own, or the workspace's.
    E164(Option<String>),
    Number,
    Boolean,
    Date(DateForm),
    Default(Value),
    Replace {
        from: String,
        to: String,
    },
    Split(String),
    Join(String),
    First,
    Last,
}

/// A transform could not be applied. The messages never show the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformError {
    /// It works on texts, and arrays and objects are none.
    #[error("it works on texts and this is {found}")]
    NotText {
        /// What it is.
        found: &'static str,
    },
    /// `first` and `last` have nothing to pick from.
    #[error("it works on arrays and texts and this is {found}")]
    NotArray {
        /// What it is.
        found: &'static str,
    },
    /// `join` found an array or object among the elements.
    #[error("it joins texts, numbers and booleans and one element is {found}")]
    NotJoinable {
        /// What it is.
        found: &'static str,
    },
    /// `number` found none.
    #[error("this is not a number; write it like -12.5, without separators of thousands")]
    NotNumber,
    /// `number` would have to round.
    #[error("this whole number does not fit into 64 bits; keep it as a text")]
    NumberTooLarge,
    /// `boolean` found none.
    #[error("this is neither true, yes, on, 1 nor false, no, off, 0")]
    NotBoolean,
    /// `date` found none.
    #[error(
        "this is no date in a form that is known; send it like 2026-11-24T10:00:00+01:00, or give date as its third \
         argument the format it is written in"
    )]
    NotDate,
    /// `date` found something else than its format says.
    #[error("this is not a date written as `{format}`")]
    NotWrittenAs {
        /// The format.
        format: String,
    },
    /// `date` should write a time of day and there is none.
    #[error("this is a day without a time and `{format}` writes one")]
    DayWithoutTime {
        /// The format.
        format: String,
    },
    /// `e164` found no phone number.
    #[error("this is not a phone number: {0}")]
    Phone(#[from] PhoneError),
    /// The text is longer than a transform takes or makes one.
    #[error("it takes and makes no text of more than {bytes_max} bytes")]
    TooLong {
        /// The most it may be.
        bytes_max: usize,
    },
    /// The transforms were given too much in all.
    #[error("all transforms together may go through {bytes_max} bytes of text")]
    TooMuchWork {
        /// The most they may.
        bytes_max: usize,
    },
    /// The text would fall into too many pieces.
    #[error("it would make more than {pieces_max} pieces")]
    TooManyPieces {
        /// The most it may be.
        pieces_max: usize,
    },
}

impl Transform {
    /// The name as it is written.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Trim => "trim",
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Title => "title",
            Self::E164(_) => "e164",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date(_) => "date",
            Self::Default(_) => "default",
            Self::Replace { .. } => "replace",
            Self::Split(_) => "split",
            Self::Join(_) => "join",
            Self::First => "first",
            Self::Last => "last",
        }
    }

    fn apply<'a>(
        &'a self,
        datum: Datum<'a>,
        country: &str,
        config: &Config,
    ) -> Result<Option<Datum<'a>>, TransformError> {
        let changed = match self {
            Self::Trim => Datum::Text(text::trim(text_of(datum)?)),
            Self::Lower => Datum::Text(text_of(datum)?.to_lowercase().into()),
            Self::Upper => Datum::Text(text_of(datum)?.to_uppercase().into()),
            Self::Title => Datum::Text(text::title(&text_of(datum)?).into()),
            Self::E164(own) => {
                let text = text_of(datum)?;
                if text.trim().is_empty() {
                    return Ok(None);
                }
                Datum::Text(e164(&text, own.as_deref().unwrap_or(country))?.into())
            }
            Self::Number => return scalar::number(datum),
            Self::Boolean => return scalar::boolean(datum),
            Self::Date(form) => return form.apply(datum),
            Self::Default(value) => match datum {
                Datum::Text(text) if text.is_empty() => return Ok(Datum::of(value)),
                _ => datum,
            },
            Self::Replace { from, to } => Datum::Text(text::replace(text_of(datum)?, from, to, config)?),
            Self::Split(separator) => Datum::Array(text::split(&text_of(datum)?, separator, config)?.into()),
            Self::Join(separator) => Datum::Text(text::join(datum, separator, config)?),
            Self::First => return text::first(datum),
            Self::Last => return text::last(datum),
        };
        Ok(Some(changed))
    }
}

/// Applies `transforms` in order; an error comes with the index of the transform that failed.
pub(crate) fn apply_all<'a>(
    transforms: &'a [Transform],
    datum: Option<Datum<'a>>,
    country: &str,
    work: &Work<'_>,
) -> Result<Option<Datum<'a>>, (usize, TransformError)> {
    transforms.iter().enumerate().try_fold(datum, |datum, (index, transform)| match (datum, transform) {
        (Some(datum), transform) => take_in(transform, &datum, work)
            .and_then(|()| transform.apply(datum, country, work.config()))
            .map_err(|error| (index, error)),
        (None, Transform::Default(value)) => Ok(Datum::of(value)),
        (None, _) => Ok(None),
    })
}

/// Counts what a transform is given; refuses what is too long or too much in all.
fn take_in(transform: &Transform, datum: &Datum<'_>, work: &Work<'_>) -> Result<(), TransformError> {
    let config = work.config();
    let bytes = match datum {
        Datum::Text(text) if text.len() > config.template_bytes_max => {
            return Err(TransformError::TooLong { bytes_max: config.template_bytes_max });
        }
        Datum::Text(text) => text.len(),
        // The texts are bounded by what is made of them; nulls and empty texts are not.
        Datum::Array(items) if matches!(transform, Transform::Join(_)) => items.len(),
        Datum::Array(_) | Datum::Object(_) | Datum::Number(_) | Datum::Boolean(_) => 0,
    };
    if work.spend(bytes) { Ok(()) } else { Err(TransformError::TooMuchWork { bytes_max: config.work_bytes_max }) }
}

/// Numbers and booleans are read as the text they are written as.
fn text_of(datum: Datum<'_>) -> Result<Cow<'_, str>, TransformError> {
    let found = datum.kind();
    datum.into_text().ok_or(TransformError::NotText { found })
}
