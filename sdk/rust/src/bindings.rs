//! The bindings that `wit-bindgen` makes of the world `effects`. Nothing outside `guest` and the macro's expansion sees them.
//!
//! The world `action` is the same and `wasi:http` besides. What a component does not use is not imported by it, so the worlds
//! differ in nothing until there is an HTTP client here.
#![allow(unsafe_code, missing_docs, unreachable_pub, unused_qualifications, clippy::all)]

wit_bindgen::generate!({
    path: "../../wit",
    world: "effects",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "::hookbox_sdk::bindings",
});
