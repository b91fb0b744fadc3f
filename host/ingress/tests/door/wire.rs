//! HTTP/1.1 as it should not be sent: malformed, ambiguous, pipelined, old.

use hookbox_ingress::Config;

use crate::sender::{BODY, Host};

#[tokio::test]
async fn a_head_that_cannot_be_read_is_refused_like_everything_else() {
    let host = Host::start(Config::default()).await;
    for head in [
        "nonsense\r\n\r\n",
        "POST /automations/x\r\n\r\n",
        "POST  /automations/x HTTP/1.1\r\n\r\n",
        "POST /automations/x HTTP/3.0\r\n\r\n",
        "POST /automations/x HTTP/1.1\r\nHost : door\r\n\r\n",
        "POST /automations/x HTTP/1.1\r\nHo\0st: door\r\n\r\n",
        "POST /automations/x HTTP/1.1\r\nHost: door\r\n folded: x\r\n\r\n",
        "POST /automations/x HTTP/1.1\r\nHost: door\r\nContent-Length: ten\r\n\r\n",
        "POST /automations/x HTTP/1.1\r\nHost: door\r\nContent-Length: -1\r\n\r\n",
        "POST /automations/x HTTP/1.1\r\nHost: door\r\nContent-Length: +1\r\n\r\n",
        "POST /automations/x HTTP/1.1\r\nHost: door\r\nContent-Length: 1, 1\r\n\r\n",
        "POST /automations/x HTTP/1.1\r\nHost: door\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /automations/x HTTP/1.1\r\nHost: door\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /automations/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}hello over TLS\r\n\r\n",
    ] {
        let mut sender = host.connect().await;
        sender.send(head).await;
        let answer = sender.answer().await;
        assert_eq!(answer.problem(), (400, "malformed-head".into()), "{head:?}");
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(sender.is_closed().await);
    }
}

#[tokio::test]
async fn a_body_with_two_lengths_is_refused_and_the_connection_ends() {
    let host = Host::start(Config::default()).await;
    let (sized, chunked) = (format!("Content-Length: {}\r\n", BODY.len()), "Transfer-Encoding: chunked\r\n".to_owned());
    let body = format!("{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len());
    for (one, two) in [(&sized, &chunked), (&chunked, &sized), (&sized, &sized), (&chunked, &chunked)] {
        for first in [String::new(), host.post("", BODY)] {
            let mut sender = host.connect().await;
            if !first.is_empty() {
                sender.send(first).await;
                sender.answer().await.is_captured();
            }
            let smuggled = host.post("X: smuggled\r\n", BODY);
            sender.send(format!("{}{one}{two}\r\n{body}{smuggled}", host.head(""))).await;
            assert_eq!(sender.answer().await.problem(), (400, "ambiguous-length".into()), "{one}{two}");
            assert!(sender.is_closed().await);
        }
    }
    assert_eq!(host.store.captured().len(), 4);
}

#[tokio::test]
async fn a_length_hidden_in_a_long_line_is_refused_and_the_connection_ends() {
    let host = Host::start(Config::default()).await;
    let pad = "0".repeat(100);
    let chunked = host.head("Transfer-Encoding: chunked\r\n\r\n");
    let sized = format!("Content-Length: {pad}{}\r\n\r\n{BODY}", BODY.len());
    let chunk = format!("{pad}{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len());
    for (first, then, expected) in [
        (host.head(&sized), "", "ambiguous-length"),
        (format!("{chunked}{chunk}"), "", "ambiguous-length"),
        (host.head("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"), chunk.as_str(), "body-broken"),
    ] {
        let mut sender = host.connect().await;
        sender.send(first).await;
        if !then.is_empty() {
            assert_eq!(sender.answer().await.status, 100, "the head is with the door");
            sender.send(format!("{then}{}", host.post("X: smuggled\r\n", BODY))).await;
        }
        assert_eq!(sender.answer().await.problem(), (400, expected.into()), "{then}");
        assert!(sender.is_closed().await);
    }
    assert!(host.store.captured().is_empty());
}

#[tokio::test]
async fn malformed_chunks_are_refused_and_the_connection_ends() {
    let host = Host::start(Config::default()).await;
    for chunks in ["x\r\n", "-1\r\n", "ffffffffffffffff1\r\n", "2\r\n{}x\r\n0\r\n\r\n"] {
        let smuggled = host.post("X: smuggled\r\n", BODY);
        let mut sender = host.connect().await;
        sender.send(host.head("Transfer-Encoding: chunked\r\n\r\n") + chunks + &smuggled).await;
        let answer = sender.answer().await;
        assert_eq!(answer.problem(), (400, "body-broken".into()), "{chunks:?}");
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(sender.is_closed().await);
    }
    assert!(host.store.captured().is_empty());
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let host = Host::start(Config::default()).await;
    let chunked = host.head("X-Request-Id: b\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n[]\r\n0\r\nT: x\r\n\r\n");
    let all = [
        host.post("X-Request-Id: a\r\n", BODY),
        chunked,
        host.post("X-Request-Id: c\r\n", "{"),
        "GET / HTTP/1.1\r\nHost: door\r\n\r\n".to_owned(),
        host.post("X-Request-Id: d\r\n", BODY).replace("Bearer", "x"),
        host.post("X-Request-Id: e\r\n", BODY),
        "nonsense\r\n\r\n".to_owned(),
    ];
    let mut sender = host.connect().await;
    sender.send(all.concat()).await;
    for (status, id) in [(200, "a"), (200, "b"), (400, "c"), (404, ""), (401, "d"), (200, "e")] {
        let answer = sender.answer().await;
        assert_eq!((answer.status, answer.header("x-request-id").unwrap_or_default()), (status, id));
    }
    assert_eq!(sender.answer().await.problem(), (400, "malformed-head".into()));
    assert!(sender.is_closed().await);
    assert_eq!(host.store.captured().len(), 3);
}

#[tokio::test]
async fn a_request_that_comes_byte_by_byte_is_captured() {
    let host = Host::start(Config::default()).await;
    let mut sender = host.connect().await;
    for request in [host.post("", BODY), host.head("Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n")] {
        for byte in request.as_bytes() {
            sender.send([*byte]).await;
            tokio::task::yield_now().await;
        }
        sender.answer().await.is_captured();
    }
}

#[tokio::test]
async fn a_refused_request_whose_body_has_come_does_not_cost_the_connection() {
    let host = Host::start(Config::default()).await;
    let mut sender = host.connect().await;
    sender.send(host.post("", BODY).replace("Bearer", "x")).await;
    assert_eq!(sender.answer().await.status, 401);
    sender.send(host.post("", BODY)).await;
    sender.answer().await.is_captured();
}

#[tokio::test]
async fn a_sender_that_waits_to_be_told_to_go_on_is_told_or_refused() {
    let host = Host::start(Config::default()).await;
    let head = host.head(&format!("Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", BODY.len()));
    let mut sender = host.connect().await;
    sender.send(&head).await;
    assert_eq!(sender.answer().await.status, 100);
    sender.send(BODY).await;
    sender.answer().await.is_captured();
    assert_eq!(host.ask(head.replace("Bearer", "x")).await.status, 401);
}

#[tokio::test]
async fn old_and_absolute_forms_are_understood() {
    let host = Host::start(Config::default()).await;
    let good = host.post("", BODY);
    host.ask(good.replace("POST /", "POST http://door.test/")).await.is_captured();
    host.ask(good.replace("\r\n", "\n").replacen("POST", "\nPOST", 1)).await.is_captured();
    let mut old = host.connect().await;
    old.send(good.replace("HTTP/1.1\r\nHost: door", "HTTP/1.0")).await;
    old.answer().await.is_captured();
    assert!(old.is_closed().await);
    let mut last = host.connect().await;
    last.send(host.post("Connection: close\r\n", BODY)).await;
    last.answer().await.is_captured();
    assert!(last.is_closed().await);
    let mut h2 = host.connect().await;
    h2.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert!(h2.is_closed().await || h2.answer().await.status == 400);
}
