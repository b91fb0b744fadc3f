//! What the bytes of a component say of it, before anything validates, compiles or runs them.
//!
//! It finds what is no component, what is too large to compile, what is damaged, and what does not fit the world of plugins by
//! name, and it goes on after a fault, so that all of them are told at once. Nothing here recurses with the file: the guests'
//! nesting is looked at before wasmparser, which does recurse, reads it.

mod kind;
mod names;
mod nesting;
mod parts;

use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload};

use crate::Config;
use crate::log::printable;
use crate::report::Fault;
pub(crate) use parts::Parts;
use parts::Tally;

/// What every plugin exports.
pub(crate) const EXPORTS: [&str; 2] = ["describe", "run"];

/// The most modules, components, imports, exports and aliases: each of them is remembered while the file is read.
const DEFINITIONS_MAX: u64 = 100_000;

/// The most faults that are named; a file made to have more needs no further ones.
const FAULTS_MAX: usize = 50;

/// The longest message of wasmparser that is shown, in bytes.
const MESSAGE_BYTES_MAX: usize = 500;

/// What the bytes of a component say.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// Why it cannot become a plugin.
    pub(crate) faults: Vec<Fault>,
    /// What it imports, types left out.
    pub(crate) imports: Vec<String>,
    /// Functions in all of its modules.
    pub(crate) functions: u64,
    /// What one call of it takes from the pool.
    pub(crate) parts: Parts,
}

/// Reads `component` once, from its first byte to its last.
pub(crate) fn read(component: &[u8], config: &Config) -> Outline {
    if let Some(fault) = kind::fault(component, config) {
        return Outline { faults: vec![fault], ..Outline::default() };
    }
    let mut reading = Reading {
        component,
        config,
        outline: Outline::default(),
        tally: Tally::new(&config.pool),
        depth: 0,
        definitions: 0,
        exports: Vec::new(),
    };
    let mut bytes_read = Ok(());
    for payload in Parser::new(0).parse_all(component) {
        bytes_read = payload.and_then(|payload| reading.read(payload));
        if bytes_read.is_err() || reading.is_past_limits() {
            break;
        }
    }
    reading.end(bytes_read)
}

/// The fault of a file that cannot be read on.
pub(crate) fn damaged(error: &wasmparser::BinaryReaderError) -> Fault {
    invalid(&printable(&format!("{} at byte {}", error.message(), error.offset()), MESSAGE_BYTES_MAX))
}

/// The fault of a file that is damaged as `message` says.
pub(crate) fn invalid(message: &str) -> Fault {
    let whole = format!("it is not a valid component: {message}");
    if message.contains("unexpected end") {
        return Fault::new("truncated", whole, "the file is cut off or damaged; build or copy it again");
    }
    Fault::new(
        "invalid",
        whole,
        "build it again, without features that plugins cannot have (threads, exceptions, GC, async)",
    )
}

struct Reading<'a> {
    component: &'a [u8],
    config: &'a Config,
    outline: Outline,
    tally: Tally,
    depth: u32,
    definitions: u64,
    exports: Vec<String>,
}

impl Reading<'_> {
    fn read(&mut self, payload: Payload<'_>) -> wasmparser::Result<()> {
        self.count_definitions(&payload);
        if self.is_past_limits() {
            return Ok(());
        }
        self.tally.read(&payload)?;
        match payload {
            Payload::Version { encoding: Encoding::Component | Encoding::Module, .. } => self.deeper(1),
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::CodeSectionStart { count, .. } => {
                self.outline.functions += u64::from(count);
                self.at_most("functions", self.outline.functions, self.config.functions_max.into(), "functions in it");
            }
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                let what = format!("bytes in the function at byte {}", range.start);
                self.at_most("function-bytes", range.len() as u64, self.config.function_bytes_max, &what);
            }
            Payload::ComponentTypeSection(types) => {
                let range = types.range();
                let section = self.component.get(range.clone()).unwrap_or_default();
                let levels_left = self.config.nesting_max.saturating_sub(self.depth);
                let deepest = nesting::deepest(section, range.start, levels_left)?;
                self.deeper(deepest);
                self.depth -= deepest;
            }
            Payload::ComponentImportSection(imports) if self.depth == 1 => {
                for import in imports {
                    self.import(&import?);
                }
            }
            Payload::ComponentExportSection(exports) if self.depth == 1 => {
                for export in exports {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Func {
                        self.exports.push(export.name.name.to_owned());
                    }
                }
            }
            // Payloads are wasmparser's: what is not listed is neither counted nor named here.
            _ => {}
        }
        Ok(())
    }

    fn count_definitions(&mut self, payload: &Payload<'_>) {
        self.definitions += match payload {
            Payload::Version { .. } => 1,
            Payload::ComponentImportSection(imports) => imports.count().into(),
            Payload::ComponentExportSection(exports) => exports.count().into(),
            Payload::ComponentAliasSection(aliases) => aliases.count().into(),
            // Payloads are wasmparser's: nothing is remembered of the other ones.
            _ => 0,
        };
        if self.definitions > DEFINITIONS_MAX {
            let is = self.definitions;
            let message = format!(
                "it is too large: {is} modules, components, imports, exports and aliases, and {DEFINITIONS_MAX} is the most"
            );
            self.fault(Fault::new("definitions", message, "leave out what is not needed, or split it"));
        }
    }

    /// Types are named apart from the interface they are from, which is imported too.
    fn import(&mut self, import: &wasmparser::ComponentImport<'_>) {
        if let wasmparser::ComponentTypeRef::Type(_) = import.ty {
            return;
        }
        self.outline.imports.push(import.name.name.chars().take(200).collect());
        if let Some(fault) = names::fault(import.name.name) {
            self.fault(fault);
        }
    }

    fn deeper(&mut self, levels: u32) {
        self.depth += levels;
        self.at_most("nesting", self.depth.into(), self.config.nesting_max.into(), "levels of nesting");
    }

    fn at_most(&mut self, code: &'static str, is: u64, max: u64, what: &str) {
        if is > max {
            let mend = "leave out what is not needed, or split it; the operator can raise the limit in [sandbox]";
            self.fault(Fault::new(code, format!("it is too large: {is} {what}, and {max} is the most"), mend));
        }
    }

    fn fault(&mut self, fault: Fault) {
        if self.outline.faults.len() < FAULTS_MAX && !self.outline.faults.contains(&fault) {
            self.outline.faults.push(fault);
        }
    }

    /// Whether reading on would be work for nothing.
    fn is_past_limits(&self) -> bool {
        self.outline.faults.len() >= FAULTS_MAX
            || self.depth > self.config.nesting_max
            || self.definitions > DEFINITIONS_MAX
    }

    fn end(mut self, bytes_read: wasmparser::Result<()>) -> Outline {
        match bytes_read {
            Err(error) => self.fault(damaged(&error)),
            Ok(()) if self.depth > 0 => {}
            Ok(()) => {
                self.outline.parts = self.tally.total();
                for fault in self.outline.parts.faults(&self.config.pool) {
                    self.fault(fault);
                }
                let exports = std::mem::take(&mut self.exports);
                for export in EXPORTS.into_iter().filter(|export| !exports.iter().any(|name| name == export)) {
                    let message = format!("it does not export the function {export:?}");
                    self.fault(Fault::new("missing-export", message, "build it for the world hookbox:plugin/action"));
                }
            }
        }
        self.outline
    }
}
