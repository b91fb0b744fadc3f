//! The HTTP client of channels: no redirects, bounded times and answers, no private addresses.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hookbox_model::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url, redirect};

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
    /// The channel answered.
    Answered { status: u16, retry_after_ms: Option<u64>, body: Vec<u8> },
    /// The channel was not reached: nothing was sent.
    Unreached,
    /// It may have been sent.
    Doubtful,
    /// The URL is not one that messages may be sent to.
    Forbidden,
}

#[derive(Clone)]
pub(crate) struct Carrier {
    client: Client,
    private_networks: bool,
    answer_bytes_max: usize,
}

struct Guard;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !found.iter().all(|address| is_public(address.ip())) {
                return Err("the name resolves to a private address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Carrier {
    pub(crate) fn new(config: &Config) -> Result<Self, DispatchError> {
        // An error says that a provider is installed already, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
            .timeout(Duration::from_millis(config.timeout_ms));
        if !config.private_networks {
            client = client.https_only(true).dns_resolver(Guard);
        }
        let client = client.build().map_err(DispatchError::Client)?;
        Ok(Self { client, private_networks: config.private_networks, answer_bytes_max: config.answer_bytes_max })
    }

    pub(crate) async fn post(&self, request: Request) -> Answer {
        let Some(url) = self.allowed(&request.url) else { return Answer::Forbidden };
        let mut post = self.client.post(url).body(request.body);
        for (name, value) in request.headers {
            post = post.header(name, value);
        }
        let mut answer = match post.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Answer::Unreached,
            Err(error) if error.is_builder() => return Answer::Forbidden,
            Err(_) => return Answer::Doubtful,
        };
        let status = answer.status().as_u16();
        let asked =
            answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
        let retry_after_ms = asked.map(|seconds| seconds.saturating_mul(1000));
        let mut body = Vec::new();
        while body.len() < self.answer_bytes_max {
            match answer.chunk().await {
                Ok(Some(chunk)) => {
                    body.extend_from_slice(&chunk[..chunk.len().min(self.answer_bytes_max - body.len())])
                }
                Ok(None) => break,
                Err(_) => return Answer::Doubtful,
            }
        }
        Answer::Answered { status, retry_after_ms, body }
    }

    fn allowed(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let host = url.host_str()?.trim_matches(['[', ']']);
        let public = host.parse::<IpAddr>().map_or(true, is_public);
        (self.private_networks || (public && url.scheme() == "https")).then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::Carrier;
    use crate::Config;

    #[test]
    fn private_addresses_and_plain_http_are_refused_by_default() {
        let carrier = Carrier::new(&Config::default()).unwrap();
        assert!(carrier.allowed("https://example.com/in").is_some());
        for url in
            ["http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/", "https://2130706433/"]
        {
            assert!(carrier.allowed(url).is_none(), "{url}");
        }
    }
}
