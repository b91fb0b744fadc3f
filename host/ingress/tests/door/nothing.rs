//! What stands behind the door: a service that answers every request with 404 and `rest for` the address that it was told.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tower_service::Service;

/// Answers every request with 404 and `rest for` the address that it was told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nothing;

impl Service<Request<Incoming>> for Nothing {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let address = request.extensions().get::<IpAddr>().expect("the door tells where a request is from");
        let mut response = Response::new(Full::new(Bytes::from(format!("rest for {address}"))));
        *response.status_mut() = StatusCode::NOT_FOUND;
        ready(Ok(response))
    }
}
