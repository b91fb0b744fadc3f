//! The HTTP clients of channels: no redirects, no proxy, bounded times and answers, addresses checked after the name is resolved.

use std::net::SocketAddr;
use std::time::Duration;

use hookbox_model::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderValue;
use reqwest::{Client, Response, Url, redirect};

use crate::Config;
use crate::address::Addresses;
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

/// Resolves names, and gives an address only when every one of the name's addresses is allowed.
struct Guard {
    addresses: Addresses,
    plain: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the name resolves to an address that messages may not be sent to")]
struct AddressForbidden;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (addresses, plain) = (self.addresses.clone(), self.plain);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allow = |ip| if plain { addresses.allow_plain(ip) } else { addresses.allow(ip) };
            if !found.iter().all(|address| allow(address.ip())) {
                return Err(AddressForbidden.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Carrier {
    pub(crate) fn new(config: &Config) -> Result<Self, DispatchError> {
        // An error says that one is installed already, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let addresses = Addresses::new(config);
        let client = |plain: bool| {
            Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .https_only(!plain)
                .dns_resolver(Guard { addresses: addresses.clone(), plain })
                .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
                .timeout(Duration::from_millis(config.timeout_ms))
                .build()
                .map_err(DispatchError::Client)
        };
        let (secure, plain) = (client(false)?, client(true)?);
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

fn is_forbidden(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<AddressForbidden>() {
            return true;
        }
        cause = error.source();
    }
    error.is_builder()
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
    use hookbox_model::Timestamp;
    use reqwest::header::HeaderValue;

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
