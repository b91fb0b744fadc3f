//! The action `http-request`: calls a service and hands its answer to later steps. Merge tokens in the settings are rendered by
//! the host before the call; where it may go is the host's decision, and secrets go to their own hosts alone.
//!
//! The call is made at once: it has happened even when the run fails later. Every attempt carries the same `idempotency-key`.

mod answer;
mod settings;
mod statuses;

use std::time::Duration;

use hookbox_sdk::http::{self, Error, Request};
use hookbox_sdk::{Call, Failure, Outcome};

use crate::settings::{Auth, AuthType, Settings};
use crate::statuses::Again;

#[hookbox_sdk::action(
    name = "http-request",
    title = "Call a service",
    description = "Sends an HTTP request and hands the answer to later steps as status, headers and body. It may call every host \
                   that the operator lets plugins call; a secret is sent to its own hosts alone.",
    needs(
        http("*", reason = "The service is chosen in the settings of each automation"),
        secret("*", reason = "The service's secret is chosen in the settings of each automation"),
    )
)]
fn run(call: Call<Settings>) -> Result<Outcome, Failure> {
    let settings = call.settings;
    let answer = match request(&settings)?.send() {
        Ok(answer) => answer,
        Err(Error::Timeout(text) | Error::Network(text)) if !settings.retry_on.contains(&Again::Network) => {
            return Err(Failure::permanent("no-answer", text));
        }
        Err(error) => return Err(error.into()),
    };
    if settings.expected.iter().any(|statuses| statuses.has(answer.status)) {
        return answer::outcome(&answer);
    }
    let message = format!("the service answered {}: {}", answer.status, answer::beginning(&answer));
    if settings.retry_on.iter().any(|again| again.has(answer.status)) {
        return Err(answer.retryable(message));
    }
    Err(Failure::permanent("unexpected-status", message))
}

fn request(settings: &Settings) -> Result<Request, Failure> {
    let mut request = http::request(settings.method.as_str(), &settings.url)
        .timeout(Duration::from_millis(settings.timeout_ms.into()))
        .answer_bytes_max(answer::BODY_BYTES_MAX);
    for (name, value) in &settings.query {
        request = request.query(name, value);
    }
    for (name, value) in &settings.headers {
        request = request.header(name, value);
    }
    if let Some(auth) = &settings.auth {
        request = authenticated(request, auth)?;
    }
    match (&settings.json, &settings.text) {
        (Some(_), Some(_)) => Err(wrong("a request has a json body or a text body and not both")),
        (Some(json), None) => Ok(request.json(json)),
        (None, Some(text)) => Ok(request.text(text)),
        (None, None) => Ok(request),
    }
}

fn authenticated(request: Request, auth: &Auth) -> Result<Request, Failure> {
    let Auth { kind, secret, username, header, prefix } = auth;
    match (kind, username, header) {
        (AuthType::Bearer, None, None) => Ok(request.bearer(secret)),
        (AuthType::Basic, Some(username), None) => Ok(request.basic(username, secret)),
        (AuthType::Header, None, Some(header)) => {
            let prefix = prefix.as_deref().unwrap_or_default();
            Ok(request.header(header, format!("{prefix}{secret}")))
        }
        (AuthType::Bearer, _, _) => Err(wrong("auth of the type bearer has a secret alone")),
        (AuthType::Basic, _, _) => {
            Err(wrong("auth of the type basic has a username and a secret, which is the password"))
        }
        (AuthType::Header, _, _) => Err(wrong("auth of the type header has the name of the header and a secret")),
    }
}

fn wrong(what: &str) -> Failure {
    Failure::permanent("invalid-settings", what)
}

#[cfg(test)]
mod tests;
