//! Plugins as they were built for a released contract, kept compressed in `tests/frozen/<version>/`.

use std::fs;
use std::io::Read;
use std::path::Path;

/// The languages that plugins are kept of.
pub const LANGUAGES: [&str; 3] = ["rust", "js", "python"];

/// The example plugin `score-lead` in one of the [`LANGUAGES`], built for the contract of this version.
pub fn component(version: &str, language: &str) -> Vec<u8> {
    let name = format!("score-lead-{language}.wasm.zst");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("frozen").join(version).join(name);
    let file = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut component = Vec::new();
    let decoder = ruzstd::decoding::StreamingDecoder::new(file.as_slice());
    decoder.expect("a compressed file").read_to_end(&mut component).expect("a whole file");
    component
}

/// The same component under another digest: a custom section more, which no engine looks at.
pub fn variant(component: &[u8], number: u32) -> Vec<u8> {
    let name = format!("variant-{number:08}");
    let length = u8::try_from(name.len()).expect("a short name");
    [component, &[0, length + 1, length], name.as_bytes()].concat()
}
