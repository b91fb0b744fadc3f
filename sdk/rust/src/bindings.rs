//! The bindings that `wit-bindgen` makes of the world `action`. Nothing outside `guest` and the macro's expansion sees them.
//!
//! What a component does not use is not imported by it: only those that call `hookbox_sdk::http` import `wasi:http`.
#![allow(unsafe_code, missing_docs, unreachable_pub, unused_qualifications, clippy::all)]

wit_bindgen::generate!({
    path: "../../wit",
    world: "action",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "::hookbox_sdk::bindings",
});
