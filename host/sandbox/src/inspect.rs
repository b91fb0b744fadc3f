//! Looks at the bytes of a component before anything compiles or runs them.
//!
//! Refused here: what is not a component (text, a core module, precompiled code, an archive, a truncated file), what is
//! too large to compile, and what needs more than this version offers. Types are checked later, by linking.

use wasmparser::{ComponentImport, ComponentTypeRef, Encoding, Parser, Payload};
use wasmtime::Engine;

use crate::imports::{OFFERED, OFFERED_WASI};
use crate::{Config, LoadError};

/// The version of `hookbox:plugin` that this host offers.
const OFFERED_VERSION: semver::Version = semver::Version::new(1, 0, 0);

/// What every plugin exports.
const EXPORTS: [&str; 2] = ["describe", "run"];

/// Refuses `component` if it cannot become a plugin.
pub(crate) fn inspect(component: &[u8], config: &Config) -> Result<(), LoadError> {
    check_kind(component, config)?;
    let mut outline = Outline { depth: 0, functions: 0, exports: Vec::new() };
    for payload in Parser::new(0).parse_all(component) {
        outline.read(payload.map_err(invalid)?, config)?;
    }
    match EXPORTS.into_iter().find(|export| !outline.exports.iter().any(|name| name == export)) {
        Some(export) => Err(LoadError::MissingExport { export }),
        None => Ok(()),
    }
}

fn check_kind(component: &[u8], config: &Config) -> Result<(), LoadError> {
    if component.len() as u64 > config.component_bytes_max {
        return Err(LoadError::TooLarge { what: "the file", max: config.component_bytes_max, unit: "bytes" });
    }
    let not = |what| Err(LoadError::NotAComponent { what });
    if Engine::detect_precompiled(component).is_some() || component.starts_with(b"\x7fELF") {
        return not("precompiled code, which is never accepted; upload the component it was made from");
    }
    if component.starts_with(b"PK") {
        return not("a zip archive; upload the .wasm file in it");
    }
    let text = component.trim_ascii_start();
    if text.starts_with(b"(") || text.starts_with(b";;") {
        return not("WebAssembly text; assemble it first");
    }
    if Parser::is_core_wasm(component) {
        return not("a core module; build for wasm32-wasip2, or make a component of it with wasm-tools");
    }
    if !Parser::is_component(component) {
        return not("no WebAssembly at all, or cut off at the beginning");
    }
    Ok(())
}

/// What is remembered while the sections go by.
struct Outline {
    depth: u32,
    functions: u64,
    exports: Vec<String>,
}

impl Outline {
    fn read(&mut self, payload: Payload<'_>, config: &Config) -> Result<(), LoadError> {
        match payload {
            Payload::Version { encoding: Encoding::Component | Encoding::Module, .. } => {
                self.depth += 1;
                at_most("the nesting", self.depth.into(), config.nesting_max.into(), "levels")
            }
            Payload::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            Payload::CodeSectionStart { count, .. } => {
                self.functions += u64::from(count);
                at_most("the number of functions", self.functions, config.functions_max.into(), "functions")
            }
            Payload::CodeSectionEntry(body) => {
                let bytes = body.range().len() as u64;
                at_most("a function", bytes, config.function_bytes_max, "bytes")
            }
            Payload::ComponentImportSection(imports) if self.depth == 1 => {
                imports.into_iter().try_for_each(|import| check_import(&import.map_err(invalid)?))
            }
            Payload::ComponentExportSection(exports) if self.depth == 1 => exports.into_iter().try_for_each(|export| {
                self.exports.push(export.map_err(invalid)?.name.name.to_owned());
                Ok(())
            }),
            // Payloads are wasmparser's: what is not listed is neither counted nor named here.
            _ => Ok(()),
        }
    }
}

fn at_most(what: &'static str, is: u64, max: u64, unit: &'static str) -> Result<(), LoadError> {
    if is > max { Err(LoadError::TooLarge { what, max, unit }) } else { Ok(()) }
}

fn invalid(error: wasmparser::BinaryReaderError) -> LoadError {
    LoadError::Invalid { message: error.to_string() }
}

/// Types are named apart from the interface they are from, which is imported too.
fn check_import(import: &ComponentImport<'_>) -> Result<(), LoadError> {
    match import.ty {
        ComponentTypeRef::Type(_) => Ok(()),
        _ => check_name(import.name.name),
    }
}

/// Whether what the component calls `name` is offered.
fn check_name(name: &str) -> Result<(), LoadError> {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    if let Some(interface) = interface.strip_prefix("hookbox:plugin/") {
        check_version(version)?;
        if OFFERED.contains(&interface) {
            return Ok(());
        }
    }
    let wasi = interface.strip_prefix("wasi:").and_then(|rest| rest.split_once('/'));
    if wasi.is_some_and(|(package, _)| OFFERED_WASI.contains(&package)) {
        return Ok(());
    }
    let import = name.chars().take(200).collect();
    let known = wasi.is_some() || interface.starts_with("hookbox:plugin/");
    Err(if known { LoadError::NotOffered { import } } else { LoadError::UnknownImport { import } })
}

/// A plugin for another major version, or for a newer minor one, is told so before it fails over a detail.
fn check_version(version: &str) -> Result<(), LoadError> {
    let Ok(built) = semver::Version::parse(version) else {
        return Err(LoadError::UnknownImport { import: format!("hookbox:plugin@{version}") });
    };
    if built.major != OFFERED_VERSION.major || built.minor > OFFERED_VERSION.minor {
        return Err(LoadError::Version {
            built: format!("{}.{}", built.major, built.minor),
            offered: format!("{}.{}", OFFERED_VERSION.major, OFFERED_VERSION.minor),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{check_name, inspect};
    use crate::Config;

    #[test]
    fn what_is_no_component_is_refused_by_what_it_is() {
        for (bytes, expected) in [
            (&b""[..], "no WebAssembly"),
            (b"  (component)", "WebAssembly text"),
            (b";; hello\n(module)", "WebAssembly text"),
            (b"\0asm\x01\0\0\0", "a core module"),
            (b"\x7fELF\x02\x01\x01", "precompiled code"),
            (b"PK\x03\x04", "a zip archive"),
            (b"\0asm", "no WebAssembly"),
            (b"MZ", "no WebAssembly"),
        ] {
            let refusal = inspect(bytes, &Config::default()).expect_err("not a component").to_string();
            assert!(refusal.contains(expected), "{refusal}");
        }
    }

    #[test]
    fn imports_that_this_version_does_not_offer_are_refused_by_name() {
        for (import, expected) in [
            ("wasi:http/outgoing-handler@0.2.12", "does not offer wasi:http/outgoing-handler@0.2.12"),
            ("wasi:sockets/tcp@0.2.0", "does not offer wasi:sockets/tcp@0.2.0"),
            ("hookbox:plugin/contacts@1.4.0", "built for hookbox:plugin 1.4, this host has 1.0"),
            ("hookbox:plugin/types@2.0.0", "built for hookbox:plugin 2.0, this host has 1.0"),
            ("acme:database/query@1.0.0", "nothing offers acme:database/query@1.0.0"),
            ("run-me", "nothing offers run-me"),
        ] {
            let refusal = check_name(import).expect_err("not offered").to_string();
            assert!(refusal.contains(expected), "{refusal}");
        }
        for import in ["hookbox:plugin/contacts@1.0.7", "wasi:cli/environment@0.2.0", "wasi:io/poll@0.2.12"] {
            assert!(check_name(import).is_ok(), "{import}");
        }
    }
}
