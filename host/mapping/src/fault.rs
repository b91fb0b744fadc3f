//! What is wrong with a mapping or with settings, said when they are saved: all faults at once, each with its place.

/// One thing to mend before an automation can be saved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {message}")]
pub struct MappingFault {
    /// Where in the document (`trigger.webhook.map[1].from`; `settings.body` of a step).
    pub place: String,
    /// What is wrong there and what is wanted instead.
    pub message: String,
}

impl MappingFault {
    pub(crate) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }

    /// The same fault seen from further out: `settings.body` within `steps[0]` is `steps[0].settings.body`.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self { place: format!("{outer}.{}", self.place), message: self.message }
    }
}
