//! Calls to other machines, answered before the function returns. Each needs `http` for its method and place
//! (`POST https://api.example.com`), and the operator can narrow where actions may call.
//!
//! ```
//! use hookbox_sdk::{Failure, http};
//!
//! #[derive(serde::Deserialize)]
//! struct Answer {
//!     points: i64,
//! }
//!
//! fn points(company: &str) -> Result<i64, Failure> {
//!     let request = http::post("https://api.example.com/points").json(&serde_json::json!({"company": company}));
//!     let answer = request.send()?;
//!     match answer.status {
//!         200 => Ok(answer.json::<Answer>()?.points),
//!         429 | 500.. => Err(answer.retryable("the service is busy")),
//!         status => Err(Failure::permanent("refused", format!("the service answered {status}"))),
//!     }
//! }
//! # use hookbox_sdk::mock::{Answer as Canned, Host};
//! # let host = Host::new().grant("http", ["POST https://api.example.com"]);
//! # let host = host.http("POST", "https://api.example.com/points", Canned::json(200, r#"{"points": 7}"#));
//! # let report = host.run(|_: hookbox_sdk::Call<()>| hookbox_sdk::Outcome::with(&points("Acme")?), "null");
//! # assert_eq!(report.result.map(|outcome| outcome.output).as_deref(), Ok("7"));
//! ```
//!
//! A call is made at once: unlike an effect, it has happened even when the step fails afterwards. The host adds an
//! `idempotency-key` that is the same for every attempt of the step, so that a service can recognise a repetition. Redirects are
//! answers like others and not followed.
//!
//! In a component only actions that use this module import `wasi:http`.

mod address;
mod error;
mod request;
mod response;

pub use error::Error;
pub use request::Request;
pub use response::Response;

pub(crate) use address::Address;
pub(crate) use request::Outgoing;

/// The largest body of a request, and of an answer unless [`Request::answer_bytes_max`] asks for less.
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Asks for what is at a URL.
pub fn get(url: &str) -> Request {
    Request::new("GET", url)
}

/// Gives something to what is at a URL.
pub fn post(url: &str) -> Request {
    Request::new("POST", url)
}

/// Replaces what is at a URL.
pub fn put(url: &str) -> Request {
    Request::new("PUT", url)
}

/// Changes a part of what is at a URL.
pub fn patch(url: &str) -> Request {
    Request::new("PATCH", url)
}

/// Removes what is at a URL.
pub fn delete(url: &str) -> Request {
    Request::new("DELETE", url)
}

/// A request with any method, in capitals.
pub fn request(method: &str, url: &str) -> Request {
    Request::new(method, url)
}
