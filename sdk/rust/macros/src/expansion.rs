//! What is put beside the author's function: `manifest`, and in a component the exports that the host calls.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result};

use crate::arguments::{Arguments, Need};

/// The function as it stands, and what makes a plugin of it.
pub(crate) fn expand(arguments: &Arguments, function: &ItemFn) -> Result<TokenStream> {
    let signature = &function.sig;
    if signature.inputs.len() != 1 || signature.asyncness.is_some() || !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(
            signature,
            "an action is a plain function of one argument: fn run(call: Call<Settings>) -> Result<Outcome, Failure>",
        ));
    }
    let run = &signature.ident;
    let Arguments { name, title, description, needs } = arguments;
    let needs = needs.iter().map(|Need { capability, scope, reason }| quote!((#capability, &[#(#scope),*], #reason)));
    Ok(quote! {
        #function

        /// What this plugin says of itself.
        pub fn manifest() -> ::hookbox_sdk::Manifest {
            ::hookbox_sdk::expansion::manifest(#run, ::hookbox_sdk::expansion::Head {
                name: #name,
                version: ::core::env!("CARGO_PKG_VERSION"),
                title: #title,
                description: #description,
                needs: &[#(#needs),*],
            })
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Component;

            impl ::hookbox_sdk::expansion::Guest for Component {
                fn describe() -> ::hookbox_sdk::bindings::Manifest {
                    ::hookbox_sdk::expansion::describe(manifest())
                }

                fn run(
                    call: ::hookbox_sdk::bindings::Invocation,
                ) -> ::core::result::Result<
                    ::hookbox_sdk::bindings::Outcome,
                    ::hookbox_sdk::bindings::Failure,
                > {
                    ::hookbox_sdk::expansion::run(#run, call)
                }
            }

            ::hookbox_sdk::expansion::export!(Component with_types_in ::hookbox_sdk::bindings);
        };
    })
}
