//! Where requests may come from. This test is the host's trusted proxy, so that it can name any address.

use hookbox_tests::webhook::{Request, Webhook};

use super::case::Case;
use super::scene::{JOHN, Scene};

/// What `X-Forwarded-For` says, and whether the automation's list has the address that counts.
type Origin = (&'static str, &'static [&'static str], bool);

const V4: [Origin; 17] = [
    ("the first of the network", &["203.0.113.0"], true),
    ("one of the network", &["203.0.113.7"], true),
    ("the last of the network", &["203.0.113.255"], true),
    ("a single address", &["198.51.100.7"], true),
    ("a mapped address of the network", &["::ffff:203.0.113.17"], true),
    ("a mapped address in hexadecimal", &["::ffff:cb00:7112"], true),
    ("two proxies of ours", &["203.0.113.19, 127.0.0.9"], true),
    ("two lines of two proxies", &["203.0.113.8", "127.0.0.9"], true),
    ("blanks around the address", &["  203.0.113.9  "], true),
    ("one before the network", &["203.0.112.255"], false),
    ("one after the network", &["203.0.114.0"], false),
    ("a neighbour of the single address", &["198.51.100.8"], false),
    ("a mapped address of another network", &["::ffff:192.0.2.3"], false),
    ("another kind of address", &["2001:db8::1"], false),
    ("what a stranger wrote before a proxy's word", &["203.0.113.7, 192.0.2.1"], false),
    ("what a stranger wrote in a line before", &["203.0.113.7", "192.0.2.2"], false),
    ("an address that is none", &["203.0.113.7:80"], false),
];

const V6: [Origin; 6] = [
    ("one of the network", &["2001:db8:a::1"], true),
    ("the last of the network", &["2001:db8:a:ffff:ffff:ffff:ffff:ffff"], true),
    ("another spelling", &["2001:0DB8:000A::0:0002"], true),
    ("a neighbouring network", &["2001:db8:b::1"], false),
    ("an address of version 4", &["203.0.113.77"], false),
    ("in brackets", &["[2001:db8:a::3]"], false),
];

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    let mut cases = listed(&scene.listed, "version 4", &V4);
    cases.extend(listed(&scene.listed_v6, "version 6", &V6));
    let inside = |request: Request| request.header("x-forwarded-for", "203.0.113.30");
    let outside = |request: Request| request.header("x-forwarded-for", "192.0.2.30");
    let request = || scene.listed.request(JOHN);
    cases.push(Case::refused("address: none is named", 403, "address-not-allowed", request()));
    let wrong = outside(request().without("authorization"));
    cases.push(Case::refused("address: key before address", 401, "unauthorized", wrong));
    let typed =
        outside(scene.listed.request("{").header("content-type", "text/plain").header("x-forwarded-for", "192.0.2.31"));
    let typed = typed.header("x-forwarded-for", "192.0.2.31");
    cases.push(Case::refused("address: address before media type and JSON", 403, "address-not-allowed", typed));
    let test = request().path(&format!("{}/test", scene.listed.path));
    cases.push(Case::tested("address: the test URL from inside", inside(test.clone())));
    let test = test.header("x-forwarded-for", "192.0.2.32");
    cases.push(Case::refused("address: the test URL from outside", 403, "address-not-allowed", test));
    let anywhere = scene.plain.request(JOHN).header("x-forwarded-for", "192.0.2.33");
    cases.push(Case::captured("address: no list, from anywhere", anywhere));
    cases
}

fn listed(webhook: &Webhook, kind: &str, origins: &[Origin]) -> Vec<Case> {
    let case = |(name, lines, allowed): &Origin| {
        let request = webhook.request(JOHN);
        let request = lines.iter().fold(request, |request, line| request.and_header("x-forwarded-for", line));
        let name = format!("address, {kind}: {name}");
        if *allowed { Case::captured(name, request) } else { Case::refused(name, 403, "address-not-allowed", request) }
    };
    origins.iter().map(case).collect()
}
