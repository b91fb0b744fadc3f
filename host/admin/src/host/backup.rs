//! `POST /host/backup`: the whole store as one file, for whoever keeps the host, while it runs.
//!
//! What is sent is of the moment at which it was asked for, and every backup is in the host's log. An answer that ends early is cut off
//! where everybody sees it: its checksum is missing. There is one at a time, because each keeps what it shows from being
//! overwritten; it ends when it is taken too slowly, when the disk is nearly full and when the host stops.

use std::sync::Arc;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseShape, SchemaObject};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, stream};
use hookbox_store::{BackupLabel, BackupPieces, StoreError};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::audited::entry;
use crate::caller::Operator;
use crate::door::Door;
use crate::refusal::Refusal;

/// The media type of a backup.
const MEDIA_TYPE: &str = "application/vnd.hookbox.backup";

/// Takes a backup.
pub(super) async fn backup(State(door): State<Arc<Door>>, caller: Operator) -> Result<BackupAnswer, Refusal> {
    let room = door.room_for_backup()?;
    let key = door.vault().fingerprint().to_owned();
    let program = door.config().host.version.clone();
    let after = json!({"key": key, "program": program});
    let noted = entry(caller.by(), "host.backup", "host".to_owned(), &Value::Null, &after);
    let label = BackupLabel { at: noted.at, program, key: Some(key) };
    let pieces = door.store().backups().begin(label, noted).await?;
    tracing::info!(by = caller.by(), "a backup was begun");
    Ok(BackupAnswer(Sending { pieces, draining: door.readiness().listen(), over: false, _room: room }))
}

/// A backup on its way out.
struct Sending {
    pieces: Box<dyn BackupPieces>,
    draining: watch::Receiver<bool>,
    over: bool,
    _room: OwnedSemaphorePermit,
}

impl Sending {
    fn stream(self) -> impl Stream<Item = Result<Bytes, StoreError>> {
        stream::unfold(self, async |mut sending| {
            let piece = sending.next().await?;
            sending.over = piece.is_err();
            Some((piece, sending))
        })
    }

    /// The next piece. A stop does not wait for a backup.
    async fn next(&mut self) -> Option<Result<Bytes, StoreError>> {
        if self.over {
            return None;
        }
        tokio::select! {
            biased;
            // An error means that whoever would say so is gone: the host ends.
            _ = self.draining.wait_for(|draining| *draining) => {
                Some(Err(StoreError::Unavailable { reason: "the host is shutting down".to_owned() }))
            }
            piece = self.pieces.next() => piece,
        }
    }
}

/// The answer: the file.
pub(super) struct BackupAnswer(Sending);

impl IntoResponse for BackupAnswer {
    fn into_response(self) -> Response {
        let named = HeaderValue::from_static("attachment; filename=\"store.hookbox\"");
        let headers =
            [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)), (header::CONTENT_DISPOSITION, named)];
        (headers, Body::from_stream(self.0.stream())).into_response()
    }
}

impl OperationOutput for BackupAnswer {
    type Inner = String;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        let json_schema = ctx.schema.subschema_for::<String>();
        let media = MediaType {
            schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
            ..MediaType::default()
        };
        Some(ResponseShape {
            description: "The file, of which `hookbox restore` makes a store again. One that does not end with its checksum is cut \
                off: ask again"
                .to_owned(),
            content: [(MEDIA_TYPE.to_owned(), media)].into_iter().collect(),
            ..ResponseShape::default()
        })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        Self::operation_response(ctx, operation).map(|response| (Some(200), response)).into_iter().collect()
    }
}
