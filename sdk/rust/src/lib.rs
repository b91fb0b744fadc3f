//! What the author of a Hookbox plugin uses.
//!
//! An action is one function. The macro [`action`] makes a component of it; its settings are a struct, from which the
//! manifest's JSON Schema is derived; it changes the world through the functions of [`contacts`], [`lists`],
//! [`conversations`] and [`messages`], whose effects commit together with the step, or not at all when it fails. So does what it
//! remembers in [`state`]. With [`http`] it calls other machines, at once.
//!
//! ```
//! use hookbox_sdk::{Call, Failure, Outcome, lists};
//!
//! /// Puts the contact on a list.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! pub struct Settings {
//!     /// The list's name.
//!     list: String,
//! }
//!
//! #[hookbox_sdk::action(
//!     name = "join",
//!     title = "Join a list",
//!     description = "Puts the contact on a list.",
//!     needs(lists::write("*", reason = "The list is chosen in the settings"))
//! )]
//! fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
//!     lists::add(&call.settings.list)?;
//!     Ok(Outcome::done())
//! }
//!
//! // In a test, natively:
//! let host = hookbox_sdk::mock::Host::granting(manifest()).lists(["customers"]);
//! let report = host.run(run, r#"{"list": "customers"}"#);
//! assert_eq!(report.result, Ok(Outcome::done()));
//! assert_eq!(report.effects, [hookbox_sdk::mock::Effect::AddToList { list: "customers".into() }]);
//! ```
//!
//! It refuses nothing of its own: what an action may do is the host's decision, told by a [`Refusal`].

mod invocation;

mod call;
mod failure;
mod field;
mod level;
mod manifest;
mod message;
mod outcome;
mod refusal;
mod secret;

pub mod contacts;
pub mod conversations;
pub mod http;
pub mod lists;
pub mod log;
pub mod messages;
pub mod state;

mod action;

// Public only because the exports are made in the author's crate, by the macro's expansion.
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
mod guest;
#[cfg(not(target_arch = "wasm32"))]
pub mod mock;

pub use call::Call;
pub use failure::Failure;
pub use field::FieldValue;
pub use hookbox_sdk_macros::action;
pub use invocation::{Contact, Conversation, ConversationState};
pub use level::Level;
pub use manifest::{Manifest, Need};
pub use message::{Media, Message};
pub use outcome::{Next, Outcome};
pub use refusal::Refusal;
pub use secret::Secret;

#[cfg(target_arch = "wasm32")]
use guest as host;
#[cfg(not(target_arch = "wasm32"))]
use mock::calls as host;

/// What the expansion of [`action`] names; not for authors, and free to change.
#[doc(hidden)]
pub mod expansion {
    pub use crate::action::{Head, manifest};
    #[cfg(target_arch = "wasm32")]
    pub use crate::bindings::{Guest, export};
    #[cfg(target_arch = "wasm32")]
    pub use crate::guest::{describe, run};
}
