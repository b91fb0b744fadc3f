//! `/healthz`, `/readyz`, `/metrics`: for whoever keeps the host running. They need no token and show no payload, no name
//! and no contact; a host that is reachable from outside keeps them behind its proxy.

use std::sync::Arc;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseShape};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::door::Door;
use crate::refusal::told;
use crate::words::words;

/// The routes of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let health = get_with(health, words("healthz", "Whether the program runs"));
    let ready = get_with(ready, words("readyz", "Whether the host takes requests"));
    let metrics = get_with(metrics, words("metrics", "The metrics of the whole program"));
    ApiRouter::new()
        .api_route_with("/healthz", health, |item| item.tag("health"))
        .api_route_with("/readyz", ready, |item| item.tag("health"))
        .api_route_with("/metrics", metrics, |item| item.tag("health"))
}

/// How the host is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Health")]
struct HealthShape {
    /// `ok` or `unavailable`.
    status: &'static str,
    /// Why it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

async fn health() -> Json<HealthShape> {
    Json(HealthShape { status: "ok", reason: None })
}

/// Ready, or not and why.
struct Ready(Option<String>);

async fn ready(State(door): State<Arc<Door>>) -> Ready {
    if door.readiness().is_draining() {
        return Ready(Some("the host is shutting down".to_owned()));
    }
    Ready(door.store().trouble().map(|error| told(&error)))
}

impl IntoResponse for Ready {
    fn into_response(self) -> Response {
        match self.0 {
            None => Json(HealthShape { status: "ok", reason: None }).into_response(),
            Some(reason) => {
                let body = HealthShape { status: "unavailable", reason: Some(reason) };
                (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
            }
        }
    }
}

impl OperationOutput for Ready {
    type Inner = HealthShape;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<ResponseShape> {
        Json::<HealthShape>::operation_response(ctx, operation)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        let Some(ready) = Self::operation_response(ctx, operation) else { return Vec::new() };
        let not = ResponseShape { description: "Not at present, and why".to_owned(), ..ready.clone() };
        vec![(Some(200), ready), (Some(503), not)]
    }
}

/// The metrics in the OpenMetrics text format, which Prometheus reads.
struct MetricsText(Result<String, std::fmt::Error>);

/// The media type of [`MetricsText`].
const METRICS_MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

async fn metrics(State(door): State<Arc<Door>>) -> MetricsText {
    let mut text = String::new();
    MetricsText(encode(&mut text, door.registry()).map(|()| text))
}

impl IntoResponse for MetricsText {
    fn into_response(self) -> Response {
        match self.0 {
            Ok(text) => ([(header::CONTENT_TYPE, METRICS_MEDIA_TYPE)], text).into_response(),
            Err(error) => {
                tracing::error!(%error, "the metrics could not be written; a metric gives a text that is not one");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

impl OperationOutput for MetricsText {
    type Inner = String;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        let json_schema = ctx.schema.subschema_for::<String>();
        let schema = aide::openapi::SchemaObject { json_schema, example: None, external_docs: None };
        let media = MediaType { schema: Some(schema), ..MediaType::default() };
        let content = [(METRICS_MEDIA_TYPE.to_owned(), media)].into_iter().collect();
        Some(ResponseShape { description: "OpenMetrics text".to_owned(), content, ..ResponseShape::default() })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        Self::operation_response(ctx, operation).map(|response| (Some(200), response)).into_iter().collect()
    }
}
