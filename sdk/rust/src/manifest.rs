//! What a plugin says of itself.

/// What a plugin says of itself. The macro [`action`](crate::action) makes a function `manifest` that returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The name that automations use (`send-message`).
    pub name: String,
    /// Semantic version: the package's.
    pub version: String,
    /// The name that people read.
    pub title: String,
    /// What it does, in a sentence or two.
    pub description: String,
    /// JSON Schema 2020-12 of its settings, as JSON text.
    pub settings: String,
    /// What it asks to be allowed.
    pub needs: Vec<Need>,
}

/// One thing a plugin asks to be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The capability (`contacts.write`).
    pub capability: String,
    /// To what: names of fields, lists, inboxes; `*` for all.
    pub scope: Vec<String>,
    /// Why, in words an admin can judge.
    pub reason: String,
}
