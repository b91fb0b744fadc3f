//! What was found in a component, as the API tells whoever uploaded it.

use hookbox_model::Digest;
use hookbox_sandbox::Report;
use schemars::JsonSchema;
use serde::Serialize;

/// What was found in a component.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "InspectionReport")]
pub(crate) struct ReportShape {
    /// Its SHA-256.
    digest: Digest,
    /// Its size.
    bytes: u64,
    /// Why it cannot be a plugin; empty when it can.
    faults: Vec<FaultShape>,
    /// What its author should look at.
    warnings: Vec<FaultShape>,
    /// The interfaces it imports.
    imports: Vec<String>,
    /// Functions in all of its modules.
    functions: u64,
    /// Core instances that one call makes.
    core_instances: u32,
    /// Linear memories that one call makes.
    memories: u32,
    /// Tables that one call makes.
    tables: u32,
    /// How long compiling took; null when it was not compiled, or had been before.
    compile_ms: Option<u64>,
    /// How long asking it what it is took; null when it was not asked.
    describe_ms: Option<u64>,
}

/// One thing about a component, for whoever built it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "InspectionFault")]
struct FaultShape {
    /// Which kind, for programs.
    code: String,
    /// What is wrong, and where.
    message: String,
    /// How to mend it.
    mend: String,
}

impl ReportShape {
    /// Each fault by its kind, in a sentence.
    pub(crate) fn told(&self) -> impl Iterator<Item = (&str, String)> {
        self.faults.iter().map(|fault| (fault.code.as_str(), format!("{}; {}", fault.message, fault.mend)))
    }

    /// The first fault, for readers that show one line only.
    pub(crate) fn in_a_line(&self) -> String {
        let more = match self.faults.len().saturating_sub(1) {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        self.told().next().map(|(_, first)| first).unwrap_or_default() + &more
    }
}

impl From<Report> for ReportShape {
    fn from(report: Report) -> Self {
        Self {
            digest: report.digest,
            bytes: report.bytes,
            faults: report.faults.into_iter().map(FaultShape::from).collect(),
            warnings: report.warnings.into_iter().map(FaultShape::from).collect(),
            imports: report.imports,
            functions: report.functions,
            core_instances: report.core_instances,
            memories: report.memories,
            tables: report.tables,
            compile_ms: report.compile_ms,
            describe_ms: report.describe_ms,
        }
    }
}

impl From<hookbox_sandbox::Fault> for FaultShape {
    fn from(fault: hookbox_sandbox::Fault) -> Self {
        Self { code: fault.code.to_owned(), message: fault.message, mend: fault.mend }
    }
}
