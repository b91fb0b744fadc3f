//! A sandbox with the plugin `caller`, which calls other machines as its settings say.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use hookbox_egress::{Names, SystemNames};
use hookbox_model::{Digest, Grants, Invocation, Need, StateEntry, StateUsage, WorkspaceId};
use hookbox_sandbox::{Called, Config, HttpConfig, Loaded, Sandbox, SecretText, Surroundings, Unavailable};
use serde::Deserialize;
use serde_json::Value;

use crate::call::{WORKSPACE, invocation, strict};

/// What came of a call, as the plugin wrote it down.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Came {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) body_bytes: usize,
    pub(crate) error: Option<String>,
}

/// The secrets of the workspace.
#[derive(Default)]
pub(crate) struct Secrets(pub(crate) Vec<(&'static str, String, Vec<String>)>);

pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) grants: Grants,
    pub(crate) secrets: Arc<Secrets>,
}

/// The limits of HTTP with these networks named.
pub(crate) fn named(networks: &str) -> HttpConfig {
    let networks = networks.split(' ').map(|network| network.parse().expect("a network"));
    HttpConfig { allowed_networks: networks.collect(), ..HttpConfig::default() }
}

impl Scene {
    /// Everything is granted, and loopback may be reached.
    pub(crate) async fn new() -> Self {
        Self::with(named("127.0.0.1/32")).await
    }

    pub(crate) async fn with(http: HttpConfig) -> Self {
        Self::resolving(Config { http, ..generous() }, Arc::new(SystemNames)).await
    }

    pub(crate) async fn resolving(config: Config, names: Arc<dyn Names>) -> Self {
        let sandbox = Sandbox::with_names(config, names).expect("a sandbox");
        let component = component();
        let loaded = sandbox.load(Digest::of(component), component).await.expect("the plugin loads");
        let need = |capability: &str| Need {
            capability: capability.into(),
            scope: vec!["*".into()],
            reason: "to test".into(),
        };
        let grants = Grants::all_of(&[need("http"), need("secret")]);
        Self { sandbox, loaded, grants, secrets: Arc::default() }
    }

    pub(crate) fn grant(&mut self, capability: &str, scope: &[&str]) {
        let scope = scope.iter().map(|&text| text.into()).collect();
        let mut needs: Vec<Need> = self.grants.as_needs().to_vec();
        needs.retain(|need| need.capability != capability);
        needs.push(Need { capability: capability.into(), scope, reason: "to test".into() });
        self.grants = Grants::all_of(&needs);
    }

    pub(crate) async fn call(&self, settings: Value) -> Called {
        self.invoke(WORKSPACE, with_settings(settings)).await
    }

    pub(crate) async fn invoke(&self, workspace: WorkspaceId, invocation: Invocation) -> Called {
        let secrets = Arc::clone(&self.secrets);
        self.sandbox.invoke(&self.loaded, workspace, invocation, &self.grants, secrets).await
    }
}

/// Limits for guests that wait for others: in a test a machine may be busy.
pub(crate) fn generous() -> Config {
    Config { cpu_ms: 5_000, deadline_ms: 60_000, ..strict() }
}

pub(crate) fn with_settings(settings: Value) -> Invocation {
    Invocation { settings: settings.to_string(), ..invocation(1) }
}

/// What came of the calls of a step that returned.
pub(crate) fn came(called: &Called) -> Vec<Came> {
    let outcome = called.result.as_ref().expect("it was not stopped").as_ref().expect("it did not fail");
    serde_json::from_str(&outcome.output).expect("the plugin says what came")
}

/// The only call of a step that returned.
pub(crate) fn came_one(called: &Called) -> Came {
    let came = came(called);
    assert_eq!(came.len(), 1, "{came:?}");
    came.into_iter().next().expect("there is one")
}

/// The lines of the step's log, without how long anything took.
pub(crate) fn lines(called: &Called) -> Vec<String> {
    let timeless = |line: &str| match (line.find(" in "), line.find(" ms")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &line[..from], &line[to + 3..]),
        _ => line.to_owned(),
    };
    called.log.iter().map(|line| timeless(&line.message)).collect()
}

#[async_trait]
impl Surroundings for Secrets {
    async fn state(&self, _: &str) -> Result<Option<StateEntry>, Unavailable> {
        Ok(None)
    }

    async fn state_usage(&self) -> Result<StateUsage, Unavailable> {
        Ok(StateUsage::default())
    }

    async fn secret(&self, name: &str) -> Result<Option<SecretText>, Unavailable> {
        let found = self.0.iter().find(|(is, ..)| *is == name);
        Ok(found.map(|(_, text, hosts)| SecretText {
            text: text.clone().into(),
            hosts: hosts.iter().map(|host| host.parse().expect("a scope")).collect(),
        }))
    }
}

/// The plugin, built once for all tests.
fn component() -> &'static [u8] {
    static COMPONENT: OnceLock<Vec<u8>> = OnceLock::new();
    COMPONENT.get_or_init(|| {
        let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in a target folder").join("plugins");
        let built = hookbox_build::components(&guests, &["caller"], &target).expect("the plugin builds");
        std::fs::read(&built[0]).expect("the component is there")
    })
}
