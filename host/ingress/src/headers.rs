//! What of a request's header fields is kept with it: enough to see what a sender sent, and nothing that opens a door.

use hookbox_model::{KeptHeaders, KeyId};
use http::{HeaderMap, HeaderName, header};

/// What stands in the place of a value that is not kept.
const HIDDEN: &str = "(hidden)";

/// What the names of fields contain whose values open doors, here or at the sender's.
const SECRET: [&str; 9] =
    ["authorization", "cookie", "token", "secret", "key", "password", "passwd", "credential", "session"];

/// Fields with such a name whose values open nothing.
const PLAIN: [&str; 1] = ["idempotency-key"];

/// What our own keys (`hbx_`) and tokens (`hbt_`) begin with, whatever field they are in.
const OURS: [&[u8]; 2] = [b"hbx_", b"hbt_"];

/// The fields that are kept, in their order. One allocation in all but odd cases.
pub(crate) fn kept(headers: &HeaderMap) -> KeptHeaders {
    let first = || headers.iter().take(KeptHeaders::FIELDS_MAX);
    let bytes = |name: &HeaderName, value: usize| name.as_str().len() + value.max(HIDDEN.len()) + ": \n".len();
    let mut kept = KeptHeaders::with_capacity(first().map(|(name, value)| bytes(name, value.len())).sum());
    for (name, value) in first() {
        match key_of(name, value.as_bytes()) {
            Some(key) => kept.push(name.as_str(), format!("Bearer hbx_{key}_…").as_bytes()),
            None if is_secret(name.as_str(), value.as_bytes()) => kept.push(name.as_str(), HIDDEN.as_bytes()),
            None => kept.push(name.as_str(), value.as_bytes()),
        }
    }
    kept
}

/// The public half of the key in `Authorization: Bearer hbx_KEYID_…`: it says which key was used and opens nothing.
fn key_of(name: &HeaderName, value: &[u8]) -> Option<KeyId> {
    let value = std::str::from_utf8(value).ok().filter(|_| *name == header::AUTHORIZATION)?;
    let (scheme, token) = value.split_once(' ')?;
    let (id, _) = token.trim_start().strip_prefix("hbx_")?.split_once('_')?;
    id.parse().ok().filter(|_| scheme.eq_ignore_ascii_case("bearer"))
}

fn is_secret(name: &str, value: &[u8]) -> bool {
    let by_name = !PLAIN.contains(&name) && SECRET.iter().any(|part| name.contains(part));
    by_name || value.windows(OURS[0].len()).any(|part| OURS.contains(&part))
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
    fn what_a_sender_says_is_kept_and_what_opens_doors_is_not() {
        for (name, value) in [
            ("content-type", "application/json"),
            ("user-agent", "Salesforce/1.0"),
            ("idempotency-key", "order-17"),
            ("webhook-id", "msg_1"),
            ("webhook-signature", "v1,abc="),
            ("x-forwarded-for", "203.0.113.9"),
        ] {
            check(name, value, value);
        }
        for name in [
            "cookie",
            "set-cookie",
            "proxy-authorization",
            "x-api-key",
            "x-auth-token",
            "x-shop-secret",
            "x-password",
            "x-session-id",
            "x-amz-credential",
        ] {
            check(name, "opens-a-door", "(hidden)");
        }
    }

    #[test]
    fn of_our_own_key_its_public_half_is_kept_and_that_only_where_it_belongs() {
        check("authorization", &format!("Bearer {KEY}"), "Bearer hbx_0123456789abcdef_…");
        check("authorization", &format!("bearer  {KEY}"), "Bearer hbx_0123456789abcdef_…");
        for value in ["Bearer hbx_0123", "Bearer hbx_x_y", "Basic dTpw", KEY, &format!("Digest {KEY}")] {
            check("authorization", value, "(hidden)");
        }
        check("x-note", &format!("my key is {KEY}!"), "(hidden)");
        check("x-note", "hbt_00", "(hidden)");
    }

    #[test]
    fn the_first_fields_are_kept() {
        let many: Vec<(&'static str, &str)> = vec![("x-a", "1"); 40];
        assert_eq!(fields(&many).len(), 32);
        let long = "x".repeat(5_000);
        assert_eq!(fields(&[("x-long", &long), ("x-b", "2")]), [("x-b".to_owned(), "2".to_owned())]);
    }
}
