//! `/templates`: texts that steps use by name, kept once for the workspace.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::Json;
use axum::extract::State;
use hookbox_mapping::Settings;
use hookbox_model::{Message, Template, TemplateId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::asked::{All, Asked};
use crate::at::At;
use crate::audited;
use crate::caller::{AsEditor, Caller};
use crate::config::Config;
use crate::door::Door;
use crate::fresh;
use crate::given::Given;
use crate::paged::{Conflict, Created, Paged};
use crate::refusal::{Fault, Refusal};
use crate::words::words;

/// The longest name in bytes.
const NAME_BYTES_MAX: usize = 64;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let all = get_with(page, words("templates_page", "Templates, oldest first"))
        .post_with(create, words("templates_create", "Make a template"));
    let one = get_with(one, words("templates_get", "One template"))
        .patch_with(patch, |operation| {
            words("templates_change", "Change a template; steps that run from now on use it")(operation)
                .response::<409, Conflict>()
        })
        .delete_with(remove, words("templates_remove", "Remove a template; steps that name it fail from now on"));
    ApiRouter::new().api_route_with("/api/v1/templates", all, |item| item.tag("templates")).api_route_with(
        "/api/v1/templates/{id}",
        one,
        |item| item.tag("templates"),
    )
}

/// A text that steps use as `{{templates.name}}`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Template")]
struct TemplateShape {
    /// Its id.
    id: TemplateId,
    /// Its name, unique in the workspace.
    name: String,
    /// The text.
    body: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

/// What a new template is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewTemplate {
    /// Its name (`order_shipped`): small letters, digits and `_`, unique in the workspace.
    #[schemars(length(max = 64), regex(pattern = "^[a-z_][a-z0-9_]*$"))]
    name: String,
    /// The text; its `{{…}}` are rendered where a step uses it.
    #[schemars(length(min = 1, max = 10_000))]
    body: String,
}

/// What to change of a template; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TemplateChange {
    /// Its name. Documents name it by this: change them too.
    #[schemars(length(max = 64), regex(pattern = "^[a-z_][a-z0-9_]*$"))]
    name: Option<String>,
    /// The text.
    #[schemars(length(min = 1, max = 10_000))]
    body: Option<String>,
}

impl From<Template> for TemplateShape {
    fn from(Template { id, workspace: _, name, body, created_at, updated_at }: Template) -> Self {
        Self { id, name, body, created_at, updated_at }
    }
}

/// What is wrong with a name and a text.
fn faults(name: &str, body: &str, config: &Config) -> Vec<Fault> {
    let mut faults = Vec::new();
    let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let begins = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if !letters || !begins || name.len() > NAME_BYTES_MAX {
        let message = format!("1 to {NAME_BYTES_MAX} small letters, digits and _, the first of them no digit");
        faults.push(Fault::new("name", message));
    }
    let max = Message::BODY_CHARS_MAX;
    if body.is_empty() || body.chars().nth(max).is_some() {
        faults.push(Fault::new("body", format!("the text has 1 to {max} characters")));
    }
    let text: Map<String, Value> = [("body".to_owned(), Value::from(body))].into_iter().collect();
    if let Err(found) = Settings::compile_within(&text, &config.mapping) {
        faults.extend(found.into_iter().map(|fault| Fault::new("body", fault.message)));
    }
    faults
}

async fn page(
    State(door): State<Arc<Door>>,
    caller: Caller,
    asked: Asked<All>,
) -> Result<Json<Paged<TemplateShape>>, Refusal> {
    Ok(Paged::of(door.store().templates().page(caller.workspace_id(), asked.page).await?, TemplateShape::from))
}

async fn found(door: &Door, caller: &Caller, id: TemplateId) -> Result<Template, Refusal> {
    door.store().templates().get(caller.workspace_id(), id).await?.ok_or(Refusal::Missing { what: "template" })
}

async fn one(
    State(door): State<Arc<Door>>,
    caller: Caller,
    At(id): At<TemplateId>,
) -> Result<Json<TemplateShape>, Refusal> {
    Ok(Json(found(&door, &caller, id).await?.into()))
}

async fn create(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    Given(NewTemplate { name, body }): Given<NewTemplate>,
) -> Result<Created<TemplateShape>, Refusal> {
    let faults = faults(&name, &body, door.config());
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    let (workspace, now) = (caller.workspace_id(), fresh::now());
    let template = Template { id: fresh::id(), workspace, name, body, created_at: now, updated_at: now };
    let shape = TemplateShape::from(template.clone());
    let entry = audited::made(&caller, "template.create", subject(&template), &shape);
    door.store().templates().create(&template, entry).await?;
    Ok(Created(shape))
}

async fn patch(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<TemplateId>,
    Given(change): Given<TemplateChange>,
) -> Result<Json<TemplateShape>, Refusal> {
    let before = found(&door, &caller, id).await?;
    let mut template = before.clone();
    template.name = change.name.unwrap_or(template.name);
    template.body = change.body.unwrap_or(template.body);
    let faults = faults(&template.name, &template.body, door.config());
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    if template == before {
        return Ok(Json(template.into()));
    }
    template.updated_at = fresh::now();
    let shapes = (&TemplateShape::from(before.clone()), &TemplateShape::from(template.clone()));
    let entry = audited::changed(&caller, "template.change", subject(&template), shapes);
    door.store().templates().update(&before, &template, entry).await?;
    Ok(Json(template.into()))
}

async fn remove(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<TemplateId>,
) -> Result<Json<TemplateShape>, Refusal> {
    let template = found(&door, &caller, id).await?;
    let shape = TemplateShape::from(template.clone());
    let entry = audited::gone(&caller, "template.remove", subject(&template), &shape);
    door.store().templates().remove(&template, entry).await?;
    Ok(Json(shape))
}

fn subject(template: &Template) -> String {
    format!("{} {}", template.id, template.name)
}
