//! Captures: on disk when answered, once for each idempotency key.

use std::net::Ipv6Addr;
use std::sync::Arc;

use hookbox_model::{Capture, IdempotencyKey, TestCapture, Timestamp, WorkspaceId};

use super::samples;
use crate::{Captured, PageRequest, Store};

/// Every promise about captures.
pub async fn all(open: impl AsyncFn() -> Arc<dyn Store>) {
    a_capture_comes_back_byte_for_byte(&*open().await).await;
    a_page_is_newest_first_and_can_be_of_one_automation(&*open().await).await;
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
    let first = store.captures().page(workspace, None, PageRequest { after: None, limit: 4 }).await.expect("a page");
    assert_eq!(first.items, made[..4]);
    let rest = PageRequest { after: first.next, limit: 4 };
    assert_eq!(samples::only(store.captures().page(workspace, None, rest).await.expect("a page")), made[4..]);
    let of_one = store.captures().page(workspace, Some(one), PageRequest::first()).await.expect("a page");
    let wanted: Vec<Capture> = made.into_iter().filter(|capture| capture.automation == one).collect();
    assert_eq!(samples::only(of_one), wanted);
}

async fn capture(store: &dyn Store, like: &Capture, named: IdempotencyKey, at: Timestamp) -> (Capture, Captured) {
    let capture = Capture { id: samples::id_at(at), received_at: at, idempotency: Some(named), ..like.clone() };
    let captured = store.captures().capture(Arc::new(capture.clone())).await.expect("an answer");
    (capture, captured)
}

async fn count(store: &dyn Store, workspace: WorkspaceId) -> usize {
    samples::only(store.captures().page(workspace, None, PageRequest::first()).await.expect("a page")).len()
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
