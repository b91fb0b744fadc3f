//! Uploading: received, inspected, kept. What is refused, or given up by its sender, leaves nothing behind.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use bytes::Bytes;
use hookbox_model::{Approval, Digest, Grants, Manifest, Origin, Plugin, PluginId};
use hookbox_sandbox::Phase;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::shape::DetailShape;
use crate::audited::{audited, decided, subject};
use crate::caller::Caller;
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
    caller: Caller,
    telling: Telling,
    mut component: Component,
) -> Result<Told<UploadedShape>, Refusal> {
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
        let digest = digest_of(component.clone()).await?;
        if let Some(found) = self.found(digest, None).await? {
            return Ok(found);
        }
        let passing = Passing { door: Arc::clone(&self.door), digest: Some(digest) };
        let report = self.door.inspector().inspect(component.clone(), &|phase| news.tell(step_of(phase))).await;
        let manifest = match &report.manifest {
            Some(manifest) if report.is_good() => manifest.clone(),
            Some(_) | None => return Err(Refusal::Unfit(Box::new(report.into()))),
        };
        let id = self.install(manifest, digest, component).await?;
        passing.keep();
        let found = self.found(digest, Some((id, report.into()))).await?;
        found.ok_or(Refusal::Missing { what: "plugin" })
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
        let active = plugins.active(workspace, &manifest.name).await?;
        // A version of the host's was granted what it asks by the operator, to that author; a name alone inherits nothing.
        let change = active.filter(|active| active.workspace.is_some() && active.approval.is_given());
        let change = change.map(|active| active.grants.change_to(&manifest.needs));
        let (approval, grants) = match change.filter(|change| change.added.is_empty()) {
            Some(change) => {
                let by = self.caller.token.to_string();
                (Approval::Approved { by, at: now }, Grants::all_of(&change.kept))
            }
            None => (Approval::Pending, Grants::default()),
        };
        let plugin = Plugin {
            id: fresh::id(),
            workspace: Some(workspace),
            digest,
            component_bytes: component.len() as u64,
            origin: Origin::Uploaded,
            approval,
            grants,
            active: false,
            installed_at: now,
            activated_at: None,
            manifest,
        };
        let entry = audited(&self.caller, "plugin.upload", subject(&plugin), &Value::Null, &decided(&plugin));
        plugins.install(&plugin, component, Some(entry)).await?;
        tracing::info!(plugin.name = plugin.manifest.name, plugin.digest = %digest, "a plugin was uploaded");
        Ok(plugin.id)
    }
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
