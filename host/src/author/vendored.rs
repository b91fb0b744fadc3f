//! What a project gets of ours into its folder `hookbox/`: the SDK of its language and the contract. Nothing of it has to be
//! published anywhere.

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::embedded;
use super::language::Language;

/// The paths in the project's `hookbox/`, and their texts.
pub(crate) fn files(language: Language) -> Result<Vec<(String, String)>> {
    let sdk = format!("sdk/{}/", language.folder());
    let mut files = Vec::new();
    for folder in [sdk.as_str(), "wit/"] {
        let found = embedded::under(folder).map(|(path, text)| (format!("{folder}{path}"), text.to_owned()));
        files.extend(found);
    }
    files.push(("LICENSE".to_owned(), embedded_text("LICENSE")?.to_owned()));
    if language == Language::Rust {
        files.push(("Cargo.toml".to_owned(), workspace()?));
    }
    Ok(files)
}

/// A workspace of the SDK's crates: what their manifests inherit, and nothing else of ours.
fn workspace() -> Result<String> {
    const MEMBERS: [&str; 2] = ["sdk/rust", "sdk/rust/macros"];
    let whole = table("Cargo.toml")?;
    let inherited = whole.get("workspace").and_then(Value::as_table).context("our Cargo.toml has a workspace")?;
    let mut wanted = Vec::new();
    for member in MEMBERS {
        collect_inherited(&table(&format!("{member}/Cargo.toml"))?, &mut wanted);
    }
    let all = inherited.get("dependencies").and_then(Value::as_table).context("the workspace has dependencies")?;
    let dependencies: Table = all
        .iter()
        .filter(|(name, _)| wanted.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut workspace = Table::new();
    workspace.insert("resolver".into(), inherited.get("resolver").cloned().context("the workspace has a resolver")?);
    workspace.insert("members".into(), MEMBERS.map(Value::from).to_vec().into());
    for key in ["package", "lints"] {
        workspace.insert(key.into(), inherited.get(key).cloned().with_context(|| format!("the workspace has {key}"))?);
    }
    workspace.insert("dependencies".into(), dependencies.into());
    let text = toml::to_string(&Table::from_iter([("workspace".to_owned(), Value::Table(workspace))]))?;
    Ok(format!("# Written by `hookbox plugin new`: what the manifests of the SDK inherit.\n{text}"))
}

/// The names of all dependencies that a manifest takes from its workspace, wherever they stand in it.
fn collect_inherited(table: &Table, names: &mut Vec<String>) {
    for (name, value) in table {
        let Some(value) = value.as_table() else { continue };
        if value.get("workspace") == Some(&Value::Boolean(true)) {
            names.push(name.clone());
        }
        collect_inherited(value, names);
    }
}

fn table(path: &str) -> Result<Table> {
    embedded_text(path)?.parse().with_context(|| format!("{path} is no TOML"))
}

fn embedded_text(path: &str) -> Result<&'static str> {
    embedded::text(path).with_context(|| format!("this program was built without {path}"))
}

#[cfg(test)]
mod tests {
    use super::{files, workspace};
    use crate::author::language::Language;

    #[test]
    fn the_vendored_workspace_has_what_the_sdk_inherits_and_no_more_of_ours() {
        let text = workspace().expect("our own manifests");
        for expected in ["hookbox-sdk-macros", "wit-bindgen", "schemars", "syn", "rust-version", "missing_docs"] {
            assert!(text.contains(expected), "{expected} is missing in\n{text}");
        }
        for foreign in ["wasmtime", "redb", "hookbox-model"] {
            assert!(!text.contains(foreign), "{foreign} is in\n{text}");
        }
    }

    #[test]
    fn every_language_gets_its_sdk_and_the_contract() {
        for language in Language::ALL {
            let files = files(language).expect("our own files");
            let has = |path: &str| files.iter().any(|(name, _)| name == path);
            assert!(has("wit/plugin.wit") && has("wit/deps/http.wit") && has("LICENSE"), "{language:?}");
            assert!(has(&format!("sdk/{}/README.md", language.folder())), "{language:?}");
        }
    }
}
