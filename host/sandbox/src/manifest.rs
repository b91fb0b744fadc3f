//! What a plugin says of itself, checked: nothing of it is trusted before it passes here.

use hookbox_model::{Grants, Manifest, Need};

use crate::bindings;
use crate::log::printable;
use crate::schema::SettingsSchema;
use crate::secrets::SecretPlaces;

/// The most needs of one plugin.
const NEEDS_MAX: usize = 50;

/// The most scopes of one need.
const SCOPES_MAX: usize = 200;

/// A checked manifest and what follows from it.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) manifest: Manifest,
    pub(crate) settings: SettingsSchema,
    pub(crate) secrets: SecretPlaces,
}

/// The most faults of a manifest that are named.
const FAULTS_MAX: usize = 20;

/// Checks what `describe` returned. The error says all that is wrong.
pub(crate) fn check(said: bindings::Manifest) -> Result<Described, Vec<String>> {
    let mut faults = Faults::default();
    faults.take(check_name(&said.name));
    faults.take(check_version(&said.version));
    faults.take(check_text("title", &said.title, 1, 100));
    faults.take(check_text("description", &said.description, 0, 2_000));
    let settings = faults.take(SettingsSchema::compile(&said.settings));
    if said.needs.len() > NEEDS_MAX {
        faults.0.push(format!("it has more than {NEEDS_MAX} needs"));
    }
    let needs = said.needs.into_iter().take(NEEDS_MAX).filter_map(|need| faults.take(check_need(need))).collect();
    match settings {
        Some(settings) if faults.0.is_empty() => {
            let manifest = Manifest {
                name: said.name,
                version: said.version,
                title: said.title,
                description: said.description,
                settings: said.settings,
                needs,
            };
            let secrets = SecretPlaces::of(&manifest.settings);
            Ok(Described { manifest, settings, secrets })
        }
        Some(_) | None => {
            faults.0.truncate(FAULTS_MAX);
            Err(faults.0)
        }
    }
}

/// What is wrong so far.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn take<T>(&mut self, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|fault| self.0.push(fault)).ok()
    }
}

fn check_version(version: &str) -> Result<(), String> {
    check_text("version", version, 1, 50)?;
    semver::Version::parse(version)
        .map(|_| ())
        .map_err(|error| format!("its version {:?} is not semantic (1.2.0): {error}", printable(version, 50)))
}

fn check_name(name: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = !name.starts_with('-') && !name.ends_with('-');
    if (1..=64).contains(&name.len()) && ends && name.bytes().all(plain) {
        return Ok(());
    }
    let name = printable(name, 80);
    Err(format!("its name {name:?} must be 1 to 64 lower case letters, digits and dashes, like send-message"))
}

fn check_need(need: bindings::hookbox::plugin::types::Need) -> Result<Need, String> {
    if !Grants::CAPABILITIES.contains(&need.capability.as_str()) {
        let capability = printable(&need.capability, 80);
        return Err(format!(
            "it needs {capability:?}, which is not a capability; known are {:?}",
            Grants::CAPABILITIES
        ));
    }
    if need.scope.is_empty() || need.scope.len() > SCOPES_MAX {
        return Err(format!("its need {} must have 1 to {SCOPES_MAX} scopes; * means all", need.capability));
    }
    for scope in &need.scope {
        check_text("scope", scope, 1, 200)?;
        Need::check_scope(&need.capability, scope)
            .map_err(|error| format!("it asks for what there is not: {error}"))?;
    }
    check_text("reason", &need.reason, 1, 500)?;
    Ok(Need { capability: need.capability, scope: need.scope, reason: need.reason })
}

/// Refuses texts that are too short, too long, or would not be shown as they are.
fn check_text(what: &str, text: &str, chars_min: usize, chars_max: usize) -> Result<(), String> {
    if !(chars_min..=chars_max).contains(&text.chars().count()) {
        return Err(format!("its {what} must have {chars_min} to {chars_max} characters"));
    }
    let shown = printable(text, usize::MAX);
    if shown != text && shown != text.replace('\n', " ") {
        return Err(format!("its {what} has control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bindings::Manifest;
    use crate::bindings::hookbox::plugin::types::Need;

    fn manifest() -> Manifest {
        let need = Need { capability: "lists.write".into(), scope: vec!["*".into()], reason: "to add".into() };
        Manifest {
            name: "add-to-list".into(),
            version: "1.0.0".into(),
            title: "Add to list".into(),
            description: "Two\nlines".into(),
            settings: "{}".into(),
            needs: vec![need],
        }
    }

    #[test]
    fn a_manifest_is_refused_by_what_is_wrong_with_it() {
        assert!(check(manifest()).is_ok());
        let need = |capability: &str, scope: &[&str]| Need {
            capability: capability.into(),
            scope: scope.iter().map(|&text| text.into()).collect(),
            reason: "why".into(),
        };
        for (wrong, expected) in [
            (Manifest { name: "Add To List".into(), ..manifest() }, "its name"),
            (Manifest { name: "-x".into(), ..manifest() }, "its name"),
            (Manifest { name: String::new(), ..manifest() }, "its name"),
            (Manifest { version: "1".into(), ..manifest() }, "not semantic"),
            (Manifest { title: String::new(), ..manifest() }, "its title"),
            (Manifest { title: "a\u{202e}b".into(), ..manifest() }, "control characters"),
            (Manifest { description: "\x1b[2J".into(), ..manifest() }, "control characters"),
            (Manifest { settings: "{\"type\":1}".into(), ..manifest() }, "no JSON Schema"),
            (Manifest { needs: vec![need("root", &["*"])], ..manifest() }, "not a capability"),
            (Manifest { needs: vec![need("state", &[])], ..manifest() }, "1 to 200 scopes"),
            (Manifest { needs: (0..51).map(|_| need("http", &["*"])).collect(), ..manifest() }, "50 needs"),
        ] {
            let faults = check(wrong).expect_err("a wrong manifest");
            assert!(matches!(&faults[..], [fault] if fault.contains(expected)), "{faults:?}");
        }
    }

    #[test]
    fn all_faults_of_a_manifest_are_told_at_once() {
        let need = |capability: &str, scope: &str| Need {
            capability: capability.into(),
            scope: vec![scope.into()],
            reason: String::new(),
        };
        let needs = vec![need("http", "api.example.com"), need("conversations.write", "delete"), need("state", "*")];
        let faults = check(Manifest { version: "1".into(), title: String::new(), needs, ..manifest() });
        let faults = faults.expect_err("a wrong manifest");
        let expected = ["not semantic", "its title", "no place to call", "no conversation action", "its reason"];
        assert_eq!(faults.len(), expected.len(), "{faults:?}");
        assert!(faults.iter().zip(expected).all(|(fault, expected)| fault.contains(expected)), "{faults:?}");
    }
}
