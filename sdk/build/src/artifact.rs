//! Reads from cargo's messages which components it made.

use std::path::PathBuf;

use serde_json::Value;

/// A component that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// The package it was made of.
    pub(crate) package: String,
    /// Where it lies.
    pub(crate) path: PathBuf,
}

/// The components among the messages that cargo writes with `--message-format json`, one a line.
pub(crate) fn read(messages: &[u8]) -> Vec<Artifact> {
    let lines = messages.split(|&byte| byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok()).filter_map(|message| component(&message)).collect()
}

fn component(message: &Value) -> Option<Artifact> {
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    let path = files.map(PathBuf::from).find(|path| path.extension().is_some_and(|extension| extension == "wasm"))?;
    Some(Artifact { package: package_name(message["package_id"].as_str()?), path })
}

/// The name in a package id: `path+file:///a/b#name@0.1.0`, or `path+file:///a/name#0.1.0` when the folder is called the same.
fn package_name(id: &str) -> String {
    let (source, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    let name = match fragment.split_once('@') {
        Some((name, _)) => name,
        None => source.rsplit('/').next().unwrap_or(source),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Artifact, read};

    #[test]
    fn a_component_is_found_by_the_name_of_its_package() {
        let messages = r#"
            {"reason":"compiler-artifact","package_id":"registry+x#serde@1.0.0","filenames":["/t/libserde.rlib"]}
            {"reason":"compiler-artifact","package_id":"path+file:///w/send-message#hookbox-plugin-send-message@0.1.0","filenames":["/t/a.wasm"]}
            {"reason":"compiler-artifact","package_id":"path+file:///w/looping#0.1.0","filenames":["/t/b.wasm"]}
            {"reason":"build-finished","success":true}"#;
        let artifact = |package: &str, path: &str| Artifact { package: package.into(), path: path.into() };
        assert_eq!(
            read(messages.as_bytes()),
            [artifact("hookbox-plugin-send-message", "/t/a.wasm"), artifact("looping", "/t/b.wasm")]
        );
    }
}
