//! Comparing before switching: the last captures of the automations that use a plugin, each tried on the active version and on
//! the one that may take its place. Nothing of it is done.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use futures_util::{StreamExt, stream};
use hookbox_model::{
    Approval, AsOf, Automation, AutomationId, Capture, CaptureId, DryRun, Extent, Grants, Need, Plugin, PluginId,
    Timestamp,
};
use hookbox_store::{CaptureFilter, PageRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::decide::{GrantWish, granted};
use super::difference::{self, Differences};
use super::found::next;
use super::used;
use crate::at::AtText;
use crate::audited::{audited, subject};
use crate::automations::{ChangeShape, ReportShape};
use crate::caller::{AsAdmin, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{Named, Names};
use crate::refusal::{Fault, Refusal};
use crate::telling::{News, Step, Telling, Told};

/// How many captures are tried when the request does not say.
const CAPTURES: usize = 20;
/// The most captures that one comparison tries.
const CAPTURES_MAX: usize = 100;
/// How many pages of the captures of one automation are read at most. The store ends a page early when it has looked at much.
const PAGES_MAX: usize = 200;

/// What is compared on what.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CompareWish {
    /// How many captures, the newest first; 20 when absent.
    #[schemars(range(min = 1, max = 100))]
    captures: Option<usize>,
    /// What a version that is not approved may do in the trial; everything that it asks when absent.
    grants: Option<Vec<GrantWish>>,
}

/// What two versions would do.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Comparison")]
pub(super) struct ComparisonShape {
    /// The active version.
    active: VersionShape,
    /// The version that may take its place.
    candidate: VersionShape,
    /// With how many captures both do the same.
    same: usize,
    /// With how many they do not.
    different: usize,
    /// How many were left when the time was over.
    untried: usize,
    /// Whether captures were looked for to the end; if not, there may be more, far back.
    searched: bool,
    /// Each capture that was tried, the newest first.
    captures: Vec<ComparedShape>,
}

/// A version, and what it was allowed in the trial.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ComparedVersion")]
struct VersionShape {
    /// Its id.
    id: PluginId,
    /// Semantic version.
    version: String,
    /// What it was allowed.
    grants: Vec<Need>,
}

/// What two versions would do with one capture.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ComparedCapture")]
struct ComparedShape {
    /// The capture.
    capture: CaptureId,
    /// Its automation, of which the newest version is tried.
    automation: Named<AutomationId>,
    /// How many runs it would become; the first was tried. Null without `each`.
    items: Option<u32>,
    /// Whether both do the same.
    same: bool,
    /// What differs: `before` is what the active version would do.
    differences: Vec<ChangeShape>,
    /// How many differences there are beyond those that are listed.
    more: usize,
}

pub(super) async fn compare(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    AtText(text): AtText,
    telling: Telling,
    Given(wish): Given<CompareWish>,
) -> Result<Told<ComparisonShape>, Refusal> {
    let captures = wish.captures.unwrap_or(CAPTURES);
    if !(1..=CAPTURES_MAX).contains(&captures) {
        let message = format!("it is {captures} and must be 1 to {CAPTURES_MAX}");
        return Err(Refusal::Faults(vec![Fault::new("captures", message)]));
    }
    let candidate = next(door.store(), caller.workspace_id(), &text).await?;
    let name = &candidate.manifest.name;
    let Some(active) = door.store().plugins().active(caller.workspace_id(), name).await? else {
        let reason = format!("no version of {name} is active, so there is nothing to compare with");
        return Err(Refusal::NotNow { reason });
    };
    if active.id == candidate.id {
        let reason = format!(
            "it is the active version of {name} itself; name the one that may take its place by its id, or by {name} alone if it is the newest"
        );
        return Err(Refusal::NotNow { reason });
    }
    let candidate = Arc::new(on_trial(&candidate, &active, wish.grants.as_deref(), &caller)?);
    let room = door.room_for_comparison()?;
    // Its calls really leave: who let it make them, and with what, is to be known before they do.
    let tried = json!({"grants": candidate.grants.as_needs(), "captures": captures});
    let entry = audited(&caller, "plugin.compare", subject(&candidate), &Value::Null, &tried);
    door.store().audit().note(caller.workspace_id(), entry).await?;
    let trial = Trial { door, caller, active, candidate, now: fresh::now(), _room: room };
    telling.of(Step::of("comparing"), |news| async move { trial.on(captures, &news).await }).await
}

/// The version as it is tried: with what is given for this, else with its grants, if it is approved. If it is not, it may do all it
/// asks within the dry run, which changes nothing; but calls really leave, see [`untrusted`].
fn on_trial(plugin: &Plugin, active: &Plugin, wish: Option<&[GrantWish]>, caller: &Caller) -> Result<Plugin, Refusal> {
    let grants = match (wish, plugin.approval.is_given()) {
        (Some(wish), _) => granted(&plugin.manifest.needs, wish)?,
        (None, true) => plugin.grants.clone(),
        (None, false) => untrusted(&plugin.manifest.needs, active),
    };
    let approval = Approval::Approved { by: caller.by(), at: fresh::now() };
    Ok(Plugin { approval, grants, ..plugin.clone() })
}

/// What a version may do in the trial that nobody decided about. Of places and secrets it gets only those that the workspace granted
/// the active version; and when there is a place, only those fields and that state too, so that nothing leaves that could not leave
/// before. What the operator granted a version of the host's is no grant to whoever takes its name.
fn untrusted(needs: &[Need], active: &Plugin) -> Grants {
    let kept = if active.workspace.is_some() { active.grants.change_to(needs).kept } else { Vec::new() };
    let calls = kept.iter().any(|need| need.capability == Grants::HTTP);
    let leaves = |need: &Need| match need.capability.as_str() {
        Grants::HTTP | Grants::SECRET => true,
        Grants::CONTACTS_READ | Grants::STATE => calls,
        _ => false,
    };
    let within = needs.iter().filter(|need| !leaves(need)).cloned();
    Grants::all_of(&within.chain(kept.iter().filter(|need| leaves(need)).cloned()).collect::<Vec<_>>())
}

/// What is there to try.
struct Found {
    newest: Vec<(Arc<Automation>, Capture)>,
    /// Whether it was looked for to the end.
    all: bool,
}

/// A comparison under way.
struct Trial {
    door: Arc<Door>,
    caller: Caller,
    active: Arc<Plugin>,
    candidate: Arc<Plugin>,
    /// The moment that every dry run is as of, so that clocks make no difference.
    now: Timestamp,
    _room: OwnedSemaphorePermit,
}

impl Trial {
    async fn on(&self, captures: usize, news: &News) -> Result<(StatusCode, ComparisonShape), Refusal> {
        let config = self.door.config();
        let end = Instant::now() + Duration::from_millis(config.comparison_timeout_ms);
        let Found { newest: tried, all } = self.captures(captures).await?;
        let of = tried.len();
        // Half of the dry runs that may be under way at once, so that some are left for others.
        let at_once = (config.dry_runs_max / 2).max(1);
        let mut ended =
            stream::iter(tried).map(|(automation, capture)| self.one(automation, capture)).buffer_unordered(at_once);
        let mut compared: Vec<ComparedShape> = Vec::with_capacity(of);
        loop {
            let done = Some(compared.len() as u64);
            news.tell(Step { phase: "comparing", done, of: Some(of as u64) });
            match timeout_at(end, ended.next()).await {
                Ok(Some(one)) => compared.push(one?),
                Ok(None) | Err(_) => break,
            }
        }
        compared.sort_by_key(|one| std::cmp::Reverse(one.capture));
        let same = compared.iter().filter(|one| one.same).count();
        let shape = ComparisonShape {
            active: VersionShape::of(&self.active),
            candidate: VersionShape::of(&self.candidate),
            same,
            different: compared.len() - same,
            untried: of - compared.len(),
            searched: all,
            captures: compared,
        };
        Ok((StatusCode::OK, shape))
    }

    /// The newest captures of the automations that use the plugin, each with its automation as it is now.
    async fn captures(&self, max: usize) -> Result<Found, Refusal> {
        let (store, workspace) = (self.door.store(), self.caller.workspace_id());
        let (mut newest, mut all) = (Vec::new(), true);
        for automation in used::automations(store, workspace, &self.active.manifest.name).await? {
            let (mut found, mut after) = (Vec::new(), None);
            for page in 1..=PAGES_MAX {
                let wanted = PageRequest { after, limit: max - found.len() };
                let filter = CaptureFilter { automation: Some(automation.id), ..CaptureFilter::default() };
                let read = store.captures().page(workspace, filter, wanted).await?;
                found.extend(read.items);
                after = read.next;
                if after.is_none() || found.len() >= max {
                    break;
                }
                all &= page < PAGES_MAX;
            }
            newest.extend(found.into_iter().map(|capture| (Arc::clone(&automation), capture)));
            newest.sort_by_key(|(_, capture)| std::cmp::Reverse(capture.id));
            newest.truncate(max);
        }
        Ok(Found { newest, all })
    }

    async fn one(&self, automation: Arc<Automation>, capture: Capture) -> Result<ComparedShape, Refusal> {
        let (items, before) = self.outcome(&self.active, &automation, &capture).await?;
        let (_, after) = self.outcome(&self.candidate, &automation, &capture).await?;
        let Differences { listed, more } = difference::between(&before, &after);
        Ok(ComparedShape {
            capture: capture.id,
            automation: used::named(&automation),
            items,
            same: listed.is_empty(),
            differences: listed,
            more,
        })
    }

    /// What a version would do, as it is compared; and how many runs the capture would become.
    async fn outcome(
        &self,
        plugin: &Arc<Plugin>,
        automation: &Automation,
        capture: &Capture,
    ) -> Result<(Option<u32>, Value), Refusal> {
        let workspace = self.caller.workspace_id();
        let asked = DryRun {
            workspace,
            document: Arc::clone(&automation.document),
            payload: capture.body.clone(),
            item: None,
            extent: Extent::Steps,
            instead: Some(Arc::clone(plugin)),
            as_of: Some(AsOf { capture: capture.id, now: self.now }),
        };
        let report = self.door.rehearse_in_turn(asked).await?;
        let items = report.items;
        let shape = ReportShape::of(report, &mut Names::new(self.door.store(), workspace)).await?;
        Ok((items, difference::outcome(&shape)?))
    }
}

impl VersionShape {
    fn of(plugin: &Plugin) -> Self {
        Self { id: plugin.id, version: plugin.manifest.version.clone(), grants: plugin.grants.as_needs().to_vec() }
    }
}
