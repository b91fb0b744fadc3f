//! The inspection of an upload: the one function that says whether a component can be a plugin, for command line and server.
//!
//! What the bytes say is told with all of its faults; if there is none, it is compiled and linked; if that works, it is asked
//! what it is, in an empty sandbox. What passes is ready to run. What does not leaves nothing behind.

use std::time::Instant;

use bytes::Bytes;
use hookbox_model::{Digest, Grants, Manifest};

use crate::LoadError;
use crate::outline::Outline;
use crate::report::{Fault, Phase, Report};
use crate::sandbox::Sandbox;

/// Which capability lets which interface be of use. `contacts.read` needs no interface: what may be read comes with the call.
const USES: [(&str, &[&str]); 6] = [
    ("hookbox:plugin/contacts", &[Grants::CONTACTS_WRITE, Grants::CONTACTS_TAG]),
    ("hookbox:plugin/lists", &[Grants::LISTS_WRITE]),
    ("hookbox:plugin/conversations", &[Grants::CONVERSATIONS_WRITE]),
    ("hookbox:plugin/messages", &[Grants::MESSAGES_SEND]),
    ("hookbox:plugin/state", &[Grants::STATE]),
    ("wasi:http/outgoing-handler", &[Grants::HTTP]),
];

impl Sandbox {
    /// Inspects a component and tells all that is wrong with it; after a good report it is loaded.
    ///
    /// Takes as long as compiling does, and waits for its turn before; dropping the future ends it. `progress` is called at the
    /// beginning of each phase and must return at once.
    pub async fn inspect(&self, component: Bytes, progress: &(dyn Fn(Phase) + Send + Sync)) -> Report {
        progress(Phase::Checking);
        let bytes = component.len() as u64;
        let (digest, outline) = match self.outline(component.clone()).await {
            Ok(outlined) => outlined,
            Err(error) => (Digest::of(&component), Outline { faults: vec![fault_of(error)], ..Outline::default() }),
        };
        let mut report = Report::new(digest, bytes, &outline);
        if report.is_good() {
            self.inspect_further(component, &outline, &mut report, progress).await;
        }
        report
    }

    async fn inspect_further(
        &self,
        component: Bytes,
        outline: &Outline,
        report: &mut Report,
        progress: &(dyn Fn(Phase) + Send + Sync),
    ) {
        let prepared = match self.prepare(report.digest, component, outline, progress).await {
            Ok(prepared) => prepared,
            Err(error) => return report.faults.push(fault_of(error)),
        };
        report.compile_ms = prepared.compile_ms;
        progress(Phase::Describing);
        let began = Instant::now();
        let examined = self.examine(&prepared.loaded).await;
        report.describe_ms = Some(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        match examined {
            Ok(manifest) => {
                report.warnings = self.warnings(report, &manifest);
                report.manifest = Some(manifest);
                self.0.keep(prepared.loaded);
            }
            Err(faults) => {
                report.faults = faults;
                // What was there before belongs to a version that is installed.
                if prepared.compile_ms.is_some() {
                    self.0.remove_compiled(report.digest).await;
                }
            }
        }
    }

    /// What it imports and does not ask for, and what it asks for and does not import.
    fn warnings(&self, report: &Report, manifest: &Manifest) -> Vec<Fault> {
        let imports = |interface: &str| report.imports.iter().any(|name| name.split('@').next() == Some(interface));
        let asks = |capability: &str| manifest.needs.iter().any(|need| need.capability == capability);
        // Interpreters come with the imports of the whole world, used or not.
        let chooses_imports = report.bytes <= self.0.config.large_component_bytes;
        let mut warnings = Vec::new();
        for (interface, capabilities) in USES {
            if chooses_imports && imports(interface) && !capabilities.iter().any(|capability| asks(capability)) {
                let message = format!(
                    "it imports {interface} and asks for none of {capabilities:?}, so every call of it is refused"
                );
                warnings.push(Fault::new(
                    "need-missing",
                    message,
                    "let describe ask for it, or leave out what calls it",
                ));
            }
            for capability in capabilities.iter().filter(|capability| asks(capability) && !imports(interface)) {
                let message = format!("it asks for {capability} and never imports {interface}");
                warnings.push(Fault::new(
                    "need-unused",
                    message,
                    "leave the need out: an admin has to judge each of them",
                ));
            }
        }
        if asks(Grants::SECRET) && !imports("wasi:http/outgoing-handler") {
            let message = "it asks for a secret and never imports wasi:http/outgoing-handler, where secrets are of use";
            warnings.push(Fault::new("need-unused", message, "leave the need out: an admin has to judge each of them"));
        }
        warnings
    }
}

impl Report {
    fn new(digest: Digest, bytes: u64, outline: &Outline) -> Self {
        Self {
            digest,
            bytes,
            faults: outline.faults.clone(),
            warnings: Vec::new(),
            manifest: None,
            imports: outline.imports.clone(),
            functions: outline.functions,
            core_instances: outline.parts.core_instances,
            memories: outline.parts.memories,
            tables: outline.parts.tables,
            compile_ms: None,
            describe_ms: None,
        }
    }
}

fn fault_of(error: LoadError) -> Fault {
    match error {
        LoadError::Refused(fault) => fault,
        LoadError::Digest { .. } => Fault::new("digest", error.to_string(), "send it again"),
        LoadError::Compiler { message } => Fault::new(
            "host",
            format!("this host could not compile it: {message}"),
            "try again; look at the host's log",
        ),
    }
}
