//! The OpenAPI document: derived from the types that the handlers take and give, so that it cannot say anything else.

use std::future::ready;
use std::sync::{Arc, OnceLock};

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::generate::{GenContext, in_context};
use aide::openapi::{ApiKeyLocation, OpenApi, Operation, Response as ResponseShape, SecurityScheme, Server};
use aide::transform::TransformOpenApi;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use bytes::Bytes;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::caller::SECURITY_SCHEMES;
use crate::cookie::COOKIE;
use crate::door::Door;
use crate::words::words;

/// Where the document is.
pub(crate) const PATH: &str = "/api/v1/openapi.json";

/// What the document says of the whole API.
const DESCRIPTION: &str = "Sets Hookbox up and shows what became of every webhook. \
    Every record belongs to a workspace, chosen by the header `Hookbox-Workspace` (the id or the name of one; `default` \
    when absent); what is in another workspace answers 404. Pages answer `items` and `next`; give `next` as `after` to go \
    on. Refusals are problem details (RFC 9457). HEAD is taken wherever GET is, OPTIONS answers `Allow`.";

/// Makes the schemas that are derived from here on those of OpenAPI 3.1. Comes before the first route: the generator lives
/// in the thread, and merging a finished document resets it.
pub(crate) fn begin() {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    in_context(|ctx| ctx.schema = settings.into_generator());
}

/// The router of these routes, with the document that describes them at [`PATH`]. `public_url` is where they are.
pub(crate) fn described(routes: ApiRouter<Arc<Door>>, public_url: Option<&str>) -> Router<Arc<Door>> {
    // The document names this route too, so it is written after the route is there.
    let written = Arc::new(OnceLock::<Bytes>::new());
    let served = Arc::clone(&written);
    let document = move || ready(Described(served.get().cloned().unwrap_or_default()));
    let routes =
        routes.api_route_with(PATH, get_with(document, words("openapi", "This document")), |item| item.tag("openapi"));
    let mut api = OpenApi::default();
    let router = routes.finish_api_with(&mut api, |api| described_whole(api, public_url));
    let json = serde_json::to_vec(&api).expect("a document of texts, numbers and maps with text keys is JSON");
    written.get_or_init(|| json.into());
    router
}

/// The document as it is sent.
struct Described(Bytes);

impl IntoResponse for Described {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

impl OperationOutput for Described {
    type Inner = Value;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<ResponseShape> {
        let shape = Json::<Value>::operation_response(ctx, operation)?;
        Some(ResponseShape { description: "OpenAPI 3.1".to_owned(), ..shape })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        Self::operation_response(ctx, operation).map(|response| (Some(200), response)).into_iter().collect()
    }
}

fn described_whole<'t>(api: TransformOpenApi<'t>, public_url: Option<&str>) -> TransformOpenApi<'t> {
    let scheme = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: None,
        description: Some(
            "An admin token, printed once at the first start or given as `HOOKBOX_ADMIN_TOKEN`; or a user's own"
                .to_owned(),
        ),
        extensions: Default::default(),
    };
    let session = SecurityScheme::ApiKey {
        location: ApiKeyLocation::Cookie,
        name: COOKIE.to_owned(),
        description: Some(
            "A session, begun by `POST /api/v1/session`; changes only from pages of this host".to_owned(),
        ),
        extensions: Default::default(),
    };
    let url = public_url.unwrap_or("/").to_owned();
    api.title("Hookbox admin API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .server(Server { url, ..Server::default() })
        .security_scheme(SECURITY_SCHEMES[0], scheme)
        .security_scheme(SECURITY_SCHEMES[1], session)
}
