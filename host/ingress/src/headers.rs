//! What of a request's header fields is kept with it: enough to see what a sender sent, and nothing that opens a door.

use hookbox_model::{KeptHeaders, KeyId};
use http::{HeaderMap, HeaderName, header};

/// What stands in the place of a value that is not kept.
const HIDDEN: &str = "(hidden)";

/// What stands in the place of a query.
const HIDDEN_QUERY: &str = "?(hidden)";

/// What stands in the place of the secret half of a key.
const HIDDEN_SECRET: &str = "…";

/// Fields whose values open nothing.
const HARMLESS: [&str; 56] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "cf-connecting-ip",
    "cf-ipcountry",
    "cf-ray",
    "cf-visitor",
    "connection",
    "content-digest",
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "digest",
    "dnt",
    "expect",
    "forwarded",
    "from",
    "host",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "te",
    "traceparent",
    "transfer-encoding",
    "true-client-ip",
    "upgrade-insecure-requests",
    "user-agent",
    "via",
    "warning",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
    "x-amzn-trace-id",
    "x-client-ip",
    "x-correlation-id",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-hub-signature-256",
    "x-real-ip",
    "x-request-id",
];

/// Fields whose values are URLs: what is before the query opens nothing.
const URLS: [&str; 6] =
    ["referer", "x-forwarded-uri", "x-forwarded-url", "x-original-uri", "x-original-url", "x-rewrite-url"];

/// How the names of senders' own fields end that say what happened: `x-github-event`, `x-shopify-topic`, `ce-type`.
const HARMLESS_ENDS: [&str; 14] = [
    "-attempt",
    "-datacontenttype",
    "-delivery",
    "-delivery-id",
    "-domain",
    "-event",
    "-event-id",
    "-event-type",
    "-source",
    "-specversion",
    "-timestamp",
    "-topic",
    "-type",
    "-webhook-id",
];

/// What no name contains of a field that is kept for its end.
const SECRET: [&str; 13] = [
    "auth",
    "cookie",
    "token",
    "secret",
    "key",
    "passw",
    "credential",
    "session",
    "jwt",
    "assertion",
    "otp",
    "csrf",
    "pin",
];

/// What values begin with that open doors, in whatever case: schemes of authorization, and what a JSON Web Token begins with.
const SECRET_STARTS: [&[u8]; 6] = [b"bearer ", b"basic ", b"digest ", b"negotiate ", b"token ", b"eyj"];

/// What our own keys (`hbx_`) and tokens (`hbt_`) begin with, whatever field they are in.
const OURS: [&[u8]; 2] = [b"hbx_", b"hbt_"];

/// What is kept of a value.
enum Keeping<'h> {
    /// All of it.
    Whole(&'h [u8]),
    /// Its beginning, and what stands in the place of the rest.
    Beginning(&'h [u8], &'static str),
    /// Nothing.
    Nothing,
}

/// The fields that are kept, in their order. One allocation in all but odd cases.
pub(crate) fn kept(headers: &HeaderMap) -> KeptHeaders {
    let first = || headers.iter().take(KeptHeaders::FIELDS_MAX);
    let bytes = |name: &HeaderName, value: usize| name.as_str().len() + value.max(HIDDEN.len()) + ": \n".len();
    let mut kept = KeptHeaders::with_capacity(first().map(|(name, value)| bytes(name, value.len())).sum());
    for (name, value) in first() {
        match keeping(name, value.as_bytes()) {
            Keeping::Whole(value) => kept.push(name.as_str(), value),
            Keeping::Beginning(value, mark) => kept.push_cut(name.as_str(), value, mark),
            Keeping::Nothing => kept.push(name.as_str(), HIDDEN.as_bytes()),
        }
    }
    kept
}

/// What is kept of a value. Senders name their fields as they like, so what is not known to be harmless is not kept.
fn keeping<'h>(name: &HeaderName, value: &'h [u8]) -> Keeping<'h> {
    if let Some(public) = public_half(name, value) {
        return Keeping::Beginning(public, HIDDEN_SECRET);
    }
    let name = name.as_str();
    if opens_a_door(value) {
        return Keeping::Nothing;
    }
    if URLS.contains(&name) {
        return url(value);
    }
    let says_what_happened =
        || HARMLESS_ENDS.iter().any(|end| name.ends_with(end)) && !SECRET.iter().any(|part| name.contains(part));
    if HARMLESS.contains(&name) || says_what_happened() { Keeping::Whole(value) } else { Keeping::Nothing }
}

/// A URL without its query and without its fragment; nothing of one that names a user.
fn url(value: &[u8]) -> Keeping<'_> {
    match value.iter().position(|byte| matches!(byte, b'?' | b'#')) {
        _ if value.contains(&b'@') => Keeping::Nothing,
        Some(query) => Keeping::Beginning(&value[..query], HIDDEN_QUERY),
        None => Keeping::Whole(value),
    }
}

/// Whether a value opens doors whatever its field is called.
fn opens_a_door(value: &[u8]) -> bool {
    let begins = |start: &&[u8]| value.get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start));
    SECRET_STARTS.iter().any(begins) || value.windows(OURS[0].len()).any(|part| OURS.contains(&part))
}

/// What is before the secret half of the key in `Authorization: Bearer hbx_KEYID_…`: it says which key was used and opens nothing.
fn public_half<'h>(name: &HeaderName, value: &'h [u8]) -> Option<&'h [u8]> {
    let text = std::str::from_utf8(value).ok().filter(|_| *name == header::AUTHORIZATION)?;
    let (scheme, token) = text.split_once(' ')?;
    let (id, secret) = token.trim_start().strip_prefix("hbx_")?.split_once('_')?;
    let is_key = scheme.eq_ignore_ascii_case("bearer") && id.parse::<KeyId>().is_ok();
    value.get(..value.len() - secret.len()).filter(|_| is_key)
}

#[cfg(test)]
mod tests {
    use super::kept;
    use http::{HeaderMap, HeaderName, HeaderValue};

    const KEY: &str = "hbx_0123456789abcdef_aa11_00";

    fn fields(given: &[(&'static str, &str)]) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
            headers.append(HeaderName::from_static(name), value);
        }
        kept(&headers).fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn check(name: &'static str, value: &str, wanted: &str) {
        assert_eq!(fields(&[(name, value)]), [(name.to_owned(), wanted.to_owned())], "{name}: {value}");
    }

    #[test]
    fn what_is_known_to_be_harmless_is_kept() {
        for (name, value) in [
            ("content-type", "application/json"),
            ("user-agent", "Salesforce/1.0"),
            ("idempotency-key", "order-17"),
            ("webhook-id", "msg_1"),
            ("webhook-signature", "v1,abc="),
            ("x-forwarded-for", "203.0.113.9"),
            ("x-github-event", "push"),
            ("x-shopify-shop-domain", "north.example"),
            ("ce-type", "com.example.order"),
            ("referer", "https://shop.example/orders"),
        ] {
            check(name, value, value);
        }
    }

    #[test]
    fn nothing_else_is_kept_whatever_it_is_called() {
        for (name, value) in [
            ("cookie", "a=b"),
            ("set-cookie", "a=b"),
            ("proxy-authorization", "Basic dTpw"),
            ("x-api-key", "hunter2"),
            ("x-auth", "hunter2"),
            ("x-auth-type", "hunter2"),
            ("x-session-id", "hunter2"),
            ("x-fwd", "Bearer eyJhbGciOiJIUzI1NiJ9"),
            ("cf-access-jwt-assertion", "eyJhbGciOiJIUzI1NiJ9"),
            ("x-jwt-assertion", "hunter2"),
            ("x-csrf-source", "hunter2"),
            ("php-auth-pw", "hunter2"),
            ("x-note", "hunter2"),
        ] {
            check(name, value, "(hidden)");
        }
    }

    #[test]
    fn what_looks_like_a_credential_is_hidden_in_harmless_fields_too() {
        for value in ["bearer abc", "BASIC dTpw", "Digest username=u", "eyJhbGciOiJIUzI1NiJ9.e30.x", "a hbt_00"] {
            check("user-agent", value, "(hidden)");
            check("x-order-event", value, "(hidden)");
        }
        check("user-agent", "", "");
    }

    #[test]
    fn of_a_forwarded_url_the_query_is_hidden() {
        for name in ["referer", "x-original-uri", "x-original-url", "x-rewrite-url", "x-forwarded-uri"] {
            check(name, "/x?token=abc", "/x?(hidden)");
            check(name, "https://a.example/x#token=abc?", "https://a.example/x?(hidden)");
            check(name, "/x", "/x");
            check(name, "https://user:hunter2@a.example/", "(hidden)");
        }
    }

    #[test]
    fn of_our_own_key_its_public_half_is_kept_and_that_only_where_it_belongs() {
        check("authorization", &format!("Bearer {KEY}"), "Bearer hbx_0123456789abcdef_…");
        check("authorization", &format!("bearer  {KEY}"), "bearer  hbx_0123456789abcdef_…");
        for value in ["Bearer hbx_0123", "Bearer hbx_x_y", "Basic dTpw", KEY, &format!("Digest {KEY}")] {
            check("authorization", value, "(hidden)");
        }
        check("x-note", &format!("my key is {KEY}!"), "(hidden)");
        check("x-note", "hbt_00", "(hidden)");
    }

    #[test]
    fn the_first_fields_are_kept() {
        let many: Vec<(&'static str, &str)> = vec![("accept", "1"); 40];
        assert_eq!(fields(&many).len(), 32);
        let long = "x".repeat(5_000);
        assert_eq!(fields(&[("user-agent", &long), ("via", "2")]), [("via".to_owned(), "2".to_owned())]);
    }
}
