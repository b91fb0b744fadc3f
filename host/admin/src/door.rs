//! What every request of the admin door can reach: the store, the settings, and what is known of tokens, users and workspaces.
//!
//! Tokens, users and workspaces are looked up on every request and change hardly ever, so what was found is kept until the
//! store's revision moves on. What was *not* found is never kept: guesses cannot fill memory.

use std::collections::HashMap;
use std::sync::Arc;

use hookbox_model::{
    Digest, DryRun, DryRunReport, PluginHealth, Timestamp, Token, User, UserId, Workspace, WorkspaceId,
};
use hookbox_store::{Store, StoreError};
use hookbox_vault::Vault;
use parking_lot::Mutex;
use prometheus_client::registry::Registry;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::backoff::Backoff;
use crate::config::Config;
use crate::inspector::Inspector;
use crate::names::{DEFAULT_WORKSPACE, first_workspace, workspace_named};
use crate::password::Passwords;
use crate::quarantine::Quarantine;
use crate::readiness::Readiness;
use crate::refusal::Refusal;
use crate::rehearsal::Rehearsal;
use crate::shares::{Share, Shares};
use crate::stats::Figures;
use crate::who::Who;

/// What the host gives the admin door.
#[derive(Clone)]
pub struct Admin {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Its settings.
    pub config: Config,
    /// What seals signing secrets.
    pub vault: Vault,
    /// What tries automations out.
    pub rehearsal: Arc<dyn Rehearsal>,
    /// What looks at components that are uploaded.
    pub inspector: Arc<dyn Inspector>,
    /// Who knows how plugins fare.
    pub quarantine: Arc<dyn Quarantine>,
    /// Whether messages may go to a URL, as far as it tells by itself.
    pub reaches: Reaches,
    /// SHA-256 of the token of the set-up link; good while there is no user.
    pub setup: Option<Digest>,
    /// What time it is.
    pub clock: Clock,
    /// What `GET /metrics` shows.
    pub registry: Arc<Registry>,
    /// Whether `GET /readyz` says yes.
    pub readiness: Readiness,
}

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Says whether messages may go to a URL.
pub type Reaches = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// The most tokens, users and workspaces that are kept; past it all are forgotten and looked up again.
const KNOWN_MAX: usize = 1_024;

/// The most backups at once: each keeps what it shows from being overwritten.
const BACKUPS_MAX: usize = 1;

/// The state of the router.
pub(crate) struct Door {
    admin: Admin,
    known: Mutex<Known>,
    passwords: Passwords,
    backoff: Backoff,
    dry_runs: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    comparisons: Arc<Semaphore>,
    live: Arc<Semaphore>,
    backups: Arc<Semaphore>,
    live_shares: Arc<Shares>,
    figures: Figures,
}

/// What was found at one revision of the store.
#[derive(Default)]
struct Known {
    revision: u64,
    tokens: HashMap<Digest, Arc<Token>>,
    users: HashMap<UserId, Arc<User>>,
    workspaces: HashMap<String, Arc<Workspace>>,
}

impl Door {
    /// The door to what the host gave.
    pub(crate) fn new(admin: Admin) -> Self {
        let config = &admin.config;
        let Config { dry_runs_max, uploads_max, comparisons_max, live_max, .. } = *config;
        let [dry_runs, uploads, comparisons, live] = [dry_runs_max, uploads_max, comparisons_max, live_max]
            .map(|max| Arc::new(Semaphore::new(max.clamp(1, Semaphore::MAX_PERMITS))));
        let (figures, live_shares) = (Figures::default(), Shares::new(config.live_each_max));
        let backups = Arc::new(Semaphore::new(BACKUPS_MAX));
        let (passwords, backoff) = (Passwords::new(&config.login), Backoff::new(&config.login));
        Self {
            admin,
            known: Mutex::default(),
            passwords,
            backoff,
            dry_runs,
            uploads,
            comparisons,
            live,
            backups,
            live_shares,
            figures,
        }
    }

    /// The store.
    pub(crate) fn store(&self) -> &dyn Store {
        &*self.admin.store
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        (self.admin.clock)()
    }

    /// What hashes passwords.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// What counts failed log-ins.
    pub(crate) fn backoff(&self) -> &Backoff {
        &self.backoff
    }

    /// SHA-256 of the token of the set-up link, if this start made one.
    pub(crate) fn setup(&self) -> Option<Digest> {
        self.admin.setup
    }

    /// What seals signing secrets.
    pub(crate) fn vault(&self) -> &Vault {
        &self.admin.vault
    }

    /// What looks at components that are uploaded.
    pub(crate) fn inspector(&self) -> &dyn Inspector {
        &*self.admin.inspector
    }

    /// Lets go of a component that nobody has installed: the same one may be another workspace's plugin.
    pub(crate) async fn let_go(&self, digest: Digest) {
        match self.store().plugins().is_kept(digest).await {
            Ok(false) => self.inspector().remove(digest).await,
            Ok(true) => {}
            Err(error) => {
                tracing::warn!(plugin.digest = %digest, %error, "a component was not let go of; its compiled code stays");
            }
        }
    }

    /// How a plugin version fares in a workspace.
    pub(crate) fn health(&self, workspace: WorkspaceId, digest: Digest) -> PluginHealth {
        self.admin.quarantine.health(workspace, digest)
    }

    /// Room for one more upload, if there is any: each may hold as much memory as the largest component.
    pub(crate) fn room_for_upload(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        room(&self.uploads, "uploads", self.config().uploads_max)
    }

    /// Room for one more comparison, if there is any.
    pub(crate) fn room_for_comparison(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        room(&self.comparisons, "comparisons", self.config().comparisons_max)
    }

    /// Room for one more who is told of runs as they are committed, if there is any and this caller has not more than others.
    pub(crate) fn room_for_live(&self, who: &Who) -> Result<(Share, OwnedSemaphorePermit), Refusal> {
        let crowded = || Refusal::Crowded { what: "live answers of yours", max: self.config().live_each_max.max(1) };
        let share = self.live_shares.take(who).ok_or_else(crowded)?;
        Ok((share, room(&self.live, "live answers", self.config().live_max)?))
    }

    /// Room for a backup, if none is under way.
    pub(crate) fn room_for_backup(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        room(&self.backups, "backups", BACKUPS_MAX)
    }

    /// The figures of workspaces, as they were found lately.
    pub(crate) fn figures(&self) -> &Figures {
        &self.figures
    }

    /// Room for one more dry run, if there is any.
    pub(crate) fn room_for_dry_run(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        room(&self.dry_runs, "dry runs", self.config().dry_runs_max)
    }

    /// Tries an automation out as soon as there is room.
    pub(crate) async fn rehearse_in_turn(&self, asked: DryRun) -> Result<DryRunReport, Refusal> {
        let room = Arc::clone(&self.dry_runs).acquire_owned().await.expect("the semaphore is never closed");
        self.rehearse_in(room, asked).await
    }

    /// Tries an automation out. A dry run goes on when nobody waits for it any more, and keeps its room till then.
    pub(crate) async fn rehearse_in(&self, room: OwnedSemaphorePermit, asked: DryRun) -> Result<DryRunReport, Refusal> {
        let rehearsal = Arc::clone(&self.admin.rehearsal);
        // On its own, so that a panic ends it alone.
        let ended = tokio::spawn(async move {
            let report = rehearsal.rehearse(asked).await;
            drop(room);
            report
        });
        Ok(ended.await.map_err(|error| Refusal::BrokenOff { what: "dry run", reason: error.to_string() })??)
    }

    /// Whether messages may go to a URL, as far as it tells by itself.
    pub(crate) fn reaches(&self, url: &str) -> bool {
        (self.admin.reaches)(url)
    }

    /// The settings.
    pub(crate) fn config(&self) -> &Config {
        &self.admin.config
    }

    /// The metrics of the whole program.
    pub(crate) fn registry(&self) -> &Registry {
        &self.admin.registry
    }

    /// Whether the host wants requests.
    pub(crate) fn readiness(&self) -> &Readiness {
        &self.admin.readiness
    }

    /// The admin token with this SHA-256.
    pub(crate) async fn token(&self, sha256: Digest) -> Result<Option<Arc<Token>>, StoreError> {
        let revision = self.store().revision();
        if let Some(token) = self.at(revision, |known| known.tokens.get(&sha256).cloned()) {
            return Ok(Some(token));
        }
        let found = self.store().tokens().find(sha256).await?.map(Arc::new);
        if let Some(token) = &found {
            self.at(revision, |known| known.tokens.insert(sha256, Arc::clone(token)));
        }
        Ok(found)
    }

    /// Keeps what is known of a token in the place of what was.
    pub(crate) fn now_known(&self, token: Arc<Token>) -> Arc<Token> {
        let revision = self.store().revision();
        self.at(revision, |known| {
            if let Some(before) = known.tokens.get_mut(&token.sha256) {
                *before = Arc::clone(&token);
            }
        });
        token
    }

    /// The user with this id.
    pub(crate) async fn user(&self, id: UserId) -> Result<Option<Arc<User>>, StoreError> {
        let revision = self.store().revision();
        if let Some(user) = self.at(revision, |known| known.users.get(&id).cloned()) {
            return Ok(Some(user));
        }
        let found = self.store().users().get(id).await?.map(Arc::new);
        if let Some(user) = &found {
            self.at(revision, |known| known.users.insert(id, Arc::clone(user)));
        }
        Ok(found)
    }

    /// The workspace that a caller asked for by id or name, looked up with `look_up` when it is not known yet.
    pub(crate) async fn workspace(&self, asked: &str) -> Result<Option<Arc<Workspace>>, StoreError> {
        let revision = self.store().revision();
        if let Some(workspace) = self.at(revision, |known| known.workspaces.get(asked).cloned()) {
            return Ok(Some(workspace));
        }
        let found = match asked.parse() {
            Ok(id) => self.store().workspaces().get(id).await?,
            Err(_) if asked == DEFAULT_WORKSPACE => first_workspace(self.store()).await?,
            Err(_) => workspace_named(self.store(), asked).await?,
        };
        let found = found.map(Arc::new);
        if let Some(workspace) = &found {
            self.at(revision, |known| known.workspaces.insert(asked.to_owned(), Arc::clone(workspace)));
        }
        Ok(found)
    }

    /// Looks at what is known at `revision`, after forgetting what was known at another.
    fn at<T>(&self, revision: u64, look: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known.lock();
        let full = known.tokens.len() + known.users.len() + known.workspaces.len() >= KNOWN_MAX;
        if known.revision != revision || full {
            *known = Known { revision, ..Known::default() };
        }
        look(&mut known)
    }
}

fn room(rooms: &Arc<Semaphore>, what: &'static str, max: usize) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(rooms).try_acquire_owned().map_err(|_| Refusal::Crowded { what, max })
}
