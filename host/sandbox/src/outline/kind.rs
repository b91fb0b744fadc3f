//! What kind of file it is, told by its first bytes, so that the wrong one is named and not only called damaged.

use wasmparser::Parser;
use wasmtime::Engine;

use crate::Config;
use crate::report::Fault;

/// Why `file` is not even tried as a component.
pub(super) fn fault(file: &[u8], config: &Config) -> Option<Fault> {
    let max = config.component_bytes_max;
    if file.len() as u64 > max {
        let message = format!("it is too large: {} bytes, and {max} is the most", file.len());
        return Some(Fault::new("file-bytes", message, "strip debug information and leave out what is not needed"));
    }
    let not = |code, what: &str, mend: &str| Some(Fault::new(code, format!("it is not a component but {what}"), mend));
    if file.is_empty() {
        return not("empty", "an empty file", "build it again");
    }
    if Engine::detect_precompiled(file).is_some() || file.starts_with(b"\x7fELF") {
        let what = "precompiled or native code, which is never accepted";
        return not("precompiled", what, "upload the component that it was made from");
    }
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"PK\x05\x06") {
        return not("archive", "a zip archive", "upload the .wasm file in it");
    }
    if file.starts_with(b"\x1f\x8b") || file.starts_with(b"\x28\xb5\x2f\xfd") {
        return not("archive", "a compressed file", "unpack it first");
    }
    let text = file.trim_ascii_start();
    if text.starts_with(b"(") || text.starts_with(b";;") {
        return not("text", "WebAssembly text", "assemble it first, for instance with wasm-tools parse");
    }
    if Parser::is_core_wasm(file) {
        return not(
            "core-module",
            "a core module",
            "build for wasm32-wasip2, or make a component of it with wasm-tools",
        );
    }
    if b"\0asm".starts_with(&file[..file.len().min(4)]) && file.len() < 8 {
        return Some(Fault::new("truncated", "it is cut off in its first 8 bytes", "build or copy it again"));
    }
    if !Parser::is_component(file) {
        return not("no-wasm", "no WebAssembly at all", "upload the .wasm file that `hookbox plugin build` makes");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::fault;
    use crate::Config;

    #[test]
    fn what_is_no_component_is_refused_by_what_it_is() {
        for (bytes, expected) in [
            (&b""[..], "empty"),
            (b"  (component)", "text"),
            (b";; hello\n(module)", "text"),
            (b"\0asm\x01\0\0\0", "core-module"),
            (b"\x7fELF\x02\x01\x01", "precompiled"),
            (b"PK\x03\x04", "archive"),
            (b"\x1f\x8b\x08", "archive"),
            (b"\0asm", "truncated"),
            (b"\0", "truncated"),
            (b"\0asm\x99\0\0\0", "no-wasm"),
            (b"MZ", "no-wasm"),
        ] {
            let fault = fault(bytes, &Config::default()).expect("not a component");
            assert_eq!(fault.code, expected, "{fault}");
        }
        assert_eq!(fault(b"\0asm\x0d\0\x01\0", &Config::default()), None);
    }
}
