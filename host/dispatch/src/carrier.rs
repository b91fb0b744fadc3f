//! The HTTP clients of channels: no redirects, no proxy, bounded times and answers, addresses checked after the name is resolved.

use std::time::Duration;

use hookbox_egress::reqwest::{self, header::HeaderValue};
use hookbox_egress::{Addresses, Client, Response, Transport, Url, is_forbidden};
use hookbox_model::Timestamp;

use crate::Config;
use crate::request::Request;

/// Why dispatch cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The HTTP client cannot be made.
    #[error("the client that sends messages cannot be made; check the host's TLS certificates and begin again")]
    Client(#[source] reqwest::Error),
}

/// What came of one attempt.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The channel answered; the body is empty unless it took the message.
    Answered { status: u16, retry_after_ms: Option<u64>, body: Vec<u8> },
    /// The channel was not reached: nothing was sent.
    Unreached,
    /// It may have been sent.
    Doubtful,
    /// The URL is not one that messages may be sent to.
    Forbidden,
}

pub(crate) struct Carrier {
    secure: Client,
    plain: Client,
    addresses: Addresses,
    answer_bytes_max: usize,
}

impl Carrier {
    pub(crate) fn new(config: &Config) -> Result<Self, DispatchError> {
        let addresses = Addresses::new(&config.allowed_networks, config.private_networks);
        let client = |transport| {
            hookbox_egress::client(&addresses, transport)
                .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
                .timeout(Duration::from_millis(config.timeout_ms))
                .build()
                .map_err(DispatchError::Client)
        };
        let (secure, plain) = (client(Transport::Tls)?, client(Transport::Plain)?);
        Ok(Self { secure, plain, addresses, answer_bytes_max: config.answer_bytes_max })
    }

    /// One attempt. At most the configured bytes of an answer are read; the rest is dropped with its connection.
    pub(crate) async fn post(&self, request: Request, now: Timestamp) -> Answer {
        let Some((client, url)) = self.allowed(&request.url) else { return Answer::Forbidden };
        let mut post = client.post(url).body(request.body);
        for (name, value) in request.headers {
            post = post.header(name, value);
        }
        let answer = match post.send().await {
            Ok(answer) => answer,
            Err(error) if is_forbidden(&error) => return Answer::Forbidden,
            Err(error) if error.is_connect() => return Answer::Unreached,
            Err(_) => return Answer::Doubtful,
        };
        let status = answer.status().as_u16();
        let retry_after_ms = answer.headers().get("retry-after").and_then(|value| asked_ms(value, now));
        if !answer.status().is_success() {
            return Answer::Answered { status, retry_after_ms, body: Vec::new() };
        }
        // The status says that it was taken, whatever becomes of the body.
        let body = self.begin_of(answer).await.unwrap_or_default();
        Answer::Answered { status, retry_after_ms, body }
    }

    async fn begin_of(&self, mut answer: Response) -> reqwest::Result<Vec<u8>> {
        let mut body = Vec::new();
        while body.len() < self.answer_bytes_max {
            let Some(chunk) = answer.chunk().await? else { break };
            body.extend_from_slice(&chunk[..chunk.len().min(self.answer_bytes_max - body.len())]);
        }
        Ok(body)
    }

    fn allowed(&self, text: &str) -> Option<(&Client, Url)> {
        let url = Url::parse(text).ok().filter(|url| self.addresses.admit(url))?;
        Some((if url.scheme() == "https" { &self.secure } else { &self.plain }, url))
    }

    /// Whether messages may go to this URL, as far as it tells by itself.
    pub(crate) fn may_reach(&self, url: &str) -> bool {
        self.addresses.may_reach(url)
    }
}

/// What `Retry-After` asks for: seconds, or an HTTP date.
fn asked_ms(value: &HeaderValue, now: Timestamp) -> Option<u64> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds.saturating_mul(1000));
    }
    let since = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(u64::try_from(since.as_millis()).ok()?.saturating_sub(now.as_millis()))
}

#[cfg(test)]
mod tests {
    use hookbox_egress::reqwest::header::HeaderValue;
    use hookbox_model::Timestamp;

    use super::asked_ms;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let asked = |text| asked_ms(&HeaderValue::from_static(text), Timestamp::from_millis(784_111_777_000));
        assert_eq!(asked("120"), Some(120_000));
        assert_eq!(asked("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60_000));
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(asked("soon"), None);
    }
}
