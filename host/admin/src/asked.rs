//! Queries: which page is asked for, and which records. Unknown, repeated and senseless parameters are refused, because a
//! filter with a typing error would answer everything.

use std::borrow::Cow;
use std::sync::Arc;

use aide::generate::GenContext;
use aide::openapi::{Operation, Response};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema};
use aide::{OperationInput, OperationOutput};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use hookbox_model::Timestamp;
use hookbox_store::PageRequest;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error, IntoDeserializer, value};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::config::Config;
use crate::door::Door;
use crate::refusal::{Refusal, problem};

/// A page of the records that `F` asks for.
pub(crate) struct Asked<F> {
    /// Which page.
    pub(crate) page: PageRequest,
    /// Which records.
    pub(crate) filter: F,
}

/// A query without pages.
pub(crate) struct Choice<F>(pub(crate) F);

/// All records.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct All {}

/// Which page is asked for.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the fields are read from the query one by one; the type describes them")]
struct PageQuery {
    /// At most so many items.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u64>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// Yes or no, as a query writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum YesNo {
    /// Yes.
    True,
    /// No.
    False,
}

/// A moment, as a query writes it: RFC 3339 (`2026-11-24T09:00:00Z`), or milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let millis = text.parse().map_err(|_| D::Error::custom("so many milliseconds are no moment"))?;
            return Ok(Self(Timestamp::from_millis(millis)));
        }
        let read = Timestamp::deserialize(text.as_str().into_deserializer());
        read.map(Self).map_err(|error: value::Error| {
            D::Error::custom(format!("{text:?} is neither RFC 3339 nor milliseconds since 1970: {error}"))
        })
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // A year before 1970 is no moment here.
        const YEAR: &str = "^(19[7-9]|[2-9][0-9])[0-9]-";
        json_schema!({
            "type": "string",
            "anyOf": [{ "format": "date-time", "pattern": YEAR }, { "pattern": "^[0-9]{1,15}$" }],
        })
    }
}

/// A text that is looked for, as a query writes it.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Text(#[schemars(length(min = 1, max = 200))] pub(crate) String);

/// The longest text that is looked for, in characters.
const TEXT_CHARS_MAX: usize = 200;

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() {
            return Err(D::Error::custom("there is nothing to look for; leave it out"));
        }
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(D::Error::custom(format!("it has more than {TEXT_CHARS_MAX} characters")));
        }
        Ok(Self(text))
    }
}

impl<F: DeserializeOwned> FromRequestParts<Arc<Door>> for Asked<F> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Refusal> {
        let mut given = parameters(parts)?;
        let page = page(given.remove("limit"), given.remove("after"), door.config())?;
        Ok(Self { page, filter: typed(given)? })
    }
}

impl<F: DeserializeOwned> FromRequestParts<Arc<Door>> for Choice<F> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Door>) -> Result<Self, Refusal> {
        typed(parameters(parts)?).map(Self)
    }
}

/// The parameters of a query, each at most once.
fn parameters(parts: &Parts) -> Result<Map<String, Value>, Refusal> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
        .map_err(|error| Refusal::Query { reason: error.body_text() })?;
    let mut given = Map::new();
    for (name, value) in pairs {
        if given.contains_key(&name) {
            return Err(Refusal::Query { reason: format!("{name:?} is given twice") });
        }
        given.insert(name, Value::String(value));
    }
    Ok(given)
}

fn typed<F: DeserializeOwned>(given: Map<String, Value>) -> Result<F, Refusal> {
    serde_path_to_error::deserialize(Value::Object(given)).map_err(|error| {
        let at = error.path().to_string();
        let reason = error.into_inner().to_string();
        Refusal::Query { reason: if at == "." { reason } else { format!("{at}: {reason}") } }
    })
}

fn page(limit: Option<Value>, after: Option<Value>, config: &Config) -> Result<PageRequest, Refusal> {
    let max = config.page_items_max.clamp(1, PageRequest::LIMIT_MAX);
    let limit = match limit.as_ref().and_then(Value::as_str) {
        None => config.page_items.clamp(1, max),
        Some(text) => {
            let wanted = text.parse().ok().filter(|wanted| (1..=max).contains(wanted));
            wanted
                .ok_or_else(|| Refusal::Query { reason: format!("limit: {text:?} is not a number from 1 to {max}") })?
        }
    };
    let after = after.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(PageRequest { after, limit })
}

impl<F: JsonSchema> OperationInput for Asked<F> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe::<F>(ctx, operation);
        describe::<PageQuery>(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        vec![(Some(400), problem(ctx, "A query parameter is unknown or makes no sense"))]
    }
}

impl<F: JsonSchema> OperationInput for Choice<F> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        describe::<F>(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Response)> {
        Asked::<F>::inferred_early_responses(ctx, operation)
    }
}

/// Describes the 422 of a query whose parameters make sense, and not in this workspace or not together.
pub(crate) struct Unanswerable;

impl OperationOutput for Unanswerable {
    type Inner = ();

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Response> {
        Some(problem(ctx, "The parameters make sense, and not in this workspace or not together"))
    }
}

/// The fields of `F` as query parameters, without leaving `F` among the schemas of the document.
fn describe<F: JsonSchema>(ctx: &mut GenContext, operation: &mut Operation) {
    let mut schema = F::json_schema(&mut ctx.schema);
    if let Some(Value::Object(fields)) = schema.ensure_object().get_mut("properties") {
        fields.values_mut().for_each(never_null);
    }
    let parameters = parameters_from_schema(ctx, schema, ParamLocation::Query);
    add_parameters(ctx, operation, parameters);
}

/// The schema of a field without the null that it has when it is absent: a query has texts only.
fn never_null(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(either)) = schema.get_mut("anyOf") {
        either.retain(|schema| schema["type"] != "null");
    }
}
