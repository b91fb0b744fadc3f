//! The border: placeholders become texts in headers that leave, and texts become placeholders in headers that come in.
//!
//! Only in the values of headers, and within `Authorization: Basic`, where a placeholder is encoded. A placeholder in a body, a
//! URL or the name of a header stays what it is, and is sent as it is. Answers are changed only when they come from where a secret
//! may go: a host of the guest's own must not tell by it whether it guessed a text.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hookbox_model::HttpTarget;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use super::{PLACEHOLDER_PREFIX, Secret, Secrets};

/// Credentials of `Basic` that are remembered: far more than a plugin has users, and few enough to look for them in each answer.
const BASICS_MAX: usize = 100;

/// Why a request with a placeholder is not sent. Each names the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SwapError {
    /// The secret is not for this host.
    Elsewhere(String),
    /// The text has characters that no header may have.
    NotForHeaders(String),
}

impl Secrets {
    /// Swaps placeholders for texts in the headers of a request to `target`.
    pub(crate) fn swap(&self, headers: &mut HeaderMap, target: HttpTarget<'_>) -> Result<(), SwapError> {
        for (name, value) in headers.iter_mut() {
            let basic = if name == AUTHORIZATION { Basic::read(value.as_bytes()) } else { None };
            let plain = basic.as_ref().map_or(value.as_bytes(), |basic| &basic.credentials);
            let Some(Swapped { bytes, last }) = self.swapped(plain, target)? else { continue };
            let bytes = match &basic {
                Some(Basic { credentials }) => {
                    let sent = SentBasic::new(&bytes, credentials, target);
                    let header = sent.header();
                    self.remember(sent);
                    header
                }
                None => bytes,
            };
            let mut swapped =
                HeaderValue::from_bytes(&bytes).map_err(|_| SwapError::NotForHeaders(last.name.clone()))?;
            swapped.set_sensitive(true);
            *value = swapped;
        }
        Ok(())
    }

    /// Puts placeholders where the headers of an answer of `target` repeat a text, or credentials that were sent there.
    pub(crate) fn hide(&self, headers: &mut HeaderMap, target: HttpTarget<'_>) {
        let basics = self.basics.lock();
        let basics = basics.iter().filter(|basic| basic.place == place_of(target));
        let basics = basics.map(|basic| (basic.encoded.as_bytes(), basic.guests.as_bytes()));
        let plain = self.all.iter().filter(|secret| !secret.text.is_empty() && secret.may_go_to(target));
        let plain = plain.map(|secret| (secret.text.as_bytes(), secret.placeholder.as_bytes()));
        let known: Vec<(&[u8], &[u8])> = basics.chain(plain).collect();
        for value in headers.values_mut() {
            let mut hidden: Option<Vec<u8>> = None;
            for (text, placeholder) in &known {
                let seen = hidden.as_deref().unwrap_or(value.as_bytes());
                hidden = replaced(seen, text, placeholder).or(hidden);
            }
            // A placeholder is right in every header, so that this cannot fail; if it did, nothing would be shown.
            if let Some(hidden) = hidden {
                *value = HeaderValue::from_bytes(&hidden).unwrap_or(HeaderValue::from_static(""));
            }
        }
    }

    fn remember(&self, sent: SentBasic) {
        let mut basics = self.basics.lock();
        if basics.contains(&sent) {
            return;
        }
        if basics.len() >= BASICS_MAX {
            basics.pop_front();
        }
        basics.push_back(sent);
    }

    /// `plain` with texts for placeholders; nothing when it holds no placeholder.
    fn swapped(&self, plain: &[u8], target: HttpTarget<'_>) -> Result<Option<Swapped<'_>>, SwapError> {
        if !contains(plain, PLACEHOLDER_PREFIX.as_bytes()) {
            return Ok(None);
        }
        let mut swapped: Option<Swapped<'_>> = None;
        for secret in &self.all {
            let seen = swapped.as_ref().map_or(plain, |swapped| swapped.bytes.as_slice());
            let Some(next) = replaced(seen, secret.placeholder.as_bytes(), secret.text.as_bytes()) else { continue };
            if !secret.may_go_to(target) {
                return Err(SwapError::Elsewhere(secret.name.clone()));
            }
            swapped = Some(Swapped { bytes: Zeroizing::new(next), last: secret });
        }
        Ok(swapped)
    }
}

/// What leaves, and the last of the secrets in it.
struct Swapped<'a> {
    bytes: Zeroizing<Vec<u8>>,
    last: &'a Secret,
}

/// `Basic` credentials, decoded.
struct Basic {
    credentials: Vec<u8>,
}

impl Basic {
    fn read(value: &[u8]) -> Option<Self> {
        let (scheme, encoded) = value.split_at_checked("basic ".len())?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return None;
        }
        BASE64_STANDARD.decode(encoded.trim_ascii()).ok().map(|credentials| Self { credentials })
    }
}

/// Credentials of `Basic` as they left, and as the guest wrote them.
#[derive(PartialEq, Eq)]
pub(super) struct SentBasic {
    encoded: Zeroizing<String>,
    guests: String,
    place: Place,
}

/// Scheme, host and port.
type Place = (String, String, u16);

fn place_of(target: HttpTarget<'_>) -> Place {
    (target.scheme.to_owned(), target.host.to_owned(), target.port)
}

impl SentBasic {
    fn new(credentials: &[u8], guests: &[u8], target: HttpTarget<'_>) -> Self {
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(credentials));
        Self { encoded, guests: BASE64_STANDARD.encode(guests), place: place_of(target) }
    }

    fn header(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(format!("Basic {}", *self.encoded).into_bytes())
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// `text` with `to` for every `from`, which is not empty; nothing when there is none.
fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let mut replaced = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    if rest.len() == text.len() {
        return None;
    }
    replaced.extend_from_slice(rest);
    Some(replaced)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use hookbox_model::HttpTarget;
    use http::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{Secret, Secrets, SwapError};

    const PLACEHOLDER: &str = "hbxsecret_0123456789abcdef0123456789abcdef";
    const OTHER: &str = "hbxsecret_ffffffffffffffffffffffffffffffff";

    fn secrets() -> Secrets {
        let secret = |name: &str, placeholder: &str, text: &str, host: &str| Secret {
            name: name.into(),
            placeholder: placeholder.into(),
            text: text.to_owned().into(),
            hosts: vec![host.parse().expect("a scope")],
        };
        Secrets::of(vec![
            secret("crm", PLACEHOLDER, "s3cr3t-text", "https://api.example.com"),
            secret("lines", OTHER, "two\nlines", "*"),
        ])
    }

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pair = |&(name, value): &(&str, &str)| {
            (name.parse::<HeaderName>().expect("a name"), HeaderValue::from_str(value).expect("a value"))
        };
        pairs.iter().map(pair).collect()
    }

    fn swapped(pairs: &[(&str, &str)], host: &str) -> Result<HeaderMap, SwapError> {
        let mut headers = headers(pairs);
        secrets().swap(&mut headers, at(host)).map(|()| headers)
    }

    fn at(host: &str) -> HttpTarget<'_> {
        HttpTarget { method: "POST", scheme: "https", host, port: 443 }
    }

    #[test]
    fn placeholders_become_texts_in_values_and_in_basic_credentials() {
        let basic = |user: &str, key: &str| format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{key}")));
        let bearer = format!("Bearer {PLACEHOLDER}");
        let twice = format!("{PLACEHOLDER},{PLACEHOLDER}");
        let encoded = basic("user", PLACEHOLDER);
        let odd = encoded.replace("Basic", "bAsIc");
        for (name, value, expected) in [
            ("authorization", bearer.as_str(), "Bearer s3cr3t-text"),
            ("x-key", &twice, "s3cr3t-text,s3cr3t-text"),
            ("authorization", &encoded, &basic("user", "s3cr3t-text")),
            ("authorization", &odd, &basic("user", "s3cr3t-text")),
            ("x-key", &encoded, &encoded),
            ("authorization", "Basic !!!", "Basic !!!"),
            ("x-key", "hbxsecret_00000000000000000000000000000000", "hbxsecret_00000000000000000000000000000000"),
        ] {
            let headers = swapped(&[(name, value)], "api.example.com").expect("it may go there");
            assert_eq!(headers[name], expected, "{value}");
        }
    }

    #[test]
    fn a_placeholder_on_its_way_elsewhere_refuses_the_call() {
        for value in [PLACEHOLDER, &format!("x{PLACEHOLDER}x")] {
            assert_eq!(swapped(&[("x-key", value)], "evil.example"), Err(SwapError::Elsewhere("crm".into())));
        }
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("user:{PLACEHOLDER}")));
        let refused = swapped(&[("authorization", &basic)], "evil.example");
        assert_eq!(refused, Err(SwapError::Elsewhere("crm".into())));
        assert!(swapped(&[("x-key", "plain")], "evil.example").is_ok());
    }

    #[test]
    fn a_text_that_no_header_may_have_refuses_the_call() {
        assert_eq!(swapped(&[("x-key", OTHER)], "api.example.com"), Err(SwapError::NotForHeaders("lines".into())));
    }

    #[test]
    fn an_echo_of_the_text_comes_back_as_the_placeholder() {
        let mut echoed = headers(&[("x-echo", "got s3cr3t-text, thanks"), ("x-other", "nothing")]);
        secrets().hide(&mut echoed, at("api.example.com"));
        assert_eq!(echoed["x-echo"], format!("got {PLACEHOLDER}, thanks").as_str());
        assert_eq!(echoed["x-other"], "nothing");
    }

    #[test]
    fn an_echo_of_basic_credentials_comes_back_as_the_plugin_wrote_them() {
        let secrets = secrets();
        let encoded = |key: &str| BASE64_STANDARD.encode(format!("user:{key}"));
        let written = encoded(PLACEHOLDER);
        let mut sent = headers(&[("authorization", &format!("basic {written}"))]);
        secrets.swap(&mut sent, at("api.example.com")).expect("it may go there");
        assert_eq!(sent["authorization"], format!("Basic {}", encoded("s3cr3t-text")).as_str());
        let answered = [("x-echo", format!("<{}>", encoded("s3cr3t-text")))];
        let answered = headers(&[(answered[0].0, &answered[0].1)]);
        let (mut here, mut elsewhere) = (answered.clone(), answered.clone());
        secrets.hide(&mut here, at("api.example.com"));
        assert_eq!(here["x-echo"], format!("<{written}>").as_str());
        secrets.hide(&mut elsewhere, at("evil.example"));
        assert_eq!(elsewhere, answered);
    }

    #[test]
    fn a_host_that_a_secret_is_not_for_cannot_guess_it() {
        let mut guessed = headers(&[("x-guess", "s3cr3t-text")]);
        secrets().hide(&mut guessed, at("evil.example"));
        assert_eq!(guessed["x-guess"], "s3cr3t-text");
    }

    #[test]
    fn credentials_that_are_remembered_are_bounded() {
        let secrets = secrets();
        for n in 0..super::BASICS_MAX * 2 {
            let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("user{n}:{PLACEHOLDER}")));
            secrets.swap(&mut headers(&[("authorization", &basic)]), at("api.example.com")).expect("it may go there");
        }
        assert_eq!(secrets.basics.lock().len(), super::BASICS_MAX);
    }
}
