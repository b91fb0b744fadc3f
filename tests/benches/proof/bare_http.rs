//! The limit (a): what HTTP alone costs here. A hyper server that checks for a bearer header, parses the JSON and answers; it
//! runs in a process of its own, as this same program started again.

use std::convert::Infallible;
use std::process::ExitCode;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use hookbox_tests::documents::CAPTURED;

/// Serves until it is killed; the first line of stdout is its address.
#[expect(clippy::print_stdout, reason = "the address is told to whoever started it")]
pub(crate) fn serve() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address"));
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service_fn(answer)));
        }
    });
    ExitCode::SUCCESS
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let bearer = request.headers().get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"Bearer "));
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let json = serde_json::from_slice::<serde_json::Value>(&body).is_ok();
    let mut response = Response::new(Full::new(Bytes::from_static(CAPTURED.as_bytes())));
    if !bearer || !json {
        *response.status_mut() = hyper::StatusCode::BAD_REQUEST;
    }
    Ok(response)
}
