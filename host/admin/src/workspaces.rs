//! `/workspaces`: the tenants. The one resource that is not inside a workspace itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{Audited, MessageCaps, Role, Timestamp, Workspace, WorkspaceId, Zone};
use hookbox_store::{Page, PageRequest, Store, StoreError, Workspaces};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::asked::{All, Asked};
use crate::at::At;
use crate::audited;
use crate::caller::{Known, Operator, needs};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{DEFAULT_WORKSPACE, NameText, first_workspace, name_fault};
use crate::paged::{Conflict, Created, Paged};
use crate::refusal::{Fault, Refusal};
use crate::words::words;

/// The country of a workspace that names none: national phone numbers are then read as North American.
const DEFAULT_COUNTRY: &str = "US";

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("workspaces_page", "The workspaces that the caller has a role in, oldest first"))
        .post_with(create, words("workspaces_create", "Make a workspace"));
    let one = get_with(one, |mut operation| {
        needs(operation.inner_mut(), Role::Viewer.as_str());
        words("workspaces_get", "One workspace")(operation)
    })
    .patch_with(patch, |mut operation| {
        needs(operation.inner_mut(), Role::Admin.as_str());
        words("workspaces_change", "Change a workspace")(operation).response::<409, Conflict>()
    });
    ApiRouter::new().api_route_with("/api/v1/workspaces", all, |item| item.tag("workspaces")).api_route_with(
        "/api/v1/workspaces/{id}",
        one,
        |item| item.tag("workspaces"),
    )
}

/// A tenant. Nothing in one workspace can see or name anything in another.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Workspace")]
struct WorkspaceShape {
    /// Its id.
    id: WorkspaceId,
    /// Its name, unique.
    name: String,
    /// The ISO 3166-1 country whose national phone numbers are understood without `+`.
    country: String,
    /// The time zone that days and hours are meant in where nothing else is said.
    zone: Zone,
    /// How many messages may leave.
    caps: MessageCaps,
    /// When it was made.
    created_at: Timestamp,
}

/// What a new workspace is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewWorkspace {
    /// Its name, unique.
    #[schemars(with = "NameText")]
    name: String,
    /// The ISO 3166-1 country whose national phone numbers are understood without `+`; `US` when absent.
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    country: Option<String>,
    /// The time zone that days and hours are meant in where nothing else is said; UTC when absent.
    zone: Option<Zone>,
    /// How many messages may leave.
    #[serde(default)]
    caps: CapsChange,
}

/// What to change of how many messages may leave; what is absent stays, or is the default of a new workspace.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CapsChange {
    /// In all on one day of the workspace's zone; what is more is held until the next.
    #[schemars(range(max = 18_446_744_073_709_551_615_u64))]
    per_day: Option<u64>,
    /// To one contact on one day; what is more is suppressed.
    #[schemars(range(max = 4_294_967_295_u32))]
    per_contact_per_day: Option<u32>,
    /// To one contact within a minute, against loops; what is more is suppressed.
    #[schemars(range(max = 4_294_967_295_u32))]
    per_contact_per_minute: Option<u32>,
}

/// What to change of a workspace; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WorkspaceChange {
    /// Its name, unique.
    #[schemars(with = "Option<NameText>")]
    name: Option<String>,
    /// The ISO 3166-1 country whose national phone numbers are understood without `+`.
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    country: Option<String>,
    /// The time zone that days and hours are meant in where nothing else is said.
    zone: Option<Zone>,
    /// How many messages may leave.
    #[serde(default)]
    caps: CapsChange,
}

impl CapsChange {
    /// The caps with the change.
    fn of(self, before: MessageCaps) -> MessageCaps {
        MessageCaps {
            per_day: self.per_day.unwrap_or(before.per_day),
            per_contact_per_day: self.per_contact_per_day.unwrap_or(before.per_contact_per_day),
            per_contact_per_minute: self.per_contact_per_minute.unwrap_or(before.per_contact_per_minute),
        }
    }
}

impl From<Workspace> for WorkspaceShape {
    fn from(Workspace { id, name, country, zone, caps, created_at }: Workspace) -> Self {
        Self { id, name, country, zone, caps, created_at }
    }
}

async fn page(
    State(door): State<Arc<Door>>,
    known: Known,
    asked: Asked<All>,
) -> Result<Json<Paged<WorkspaceShape>>, Refusal> {
    let workspaces = door.store().workspaces();
    let page = match known.who.workspaces() {
        None => workspaces.page(asked.page).await?,
        Some(known) => page_of(workspaces, known, asked.page).await?,
    };
    Ok(Paged::of(page, WorkspaceShape::from))
}

/// A page of these workspaces, oldest first: no others are read.
async fn page_of(
    workspaces: &dyn Workspaces,
    ids: BTreeSet<WorkspaceId>,
    page: PageRequest,
) -> Result<Page<Workspace>, Refusal> {
    let after = page.after.map(|after| after.parse::<WorkspaceId>()).transpose();
    let after = after.map_err(|_| StoreError::Missing { what: "page" })?;
    let mut left = ids.into_iter().filter(|id| after.is_none_or(|after| *id > after)).peekable();
    let (mut items, mut last) = (Vec::new(), None);
    for id in left.by_ref().take(page.limit) {
        items.extend(workspaces.get(id).await?);
        last = Some(id.to_string());
    }
    Ok(Page { items, next: last.filter(|_| left.peek().is_some()) })
}

async fn one(
    State(door): State<Arc<Door>>,
    known: Known,
    At(id): At<WorkspaceId>,
) -> Result<Json<WorkspaceShape>, Refusal> {
    let caller = known.in_workspace(&door, id, Role::Viewer).await?;
    Ok(Json((*caller.workspace).clone().into()))
}

async fn create(
    State(door): State<Arc<Door>>,
    operator: Operator,
    Given(new): Given<NewWorkspace>,
) -> Result<Created<WorkspaceShape>, Refusal> {
    let country = new.country.unwrap_or_else(|| DEFAULT_COUNTRY.to_owned());
    let first = first_workspace(door.store()).await?;
    let of_name = name_fault("name", &new.name).or_else(|| taken_fault(&new.name, first.as_ref(), None));
    let faults: Vec<Fault> = of_name.into_iter().chain(country_fault(&country)).collect();
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    let id = first.map_or_else(fresh::id, |first| fresh::id_after(first.id));
    let blank = Workspace { id, ..blank(new.name, country) };
    let workspace = Workspace { zone: new.zone.unwrap_or(blank.zone), caps: new.caps.of(blank.caps), ..blank };
    door.store().workspaces().create(&workspace, made(operator.by(), &workspace)).await?;
    Ok(Created(workspace.into()))
}

async fn patch(
    State(door): State<Arc<Door>>,
    known: Known,
    At(id): At<WorkspaceId>,
    Given(change): Given<WorkspaceChange>,
) -> Result<Json<WorkspaceShape>, Refusal> {
    let caller = known.in_workspace(&door, id, Role::Admin).await?;
    let before = (*caller.workspace).clone();
    let after = Workspace {
        name: change.name.unwrap_or_else(|| before.name.clone()),
        country: change.country.unwrap_or_else(|| before.country.clone()),
        zone: change.zone.unwrap_or_else(|| before.zone.clone()),
        caps: change.caps.of(before.caps),
        ..before.clone()
    };
    let first = first_workspace(door.store()).await?;
    let of_name = name_fault("name", &after.name).or_else(|| taken_fault(&after.name, first.as_ref(), Some(id)));
    let faults: Vec<Fault> = of_name.into_iter().chain(country_fault(&after.country)).collect();
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    let shapes = (&WorkspaceShape::from(before.clone()), &WorkspaceShape::from(after.clone()));
    let entry = audited::changed(&caller, "workspace.change", subject(&after), shapes);
    door.store().workspaces().update(&before, &after, entry).await?;
    tracing::info!(workspace.id = %id, "a workspace was changed");
    Ok(Json(after.into()))
}

fn subject(workspace: &Workspace) -> String {
    format!("{} {}", workspace.id, workspace.name)
}

/// The entry of a new workspace, in the log of the host.
fn made(by: String, workspace: &Workspace) -> Audited {
    let shape = audited::shown(&WorkspaceShape::from(workspace.clone()));
    audited::entry(by, "workspace.create", subject(workspace), &Value::Null, &shape)
}

fn blank(name: String, country: String) -> Workspace {
    Workspace {
        id: fresh::id(),
        name,
        country,
        zone: Zone::utc(),
        caps: MessageCaps::default(),
        created_at: fresh::now(),
    }
}

fn country_fault(country: &str) -> Option<Fault> {
    let capitals = country.bytes().all(|byte| byte.is_ascii_uppercase());
    let known = capitals && country.len() == 2 && hookbox_mapping::phone::knows_country(country);
    (!known).then(|| Fault::new("country", "a country is two capital letters of ISO 3166-1, such as US or DE"))
}

/// Why a workspace cannot have the name by which the first is meant, unless it is the first: who names none must not come into another's.
fn taken_fault(name: &str, first: Option<&Workspace>, id: Option<WorkspaceId>) -> Option<Fault> {
    let is_taken = name == DEFAULT_WORKSPACE && first.is_some_and(|first| Some(first.id) != id);
    is_taken.then(|| Fault::new("name", "by this name the first workspace is meant, whatever it is called by now"))
}

/// The workspace that callers are in when they name none: the first, whatever it is called by now; made when there is none.
///
/// # Errors
/// Those of the store. Calling again is safe.
pub async fn ensure_default_workspace(store: &dyn Store) -> Result<Workspace, StoreError> {
    if let Some(found) = first_workspace(store).await? {
        return Ok(found);
    }
    let workspace = blank(DEFAULT_WORKSPACE.to_owned(), DEFAULT_COUNTRY.to_owned());
    match store.workspaces().create(&workspace, made(Audited::HOST.to_owned(), &workspace)).await {
        Ok(()) => Ok(workspace),
        Err(StoreError::Exists { what, name }) => {
            first_workspace(store).await?.ok_or(StoreError::Exists { what, name })
        }
        Err(error) => Err(error),
    }
}
