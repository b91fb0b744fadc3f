//! Statuses in settings: `404`, or `200-299` for all of them; and what is tried again: these, or `network`.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// How statuses are written, for the schema.
pub(crate) const STATUSES: &str = "^[1-5][0-9]{2}(-[1-5][0-9]{2})?$";

/// How it is written what is tried again, for the schema.
pub(crate) const AGAIN: &str = "^(network|[1-5][0-9]{2}(-[1-5][0-9]{2})?)$";

/// A status, or all from one to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Statuses(RangeInclusive<u16>);

/// What is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum Again {
    /// A service that does not answer.
    Network,
    /// An answer with one of these.
    Statuses(Statuses),
}

impl Statuses {
    pub(crate) const fn new(first: u16, last: u16) -> Self {
        Self(first..=last)
    }

    pub(crate) fn has(&self, status: u16) -> bool {
        self.0.contains(&status)
    }
}

impl Again {
    pub(crate) fn has(&self, status: u16) -> bool {
        match self {
            Self::Network => false,
            Self::Statuses(statuses) => statuses.has(status),
        }
    }
}

impl TryFrom<String> for Statuses {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((&text, &text));
        match (first.parse(), last.parse()) {
            (Ok(first), Ok(last)) if (100..=599).contains(&first) && (first..=599).contains(&last) => {
                Ok(Self::new(first, last))
            }
            _ => Err(format!("{text:?} is no status like 404, and no range of them like 200-299")),
        }
    }
}

impl TryFrom<String> for Again {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "network" { Ok(Self::Network) } else { text.try_into().map(Self::Statuses) }
    }
}

impl From<Statuses> for String {
    fn from(Statuses(range): Statuses) -> Self {
        let (first, last) = range.into_inner();
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    }
}

impl From<Again> for String {
    fn from(again: Again) -> Self {
        match again {
            Again::Network => "network".into(),
            Again::Statuses(statuses) => statuses.into(),
        }
    }
}
