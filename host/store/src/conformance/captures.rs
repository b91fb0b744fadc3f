//! Captures: on disk when answered, once for each idempotency key.

use std::net::Ipv6Addr;
use std::sync::Arc;

use hookbox_model::{Capture, CaptureId, IdempotencyKey, Run, RunId, RunState, TestCapture, Timestamp, WorkspaceId};

use super::samples;
use crate::{CaptureFilter, CaptureRuns, Captured, PageRequest, RunCommit, Store};

/// Every promise about captures.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_capture_comes_back_byte_for_byte(&*open().await).await;
    a_page_is_newest_first_and_can_be_of_one_automation(&*open().await).await;
    a_page_can_be_of_what_became_of_captures(&*open().await).await;
    a_page_can_be_of_a_time_and_of_a_text(&*open().await).await;
    of_many_runs_the_first_are_told_and_those_that_failed_count(&*open().await).await;
    a_repeated_request_is_captured_once(&*open().await).await;
    an_idempotency_key_is_forgotten_after_a_day(&*open().await).await;
    an_automation_keeps_its_last_test_captures(&*open().await).await;
}

async fn an_automation_keeps_its_last_test_captures(store: &dyn Store) {
    let (workspace, one, other) = (samples::id(), samples::id(), samples::id());
    let test = |automation| TestCapture {
        id: samples::id(),
        workspace,
        automation,
        received_at: samples::now(),
        from: Some(Ipv6Addr::LOCALHOST.into()),
        headers: samples::headers(),
        body: samples::body(r#"{"a": 1.50}"#),
    };
    let of_other = test(other);
    store.captures().capture_test(&of_other).await.expect("it is kept");
    let mut made = Vec::new();
    for _ in 0..TestCapture::KEPT_MAX + 2 {
        let told = store.captures().wait_for_test();
        made.push(test(one));
        store.captures().capture_test(&made[made.len() - 1]).await.expect("it is kept");
        told.await;
    }
    made.reverse();
    made.truncate(TestCapture::KEPT_MAX);
    assert_eq!(store.captures().tests(workspace, one).await, Ok(made));
    assert_eq!(store.captures().tests(workspace, other).await, Ok(vec![of_other]));
    assert_eq!(store.captures().tests(samples::id(), one).await, Ok(vec![]));
    assert_eq!(store.queue_depth(), 0, "nothing runs");
}

async fn a_capture_comes_back_byte_for_byte(store: &dyn Store) {
    let capture = Capture {
        body: samples::body("{ \"phone_number\" :\t\"12155556677\", \"amount\": 1.50, \"big\": 9007199254740993 }"),
        ..samples::capture(samples::id(), samples::id())
    };
    let stored = store.captures().capture(Arc::new(capture.clone())).await;
    assert_eq!(stored, Ok(Captured::Stored));
    assert_eq!(store.captures().get(capture.workspace, capture.id).await, Ok(Some(capture.clone())));
    assert_eq!(store.captures().get(capture.workspace, samples::id()).await, Ok(None));
    assert_eq!(store.queue_depth(), 1);
}

async fn a_page_is_newest_first_and_can_be_of_one_automation(store: &dyn Store) {
    let (workspace, one, other) = (samples::id(), samples::id(), samples::id());
    let mut made = Vec::new();
    for number in 0..6 {
        let automation = if number % 2 == 0 { one } else { other };
        made.push((*samples::captured(store, workspace, automation).await).clone());
    }
    made.reverse();
    let first = store
        .captures()
        .page(workspace, CaptureFilter::default(), PageRequest { after: None, limit: 4 })
        .await
        .expect("a page");
    assert_eq!(first.items, made[..4]);
    let rest = PageRequest { after: first.next, limit: 4 };
    assert_eq!(
        samples::only(store.captures().page(workspace, CaptureFilter::default(), rest).await.expect("a page")),
        made[4..]
    );
    let filter = CaptureFilter { automation: Some(one), ..CaptureFilter::default() };
    let of_one = store.captures().page(workspace, filter, PageRequest::first()).await.expect("a page");
    let wanted: Vec<Capture> = made.into_iter().filter(|capture| capture.automation == one).collect();
    assert_eq!(samples::only(of_one), wanted);
}

/// The ids on every page, three at a time.
async fn found(store: &dyn Store, workspace: WorkspaceId, filter: &CaptureFilter) -> Vec<CaptureId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = store.captures().page(workspace, filter.clone(), PageRequest { after, limit: 3 }).await;
        let page = page.expect("a page");
        assert!(page.items.len() <= 3);
        ids.extend(page.items.iter().map(|capture| capture.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

async fn a_page_can_be_of_what_became_of_captures(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(samples::captured(store, workspace, automation).await.id);
    }
    let claims = store.runs().claim(2).await.expect("claims");
    let claimed: Vec<CaptureId> = claims.iter().map(|claim| claim.capture.id).collect();
    assert_eq!(claimed, made[..2], "the oldest first");
    let failed = samples::first_commit(&claims[0].capture, RunState::Failed);
    store.runs().commit_run(failed).await.expect("a commit");
    for (state, expected) in [
        (RunState::Failed, vec![made[0]]),
        (RunState::Running, vec![made[1]]),
        (RunState::Queued, made[2..].iter().rev().copied().collect()),
        (RunState::Succeeded, vec![]),
    ] {
        let filter = CaptureFilter { state: Some(state), ..CaptureFilter::default() };
        assert_eq!(found(store, workspace, &filter).await, expected, "{state:?}");
        assert_eq!(found(store, samples::id(), &filter).await, [], "of another workspace");
    }
    let all = CaptureFilter::default();
    let page = store.captures().page_with_runs(workspace, all, PageRequest { after: None, limit: 6 }).await;
    let page = page.expect("a page");
    for (index, (capture, runs)) in page.items.iter().enumerate() {
        assert_eq!(capture.id, made[6 - index], "newest first");
        assert_eq!(store.captures().runs_of(workspace, capture.id).await.as_ref(), Ok(runs));
    }
    let rest = PageRequest { after: page.next, limit: 6 };
    let failed = CaptureFilter { state: Some(RunState::Failed), ..CaptureFilter::default() };
    let rest = store.captures().page_with_runs(workspace, failed, rest).await.expect("a page");
    assert_eq!((page.items.len(), rest.items.len(), rest.next), (6, 1, None));
    let runs = store.captures().runs_of(workspace, made[0]).await.expect("its runs");
    assert_eq!(runs, rest.items[0].1);
    assert_eq!((runs.first, runs.count, runs.states), (vec![made[0].retyped()], 1, [(RunState::Failed, 1)].into()));
    assert_eq!(store.captures().runs_of(samples::id(), made[0]).await, Ok(CaptureRuns::default()));
}

async fn a_page_can_be_of_a_time_and_of_a_text(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let midnight = Timestamp::from_millis(1_795_478_400_000);
    let mut made = Vec::new();
    for (millis, body, from) in [
        (0, r#"{"name": "Zoë"}"#, "203.0.113.9"),
        (1_000, r#"{"name": "Ann"}"#, "203.0.113.9"),
        (2_000, r#"{"name": "ANNE"}"#, "2001:db8::1"),
        (86_400_000, r#"{"name": "Bob"}"#, "2001:db8::1"),
    ] {
        let received_at = midnight.plus_millis(millis);
        let capture = Capture {
            id: samples::id_at(received_at),
            received_at,
            body: samples::body(body),
            from: Some(from.parse().expect("an address")),
            ..samples::capture(workspace, automation)
        };
        store.captures().capture(Arc::new(capture.clone())).await.expect("a capture");
        made.push(capture.id);
    }
    let of = |from: Option<u64>, to: Option<u64>, text: Option<&str>| CaptureFilter {
        from: from.map(|millis| midnight.plus_millis(millis)),
        to: to.map(|millis| midnight.plus_millis(millis)),
        text: text.map(str::to_owned),
        ..CaptureFilter::default()
    };
    let id = made[1].to_string();
    let run: RunId = made[2].retyped();
    let run = run.to_string();
    for (filter, expected) in [
        (of(None, None, None), vec![3, 2, 1, 0]),
        (of(Some(1_000), None, None), vec![3, 2, 1]),
        (of(Some(1), Some(2_000), None), vec![1]),
        (of(None, Some(86_400_000), None), vec![2, 1, 0]),
        (of(Some(5), Some(5), None), vec![]),
        (of(None, None, Some("ann")), vec![2, 1]),
        (of(None, None, Some(" zoË ")), vec![0]),
        (of(None, None, Some("2001:DB8")), vec![3, 2]),
        (of(Some(3_000), None, Some("2001:db8")), vec![3]),
        (of(None, None, Some(&id)), vec![1]),
        (of(Some(1_001), None, Some(&id)), vec![]),
        (of(None, None, Some(&id[..id.len() - 1])), vec![1]),
        (of(None, None, Some(&run)), vec![2]),
        (of(None, None, Some("nobody")), vec![]),
    ] {
        let expected: Vec<CaptureId> = expected.into_iter().map(|place: usize| made[place]).collect();
        assert_eq!(found(store, workspace, &filter).await, expected, "{filter:?}");
    }
    let other = CaptureFilter { automation: Some(samples::id()), ..of(None, None, Some(&id)) };
    assert_eq!(found(store, workspace, &other).await, [], "of another automation");
}

async fn of_many_runs_the_first_are_told_and_those_that_failed_count(store: &dyn Store) {
    let (workspace, automation) = (samples::id(), samples::id());
    let capture = samples::captured(store, workspace, automation).await;
    let claim = store.runs().claim(1).await.expect("a claim").remove(0);
    let first = samples::first_commit(&claim.capture, RunState::Succeeded);
    let begins: Vec<Run> = (1..150)
        .map(|item| {
            let first = Run::first_of(&claim.capture, samples::now());
            Run { id: samples::id(), item: Some(item), state: RunState::Queued, revision: 1, ..first }
        })
        .collect();
    let last = begins[begins.len() - 1].clone();
    store.runs().commit_run(RunCommit { begins, ..first }).await.expect("a commit");
    let runs = store.captures().runs_of(workspace, capture.id).await.expect("its runs");
    assert_eq!((runs.first.len(), runs.count), (CaptureRuns::TOLD_MAX, 150));
    assert_eq!(runs.states.values().sum::<u32>() as usize, CaptureRuns::READ_MAX);
    assert_eq!(runs.state(), RunState::Queued, "it is still under way");

    store.runs().commit_run(samples::next_commit(&last, RunState::Failed)).await.expect("a commit");
    let runs = store.captures().runs_of(workspace, capture.id).await.expect("its runs");
    assert_eq!((runs.state(), runs.states.get(&RunState::Failed)), (RunState::Failed, Some(&1)));
    let filter = CaptureFilter { state: Some(RunState::Failed), ..CaptureFilter::default() };
    assert_eq!(found(store, workspace, &filter).await, [capture.id]);
}

async fn capture(store: &dyn Store, like: &Capture, named: IdempotencyKey, at: Timestamp) -> (Capture, Captured) {
    let capture = Capture { id: samples::id_at(at), received_at: at, idempotency: Some(named), ..like.clone() };
    let captured = store.captures().capture(Arc::new(capture.clone())).await.expect("an answer");
    (capture, captured)
}

async fn count(store: &dyn Store, workspace: WorkspaceId) -> usize {
    samples::only(
        store.captures().page(workspace, CaptureFilter::default(), PageRequest::first()).await.expect("a page"),
    )
    .len()
}

async fn a_repeated_request_is_captured_once(store: &dyn Store) {
    let like = samples::capture(samples::id(), samples::id());
    let (first, stored) = capture(store, &like, samples::idempotency("order-1", "{}"), samples::now()).await;
    assert_eq!(stored, Captured::Stored);
    let (_, repeated) = capture(store, &like, samples::idempotency("order-1", "{}"), samples::now()).await;
    assert_eq!(repeated, Captured::Repeated(first.id));
    let (_, conflict) = capture(store, &like, samples::idempotency("order-1", "[]"), samples::now()).await;
    assert_eq!(conflict, Captured::Conflict);
    let (_, other) = capture(store, &like, samples::idempotency("order-2", "{}"), samples::now()).await;
    assert_eq!(other, Captured::Stored);
    assert_eq!(count(store, like.workspace).await, 2);
    assert_eq!(store.queue_depth(), 2, "a repetition waits for no run");

    let of_other = Capture { automation: samples::id(), ..like.clone() };
    let (_, heard_twice) = capture(store, &of_other, samples::idempotency("order-1", "{}"), samples::now()).await;
    assert_eq!(heard_twice, Captured::Stored, "the same thing may start another automation");
}

async fn an_idempotency_key_is_forgotten_after_a_day(store: &dyn Store) {
    let like = samples::capture(samples::id(), samples::id());
    let named = || samples::idempotency("order-1", "{}");
    // Late on a day, so that the 24 hours end on the next.
    let first_at = Timestamp::from_millis(1_795_478_400_000 + 80_000_000);
    let (first, _) = capture(store, &like, named(), first_at).await;
    let last_moment = first_at.plus_millis(IdempotencyKey::REMEMBERED_MS - 1);
    assert_eq!(capture(store, &like, named(), last_moment).await.1, Captured::Repeated(first.id));
    let earlier = Timestamp::from_millis(first_at.as_millis() - 5_000);
    let back = capture(store, &like, named(), earlier).await.1;
    assert_eq!(back, Captured::Repeated(first.id), "a clock that went back does not forget");
    let after = first_at.plus_millis(IdempotencyKey::REMEMBERED_MS);
    let (second, stored) = capture(store, &like, named(), after).await;
    assert_eq!(stored, Captured::Stored);
    assert_eq!(capture(store, &like, named(), after.plus_millis(1)).await.1, Captured::Repeated(second.id));
}
