//! Where values stand in a sample: every scalar with its path, and every array of objects.

use std::collections::VecDeque;

use serde_json::Value;

use crate::Config;
use crate::query::Query;

/// The deepest member that is looked at; `$.a` is 1 deep.
const DEPTH_MAX: usize = 5;
/// The most members that are looked at, the shallowest first.
const MEMBERS_MAX: usize = 2_000;

/// A value of the sample and where it is.
#[derive(Debug, Clone)]
pub(super) struct Place<'s> {
    /// The JSONPath to it.
    pub(super) path: String,
    /// Its names from the outside in, as [`squashed`].
    pub(super) names: Vec<String>,
    /// Its own name as it is written; empty for the sample itself.
    pub(super) written: &'s str,
    pub(super) value: &'s Value,
}

/// What a sample holds.
#[derive(Debug, Default)]
pub(super) struct Found<'s> {
    /// Texts, numbers and booleans.
    pub(super) scalars: Vec<Place<'s>>,
    /// The first elements of arrays of objects, in the place of their array: where they stand in a run of `each`.
    pub(super) elements: Vec<Place<'s>>,
}

impl<'s> Place<'s> {
    /// The sample itself.
    pub(super) fn whole(sample: &'s Value) -> Self {
        Self { path: "$".to_owned(), names: Vec::new(), written: "", value: sample }
    }

    /// What there is at and below this place, shallow before deep; arrays are not entered.
    pub(super) fn look(self) -> Found<'s> {
        let (mut found, mut members_left) = (Found::default(), MEMBERS_MAX);
        let mut waiting = VecDeque::from([self]);
        while let Some(place) = waiting.pop_front() {
            match place.value {
                Value::Null => {}
                Value::Bool(_) | Value::Number(_) | Value::String(_) => found.scalars.push(place),
                Value::Array(items) => {
                    if let Some(first @ Value::Object(_)) = items.first() {
                        found.elements.push(Self { value: first, ..place });
                    }
                }
                Value::Object(members) if place.names.len() < DEPTH_MAX => {
                    for (name, value) in members.iter().take(members_left) {
                        waiting.extend(place.member(name, value));
                    }
                    members_left = members_left.saturating_sub(members.len());
                }
                Value::Object(_) => {}
            }
        }
        found
    }

    /// `None` if no plain path leads there.
    fn member(&self, name: &'s str, value: &'s Value) -> Option<Self> {
        let limits = Config::default();
        if name.len() > limits.path_bytes_max {
            return None;
        }
        let plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let path = match name {
            _ if plain => format!("{}.{name}", self.path),
            _ if !name.contains('\'') => format!("{}['{name}']", self.path),
            _ => format!("{}[\"{name}\"]", self.path),
        };
        Query::compile(&path, &limits).ok().filter(|query| !query.searches())?;
        let names = self.names.iter().cloned().chain([squashed(name)]).collect();
        Some(Self { path, names, written: name, value })
    }
}

/// A name without what differs between case styles: `first_name`, `firstName`, `First-Name` are `firstname`.
pub(super) fn squashed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
