//! Guests: a body for `run` in WebAssembly text becomes a whole plugin component.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where the guest's strings begin; below is room for what host functions return.
const STRINGS_AT: usize = 4096;

/// A plugin in WebAssembly text. The defaults describe a plugin that may do everything and returns `null`.
pub(crate) struct Guest<'a> {
    /// Imports, functions and data beside the usual ones.
    pub(crate) extra: &'a str,
    /// Memories beside the usual one.
    pub(crate) memories: &'static str,
    /// The instructions of `run`, without its return value.
    pub(crate) run: &'a str,
    /// The instructions of `describe`, before it returns the manifest.
    pub(crate) describe: &'a str,
    /// The JSON Schema of the settings.
    pub(crate) settings: &'a str,
    /// WIT imports beside `hookbox:plugin`.
    pub(crate) imports: &'a str,
    /// The version that it says to have.
    pub(crate) version: &'a str,
}

impl Default for Guest<'_> {
    fn default() -> Self {
        Self { extra: "", memories: "", run: "", describe: "", settings: "{}", imports: "", version: "1.0.0" }
    }
}

/// The texts in the memory of a guest, and where they are.
#[derive(Default)]
struct Texts {
    data: String,
    end: usize,
}

impl Texts {
    /// Puts `text` into memory; returns its address and length as two words of a record.
    fn put(&mut self, text: &str) -> String {
        let at = STRINGS_AT + self.end;
        let escaped: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        self.data += &format!("(data (i32.const {at}) \"{escaped}\")\n");
        self.end += text.len();
        words(&[at, text.len()])
    }
}

fn words(words: &[usize]) -> String {
    words.iter().flat_map(|&word| (word as u32).to_le_bytes()).map(|byte| format!("\\{byte:02x}")).collect()
}

impl Guest<'_> {
    /// The component.
    pub(crate) fn component(&self) -> Vec<u8> {
        let mut module = wat::parse_str(self.module()).expect("the guest's text is right");
        let mut resolve = Resolve::default();
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        resolve.push_path(wit).expect("the contract parses");
        let world =
            format!("package test:guest; world guest {{ include hookbox:plugin/effects@1.0.0; {} }}", self.imports);
        let package = resolve.push_str("guest.wit", &world).expect("the guest's world parses");
        let world = resolve.select_world(&[package], Some("guest")).expect("there is one world");
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("the module takes it");
        let encoder = ComponentEncoder::default().module(&module).expect("the module fits the world");
        encoder.validate(true).encode().expect("the component is valid")
    }

    fn module(&self) -> String {
        let mut texts = Texts::default();
        let capabilities = ["contacts.read", "contacts.write", "contacts.tag", "lists.write", "messages.send"];
        let star = texts.put("*");
        let reason = texts.put("to test");
        let needs: String = capabilities.map(|name| texts.put(name) + &words(&[1024, 1]) + &reason).concat();
        let manifest: String = ["test-guest", self.version, "Test guest", "A guest for tests", self.settings]
            .map(|text| texts.put(text))
            .concat()
            + &words(&[1088, capabilities.len()]);
        let Self { extra, memories, run, describe, .. } = self;
        let data = &texts.data;
        format!(
            r#"(module
                (import "hookbox:plugin/contacts@1.0.0" "add-tag" (func $add_tag (param i32 i32 i32)))
                (import "hookbox:plugin/log@1.0.0" "write" (func $log (param i32 i32 i32)))
                {extra}
                (memory (export "memory") 4)
                {memories}
                (global $heap (mut i32) (i32.const 131072))
                {data}
                (data (i32.const 1024) "{star}")
                (data (i32.const 1032) "{manifest}")
                (data (i32.const 1088) "{needs}")
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    (global.set $heap (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
                    (global.get $heap)
                    (global.set $heap (i32.add (global.get $heap) (local.get 3))))
                (func (export "describe") (result i32) {describe} (i32.const 1032))
                ;; A zeroed result is `ok` with an empty output and `continue`.
                (func (export "run") (param i32) (result i32) (local $n i32) {run} (i32.const 0)))"#
        )
    }
}
