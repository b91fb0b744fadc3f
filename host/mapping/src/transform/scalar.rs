//! `number` and `boolean`: what senders write as text, made typed. Blank counts as missing: forms send it for "unknown".

use serde_json::Number;

use super::TransformError;
use crate::datum::Datum;

pub(super) fn number(datum: Datum<'_>) -> Result<Option<Datum<'_>>, TransformError> {
    match datum {
        Datum::Number(_) => Ok(Some(datum)),
        Datum::Text(text) if text.trim().is_empty() => Ok(None),
        Datum::Text(text) => parse(text.trim()).map(|number| Some(Datum::Number(number))),
        Datum::Boolean(_) | Datum::Array(_) | Datum::Object(_) => Err(TransformError::NotNumber),
    }
}

pub(super) fn boolean(datum: Datum<'_>) -> Result<Option<Datum<'_>>, TransformError> {
    let truth = match &datum {
        Datum::Boolean(truth) => Some(*truth),
        Datum::Number(number) => match number.as_u64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Datum::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "" => return Ok(None),
            "true" | "yes" | "y" | "on" | "1" => Some(true),
            "false" | "no" | "n" | "off" | "0" => Some(false),
            _ => None,
        },
        Datum::Array(_) | Datum::Object(_) => None,
    };
    truth.map(|truth| Some(Datum::Boolean(truth))).ok_or(TransformError::NotBoolean)
}

fn parse(text: &str) -> Result<Number, TransformError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i64>().map(Number::from).map_err(|_| TransformError::NumberTooLarge);
    }
    // `f64::from_str` also reads "inf" and "nan".
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E')) {
        return Err(TransformError::NotNumber);
    }
    text.parse::<f64>().ok().and_then(Number::from_f64).ok_or(TransformError::NotNumber)
}
