//! Stopping: what is in flight ends, what is idle is closed, what hangs is cut.

use hookbox_ingress::{Config, Drained};

use crate::sender::{BODY, Host};

#[tokio::test]
async fn a_request_in_flight_is_answered_and_idle_connections_are_closed() {
    let host = Host::start(Config::default()).await;
    let (mut idle, mut busy) = (host.connect().await, host.connect().await);
    idle.send(host.post("", BODY)).await;
    idle.answer().await.is_captured();
    let head = host.head(&format!("Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", BODY.len()));
    busy.send(head).await;
    assert_eq!(busy.answer().await.status, 100);
    let stopped = host.stop();
    assert!(idle.is_closed().await);
    busy.send(BODY).await;
    let answer = busy.answer().await;
    answer.is_captured();
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(busy.is_closed().await);
    assert_eq!(stopped.await.expect("the door ends"), Drained { cut: 0 });
}

#[tokio::test]
async fn a_request_that_hangs_is_cut_when_the_grace_is_over() {
    let host = Host::start(Config { grace_timeout_ms: 100, ..Config::default() }).await;
    let mut hanging = host.connect().await;
    let head = host.head(&format!("Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", BODY.len()));
    hanging.send(head).await;
    assert_eq!(hanging.answer().await.status, 100);
    assert_eq!(host.stop().await.expect("the door ends"), Drained { cut: 1 });
    assert!(hanging.is_closed().await);
}
