//! The fuzz targets: each takes one input, gives it to a room as the outside would, and panics when the room breaks a promise.

mod components;
mod conditions;
mod documents;
mod door;
mod json;
mod lines;
mod paths;
mod payloads;
mod records;
mod signatures;
mod templates;

/// What one input is tried on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// What it is called; the folder of its kept inputs too.
    pub(crate) name: &'static str,
    /// Tries an input. It panics, or takes too long, when the input shows a fault.
    pub(crate) try_on: fn(&[u8]),
    /// Whether the room itself catches panics of libraries that it calls. Then a panic is a fault only if it gets out of the room.
    pub(crate) contains_panics: bool,
}

/// Every target.
pub(crate) const ALL: [Target; 9] = [
    Target { name: "door", try_on: door::try_on, contains_panics: false },
    Target { name: "json", try_on: json::try_on, contains_panics: false },
    Target { name: "documents", try_on: documents::try_on, contains_panics: true },
    Target { name: "paths", try_on: paths::try_on, contains_panics: false },
    Target { name: "templates", try_on: templates::try_on, contains_panics: false },
    Target { name: "conditions", try_on: conditions::try_on, contains_panics: true },
    Target { name: "records", try_on: records::try_on, contains_panics: false },
    Target { name: "components", try_on: components::try_on, contains_panics: true },
    Target { name: "signatures", try_on: signatures::try_on, contains_panics: false },
];

impl Target {
    /// The target of this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|target| target.name == name)
    }
}
