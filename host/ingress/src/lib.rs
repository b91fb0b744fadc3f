//! The webhook door: it authenticates a request, has it captured, and answers.
//!
//! `POST /automations/{automation_id}` ends here, and `POST /inboxes/{inbox_id}/incoming`, where channels tell what people
//! wrote; every other request is handed on to the door that the host gives us.
//! A request that is answered 200 is on disk; one that is refused was not written. What arrives is read with limits on
//! size, time and number, over HTTP/1.1 only. Nothing here makes runs: whoever waits on the store finds the capture.
//!
//! One webhook's way: [`Door::serve`] → `router` (method, length, trigger) → `auth` (`Verified`) → `body` → `signature` →
//! `capture`. That of what a channel tells: `router` → `reception` (body, `channels`, `signature`, `told`) → the store.

mod config;
mod metrics;
mod clock;

mod source;
mod rates;
mod uses;
mod auth;
mod body;
mod signature;
mod headers;
mod capture;
mod wait;
mod told;
mod reception;
mod door;
mod router;
mod head;

mod answer;
mod run_shape;
mod refusal;
mod request_id;
mod remembered;
mod triggers;
mod channels;

mod exchange;
mod framing;
mod seats;
mod waiting;
mod wire;

pub use config::Config;
pub use door::{Door, Drained};
pub use metrics::Metrics;
pub use told::Normalise;
