//! Puts the rooms together: the only place that knows which backend, which sandbox and which doors there are.

use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use hookbox_admin::{Admin, FirstToken, HostFacts, Readiness, ensure_default_workspace, first_token, setup_token};
use hookbox_dispatch::Dispatcher;
use hookbox_egress::Addresses;
use hookbox_ingress::Door;
use hookbox_mapping::IdentifierKind;
use hookbox_model::{Delay, Digest, Identifier, PluginSecret};
use hookbox_runner::Runner;
use hookbox_sandbox::{CompilerCommand, Sandbox};
use hookbox_store::Store;
use hookbox_store_redb::RedbStore;
use hookbox_vault::Place;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tracing::info;

use crate::config::{Config, set_path};
use crate::fresh::{now, random};
use crate::rehearsal::Rehearsals;
use crate::retention::Retention;
use crate::{plugins, vault};

/// What every metric's name begins with.
const METRICS_PREFIX: &str = "hookbox";

/// The shortest admin token that may be given: 32 hexadecimal digits are 128 bits.
const TOKEN_BYTES_MIN: usize = 32;

/// The program that runs, as Linux knows it: Hookbox runs there and nowhere else.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// The subcommand that compiles one component.
const COMPILE_COMMAND: &str = "compile-component";

/// What a start is given beside the configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Start {
    /// Go on although the store lacks what was acknowledged.
    pub(crate) accept_loss: bool,
    /// The admin token that has to work; one is made at the first start when absent.
    pub(crate) token: Option<String>,
}

/// Serves both doors on one socket until the second argument resolves. A closure, because what the admin door is made of
/// is nobody's business here.
pub(crate) type Doors = Box<dyn FnOnce(TcpListener, Resolved) -> Resolved + Send>;

/// Something to wait for.
pub(crate) type Resolved = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Everything that will run, ready to be set to work.
pub(crate) struct Rooms {
    /// The store.
    pub(crate) store: Arc<dyn Store>,
    /// Runs automations.
    pub(crate) runner: Arc<Runner>,
    /// Sends the outbox.
    pub(crate) dispatcher: Arc<Dispatcher>,
    /// The webhook door with the admin door behind it.
    pub(crate) doors: Doors,
    /// Drops old history.
    pub(crate) retention: Retention,
    /// What `/readyz` says.
    pub(crate) readiness: Readiness,
    /// What became of the admin token.
    pub(crate) token: FirstToken,
    /// Where the first user is made, while there is none.
    pub(crate) setup_url: Option<String>,
}

/// Opens the store and builds the rooms on it, for a host that is reached at `url`. When something cannot be built, the
/// store is closed cleanly again.
pub(crate) async fn assemble(config: &Config, start: Start, url: &str) -> Result<Rooms> {
    let mut registry = Registry::with_prefix(METRICS_PREFIX);
    let store = open_store(config, start.accept_loss, &mut registry)?;
    match build(config, start, url, Arc::clone(&store), registry).await {
        Ok(rooms) => Ok(rooms),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

async fn build(
    config: &Config,
    start: Start,
    url: &str,
    store: Arc<dyn Store>,
    mut registry: Registry,
) -> Result<Rooms> {
    let sandbox = build_sandbox(config)?;
    let vault = vault::open(&config.host.data)?;
    check_token(start.token.as_deref())?;
    let now = now();
    let workspace = ensure_default_workspace(&*store).await.context("the default workspace was not made")?.id;
    plugins::install(&*store, &sandbox, workspace, set_path(&config.host.plugins), now).await?;
    let token =
        first_token(&*store, start.token.as_deref(), random()?, now).await.context("no admin token was made")?;
    let setup = setup_token(&*store, random()?).await.context("no link to set up was made")?;

    let runner_metrics = hookbox_runner::Metrics::register(&mut registry);
    let opener = vault.clone();
    let secrets = move |secret: &PluginSecret| {
        let place = Place::of_plugin_secret(secret.workspace, secret.id);
        opener.open_text(&place, &secret.sealed).map_err(|error| error.to_string())
    };
    let runner =
        Runner::new(Arc::clone(&store), sandbox.clone(), Arc::new(secrets), config.runner.clone(), runner_metrics);
    let dispatch_metrics = hookbox_dispatch::Metrics::new(&mut registry);
    let dispatcher = Dispatcher::new(Arc::clone(&store), vault.clone(), config.dispatch.clone(), dispatch_metrics)
        .context("the way out of messages was not made")?;
    let door_metrics = hookbox_ingress::Metrics::register(&mut registry);
    let door = Door::new(Arc::clone(&store), vault.clone(), Arc::new(normalise), config.ingress.clone(), door_metrics);
    let readiness = Readiness::default();
    let mut admin = config.admin.clone();
    admin.public_url.get_or_insert_with(|| url.to_owned());
    admin.mapping = config.runner.mapping;
    admin.component_bytes_max = usize::try_from(config.sandbox.component_bytes_max).unwrap_or(usize::MAX);
    admin.host = HostFacts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        keep_days: config.host.keep_days,
        started_at: now,
        webhook_bytes_max: config.ingress.body_bytes_max,
        webhook_bytes_ceiling: config.ingress.body_bytes_ceiling,
    };
    admin.retry_delay_max = Delay::from_millis(config.runner.retry_delay_max_ms);
    let public_url = admin.public_url.as_deref().unwrap_or(url).trim_end_matches('/');
    let setup_url = setup.as_deref().map(|token| format!("{public_url}/app/setup#{token}"));
    let addresses = Addresses::new(&config.dispatch.allowed_networks, config.dispatch.private_networks);
    let api = hookbox_admin::router(Admin {
        store: Arc::clone(&store),
        config: admin,
        vault,
        rehearsal: Arc::new(Rehearsals(Arc::clone(&runner))),
        inspector: Arc::new(sandbox),
        quarantine: Arc::new(Rehearsals(Arc::clone(&runner))),
        reaches: Arc::new(move |url| addresses.may_reach(url)),
        setup: setup.map(|token| Digest::of(token.as_bytes())),
        clock: Arc::new(crate::fresh::now),
        registry: Arc::new(registry),
        readiness: readiness.clone(),
    });
    let doors: Doors = Box::new(move |listener, stop| {
        Box::pin(async move {
            let drained = door.serve(listener, api, stop).await;
            info!(cut = drained.cut, "every connection is closed");
        })
    });
    let retention = Retention::new(Arc::clone(&store), config.host.keep_days);
    Ok(Rooms { store, runner, dispatcher, doors, retention, readiness, token, setup_url })
}

/// A token that somebody thought up opens everything, and nothing slows down who guesses it.
fn check_token(given: Option<&str>) -> Result<()> {
    let length = given.map(str::trim).filter(|text| !text.is_empty()).map(str::len);
    match length {
        Some(length) if length < TOKEN_BYTES_MIN => bail!(
            "HOOKBOX_ADMIN_TOKEN has {length} characters and needs {TOKEN_BYTES_MIN}: make one with `openssl rand -hex 32`, or leave \
             it out and the first start makes one"
        ),
        Some(_) | None => Ok(()),
    }
}

/// The one spelling of an identifier, by the rule of mappings; a phone number names its country itself.
fn normalise(written: Identifier) -> Result<Identifier, String> {
    let (kind, text) = match &written {
        Identifier::Phone(text) => (IdentifierKind::Phone, text),
        Identifier::Email(text) => (IdentifierKind::Email, text),
        Identifier::ExternalId(text) => (IdentifierKind::ExternalId, text),
    };
    let spelled = kind.normalise(text, "").map_err(|error| error.to_string())?;
    Ok(match written {
        Identifier::Phone(_) => Identifier::Phone(spelled),
        Identifier::Email(_) => Identifier::Email(spelled),
        Identifier::ExternalId(_) => Identifier::ExternalId(spelled),
    })
}

fn open_store(config: &Config, accept_loss: bool, registry: &mut Registry) -> Result<Arc<dyn Store>> {
    let metrics = hookbox_store_redb::Metrics::register(registry);
    let hookbox_sandbox::Config { state_keys_max, state_bytes_max, .. } = config.sandbox;
    let settings = hookbox_store_redb::Config { state_keys_max, state_bytes_max, ..config.store.clone() };
    let opened = RedbStore::open(&config.host.data, settings, metrics, accept_loss);
    let store: Arc<dyn Store> =
        opened.with_context(|| format!("the store in {} was not opened", config.host.data.display()))?;
    Ok(store)
}

/// Compiled plugins are kept beside the store, so that only the first start compiles. What compiles is this very program, even
/// if another version of it has been put in its place meanwhile.
fn build_sandbox(config: &Config) -> Result<Sandbox> {
    let mut settings = config.sandbox.clone();
    settings.cache_dir = Some(config.host.data.join("compiled"));
    settings.compiler = Some(compiler());
    Sandbox::new(settings).context("the sandbox was not built")
}

/// The child process that compiles a component.
pub(crate) fn compiler() -> CompilerCommand {
    CompilerCommand { program: OWN_PROGRAM.into(), args: vec![COMPILE_COMMAND.to_owned()] }
}

#[cfg(test)]
mod tests {
    use hookbox_model::Identifier;

    use super::{check_token, normalise};

    #[test]
    fn a_token_that_could_be_guessed_is_not_taken() {
        assert!(check_token(Some("admin")).is_err_and(|why| why.to_string().contains("needs 32")));
        assert!(check_token(Some(&"a".repeat(32))).is_ok());
        assert!(check_token(Some(" ")).is_ok() && check_token(None).is_ok(), "one is made");
    }

    #[test]
    fn whom_channels_tell_of_is_spelled_as_mappings_spell_it() {
        let phone = |text: &str| Identifier::Phone(text.to_owned());
        assert_eq!(normalise(phone("+4402079460958")), Ok(phone("+442079460958")));
        assert_eq!(
            normalise(Identifier::Email(" Ann@Example.COM ".into())),
            Ok(Identifier::Email("ann@example.com".into()))
        );
        assert_eq!(normalise(Identifier::ExternalId(" 17 ".into())), Ok(Identifier::ExternalId("17".into())));
        assert!(normalise(phone("+1")).is_err_and(|why| why.starts_with("not a phone number")));
    }
}
