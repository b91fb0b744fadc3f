//! The bindings that `wit-bindgen` makes of the world `action`.
#![allow(unsafe_code, missing_docs, unused_qualifications, clippy::all)]

wit_bindgen::generate!({
    path: "../../../wit",
    world: "action",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "bindings",
});

/// Apart from the code around it, because what `export!` expands to is unsafe too.
mod exported {
    use crate::Caller;

    super::export!(Caller with_types_in super);
}
