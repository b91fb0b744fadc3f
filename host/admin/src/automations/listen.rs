//! What was sent to an automation's test URL, and making one of these its sample.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use hookbox_model::{AutomationId, CaptureId, TestCapture, Timestamp};
use hookbox_store::StoreError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout};

use super::shape::AutomationShape;
use super::versions::save_checked;
use crate::asked::Choice;
use crate::at::At;
use crate::caller::{AsEditor, Caller};
use crate::door::Door;
use crate::given::Given;
use crate::refusal::Refusal;

/// How long to wait at most before looking again: one that was kept between a look and its wait is met then.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Which test captures.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestQuery {
    /// Only those that came after this one.
    after: Option<CaptureId>,
    /// How many seconds to wait for one, 0 to 60 unless the host says otherwise; not at all when absent.
    #[schemars(with = "Option<u64>", range(max = 60))]
    wait: Option<String>,
}

/// The test captures that are kept.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TestCaptures")]
pub(super) struct TestsShape {
    /// The captures, newest first.
    items: Vec<TestShape>,
}

/// A request to a test URL.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TestCapture")]
struct TestShape {
    /// Its id; ids sort by arrival.
    id: CaptureId,
    /// When it arrived.
    received_at: Timestamp,
    /// The address it came from.
    from: Option<String>,
    /// Its headers in their order, names in lower case; what opens doors is replaced by `(hidden)`.
    headers: Vec<HeaderShape>,
    /// The body, exactly as it was sent.
    body: Box<RawValue>,
}

/// A header.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Header")]
struct HeaderShape {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

/// The test capture whose body becomes the sample.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleWish {
    /// The test capture.
    test: CaptureId,
}

impl HeaderShape {
    fn of((name, value): (&str, &str)) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }
}

impl TestShape {
    fn of(test: TestCapture) -> Result<Self, StoreError> {
        let damaged = |error: serde_json::Error| StoreError::Damaged { what: "capture", reason: error.to_string() };
        Ok(Self {
            id: test.id,
            received_at: test.received_at,
            from: test.from.map(|from| from.to_string()),
            headers: test.headers.fields().map(HeaderShape::of).collect(),
            body: RawValue::from_string(test.body.text().to_owned()).map_err(damaged)?,
        })
    }
}

pub(super) async fn all(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    Choice(query): Choice<TestQuery>,
) -> Result<Json<TestsShape>, Refusal> {
    let wait =
        query.wait.as_deref().map(|text| seconds(text, door.config().test_wait_s_max)).transpose()?.unwrap_or_default();
    known(&door, &caller, id).await?;
    let captures = door.store().captures();
    let end = Instant::now() + wait;
    loop {
        let mut tests = captures.tests(caller.workspace_id(), id).await?;
        tests.retain(|test| query.after.is_none_or(|after| test.id > after));
        let left = end.saturating_duration_since(Instant::now());
        if !tests.is_empty() || left.is_zero() || door.readiness().is_draining() {
            let items = tests.into_iter().map(TestShape::of).collect::<Result<_, _>>()?;
            return Ok(Json(TestsShape { items }));
        }
        // Whether one came or the time is over is seen by looking.
        drop(timeout(left.min(LOOK_AGAIN), captures.wait_for_test()).await);
    }
}

pub(super) async fn sample(
    State(door): State<Arc<Door>>,
    AsEditor(caller): AsEditor,
    At(id): At<AutomationId>,
    Given(wish): Given<SampleWish>,
) -> Result<Json<AutomationShape>, Refusal> {
    let found = door.store().automations().get(caller.workspace_id(), id).await?;
    let automation = found.ok_or(Refusal::Missing { what: "automation" })?;
    let tests = door.store().captures().tests(caller.workspace_id(), id).await?;
    let test = tests.into_iter().find(|test| test.id == wish.test);
    let test = test.ok_or(Refusal::Missing { what: "test capture" })?;
    let mut document = (*automation.document).clone();
    document.trigger.webhook.sample = (&test.body).into();
    let after = save_checked(&door, (&caller, "automation.sample"), id, &document).await?;
    Ok(Json(AutomationShape::of(&after, &door)))
}

async fn known(door: &Door, caller: &Caller, id: AutomationId) -> Result<(), Refusal> {
    let found = door.store().automations().get(caller.workspace_id(), id).await?;
    found.map(drop).ok_or(Refusal::Missing { what: "automation" })
}

fn seconds(text: &str, max: u64) -> Result<Duration, Refusal> {
    let wanted = text.parse().ok().filter(|wanted| *wanted <= max);
    let wrong = || Refusal::Query { reason: format!("wait: {text:?} is not a number from 0 to {max}") };
    wanted.map(Duration::from_secs).ok_or_else(wrong)
}
