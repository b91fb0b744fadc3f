//! The configuration: one annotated file of defaults, over it a file of the operator's, the environment, and flags.
//!
//! Each room owns its section; this file composes them and reads them once. A key that no room knows is refused by name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ::config::{Environment, File, FileFormat, Map, Source};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use host::HostConfig;

pub(crate) mod host;

/// The annotated defaults, which are also the documentation of every key.
pub(crate) const DEFAULTS: &str = include_str!("hookbox.default.toml");

/// What variables of the environment begin with: `HOOKBOX__STORE__QUEUE_UNITS=8192`.
const VARIABLE_PREFIX: &str = "HOOKBOX__";

/// Everything that can be configured, one section for each room.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The program itself.
    pub(crate) host: HostConfig,
    /// The embedded store.
    pub(crate) store: hookbox_store_redb::Config,
    /// Running components.
    pub(crate) sandbox: hookbox_sandbox::Config,
    /// The webhook door.
    pub(crate) ingress: hookbox_ingress::Config,
    /// Running automations.
    pub(crate) runner: hookbox_runner::Config,
    /// Sending messages.
    pub(crate) dispatch: hookbox_dispatch::Config,
    /// The admin door.
    pub(crate) admin: hookbox_admin::Config,
}

/// Where the operator's configuration file is.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ConfigFile {
    /// A TOML file of what differs from the defaults (`hookbox config --defaults` prints them all)
    #[arg(long, value_name = "FILE", env = "HOOKBOX_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// What the layers above the defaults say.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    /// The operator's file.
    pub(crate) file: Option<PathBuf>,
    /// Variables of the environment.
    pub(crate) environment: HashMap<String, String>,
    /// What was given on the command line, by key (`host.listen`).
    pub(crate) flags: Vec<(&'static str, String)>,
}

impl Layers {
    /// The operator's file, this process's environment, no flags.
    pub(crate) fn of(file: &ConfigFile) -> Result<Self> {
        let mut environment = HashMap::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with(VARIABLE_PREFIX)) else { continue };
            let Ok(value) = value.into_string() else { bail!("the environment variable {name} is not UTF-8 text") };
            environment.insert(name.to_owned(), value);
        }
        Ok(Self { file: file.config.clone(), environment, flags: Vec::new() })
    }

    /// The same with a flag, if it was given.
    pub(crate) fn flag(mut self, key: &'static str, value: Option<impl Into<String>>) -> Self {
        self.flags.extend(value.map(|value| (key, value.into())));
        self
    }

    /// The same with a directory, if it was given.
    pub(crate) fn path_flag(self, key: &'static str, path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(self) };
        let text = path.to_str().with_context(|| format!("the directory {} is not UTF-8 text", path.display()))?;
        Ok(self.flag(key, Some(text)))
    }

    /// The configuration all layers make together.
    pub(crate) fn config(&self) -> Result<Config> {
        self.merged()?.try_deserialize().context("the configuration does not fit")
    }

    /// The same, key by key, to be shown.
    pub(crate) fn effective(&self) -> Result<Value> {
        self.config()?;
        Ok(self.merged()?.try_deserialize()?)
    }

    fn merged(&self) -> Result<::config::Config> {
        let known =
            keys(File::from_str(&every_key(), FileFormat::Toml)).context("the built-in defaults are not TOML")?;
        let mut layers = ::config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = &self.file {
            let file = File::from(path.as_path()).format(FileFormat::Toml);
            refuse_unknown(&known, file.clone(), &path.display().to_string())?;
            layers = layers.add_source(file);
        }
        refuse_unknown(&known, self.variables(), "the environment (HOOKBOX__SECTION__KEY)")?;
        layers = layers.add_source(self.variables());
        for (key, value) in &self.flags {
            layers = layers.set_override(key, value.as_str())?;
        }
        Ok(layers.build()?)
    }

    fn variables(&self) -> Environment {
        let variables: Map<String, String> = self.environment.clone().into_iter().collect();
        Environment::with_prefix("HOOKBOX")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .source(Some(variables))
    }
}

/// The annotated file with the keys in it that have no default, which stand there as comments (`# public_url = …`).
fn every_key() -> String {
    let is_key = |line: &&str| {
        let name = line.split(" = ").next().filter(|name| name.len() < line.len());
        name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    };
    DEFAULTS.lines().map(|line| line.strip_prefix("# ").filter(is_key).unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// One layer alone, as a tree of keys.
fn keys(layer: impl Source + Send + Sync + 'static) -> Result<Value> {
    Ok(::config::Config::builder().add_source(layer).build()?.try_deserialize()?)
}

fn refuse_unknown(known: &Value, layer: impl Source + Send + Sync + 'static, origin: &str) -> Result<()> {
    let layer = keys(layer).with_context(|| format!("the configuration in {origin} cannot be read"))?;
    let mut unknown = Vec::new();
    collect_unknown(known, &layer, "", &mut unknown);
    if unknown.is_empty() {
        return Ok(());
    }
    bail!("unknown in {origin}: {}; `hookbox config --defaults` prints every key there is", unknown.join(", "))
}

/// Adds the keys of `layer` that are not in `known`, in full (`store.queue_unit`).
fn collect_unknown(known: &Value, layer: &Value, parent: &str, unknown: &mut Vec<String>) {
    let (Value::Object(known), Value::Object(layer)) = (known, layer) else { return };
    for (name, value) in layer {
        let key = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
        match known.get(name) {
            Some(known) => collect_unknown(known, value, &key, unknown),
            None => unknown.push(key),
        }
    }
}

/// A directory setting that may be left empty.
pub(crate) fn set_path(path: &Path) -> Option<&Path> {
    (!path.as_os_str().is_empty()).then_some(path)
}

#[cfg(test)]
mod tests;
