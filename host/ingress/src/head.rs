//! What a request's head must be like, whoever it is for: one host, one length, a plain body, JSON.

use http::{HeaderMap, HeaderName, Request, Version, header};
use hyper::body::Incoming;

use crate::refusal::Refusal;

/// What is wrong with a request's head, whoever it is for, if anything is.
pub(crate) fn head_fault(request: &Request<Incoming>, length_is_ambiguous: bool) -> Option<Refusal> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let one_host = hosts.next().is_some() && hosts.next().is_none();
    if length_is_ambiguous {
        Some(Refusal::Ambiguous)
    } else if !one_host && request.version() >= Version::HTTP_11 {
        Some(Refusal::Host)
    } else {
        None
    }
}

/// Whether the body is not sent as it is.
pub(crate) fn is_encoded(headers: &HeaderMap) -> bool {
    let other_than = |name: HeaderName, plain: &str| {
        headers.get_all(name).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(plain.as_bytes()))
    };
    other_than(header::CONTENT_ENCODING, "identity") || other_than(header::TRANSFER_ENCODING, "chunked")
}

/// Whether the one content type is `application/json` or `application/*+json`, in UTF-8 if it names a charset.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    if value == "application/json" {
        return true;
    }
    let Ok(text) = value.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let Some(subtype) = media_type.strip_prefix("application/") else { return false };
    let is_json = subtype == "json" || subtype.strip_suffix("+json").is_some_and(|front| !front.is_empty());
    is_json && parts.all(is_utf8_or_no_charset)
}

fn is_utf8_or_no_charset(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return parameter.is_empty() };
    !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
}

#[cfg(test)]
mod tests {
    use super::{is_encoded, is_json};
    use http::{HeaderMap, HeaderName, HeaderValue, header};

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).expect("a header value"));
        }
        headers
    }

    #[test]
    fn json_in_utf8_is_accepted_under_each_of_its_names() {
        for (values, accepted) in [
            (&["application/json"][..], true),
            (&["Application/JSON; charset=UTF-8"], true),
            (&["application/json;charset=\"utf-8\";"], true),
            (&["application/cloudevents+json; version=1"], true),
            (&["application/json; charset=latin1"], false),
            (&["application/json; charset"], false),
            (&["application/+json"], false),
            (&["application/jsonx"], false),
            (&["text/json"], false),
            (&["text/plain"], false),
            (&[""], false),
            (&[], false),
            (&["application/json", "application/json"], false),
            (&["application/json, text/plain"], false),
        ] {
            assert_eq!(is_json(&headers(header::CONTENT_TYPE, values)), accepted, "{values:?}");
        }
    }

    #[test]
    fn only_plain_bodies_are_accepted() {
        for (name, value, encoded) in [
            (header::CONTENT_ENCODING, "identity", false),
            (header::CONTENT_ENCODING, "gzip", true),
            (header::CONTENT_ENCODING, "", true),
            (header::TRANSFER_ENCODING, "chunked", false),
            (header::TRANSFER_ENCODING, "gzip, chunked", true),
        ] {
            assert_eq!(is_encoded(&headers(name, &[value])), encoded, "{value:?}");
        }
    }
}
