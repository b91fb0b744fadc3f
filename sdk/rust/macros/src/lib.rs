//! The one macro of the Rust SDK. It leaves the author's function as it is and puts a `manifest` function beside it, and in
//! a component the exports that the host calls.
//!
//! It refuses at compile time what the host would refuse at install time: names and capabilities that do not exist, needs
//! without a scope or a reason.

mod arguments;
mod expansion;

use proc_macro::TokenStream;
use syn::{ItemFn, parse_macro_input};

/// Makes a plugin of one function.
///
/// The function takes a `Call<Settings>` and returns `Result<Outcome, Failure>`; `Settings` derives `serde::Deserialize` and
/// `schemars::JsonSchema`. There is one action in a crate. Beside it the macro makes `pub fn manifest() -> Manifest`, whose
/// version is the package's.
///
/// ```text
/// #[hookbox_sdk::action(
///     name = "greet",                                 // lower case, digits and dashes, 1 to 64 characters
///     title = "Greet",
///     description = "Sends a greeting.",
///     needs(
///         messages::send("*", reason = "The greeting is sent from the inbox of the automation"),
///         contacts::read("first_name", reason = "The greeting says the name"),
///         http("POST https://api.example.com", reason = "The service knows the best words"),
///     )
/// )]
/// fn run(call: Call<Settings>) -> Result<Outcome, Failure> { … }
/// ```
///
/// A need is a capability, to what (`"*"` is everything), and why, in words for the admin who grants it. The capabilities are
/// `contacts::read`, `contacts::write`, `contacts::tag`, `lists::write`, `conversations::write`, `messages::send`, `state`
/// (keys, or how they begin: `leads:*`), `http` (places: `POST https://api.example.com`, without a method for any,
/// `https://*.example.com` for the hosts below it) and `secret` (names of secrets).
#[proc_macro_attribute]
pub fn action(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(arguments as arguments::Arguments);
    let function = parse_macro_input!(item as ItemFn);
    expansion::expand(&arguments, &function).unwrap_or_else(syn::Error::into_compile_error).into()
}
