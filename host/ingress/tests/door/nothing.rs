//! What stands behind the door: a service that answers every request with 404 and the text `rest`.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tower_service::Service;

/// Answers every request with 404 and the text `rest`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nothing;

impl Service<Request<Incoming>> for Nothing {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        let mut response = Response::new(Full::new(Bytes::from_static(b"rest")));
        *response.status_mut() = StatusCode::NOT_FOUND;
        ready(Ok(response))
    }
}
