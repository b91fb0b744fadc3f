//! `/fields`: what a workspace declares about contact fields. A field that is not declared holds any single value.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_model::{Field, FieldId, FieldKind, Timestamp, WorkspaceId};
use hookbox_store::{PageRequest, Store, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::asked::{All, Asked};
use crate::at::At;
use crate::audited;
use crate::caller::{AsAdmin, Caller};
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::names::{NameText, name_fault};
use crate::paged::{Conflict, Created, Paged};
use crate::refusal::{Fault, Refusal};
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("fields_page", "Declared contact fields, oldest first"))
        .post_with(create, words("fields_create", "Declare a contact field"));
    let one = get_with(one, words("fields_get", "One declared field"))
        .patch_with(patch, |operation| {
            let summary = "Change a declaration; values that are stored stay as they are";
            words("fields_change", summary)(operation).response::<409, Conflict>()
        })
        .delete_with(remove, |operation| {
            let summary = "Take a declaration away; the values stay";
            words("fields_remove", summary)(operation).response::<409, Conflict>()
        });
    ApiRouter::new().api_route_with("/api/v1/fields", all, |item| item.tag("fields")).api_route_with(
        "/api/v1/fields/{id}",
        one,
        |item| item.tag("fields"),
    )
}

/// Every field that a workspace declares.
pub(crate) async fn declared(store: &dyn Store, workspace: WorkspaceId) -> Result<Vec<Field>, StoreError> {
    let (mut declared, mut wanted) = (Vec::new(), PageRequest::first());
    while declared.len() < Field::DECLARED_MAX {
        let page = store.fields().page(workspace, wanted.clone()).await?;
        declared.extend(page.items);
        let Some(next) = page.next else { break };
        wanted.after = Some(next);
    }
    Ok(declared)
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Holds {
    /// Texts.
    Text,
    /// Numbers.
    Number,
    /// Dates and moments.
    Date,
    /// True or false.
    Boolean,
    /// One of `options`.
    Choice,
}

/// A declared contact field.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Field")]
struct FieldShape {
    /// Its id.
    id: FieldId,
    /// Its name, unique in the workspace.
    name: String,
    /// What it holds.
    kind: Holds,
    /// The texts that a choice is one of; empty for every other kind.
    options: Vec<String>,
    /// Whether it holds several values.
    many: bool,
    /// When it was declared.
    created_at: Timestamp,
}

/// What a new declaration is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewField {
    /// Its name (`birthday`), unique in the workspace.
    #[schemars(length(min = 1, max = 64))]
    name: String,
    /// What it holds.
    kind: Holds,
    /// The texts that a choice is one of; only for a choice.
    #[serde(default)]
    options: Vec<String>,
    /// Whether it holds several values.
    #[serde(default)]
    many: bool,
}

/// What to change of a declaration; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FieldChange {
    /// Its name.
    #[schemars(length(min = 1, max = 64))]
    name: Option<String>,
    /// What it holds.
    kind: Option<Holds>,
    /// The texts that a choice is one of.
    #[schemars(with = "Option<Vec<NameText>>")]
    options: Option<Vec<String>>,
    /// Whether it holds several values.
    many: Option<bool>,
}

impl From<Field> for FieldShape {
    fn from(Field { id, workspace: _, name, kind, many, created_at }: Field) -> Self {
        let (kind, options) = parts(kind);
        Self { id, name, kind, options, many, created_at }
    }
}

fn parts(kind: FieldKind) -> (Holds, Vec<String>) {
    match kind {
        FieldKind::Text => (Holds::Text, Vec::new()),
        FieldKind::Number => (Holds::Number, Vec::new()),
        FieldKind::Date => (Holds::Date, Vec::new()),
        FieldKind::Boolean => (Holds::Boolean, Vec::new()),
        FieldKind::Choice { options } => (Holds::Choice, options),
    }
}

fn kind(holds: Holds, options: Vec<String>) -> Result<FieldKind, Fault> {
    let fault = |message: String| Err(Fault::new("options", message));
    let max = Field::OPTIONS_MAX;
    match holds {
        Holds::Choice if options.is_empty() || options.len() > max => fault(format!("a choice has 1 to {max} options")),
        Holds::Choice => match options.iter().find_map(|option| name_fault("options", option)) {
            Some(wrong) => Err(wrong),
            None => Ok(FieldKind::Choice { options }),
        },
        Holds::Text | Holds::Number | Holds::Date | Holds::Boolean if !options.is_empty() => {
            fault("only a choice has options".to_owned())
        }
        Holds::Text => Ok(FieldKind::Text),
        Holds::Number => Ok(FieldKind::Number),
        Holds::Date => Ok(FieldKind::Date),
        Holds::Boolean => Ok(FieldKind::Boolean),
    }
}

/// Why a field cannot have this name.
fn field_name_fault(name: &str) -> Option<Fault> {
    Field::check_name(name).err().map(|error| Fault::new("name", error.to_string()))
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<All>,
) -> Result<Json<Paged<FieldShape>>, Refusal> {
    Ok(Paged::of(door.store().fields().page(caller.workspace_id(), asked.page).await?, FieldShape::from))
}

async fn found(door: &Door, caller: &Caller, id: FieldId) -> Result<Field, Refusal> {
    door.store().fields().get(caller.workspace_id(), id).await?.ok_or(Refusal::Missing { what: "field" })
}

async fn one(State(door): State<Arc<Door>>, caller: Caller, At(id): At<FieldId>) -> Result<Json<FieldShape>, Refusal> {
    Ok(Json(found(&door, &caller, id).await?.into()))
}

async fn create(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    Given(new): Given<NewField>,
) -> Result<Created<FieldShape>, Refusal> {
    let (fields, workspace) = (door.store().fields(), caller.workspace_id());
    let kind = checked(&new.name, new.kind, new.options)?;
    let declared = fields.page(workspace, PageRequest { after: None, limit: Field::DECLARED_MAX }).await?;
    if declared.items.len() >= Field::DECLARED_MAX {
        let message = format!("a workspace declares at most {} fields; take one away first", Field::DECLARED_MAX);
        return Err(Refusal::Faults(vec![Fault::new("body", message)]));
    }
    let field = Field { id: fresh::id(), workspace, name: new.name, kind, many: new.many, created_at: fresh::now() };
    let shape = FieldShape::from(field.clone());
    fields.create(&field, audited::made(&caller, "field.create", subject(&field), &shape)).await?;
    Ok(Created(shape))
}

fn checked(name: &str, holds: Holds, options: Vec<String>) -> Result<FieldKind, Refusal> {
    match (kind(holds, options), field_name_fault(name)) {
        (Ok(kind), None) => Ok(kind),
        (Ok(_), Some(fault)) | (Err(fault), None) => Err(Refusal::Faults(vec![fault])),
        (Err(of_kind), Some(of_name)) => Err(Refusal::Faults(vec![of_name, of_kind])),
    }
}

async fn patch(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    At(id): At<FieldId>,
    Given(change): Given<FieldChange>,
) -> Result<Json<FieldShape>, Refusal> {
    let before = found(&door, &caller, id).await?;
    let mut field = before.clone();
    let (holds, options) = parts(field.kind);
    let wanted = change.kind.unwrap_or(holds);
    // The options of a choice mean nothing to what it becomes.
    let kept = if wanted == holds { options } else { Vec::new() };
    field.name = change.name.unwrap_or(field.name);
    field.kind = checked(&field.name, wanted, change.options.unwrap_or(kept))?;
    field.many = change.many.unwrap_or(field.many);
    let shapes = (&FieldShape::from(before.clone()), &FieldShape::from(field.clone()));
    let entry = audited::changed(&caller, "field.change", subject(&field), shapes);
    door.store().fields().update(&before, &field, entry).await?;
    Ok(Json(field.into()))
}

async fn remove(
    State(door): State<Arc<Door>>,
    AsAdmin(caller): AsAdmin,
    At(id): At<FieldId>,
) -> Result<Json<FieldShape>, Refusal> {
    let field = found(&door, &caller, id).await?;
    let shape = FieldShape::from(field.clone());
    door.store().fields().remove(&field, audited::gone(&caller, "field.remove", subject(&field), &shape)).await?;
    Ok(Json(shape))
}

fn subject(field: &Field) -> String {
    format!("{} {}", field.id, field.name)
}
