//! Why a component cannot be loaded, in words for whoever built it.

use hookbox_model::Digest;

/// A component cannot be loaded. Trying again with the same bytes is of no use, except after [`LoadError::Compiler`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The file is something else.
    #[error("not a component but {what}")]
    NotAComponent {
        /// What it is, and what to do about it.
        what: &'static str,
    },
    /// It is past a limit on what is compiled.
    #[error("too large: {what} is past {max} {unit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit.
        max: u64,
        /// What the limit counts.
        unit: &'static str,
    },
    /// It is damaged, or uses features that plugins cannot have.
    #[error("not a valid component: {message}")]
    Invalid {
        /// Where and why.
        message: String,
    },
    /// Other bytes than were announced.
    #[error("the bytes have SHA-256 {is}, not {expected}; the file was changed or cut off")]
    Digest {
        /// What was announced.
        expected: Digest,
        /// What the bytes have.
        is: Digest,
    },
    /// It lacks a function that every plugin has.
    #[error("it does not export {export:?}; build it for the world hookbox:plugin/action")]
    MissingExport {
        /// The function.
        export: &'static str,
    },
    /// It imports what Hookbox knows and this version does not offer.
    #[error("this version of Hookbox does not offer {import}; build the plugin without it")]
    NotOffered {
        /// The interface.
        import: String,
    },
    /// It imports what Hookbox does not know.
    #[error("nothing offers {import}; a plugin may import hookbox:plugin and parts of WASI 0.2 only")]
    UnknownImport {
        /// The interface.
        import: String,
    },
    /// It was built for another version of the contract.
    #[error("built for hookbox:plugin {built}, this host has {offered}; update Hookbox or build for {offered}")]
    Version {
        /// What the component wants.
        built: String,
        /// What is offered.
        offered: String,
    },
    /// A function has other types than the contract says.
    #[error("it does not fit the contract hookbox:plugin: {message}")]
    Mismatch {
        /// Which function, and how the types differ.
        message: String,
    },
    /// The compiler itself failed.
    #[error("the compiler failed: {message}; trying again is safe")]
    Compiler {
        /// What happened.
        message: String,
    },
}
