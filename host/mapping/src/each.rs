//! `each` of a trigger: one run for every element of an array in the payload.

use serde_json::Value;

use crate::path::{Key, Path};
use crate::query::Query;
use crate::{Config, MappingFault};

/// A compiled `each`: a path that names one array.
#[derive(Debug, Clone)]
pub struct Each {
    text: String,
    path: Path,
    elements_max: usize,
}

/// A payload has no elements to make runs of. Trying again changes nothing until the trigger or the sender is mended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EachError {
    /// There is no array at the path.
    #[error("`each: {path}` finds no array in the payload; mend the trigger or the sender, then replay the run")]
    NotArray {
        /// The path.
        path: String,
    },
    /// The array is too long.
    #[error(
        "`each: {path}` finds {elements} elements, at most {elements_max} are allowed; let the sender send fewer at once"
    )]
    TooMany {
        /// The path.
        path: String,
        /// How many there are.
        elements: usize,
        /// The most there may be.
        elements_max: usize,
    },
}

impl EachError {
    /// A short word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotArray { .. } => "each-not-array",
            Self::TooMany { .. } => "each-too-many",
        }
    }
}

impl Each {
    /// Compiles a path of names and indexes (`$`, `$.orders`, `$.page['all orders']`); the fault's place is
    /// `trigger.webhook.each`.
    pub fn compile(text: &str, config: &Config) -> Result<Self, MappingFault> {
        let fault = |message: String| MappingFault::new("trigger.webhook.each", message);
        let query = Query::compile(text, config).map_err(fault)?;
        let Some(path) = query.plain() else {
            return Err(fault(format!("`{text}` searches; `each` names one array, like `$.orders`")));
        };
        Ok(Self { text: text.to_owned(), path: path.clone(), elements_max: config.each_max })
    }

    /// How many runs a payload makes.
    pub fn count(&self, payload: &Value) -> Result<usize, EachError> {
        let path = || self.text.clone();
        let Some(Value::Array(elements)) = self.path.find(payload) else {
            return Err(EachError::NotArray { path: path() });
        };
        let (elements, elements_max) = (elements.len(), self.elements_max);
        if elements > elements_max {
            return Err(EachError::TooMany { path: path(), elements, elements_max });
        }
        Ok(elements)
    }

    /// The payload with the array's element `index` in the array's place; `None` if there is none. The other elements are
    /// not copied.
    pub fn item(&self, payload: &Value, index: usize) -> Option<Value> {
        let Value::Array(elements) = self.path.find(payload)? else { return None };
        Some(replaced(payload, &self.path.0, elements.get(index)?))
    }
}

/// A copy of `value` with `element` in the place that `keys` name. As deep as the path, which is at most 256 bytes.
fn replaced(value: &Value, keys: &[Key], element: &Value) -> Value {
    let Some((key, rest)) = keys.split_first() else { return element.clone() };
    match (value, key) {
        (Value::Object(members), Key::Name(name)) => members
            .iter()
            .map(|(other, value)| {
                let value = if other == name { replaced(value, rest, element) } else { value.clone() };
                (other.clone(), value)
            })
            .collect(),
        (Value::Array(items), Key::Index(at)) => items
            .iter()
            .enumerate()
            .map(|(index, value)| if index == *at { replaced(value, rest, element) } else { value.clone() })
            .collect(),
        (other, _) => other.clone(),
    }
}
