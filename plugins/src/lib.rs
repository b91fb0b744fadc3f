//! The built-in plugins, as components that are part of the program. The build script makes them of the folders beside this
//! one; the host installs them for every workspace.

/// A plugin that comes with the program.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Its name, the same as in its manifest.
    pub name: &'static str,
    /// Its component.
    pub component: &'static [u8],
}

/// Every plugin that comes with the program.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn { name: "send-message", component: include_bytes!(concat!(env!("OUT_DIR"), "/send-message.wasm")) },
    BuiltIn { name: "update-contact", component: include_bytes!(concat!(env!("OUT_DIR"), "/update-contact.wasm")) },
    BuiltIn {
        name: "assign-conversation",
        component: include_bytes!(concat!(env!("OUT_DIR"), "/assign-conversation.wasm")),
    },
    BuiltIn { name: "add-to-list", component: include_bytes!(concat!(env!("OUT_DIR"), "/add-to-list.wasm")) },
    BuiltIn { name: "remove-from-list", component: include_bytes!(concat!(env!("OUT_DIR"), "/remove-from-list.wasm")) },
    BuiltIn {
        name: "close-conversation",
        component: include_bytes!(concat!(env!("OUT_DIR"), "/close-conversation.wasm")),
    },
    BuiltIn { name: "http-request", component: include_bytes!(concat!(env!("OUT_DIR"), "/http-request.wasm")) },
];
