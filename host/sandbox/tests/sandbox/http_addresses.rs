//! No form of an address and no name leads a guest to where it may not go: 150 and more are tried, and nobody comes.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use hookbox_egress::Names;
use hookbox_sandbox::{Config, HttpConfig};
use serde_json::json;

use crate::peer::Peer;
use crate::scene::{Scene, came, generous, named};

/// Forms of addresses, and texts that a parser might take for one.
const FORMS: &str = "
    127.0.0.1 127.1 127.0.1 127.0.0.1. 127.255.255.254 0x7f.1 0x7f.0.0.1 0x7f000001 0X7F000001 2130706433 017700000001
    0177.0.0.1 0177.1 0177.0.1 0x7F.0x0.0x0.0x1 127.0x0.0.1 127.0.0.0x1 00000177.0.0.1 127.000.000.001 127.00.0.01
    0.0.0.0 0.0.0.0. 0 00 0x0 0x00000000 0.0 0.0.0 0.0.0.1 0.1.2.3
    10.0.0.1 10.1 0xa.1 0x0a000001 167772161 012.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 0xac100001 2886729729
    192.168.0.1 192.168.1 0xc0a80001 3232235521 0300.0250.0.1
    169.254.169.254 169.254.169.254. 0xa9fea9fe 2852039166 0251.0376.0251.0376 169.254.43518 169.0xfe.0xa9.0xfe
    169.254.0.1 169.254.255.255 169.254.170.2 100.100.100.200 0x646464c8 1684301000 192.0.0.192
    100.64.0.1 100.127.255.254 0x64400001 192.0.0.8 192.0.2.1 198.51.100.1 203.0.113.1 192.88.99.1 198.18.0.1
    198.19.255.255 192.31.196.1 192.52.193.1 192.175.48.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    255.255.255.255. 0xffffffff 4294967295
    [::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::] [0::0] [::2]
    [::ffff:127.0.0.1] [::FFFF:7F00:1] [::ffff:7f00:0001] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:10.0.0.1]
    [::ffff:192.168.0.1] [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [::ffff:0.0.0.0] [::ffff:1.1.1.1]
    [::ffff:0:127.0.0.1] [::127.0.0.1] [::7f00:1] [::10.0.0.1] [::169.254.169.254]
    [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b::10.0.0.1] [64:ff9b::8.8.8.8] [64:ff9b:1::1]
    [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:0001::1] [2002:a9fe:a9fe::] [2002:a00:1::1] [2002:c0a8:1::]
    [2001::1] [2001:0:7f00:1::] [2001:0000:4136:e378:8000:63bf:3fff:fdd2] [2001::7f00:1] [2001:2::1] [2001:10::1]
    [2001:20::1] [2001:db8::1] [2001:DB8::1] [3fff::1] [4000::1] [5f00::1] [100::1]
    [fc00::1] [fd00::1] [fd12:3456:789a::1] [FD00::1] [fd00:ec2::254] [fd00:ec2:0:0:0:0:0:254]
    [fe80::1] [fe80::a9fe:a9fe] [FE80::1] [febf::1] [fec0::1] [ff00::1] [ff02::1] [ff05::2]
    [fe80::1%25eth0] [fe80::1%eth0] [::1%25lo] [::1%lo] [v1.127.0.0.1] [::1 ::1
    %31%32%37.0.0.1 127%2e0%2e0%2e1 127.0.0.1%2f 127.0.0.1%00.public.example localhost%00 lo%63alhost 0x7f%2e1
    user@127.0.0.1 public.example@127.0.0.1 a:b@127.0.0.1 1.1.1.1@127.0.0.1 127.0.0.1@127.0.0.1 @127.0.0.1
    user%40public.example@127.0.0.1 public.example:443@127.0.0.1 @localhost user@[::1] user@localhost
    127.0.0.1#public.example 127.0.0.1/public.example 127.0.0.1\\@public.example public.example#@127.0.0.1 127.0.0.1?x
    public.example\\@127.0.0.1 127.0.0.1&@public.example
    ①②⑦.0.0.1 １２７.0.0.1 127。0。0。1 ⑯⑨.254.169.254
    127..0.1 127.0.0.1.. .127.0.0.1 0x 0x7f.0x 1.2.3.4.5 256.256.256.256 127.0.0.256 0x7f.0.0.0x100 99999999999 . ..
    localhost LOCALHOST LocalHost localhost. localhost.localdomain ip6-localhost metadata metadata.google.internal
";

/// What names resolve to: one of these alone, and with a public address before and after it.
const ANSWERS: [&str; 22] = [
    "127.0.0.1",
    "127.0.0.53",
    "0.0.0.0",
    "10.1.2.3",
    "172.20.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:1.1.1.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001::1",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
];

/// Names made of what they resolve to, and the names that every system knows.
struct Made;

#[async_trait]
impl Names for Made {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let name = name.to_ascii_lowercase();
        let texts = match name.strip_suffix(".made.example") {
            Some(number) => number
                .split('-')
                .map(|part| match part.parse() {
                    Ok(at @ 0usize..22) => ANSWERS[at],
                    Ok(_) | Err(_) => "1.1.1.1",
                })
                .collect(),
            None if name.starts_with("metadata") => vec!["169.254.169.254"],
            None => vec!["127.0.0.1", "::1"],
        };
        Ok(texts.into_iter().map(|text| text.parse().expect("an address")).collect())
    }
}

/// Every form, with the port where the peers listen.
fn authorities(port: u16) -> Vec<String> {
    let names = (0..ANSWERS.len())
        .flat_map(|at| [format!("{at}.made.example"), format!("p-{at}.made.example"), format!("{at}-p.MADE.example.")]);
    let forms = FORMS.split_whitespace().map(str::to_owned).chain(names);
    let mut authorities: Vec<String> = forms.map(|form| format!("{form}:{port}")).collect();
    authorities.extend(
        ["", ":", " 127.0.0.1", "127.0.0.1 ", "127.0.0.1\t", "127.0.0.1\r\nhost: x", "127.0.0.1:1:1"].map(Into::into),
    );
    authorities
}

#[tokio::test]
async fn no_form_of_an_address_and_no_name_leads_inside() {
    let peer = Peer::at("127.0.0.1", 0).await;
    // A machine without IPv6 has nobody there to come to either.
    let has_ipv6 = tokio::net::TcpListener::bind("[::1]:0").await.is_ok();
    let sixth = if has_ipv6 { Some(Peer::at("::1", peer.port).await) } else { None };
    let authorities = authorities(peer.port);
    assert!(authorities.len() >= 250, "{}", authorities.len());

    // The second operator named some network, so that `http` is not refused for itself.
    for http in [HttpConfig::default(), named("10.99.0.0/16 fd99::/64")] {
        let config = Config { http: HttpConfig { requests_max: 1_000, ..http }, ..generous() };
        let scene = Scene::resolving(config, Arc::new(Made)).await;
        for scheme in ["https", "http"] {
            let calls: Vec<_> =
                authorities.iter().map(|authority| json!({"scheme": scheme, "authority": authority})).collect();
            let came = came(&scene.call(json!({"calls": calls})).await);
            assert_eq!(came.len(), authorities.len());
            for (came, authority) in came.iter().zip(&authorities) {
                let error = came.error.as_deref().unwrap_or_else(|| panic!("{scheme}://{authority} was answered"));
                let refused = ["authority", "ErrorCode::HttpRequestUriInvalid", "ErrorCode::DestinationIpProhibited"];
                assert!(refused.contains(&error), "{scheme}://{authority}: {error}");
            }
            let by_address =
                came.iter().filter(|came| came.error.as_deref() == Some("ErrorCode::DestinationIpProhibited"));
            assert!(by_address.count() >= 200, "most are refused by the guard itself");
        }
    }
    assert_eq!(peer.seen().connections, 0);
    assert_eq!(sixth.map_or(0, |peer| peer.seen().connections), 0);
}

#[tokio::test]
async fn the_same_forms_do_reach_a_network_that_was_named() {
    let peer = Peer::at("127.0.0.1", 0).await;
    let config = Config { http: named("127.0.0.0/8"), ..generous() };
    let scene = Scene::resolving(config, Arc::new(Made)).await;
    let forms = ["127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "0.made.example"];
    let calls =
        forms.map(|form| json!({"scheme": "http", "authority": format!("{form}:{}", peer.port), "path": "/close"}));
    let came = came(&scene.call(json!({"calls": calls})).await);
    assert!(came.iter().all(|came| came.status == 200), "{came:?}");
    assert_eq!(peer.seen().connections, forms.len(), "so that a refusal above means something");
}
