//! JSON bodies: read under a limit, strict JSON, every field known.

use std::sync::Arc;
use std::time::Duration;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, Response, SchemaObject};
use aide::operation::set_body;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use hookbox_model::Payload;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::config::Config;
use crate::door::Door;
use crate::refusal::{Fault, Refusal, problem};

/// A body of this shape. No body at all is the same as `{}`.
pub(crate) struct Given<T>(pub(crate) T);

/// The same, read from its text: what is a `RawValue` in it comes to the letter.
pub(crate) struct Verbatim<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<Door>> for Given<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, door: &Arc<Door>) -> Result<Self, Refusal> {
        typed(&payload(request, door).await?).map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<Door>> for Verbatim<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, door: &Arc<Door>) -> Result<Self, Refusal> {
        let payload = payload(request, door).await?;
        is_object(&payload)?;
        let read = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(payload.text()));
        read.map(Self).map_err(faulty)
    }
}

/// The body as strict JSON.
async fn payload(request: Request, door: &Arc<Door>) -> Result<Payload, Refusal> {
    let media_type = media_type(request.headers());
    let plain = !is_encoded(request.headers());
    let body = read(request.into_body(), door.config()).await?;
    let body = match media_type.as_deref() {
        None if body.is_empty() => Bytes::from_static(b"{}"),
        Some(text) if is_json(text) && plain => body,
        None | Some(_) => return Err(Refusal::ContentType { wanted: "application/json" }),
    };
    Payload::parse(body, door.config().json).map_err(|error| Refusal::Body { reason: error.to_string() })
}

/// Tells null (take it away) from absent (leave it).
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The payload as a `T`; the refusal names the field.
fn typed<T: DeserializeOwned>(payload: &Payload) -> Result<T, Refusal> {
    is_object(payload)?;
    serde_path_to_error::deserialize(&**payload.value()).map_err(faulty)
}

/// Refuses what is no object: serde takes an array for the fields of a struct in their order, which nobody means.
fn is_object(payload: &Payload) -> Result<(), Refusal> {
    if payload.value().is_object() {
        return Ok(());
    }
    Err(Refusal::Faults(vec![Fault::new("body", "it must be an object")]))
}

/// The refusal of what is no `T`. Where it stands is said by its name, not by line and column.
fn faulty(error: serde_path_to_error::Error<serde_json::Error>) -> Refusal {
    let at = error.path().to_string();
    let at = if at == "." { "body".to_owned() } else { at };
    let message = error.into_inner().to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    Refusal::Faults(vec![Fault::new(at, message)])
}

/// A whole body within the limits of size, counted while it streams, and of time: one that dribbles in ends too.
pub(crate) async fn read(body: Body, config: &Config) -> Result<Bytes, Refusal> {
    let (bytes_max, timeout_ms) = (config.body_bytes_max, config.body_timeout_ms);
    let whole = Limited::new(body, bytes_max).collect();
    let read = tokio::time::timeout(Duration::from_millis(timeout_ms), whole).await;
    match read.map_err(|_| Refusal::TooSlow { timeout_ms })? {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_over_limit(&*error) => Err(Refusal::TooLarge { bytes_max }),
        Err(_) => Err(Refusal::Body { reason: "it ended before it was whole".to_owned() }),
    }
}

fn is_over_limit(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(<dyn std::error::Error>::is::<LengthLimitError>)
}

/// The media type of a request in lower case, without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().unwrap_or_default();
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Whether the body is compressed, which is never undone here.
pub(crate) fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Whether a media type is JSON.
pub(crate) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

impl<T: JsonSchema> OperationInput for Given<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = SchemaObject { json_schema: ctx.schema.subschema_for::<T>(), example: None, external_docs: None };
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        let content = [("application/json".to_owned(), media)].into_iter().collect();
        // Without a body everything is absent, which is enough where nothing has to be there.
        let required = ctx.schema.clone().into_root_schema_for::<T>().get("required").is_some();
        set_body(ctx, operation, RequestBody { content, required, ..RequestBody::default() });
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        body_refusals(ctx)
    }
}

impl<T: JsonSchema> OperationInput for Verbatim<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Given::<T>::operation_input(ctx, operation);
    }

    fn inferred_early_responses(ctx: &mut GenContext, _: &mut Operation) -> Vec<(Option<u16>, Response)> {
        body_refusals(ctx)
    }
}

/// What every route with a body may answer.
pub(crate) fn body_refusals(ctx: &mut GenContext) -> Vec<(Option<u16>, Response)> {
    vec![
        (Some(400), problem(ctx, "The body is not what its content type says")),
        (Some(408), problem(ctx, "The body took too long")),
        (Some(413), problem(ctx, "The body is too large")),
        (Some(415), problem(ctx, "The content type is none that this path takes")),
        (Some(422), problem(ctx, "The body was read and is wrong; `faults` says where")),
    ]
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::config::Config;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use bytes::Bytes;
    use http_body_util::{BodyExt, Full};

    #[tokio::test]
    async fn a_body_that_does_not_end_is_refused_in_time() {
        let config = Config { body_timeout_ms: 1, ..Config::default() };
        let body = Full::new(Bytes::from_static(b"{")).with_trailers(std::future::pending());
        let refusal = read(Body::new(body), &config).await.expect_err("it never ends");
        let response = refusal.into_response();
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(response.headers()["connection"], "close");
    }
}
