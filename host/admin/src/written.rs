//! Answers in JSON or in YAML, as `Accept` asks.

use std::marker::PhantomData;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseShape, SchemaObject};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::Serialize;

use crate::document::{Language, yaml};
use crate::refusal::Refusal;

/// A value in the language that was asked for.
pub(crate) struct Written<T> {
    text: String,
    language: Language,
    value: PhantomData<fn() -> T>,
}

impl<T: Serialize> Written<T> {
    /// The value in the language that the first media type of `Accept` names which we can write; JSON when none is named.
    pub(crate) fn as_asked(value: &T, headers: &HeaderMap) -> Result<Self, Refusal> {
        let damaged = |reason: String| Refusal::Store(StoreError::Damaged { what: "document", reason });
        let language = accepted(headers);
        let text = match language {
            Language::Yaml => yaml(value).map_err(damaged)?,
            Language::Json => serde_json::to_string_pretty(value).map_err(|error| damaged(error.to_string()))? + "\n",
        };
        Ok(Self { text, language, value: PhantomData })
    }
}

fn accepted(headers: &HeaderMap) -> Language {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(',')).map(|item| item.split(';').next().unwrap_or_default());
    types.find_map(|item| Language::of(&item.trim().to_ascii_lowercase())).unwrap_or(Language::Json)
}

impl<T> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let media_type = match self.language {
            Language::Json => "application/json",
            Language::Yaml => Language::YAML_MEDIA_TYPES[0],
        };
        ([(header::CONTENT_TYPE, media_type)], self.text).into_response()
    }
}

impl<T: JsonSchema> OperationOutput for Written<T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        let content = in_each_language::<T, _>(ctx);
        let description = "In JSON or (`Accept: application/yaml`) in YAML".to_owned();
        Some(ResponseShape { description, content, ..ResponseShape::default() })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        Self::operation_response(ctx, operation).map(|response| (Some(200), response)).into_iter().collect()
    }
}

/// A `T` in each language, for the OpenAPI document.
pub(crate) fn in_each_language<T: JsonSchema, C: FromIterator<(String, MediaType)>>(ctx: &mut GenContext) -> C {
    let json_schema = ctx.schema.subschema_for::<T>();
    let schema = SchemaObject { json_schema, example: None, external_docs: None };
    let media = MediaType { schema: Some(schema), ..MediaType::default() };
    ["application/json", Language::YAML_MEDIA_TYPES[0]]
        .into_iter()
        .map(|media_type| (media_type.to_owned(), media.clone()))
        .collect()
}
