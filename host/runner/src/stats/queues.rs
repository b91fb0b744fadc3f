//! How much waits in each workspace, as it is looked at once in every minute.

use hookbox_model::{Counted, QueueCounts, StatsRow, Timestamp, WorkspaceId};
use hookbox_store::{PageRequest, Store, StoreError};

/// Adds to the store how much waits at `now` in each workspace, up to `rows_max` of them in one transaction. Where nothing does
/// there is nothing to add: that it was looked at is a row of the host's, which is last.
pub(super) async fn look(store: &dyn Store, now: Timestamp, rows_max: usize) -> Result<(), StoreError> {
    let row =
        |workspace, waiting_max| StatsRow { workspace, at: now, counted: Counted::Queue(QueueCounts { waiting_max }) };
    let limit = rows_max.clamp(1, PageRequest::LIMIT_MAX);
    let mut after = None;
    loop {
        let page = store.workspaces().page(PageRequest { after, limit }).await?;
        let mut rows = Vec::new();
        for workspace in page.items.into_iter().map(|workspace| workspace.id) {
            let waiting = store.stats().waiting(workspace, now).await?;
            rows.extend((waiting > 0).then(|| row(workspace, waiting)));
            // Of many workspaces it takes a while; others are served between two of them.
            tokio::task::yield_now().await;
        }
        after = page.next;
        if after.is_none() {
            rows.push(row(WorkspaceId::HOST, 0));
        }
        if !rows.is_empty() {
            store.stats().add(rows).await?;
        }
        if after.is_none() {
            return Ok(());
        }
    }
}
