//! Uploading: received, inspected, kept. What is refused, or given up by its sender, leaves nothing behind.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use bytes::Bytes;
use hookbox_model::{Approval, Digest, Grants, Manifest, Origin, Plugin, PluginId, Role};
use hookbox_sandbox::Phase;
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::found;
use super::shape::DetailShape;
use crate::audited::{audited, decided, subject};
use crate::caller::{AsAdmin, Caller};
use crate::component::Component;
use crate::door::Door;
use crate::fresh;
use crate::refusal::Refusal;
use crate::report::ReportShape;
use crate::telling::{News, Step, Telling, Told};

/// What became of a component.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Uploaded")]
pub(super) struct UploadedShape {
    /// The version it is.
    plugin: DetailShape,
    /// What was found in it; null when it was there already.
    report: Option<ReportShape>,
}

pub(super) async fn upload(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    telling: Telling,
    mut component: Component,
) -> Result<Told<UploadedShape>, Refusal> {
    // Neither the component nor its compiled code may take what captures need.
    if let Some(trouble) = door.store().trouble() {
        return Err(trouble.into());
    }
    let room = door.room_for_upload()?;
    component.begin().await?;
    let upload = Upload { door, caller, _room: room };
    telling.of(Step::of("receiving"), |news| async move { upload.take(component, &news).await }).await
}

/// An upload under way.
struct Upload {
    door: Arc<Door>,
    caller: Caller,
    _room: OwnedSemaphorePermit,
}

impl Upload {
    async fn take(&self, component: Component, news: &News) -> Result<(StatusCode, UploadedShape), Refusal> {
        let component = component.receive(news).await?;
        self.may_still().await?;
        let digest = digest_of(component.clone()).await?;
        if let Some(found) = self.found(digest, None).await? {
            return Ok(found);
        }
        found::room_for_version(&self.door, self.caller.workspace_id()).await?;
        let passing = Passing { door: Arc::clone(&self.door), digest: Some(digest) };
        let report = self.door.inspector().inspect(component.clone(), &|phase| news.tell(step_of(phase))).await;
        let manifest = match &report.manifest {
            Some(manifest) if report.is_good() => manifest.clone(),
            Some(_) | None => return Err(Refusal::Unfit(Box::new(report.into()))),
        };
        self.may_still().await?;
        let id = self.install(manifest, digest, component).await?;
        passing.keep();
        let found = self.found(digest, Some((id, report.into()))).await?;
        found.ok_or(Refusal::Missing { what: "plugin" })
    }

    /// Refuses whoever was let in when it began and would be no more: a slow upload may take longer than a role.
    async fn may_still(&self) -> Result<(), Refusal> {
        self.caller.again(&self.door, Role::Admin).await.map(drop)
    }

    /// What is there of a component: just made if it has this id, or there already.
    async fn found(
        &self,
        digest: Digest,
        made: Option<(PluginId, ReportShape)>,
    ) -> Result<Option<(StatusCode, UploadedShape)>, Refusal> {
        let found = self.door.store().plugins().get(self.caller.workspace_id(), digest).await?;
        let Some(plugin) = found else { return Ok(None) };
        let (status, report) = match made {
            Some((id, report)) if id == plugin.id => (StatusCode::CREATED, Some(report)),
            Some(_) | None => (StatusCode::OK, None),
        };
        let plugin = DetailShape::of(&self.door, &self.caller, &plugin).await?;
        Ok(Some((status, UploadedShape { plugin, report })))
    }

    /// Keeps it as a version that is not active. One that asks nothing beyond what the workspace granted the active one of its
    /// name is approved, by whoever uploads it, with what it still asks of that.
    async fn install(&self, manifest: Manifest, digest: Digest, component: Bytes) -> Result<PluginId, Refusal> {
        let (now, workspace, plugins) = (fresh::now(), self.caller.workspace_id(), self.door.store().plugins());
        let fresh = Plugin {
            id: fresh::id(),
            workspace: Some(workspace),
            digest,
            component_bytes: component.len() as u64,
            origin: Origin::Uploaded,
            approval: Approval::Pending,
            grants: Grants::default(),
            active: false,
            installed_at: now,
            activated_at: None,
            manifest,
        };
        for _ in 0..self.door.config().change_attempts_max {
            let active = plugins.active(workspace, &fresh.manifest.name).await?;
            let (plugin, from) = match active.and_then(|active| Some((inherited(&fresh, &active)?, active))) {
                Some((grants, active)) => {
                    let by = self.caller.by();
                    let approval = Approval::Approved { by, at: now };
                    (Plugin { approval, grants, ..fresh.clone() }, Some(active))
                }
                None => (fresh.clone(), None),
            };
            let entry = audited(&self.caller, "plugin.upload", subject(&plugin), &Value::Null, &decided(&plugin));
            let installed = match from {
                Some(from) => plugins.inherit(&plugin, component.clone(), &from, entry).await,
                None => plugins.install(&plugin, component.clone(), entry).await,
            };
            match installed {
                Ok(()) => {
                    tracing::info!(plugin.name = plugin.manifest.name, plugin.digest = %digest, "a plugin was uploaded");
                    return Ok(plugin.id);
                }
                // Something was decided about the active version, or another one is active: what is inherited is asked again.
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Stale { what: "plugin" }.into())
    }
}

/// What a version may do because the active version of its name may: all that it asks, if that is within. A version of the host's
/// was granted what it asks by the operator, to that author; a name alone inherits nothing.
fn inherited(plugin: &Plugin, active: &Plugin) -> Option<Grants> {
    let is_granted_here = active.workspace.is_some() && active.approval.is_given();
    let change = is_granted_here.then(|| active.grants.change_to(&plugin.manifest.needs))?;
    change.added.is_empty().then(|| Grants::all_of(&change.kept))
}

/// A component that is let go of unless it is kept: also when its sender gives up.
struct Passing {
    door: Arc<Door>,
    digest: Option<Digest>,
}

impl Passing {
    fn keep(mut self) {
        self.digest = None;
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // Without a runtime the program is ending.
        if let (Some(digest), Ok(runtime)) = (self.digest, Handle::try_current()) {
            let door = Arc::clone(&self.door);
            runtime.spawn(async move { door.let_go(digest).await });
        }
    }
}

/// Off the async threads: tens of MiB take a while.
async fn digest_of(component: Bytes) -> Result<Digest, Refusal> {
    let digest = tokio::task::spawn_blocking(move || Digest::of(&component)).await;
    digest.map_err(|error| Refusal::BrokenOff { what: "upload", reason: error.to_string() })
}

const fn step_of(phase: Phase) -> Step {
    Step::of(match phase {
        Phase::Checking => "checking",
        Phase::Compiling => "compiling",
        Phase::Describing => "describing",
    })
}
