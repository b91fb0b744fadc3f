//! Answers that take a while: told once at their end or, with `Accept: application/x-ndjson`, as lines while they come about.
//!
//! A line says what is being done (`{"phase": "compiling", "elapsed_ms": 412}`), at least once a second; the last one is the
//! answer itself, or `{"problem": …}`. Whoever hangs up ends the work: it lives in the answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aide::OperationInput;
use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as ResponseShape, SchemaObject};
use axum::Json;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::Instrument;

use crate::answer::RequestId;
use crate::door::Door;
use crate::refusal::Refusal;

/// The media type of lines of JSON.
const LINES: &str = "application/x-ndjson";

/// Well below the second that is promised.
const LINE_EVERY: Duration = Duration::from_millis(500);

/// How a caller wants to be told.
pub(crate) struct Telling {
    lines: bool,
    /// The longest silence between two lines.
    every: Duration,
    request_id: String,
}

/// What is being done at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// In a word: `compiling`.
    pub(crate) phase: &'static str,
    /// How much of it is done: bytes, or captures.
    pub(crate) done: Option<u64>,
    /// How much there is to do.
    pub(crate) of: Option<u64>,
}

/// Where the work says what it is doing; what nobody waits for is dropped.
#[derive(Debug, Clone)]
pub(crate) struct News(watch::Sender<Step>);

/// What comes of the work: the status and the answer.
type Work<T> = Pin<Box<dyn Future<Output = Result<(StatusCode, T), Refusal>> + Send>>;

/// The answer, in one way or the other.
pub(crate) enum Told<T> {
    /// At the end.
    Whole(StatusCode, T),
    /// As it comes about.
    Lines(Body),
}

impl Step {
    /// A phase of which no more is known.
    pub(crate) const fn of(phase: &'static str) -> Self {
        Self { phase, done: None, of: None }
    }
}

impl News {
    /// What is being done from now on.
    pub(crate) fn tell(&self, step: Step) {
        self.0.send_replace(step);
    }
}

impl Telling {
    /// Does the work and tells it. It begins with `first`.
    pub(crate) async fn of<T, F>(self, first: Step, work: impl FnOnce(News) -> F) -> Result<Told<T>, Refusal>
    where
        T: Serialize + Send + 'static,
        F: Future<Output = Result<(StatusCode, T), Refusal>> + Send + 'static,
    {
        let (news, heard) = watch::channel(first);
        // What is logged while the answer is read belongs to the request too.
        let work: Work<T> = Box::pin(work(News(news)).in_current_span());
        if !self.lines {
            return work.await.map(|(status, answer)| Told::Whole(status, answer));
        }
        let began = Instant::now();
        let (every, request_id) = (self.every, self.request_id);
        let state = Lines { work: Some(work), heard, more: true, told: None, due: began, began, every, request_id };
        Ok(Told::Lines(Body::from_stream(stream::unfold(state, Lines::next))))
    }
}

/// Work under way, and what was told of it.
struct Lines<T> {
    /// Gone when the last line was told.
    work: Option<Work<T>>,
    heard: watch::Receiver<Step>,
    /// Whether the work may still tell something.
    more: bool,
    told: Option<&'static str>,
    due: Instant,
    began: Instant,
    every: Duration,
    request_id: String,
}

impl<T: Serialize> Lines<T> {
    /// The next line and what is left after it.
    async fn next(mut self) -> Option<(Result<Bytes, std::convert::Infallible>, Self)> {
        let mut work = self.work.take()?;
        loop {
            let step = *self.heard.borrow_and_update();
            if self.told != Some(step.phase) || Instant::now() >= self.due {
                self.told = Some(step.phase);
                self.due = Instant::now() + self.every;
                self.work = Some(work);
                return Some((Ok(line(&self.phase_of(step))), self));
            }
            tokio::select! {
                biased;
                ended = &mut work => return Some((Ok(self.last(ended)), self)),
                // When nothing more can be told, what was told last is repeated.
                changed = self.heard.changed(), if self.more => self.more = changed.is_ok(),
                () = sleep_until(self.due) => {}
            }
        }
    }

    fn phase_of(&self, step: Step) -> Value {
        let elapsed_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut told = json!({"phase": step.phase, "elapsed_ms": elapsed_ms});
        for (key, number) in [("done", step.done), ("of", step.of)] {
            if let Some(number) = number {
                told[key] = number.into();
            }
        }
        told
    }

    fn last(&self, ended: Result<(StatusCode, T), Refusal>) -> Bytes {
        match ended {
            Ok((_, answer)) => line(&answer),
            Err(refusal) => line(&json!({"problem": refusal.into_draft().into_problem(&self.request_id)})),
        }
    }
}

fn line(value: &impl Serialize) -> Bytes {
    let mut text = serde_json::to_vec(value).expect("answers are maps with text keys, which are JSON");
    text.push(b'\n');
    text.into()
}

impl<T: Serialize> IntoResponse for Told<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Whole(status, answer) => (status, Json(answer)).into_response(),
            Self::Lines(body) => ([(header::CONTENT_TYPE, LINES)], body).into_response(),
        }
    }
}

impl FromRequestParts<Arc<Door>> for Telling {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Door>) -> Result<Self, Refusal> {
        let accepted = parts.headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut types = accepted.flat_map(|value| value.split(','));
        let lines = types.any(|text| text.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(LINES));
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        Ok(Self { lines, every: LINE_EVERY, request_id })
    }
}

impl OperationInput for Telling {}

impl<T: JsonSchema> OperationOutput for Told<T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<ResponseShape> {
        let media = |json_schema| MediaType {
            schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
            ..MediaType::default()
        };
        let whole = media(ctx.schema.subschema_for::<T>());
        let lines = media(ctx.schema.subschema_for::<String>());
        Some(ResponseShape {
            description:
                "With `Accept: application/x-ndjson` lines of what is being done, `{phase, elapsed_ms}`, at least one \
                a second, and at last the answer or `{problem}`; the status is 200 then"
                    .to_owned(),
            content: [("application/json".to_owned(), whole), (LINES.to_owned(), lines)].into_iter().collect(),
            ..ResponseShape::default()
        })
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, ResponseShape)> {
        Self::operation_response(ctx, operation).map(|response| (Some(200), response)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::body::to_bytes;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use http_body_util::BodyExt;
    use serde_json::{Value, json};
    use tokio::sync::Notify;

    use super::{Step, Telling};
    use crate::refusal::Refusal;

    fn lines() -> Telling {
        Telling { lines: true, every: Duration::from_millis(1), request_id: "r1".to_owned() }
    }

    async fn told(response: impl IntoResponse) -> Vec<Value> {
        let body = to_bytes(response.into_response().into_body(), usize::MAX).await.expect("a whole body");
        let text = std::str::from_utf8(&body).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[tokio::test]
    async fn every_phase_is_told_and_then_the_answer() {
        let answer = lines()
            .of(Step::of("receiving"), |news| async move {
                tokio::task::yield_now().await;
                news.tell(Step { phase: "checking", done: Some(1), of: Some(2) });
                tokio::task::yield_now().await;
                Ok((StatusCode::CREATED, json!({"plugin": 1})))
            })
            .await
            .expect("told");
        let told = told(answer).await;
        assert_eq!(told[0]["phase"], "receiving");
        assert_eq!((&told[1]["phase"], &told[1]["done"]), (&json!("checking"), &json!(1)));
        assert_eq!(told.last(), Some(&json!({"plugin": 1})));
    }

    #[tokio::test]
    async fn what_takes_long_is_told_about_all_the_while() {
        let enough = Arc::new(Notify::new());
        let end = Arc::clone(&enough);
        let answer = lines()
            .of(Step::of("compiling"), |_news| async move {
                end.notified().await;
                Err::<(StatusCode, Value), _>(Refusal::Missing { what: "plugin" })
            })
            .await
            .expect("told");
        let mut body = answer.into_response().into_body();
        let mut told = Vec::new();
        while let Some(frame) = body.frame().await {
            let line = frame.expect("a frame").into_data().expect("data");
            told.push(serde_json::from_slice::<Value>(&line).expect("JSON"));
            if told.len() == 5 {
                enough.notify_one();
            }
        }
        assert!(told[..5].iter().all(|line| line["phase"] == "compiling"), "{told:?}");
        let problem = &told[told.len() - 1]["problem"];
        assert_eq!((&problem["status"], &problem["request_id"]), (&json!(404), &json!("r1")));
    }

    #[tokio::test]
    async fn whoever_hangs_up_ends_the_work() {
        let held = Arc::new(Notify::new());
        let kept = Arc::clone(&held);
        let answer = lines()
            .of(Step::of("compiling"), |_news| async move {
                kept.notified().await;
                Ok((StatusCode::OK, json!(null)))
            })
            .await
            .expect("told");
        assert_eq!(Arc::strong_count(&held), 2);
        drop(answer.into_response());
        assert_eq!(Arc::strong_count(&held), 1, "nothing of it is left");
    }
}
