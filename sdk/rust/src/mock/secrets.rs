//! Secrets as a real host keeps them from actions: placeholders go in with the settings, texts go out in headers.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{place, rules};
use crate::http::{Address, Error};
use crate::{Failure, Need};

/// A secret of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(super) placeholder: String,
    pub(super) text: String,
    pub(super) hosts: Vec<String>,
}

impl Known {
    pub(super) fn new(name: &str, text: &str, hosts: Vec<String>) -> Self {
        let name: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
        // The end keeps one placeholder from being the beginning of another.
        Self { placeholder: format!("hbxsecret_{name}."), text: text.into(), hosts }
    }
}

/// The settings as an action gets them: where `schema` says `"format": "secret"`, the name of a secret gives way to its
/// placeholder.
pub(super) fn hide(
    schema: &Value,
    settings: &mut Value,
    known: &BTreeMap<String, Known>,
    grants: &[Need],
) -> Result<(), Failure> {
    let mut places = BTreeSet::new();
    find(schema, "", &mut places);
    for place in &places {
        let Some(Value::String(name)) = settings.pointer_mut(place) else { continue };
        rules::granted(grants, "secret", name)?;
        let secret = known
            .get(name)
            .ok_or_else(|| Failure::permanent("settings", format!("settings{place}: there is no secret {name:?}")))?;
        name.clone_from(&secret.placeholder);
    }
    Ok(())
}

/// The places of secrets in settings, as JSON pointers. Looked for along properties and alternatives, not in the items of lists.
fn find(schema: &Value, place: &str, places: &mut BTreeSet<String>) {
    if schema["format"] == "secret" {
        places.insert(place.to_owned());
    }
    for combined in ["allOf", "anyOf", "oneOf"] {
        schema[combined].as_array().into_iter().flatten().for_each(|part| find(part, place, places));
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        find(property, &format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), places);
    }
}

/// A header's value as it leaves the host: texts in the places of placeholders, also within `authorization: Basic …`.
pub(super) fn reveal(
    known: &BTreeMap<String, Known>,
    (name, value): (&str, &str),
    method: &str,
    address: &Address,
) -> Result<String, Error> {
    if let Some(encoded) = value.strip_prefix("Basic ").filter(|_| name == "authorization") {
        let plain = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(plain) = plain {
            return Ok(format!("Basic {}", STANDARD.encode(swap(known, &plain, method, address)?)));
        }
    }
    swap(known, value, method, address)
}

fn swap(known: &BTreeMap<String, Known>, value: &str, method: &str, address: &Address) -> Result<String, Error> {
    let mut value = value.to_owned();
    for (name, secret) in known {
        if !value.contains(&secret.placeholder) {
            continue;
        }
        if !secret.hosts.iter().any(|scope| place::allows(scope, method, address)) {
            let scope = address.scope(method);
            return Err(Error::Denied(format!("secret {name:?} may not be sent to {scope:?}")));
        }
        value = value.replace(&secret.placeholder, &secret.text);
    }
    Ok(value)
}
