//! Which interfaces a component may import, by name and version. Types are checked later, by linking.

use crate::imports::{OFFERED, OFFERED_WASI, OFFERED_WASI_HTTP};
use crate::log::printable;
use crate::report::Fault;

/// The version of `hookbox:plugin` that this host offers.
const OFFERED_VERSION: semver::Version = semver::Version::new(1, 0, 0);

/// The version of WASI that this host offers, as far as links look at it: 0.2 of any patch.
const WASI_VERSION: (u64, u64) = (0, 2);

/// How to mend an import that cannot be given.
const LEAVE_OUT: &str = "build it without that import";

/// Why what the component calls `name` cannot be given to it.
pub(super) fn fault(name: &str) -> Option<Fault> {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    match interface.split_once('/') {
        Some(("hookbox:plugin", interface)) => {
            version_fault(version).or_else(|| if OFFERED.contains(&interface) { None } else { not_offered(name) })
        }
        Some(("wasi:http", http)) if OFFERED_WASI_HTTP.contains(&http) => wasi_fault(name, version),
        Some((package, _)) if package.strip_prefix("wasi:").is_some_and(|package| OFFERED_WASI.contains(&package)) => {
            wasi_fault(name, version)
        }
        Some((package, _)) if package.starts_with("wasi:") => not_offered(name),
        Some(_) | None => {
            let message = format!("it imports {}, which nothing offers", printable(name, 200));
            let mend =
                "a plugin may import hookbox:plugin and parts of WASI 0.2 only; compose other components into it";
            Some(Fault::new("unknown-import", message, mend))
        }
    }
}

fn not_offered(name: &str) -> Option<Fault> {
    let message = format!("it imports {}, which this version of Hookbox does not offer", printable(name, 200));
    Some(Fault::new("not-offered", message, LEAVE_OUT))
}

/// A plugin for another major version, or for a newer minor one, is told so before it fails over a detail.
fn version_fault(version: &str) -> Option<Fault> {
    let offered = format!("{}.{}", OFFERED_VERSION.major, OFFERED_VERSION.minor);
    match semver::Version::parse(version) {
        // Patches do not matter, nor what is of an older minor version.
        Ok(built)
            if built.major == OFFERED_VERSION.major
                && semver::Version::new(built.major, built.minor, 0) <= OFFERED_VERSION =>
        {
            None
        }
        Ok(built) => {
            let message =
                format!("it is built for hookbox:plugin {}.{}, this host has {offered}", built.major, built.minor);
            Some(Fault::new("version", message, format!("update Hookbox or build for {offered}")))
        }
        Err(_) => {
            let message =
                format!("it imports hookbox:plugin of the version {:?}, which is none", printable(version, 50));
            Some(Fault::new("version", message, format!("build for {offered}")))
        }
    }
}

fn wasi_fault(name: &str, version: &str) -> Option<Fault> {
    let (major, minor) = WASI_VERSION;
    match semver::Version::parse(version) {
        Ok(built) if (built.major, built.minor) == WASI_VERSION && built.pre.is_empty() => None,
        Ok(_) | Err(_) => {
            let message = format!("it imports {}, and this host has WASI {major}.{minor}", printable(name, 200));
            Some(Fault::new("version", message, format!("build for WASI {major}.{minor} (wasm32-wasip2)")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn imports_that_this_version_does_not_offer_are_refused_by_name() {
        for (import, code, expected) in [
            ("wasi:http/incoming-handler@0.2.12", "not-offered", "imports wasi:http/incoming-handler@0.2.12"),
            ("wasi:keyvalue/store@0.2.0", "not-offered", "imports wasi:keyvalue/store@0.2.0"),
            ("wasi:cli/environment@0.3.0", "version", "this host has WASI 0.2"),
            ("hookbox:plugin/contacts@1.4.0", "version", "built for hookbox:plugin 1.4, this host has 1.0"),
            ("hookbox:plugin/types@2.0.0", "version", "built for hookbox:plugin 2.0, this host has 1.0"),
            ("hookbox:plugin/types", "version", "\"\", which is none"),
            ("hookbox:plugin/calendar@1.0.0", "not-offered", "imports hookbox:plugin/calendar@1.0.0"),
            ("acme:database/query@1.0.0", "unknown-import", "acme:database/query@1.0.0, which nothing offers"),
            ("run-me", "unknown-import", "run-me, which nothing offers"),
        ] {
            let fault = fault(import).expect("not offered");
            assert_eq!(fault.code, code, "{fault}");
            assert!(fault.message.contains(expected), "{fault}");
        }
        for import in [
            "hookbox:plugin/contacts@1.0.7",
            "hookbox:plugin/state@1.0.0",
            "wasi:cli/environment@0.2.0",
            "wasi:io/poll@0.2.12",
            "wasi:sockets/tcp@0.2.9",
            "wasi:http/types@0.2.3",
            "wasi:http/outgoing-handler@0.2.12",
        ] {
            assert_eq!(fault(import), None, "{import}");
        }
    }
}
