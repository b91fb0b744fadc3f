//! `GET /runs/live`: the runs of a workspace as they are committed, as server-sent events.
//!
//! The store tells of every commit; what is sent is the run as it is by then, in one line, each run once however often it was
//! committed meanwhile, and only so many a second. A stream ends when the host stops and when its caller may look no more, and
//! there are only so many.

mod pace;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseShape, SchemaObject};
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::sse::{self, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use futures_util::{Stream, stream};
use hookbox_model::{AutomationId, Role, RunId, RunState, WorkspaceId};
use hookbox_store::{RunChange, RunNews, RunWatch, StoreError};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

use crate::asked::Choice;
use crate::caller::Caller;
use crate::door::Door;
use crate::names::Names;
use crate::refusal::Refusal;
use crate::runs::RunBrief;
use crate::shares::Share;
use crate::words::words;
use pace::Pace;

/// The route of this resource.
pub(crate) fn routes() -> ApiRouter<Arc<Door>> {
    let live = get_with(live, words("runs_live", "Runs as they are committed, until the caller hangs up"));
    ApiRouter::new().api_route_with("/api/v1/runs/live", live, |item| item.tag("runs"))
}

/// The media type of server-sent events.
const MEDIA_TYPE: &str = "text/event-stream";

/// Tells nginx, which holds answers back otherwise, to hand them on as they come.
static UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Which runs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LiveQuery {
    /// Only those of this automation.
    automation: Option<AutomationId>,
    /// Only those that come to this state.
    state: Option<RunState>,
}

async fn live(
    State(door): State<Arc<Door>>,
    caller: Caller,
    Choice(query): Choice<LiveQuery>,
) -> Result<LiveAnswer, Refusal> {
    let room = door.room_for_live(&caller.who)?;
    let looking = Looking {
        watch: door.store().runs().watch(caller.workspace_id()),
        draining: door.readiness().listen(),
        checked_at: Instant::now(),
        pace: Pace::new(door.config().live_runs_per_s_max, Instant::now()),
        begun: false,
        caller,
        door,
        query,
        _room: room,
    };
    Ok(LiveAnswer(looking))
}

/// One who looks on.
struct Looking {
    door: Arc<Door>,
    caller: Caller,
    query: LiveQuery,
    watch: Box<dyn RunWatch>,
    draining: watch::Receiver<bool>,
    /// When it was last seen that they may look.
    checked_at: Instant,
    pace: Pace,
    /// Something was sent.
    begun: bool,
    _room: (Share, OwnedSemaphorePermit),
}

/// What comes first.
enum Next {
    News(RunNews),
    /// The next run may be sent.
    Turn,
    /// It is time to see whether they still may look.
    Check,
    End,
}

impl Looking {
    fn stream(self) -> impl Stream<Item = Result<sse::Event, Infallible>> {
        stream::unfold(self, async |mut looking| {
            let said = looking.next().await?;
            Some((Ok(said), looking))
        })
    }

    /// The next event; nothing at the end.
    async fn next(&mut self) -> Option<sse::Event> {
        if !self.begun {
            // So that the head of the answer is on its way, and proxies see that something comes.
            self.begun = true;
            return Some(sse::Event::default().comment("runs of the workspace as they are committed"));
        }
        loop {
            if let Some(skipped) = self.pace.skipped(Instant::now()) {
                return Some(said("skipped", &json!({ "count": skipped }).to_string()));
            }
            if let Some(run) = self.pace.take(Instant::now()) {
                match read(&self.door, self.caller.workspace_id(), self.query.state, run).await {
                    Ok(Some(said)) => return Some(said),
                    Ok(None) => continue,
                    Err(error) => {
                        tracing::debug!(%error, "a live answer ends: the store cannot be read");
                        return None;
                    }
                }
            }
            match self.wait().await {
                Next::News(news) => self.learn(news),
                Next::Turn => {}
                Next::Check => self.check().await?,
                Next::End => return None,
            }
        }
    }

    async fn wait(&mut self) -> Next {
        let check_at = self.checked_at + Duration::from_millis(self.door.config().live_check_ms);
        let (turn_at, waits) = self.pace.turn().map_or((check_at, false), |turn_at| (turn_at, true));
        tokio::select! {
            biased;
            // An error means that whoever would say so is gone: the host ends.
            _ = self.draining.wait_for(|draining| *draining) => Next::End,
            () = sleep_until(check_at) => Next::Check,
            () = sleep_until(turn_at), if waits => Next::Turn,
            news = self.watch.news() => Next::News(news),
        }
    }

    fn learn(&mut self, news: RunNews) {
        let LiveQuery { automation, state } = self.query;
        let is_wanted = |change: &RunChange| {
            automation.is_none_or(|automation| automation == change.automation)
                && state.is_none_or(|state| state == change.state)
        };
        news.changes.iter().filter(|change| is_wanted(change)).for_each(|change| self.pace.add(change.run));
        self.pace.skip(news.missed);
    }

    /// Nothing once they may look no more.
    async fn check(&mut self) -> Option<()> {
        self.checked_at = Instant::now();
        match self.caller.again(&self.door, Role::Viewer).await {
            Ok(caller) => self.caller = caller,
            Err(refusal) => {
                tracing::debug!(%refusal, "a live answer ends: its caller may look no more");
                return None;
            }
        }
        Some(())
    }
}

/// The run as it is now; nothing if it is not in the state that is looked for any more, or cannot be read.
async fn read(
    door: &Door,
    workspace: WorkspaceId,
    state: Option<RunState>,
    id: RunId,
) -> Result<Option<sse::Event>, StoreError> {
    let run = match door.store().runs().get(workspace, id).await {
        Ok(Some(run)) if state.is_none_or(|state| state == run.state) => run,
        Ok(_) | Err(StoreError::Damaged { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let brief = RunBrief::of(&run, &mut Names::new(door.store(), workspace)).await?;
    let text = serde_json::to_string(&brief).expect("a shape of texts, numbers and maps is JSON");
    Ok(Some(said("run", &text)))
}

/// What is said of this kind.
fn said(kind: &str, data: &str) -> sse::Event {
    sse::Event::default().event(kind).data(data)
}

/// The answer: events until it ends.
struct LiveAnswer(Looking);

impl IntoResponse for LiveAnswer {
    fn into_response(self) -> Response {
        let every = Duration::from_millis(self.0.door.config().live_comment_ms.max(1));
        let answer = Sse::new(self.0.stream()).keep_alive(KeepAlive::new().interval(every));
        ([(UNBUFFERED.clone(), "no")], answer).into_response()
    }
}

impl OperationOutput for LiveAnswer {
    type Inner = String;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        let json_schema = ctx.schema.subschema_for::<String>();
        let media = MediaType {
            schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
            ..MediaType::default()
        };
        Some(ResponseShape {
            description: "Server-sent events: `run` with a `RunBrief` as its data, at most 20 a second unless the host says \
                otherwise; `skipped` with `{count}` for commits that were not told beside those; comments while nothing \
                happens. It ends when the host stops, and when the caller may look no more: connect again then"
                .to_owned(),
            content: [(MEDIA_TYPE.to_owned(), media)].into_iter().collect(),
            ..ResponseShape::default()
        })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        Self::operation_response(ctx, operation).map(|response| (Some(200), response)).into_iter().collect()
    }
}
