//! The three actions of the example and what they are called with.

use anyhow::{Context, Result};
use hookbox_plugins::BUILT_IN;

/// The body of the webhook.
pub(crate) const PAYLOAD: &str = hookbox_tests::documents::JOHN;

/// The name of the step.
pub(crate) const STEP: &str = "the step";

/// The actions of the example and their settings, as the host renders them.
const CALLED: [(&str, &str); 3] = [
    ("send-message", r#"{"body":"Hi John, your order has shipped."}"#),
    ("assign-conversation", r#"{"to":"front-desk"}"#),
    ("add-to-list", r#"{"list":"customers"}"#),
];

/// What is called.
pub(crate) struct Action {
    pub(crate) name: &'static str,
    pub(crate) component: &'static [u8],
    pub(crate) settings: &'static str,
}

/// A plugin that comes with the program.
pub(crate) fn built_in(name: &str) -> Result<&'static [u8]> {
    let found = BUILT_IN.iter().find(|built_in| built_in.name == name);
    Ok(found.with_context(|| format!("there is no plugin {name}"))?.component)
}

impl Action {
    /// All of them, in the order of the steps.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let action = |(name, settings)| Ok(Self { name, component: built_in(name)?, settings });
        CALLED.into_iter().map(action).collect()
    }
}
