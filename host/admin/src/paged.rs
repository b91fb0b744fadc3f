//! The shapes that answers share: a page, something new, a conflict.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as ResponseShape};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hookbox_store::{Page, PageRequest, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

use crate::refusal::problem;

/// One page of records.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub(crate) struct Paged<T> {
    /// What is on it.
    pub(crate) items: Vec<T>,
    /// What to give as `after` for the page after it; null at the end.
    pub(crate) next: Option<String>,
}

impl<T> Paged<T> {
    /// The store's page, each record in its shape.
    pub(crate) fn of<R>(page: Page<R>, shape: impl FnMut(R) -> T) -> Json<Self> {
        Json(Self { items: page.items.into_iter().map(shape).collect(), next: page.next })
    }
}

/// The records of every page, for what there is little of.
pub(crate) async fn every<T, F>(mut read: impl FnMut(PageRequest) -> F) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let (mut all, mut wanted) = (Vec::new(), PageRequest::first());
    loop {
        let page = read(wanted).await?;
        all.extend(page.items);
        let Some(next) = page.next else { return Ok(all) };
        wanted = PageRequest { after: Some(next), ..PageRequest::first() };
    }
}

/// A record that was just made: 201, or 409 when its name or identifier is taken.
pub(crate) struct Created<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl<T: JsonSchema> OperationOutput for Created<T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<ResponseShape> {
        Json::<T>::operation_response(ctx, operation)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        let made = Self::operation_response(ctx, operation).map(|response| (Some(201), response));
        made.into_iter().chain([(Some(409), problem(ctx, "Its name or identifier is taken"))]).collect()
    }
}

/// Describes the 409 of a change that met another.
pub(crate) struct Conflict;

impl OperationOutput for Conflict {
    type Inner = ();

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        Some(problem(ctx, "The record changed meanwhile, or an identifier is taken"))
    }
}
