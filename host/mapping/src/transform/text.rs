//! Transforms of texts and of the arrays that texts are split into.

use std::borrow::Cow;

use serde_json::Value;

use super::TransformError;
use crate::Config;
use crate::datum::Datum;

pub(super) fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Each word begins with a capital and goes on in lower case.
///
/// A hyphen begins a word (`Smith-Jones`); an apostrophe does so only after a single letter (`O'Neil`, but `It's`).
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters_before = 0;
    for c in text.chars() {
        if c.is_alphanumeric() {
            if letters_before == 0 {
                out.extend(c.to_uppercase())
            } else {
                out.extend(c.to_lowercase())
            }
            letters_before += 1;
        } else {
            out.push(c);
            letters_before = if matches!(c, '\'' | '’') && letters_before > 1 { letters_before } else { 0 };
        }
    }
    out
}

pub(super) fn replace<'a>(
    text: Cow<'a, str>,
    from: &str,
    to: &str,
    config: &Config,
) -> Result<Cow<'a, str>, TransformError> {
    let found = text.matches(from).count();
    if found == 0 {
        return Ok(text);
    }
    let kept = text.len() - found * from.len();
    fits(kept.saturating_add(found.saturating_mul(to.len())), config)?;
    Ok(text.replace(from, to).into())
}

pub(super) fn split(text: &str, separator: &str, config: &Config) -> Result<Vec<Value>, TransformError> {
    if text.matches(separator).count() >= config.pieces_max {
        return Err(TransformError::TooManyPieces { pieces_max: config.pieces_max });
    }
    Ok(text.split(separator).map(Value::from).collect())
}

/// A single value is joined already.
pub(super) fn join<'a>(datum: Datum<'a>, separator: &str, config: &Config) -> Result<Cow<'a, str>, TransformError> {
    let Datum::Array(items) = datum else {
        return super::text_of(datum);
    };
    let mut out = String::new();
    for (index, item) in items.iter().filter_map(Datum::of).enumerate() {
        let found = item.kind();
        let text = item.into_text().ok_or(TransformError::NotJoinable { found })?;
        let between = if index == 0 { "" } else { separator };
        fits(out.len() + between.len() + text.len(), config)?;
        out.push_str(between);
        out.push_str(&text);
    }
    Ok(out.into())
}

pub(super) fn first(datum: Datum<'_>) -> Result<Option<Datum<'_>>, TransformError> {
    pick(datum, |items| items.first(), |text| text.chars().next())
}

pub(super) fn last(datum: Datum<'_>) -> Result<Option<Datum<'_>>, TransformError> {
    pick(datum, |items| items.last(), |text| text.chars().next_back())
}

fn pick<'a>(
    datum: Datum<'a>,
    item: impl Fn(&[Value]) -> Option<&Value>,
    character: impl Fn(&str) -> Option<char>,
) -> Result<Option<Datum<'a>>, TransformError> {
    match datum {
        Datum::Array(Cow::Borrowed(items)) => Ok(item(items).and_then(Datum::of)),
        Datum::Array(Cow::Owned(items)) => Ok(item(&items).cloned().and_then(Datum::from_value)),
        Datum::Text(text) => Ok(character(&text).map(|c| Datum::Text(c.to_string().into()))),
        Datum::Number(_) | Datum::Boolean(_) | Datum::Object(_) => {
            Err(TransformError::NotArray { found: datum.kind() })
        }
    }
}

fn fits(bytes: usize, config: &Config) -> Result<(), TransformError> {
    let bytes_max = config.template_bytes_max;
    if bytes > bytes_max { Err(TransformError::TooLong { bytes_max }) } else { Ok(()) }
}
