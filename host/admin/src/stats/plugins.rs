//! `GET /stats/plugins`: what the calls of every plugin took over an hour, a day or a week.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hookbox_store::StoreError;

use super::figures::{CallsShape, RangeQuery, UsagesShape};
use super::series::Series;
use crate::asked::Choice;
use crate::caller::Caller;
use crate::door::Door;
use crate::refusal::Refusal;

/// Plugins that are told.
const TOLD_MAX: usize = 1_000;

pub(super) async fn plugins(
    State(door): State<Arc<Door>>,
    caller: Caller,
    Choice(query): Choice<RangeQuery>,
) -> Result<Json<Arc<UsagesShape>>, Refusal> {
    let (workspace, now) = (caller.workspace_id(), door.now());
    let find = async {
        let window = query.range.up_to(now);
        let mut series = Series::new(window);
        let range = (window.from, window.to);
        door.store().stats().read(workspace, window.span, range, &mut |row| series.add(row)).await?;
        let items = series.most_called(TOLD_MAX).into_iter().map(CallsShape::of).collect();
        Ok::<_, StoreError>(Arc::new(UsagesShape { items }))
    };
    Ok(door.figures().usages.0.get((workspace, query.range), now, find).await.map(Json)?)
}
