//! The mapping language: JSON in, JSON out.
//!
//! [`Mapping`] turns a captured payload into an identifier and contact fields; [`Settings`] renders the templates
//! of a step's settings. Both are compiled once, when an automation is loaded, and applied many times: compiling
//! reports every fault with its place, applying reads only the paths it needs. `runner` applies them, `admin`
//! compiles them when an automation is saved, and [`suggest`] proposes a mapping while it is written.
//!
//! This crate does no IO, reads no clock and imports none of ours. The crate's README is the reference of the
//! language.

mod condition;
mod each;
mod mapping;
mod settings;
mod spec;
mod suggest;

mod query;
mod template;
mod transform;

pub mod email;
mod identifier;
pub mod phone;

mod datum;
mod path;
mod scope;
mod work;

mod config;
mod fault;

pub use condition::{Condition, ConditionError};
pub use config::Config;
pub use datum::Datum;
pub use each::{Each, EachError};
pub use fault::MappingFault;
pub use identifier::{IdentifierError, IdentifierKind};
pub use mapping::{Mapped, MappedField, Mapping, MappingError};
pub use scope::{Lookup, Nothing, Reads, Scope, StepOutputs};
pub use settings::{RenderError, Settings};
pub use spec::{FieldSpec, IdentifierSpec, MappingSpec, SourceSpec, WriteSpec};
pub use suggest::{SuggestedField, SuggestedIdentifier, Suggestion, suggest};
pub use template::ExpressionError;
pub use transform::TransformError;
