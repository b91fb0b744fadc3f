//! The host's side of `wit/`, generated: the world `effects` as the product has it.

#![allow(missing_docs, unused_qualifications, unreachable_pub, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "effects",
    ownership: Borrowing { duplicate_if_necessary: true },
    exports: { default: async },
});
