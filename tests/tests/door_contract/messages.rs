//! HTTP itself: heads, framing, smuggling, encodings. What could be read in two ways is refused, and the connection ends.

use super::case::Case;
use super::scene::{JOHN, Scene};

pub(crate) fn cases(scene: &Scene) -> Vec<Case> {
    [encodings(scene), heads(scene), lengths(scene), chunks(scene), versions(scene)].concat()
}

/// The head of a good request without the length of its body, and not ended.
fn head(scene: &Scene) -> String {
    let (path, key) = (&scene.plain.path, &scene.plain.key);
    format!("POST {path} HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\nauthorization: Bearer {key}\r\n")
}

/// A good request as it might be hidden in the body of another.
fn smuggled(scene: &Scene) -> String {
    format!("{}content-length: {}\r\n\r\n{JOHN}", head(scene), JOHN.len())
}

fn encodings(scene: &Scene) -> Vec<Case> {
    let request = || scene.plain.request(JOHN);
    let mut cases = Vec::new();
    for encoding in ["gzip", "br", "deflate", "zstd", "compress", "identity, gzip", "gzip, identity", "", "aes128gcm"] {
        let name = format!("the content encoding {encoding:?}");
        let encoded = request().header("content-encoding", encoding);
        cases.push(Case::refused(name, 415, "content-encoding-not-supported", encoded));
    }
    let twice = request().header("content-encoding", "identity").and_header("content-encoding", "gzip");
    cases.push(Case::refused("two content encodings", 415, "content-encoding-not-supported", twice));
    for encoding in ["identity", "Identity"] {
        let name = format!("the content encoding {encoding}");
        cases.push(Case::captured(name, request().header("content-encoding", encoding)));
    }
    let chunked = format!("{}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", head(scene));
    let refused =
        Case::refused("a transfer encoding before the chunks", 415, "content-encoding-not-supported", request());
    cases.push(refused.raw(chunked).may_close());
    cases
}

fn heads(scene: &Scene) -> Vec<Case> {
    let (path, key) = (&scene.plain.path, &scene.plain.key);
    let ending = format!("content-length: {}\r\n\r\n{JOHN}", JOHN.len());
    let with = |more: &str| format!("{}{more}{ending}", head(scene));
    let good = with("");
    let many = |count: usize| (0..count).map(|number| format!("x-{number}: 1\r\n")).collect::<String>();
    let refuse = |name: &str, status, kind, bytes: String| {
        Case::refused(name, status, kind, scene.plain.request(JOHN)).raw(bytes).closes()
    };
    let mut cases = Vec::new();
    for (name, bytes) in [
        ("no HTTP at all", "hello\r\n\r\n".to_owned()),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}hello\r\n\r\n".to_owned()),
        ("no version", good.replacen(" HTTP/1.1", "", 1)),
        ("a version that is not 1", good.replacen("HTTP/1.1", "HTTP/3.0", 1)),
        ("a version in small letters", good.replacen("HTTP/1.1", "http/1.1", 1)),
        ("two blanks after the method", good.replacen("POST ", "POST  ", 1)),
        ("a blank in the path", good.replacen(path.as_str(), "/automations/a b", 1)),
        ("a blank before a colon", with("x-a : b\r\n")),
        ("a header without a colon", with("x-a\r\n")),
        ("a header without a name", with(": b\r\n")),
        ("a folded header", with("x-a: b\r\n c\r\n")),
        ("a blank before the first header", good.replacen("host: h", " host: h", 1)),
        ("a NUL in the name of a header", with("x\0a: b\r\n")),
        ("a NUL in a header", with("x-a: b\0c\r\n")),
        ("a lone carriage return in a header", with("x-a: b\rc\r\n")),
        ("a name that is not ASCII", with("x-ä: b\r\n")),
    ] {
        cases.push(refuse(name, 400, "malformed-head", bytes));
    }
    let no_host = good.replacen("host: h\r\n", "", 1);
    cases.push(refuse("no host", 400, "host-missing-or-repeated", no_host));
    cases.push(refuse("two hosts", 400, "host-missing-or-repeated", with("host: other\r\n")));
    cases.push(refuse("too many headers", 431, "head-too-large", with(&many(64))));
    cases.push(refuse(
        "a head that is too large",
        431,
        "head-too-large",
        with(&format!("x: {}\r\n", "y".repeat(20_000))),
    ));
    cases.push(refuse("an endless head", 431, "head-too-large", with(&many(5_000))));
    for (name, bytes) in [
        ("as many headers as may be", with(&many(59))),
        ("line feeds alone", good.replace("\r\n", "\n")),
        ("empty lines before the request", format!("\r\n\r\n{good}")),
        ("names of headers in capitals", good.replace("content-", "CONTENT-").replace("host", "HOST")),
        ("blanks around a value", good.replacen("host: h", "host: \t h \t ", 1)),
        ("an empty header", with("x-a:\r\n")),
        ("a header that is Latin-1", with("x-a: \u{e9}\r\n")),
    ] {
        cases.push(Case::captured(name, scene.plain.request(JOHN)).raw(bytes));
    }
    let last = Case::captured("a sender that closes", scene.plain.request(JOHN)).raw(with("connection: close\r\n"));
    cases.push(last.closes());
    let bearer = format!("Bearer {key}");
    let other = good.replacen(&bearer, &format!("{bearer}\r\nx-a: {}", "b".repeat(8_000)), 1);
    cases.push(Case::captured("a long header", scene.plain.request(JOHN)).raw(other));
    cases
}

fn lengths(scene: &Scene) -> Vec<Case> {
    let (length, hidden) = (JOHN.len(), smuggled(scene));
    let chunked = format!("{length:x}\r\n{JOHN}\r\n0\r\n\r\n");
    let refuse = |name: &str, kind, more: String, body: &str| {
        let bytes = format!("{}{more}\r\n{body}{hidden}", head(scene));
        Case::refused(name, 400, kind, scene.plain.request(JOHN)).raw(bytes).closes()
    };
    let sized = format!("content-length: {length}\r\n");
    let te = "transfer-encoding: chunked\r\n";
    let mut cases = vec![
        refuse("a length and chunks", "ambiguous-length", format!("{sized}{te}"), &chunked),
        refuse("chunks and a length", "ambiguous-length", format!("{te}{sized}"), &chunked),
        refuse("the same length twice", "ambiguous-length", format!("{sized}{sized}"), JOHN),
        refuse("chunks twice", "ambiguous-length", format!("{te}{te}"), &chunked),
        refuse(
            "a size of a chunk with many zeros",
            "ambiguous-length",
            te.to_owned(),
            &format!("{}{chunked}", "0".repeat(100)),
        ),
        refuse("a length of 0 and chunks", "ambiguous-length", format!("content-length: 0\r\n{te}"), &chunked),
        refuse(
            "a length with many zeros",
            "ambiguous-length",
            format!("content-length: {}{length}\r\n", "0".repeat(100)),
            JOHN,
        ),
        refuse(
            "a length behind many blanks",
            "ambiguous-length",
            format!("content-length: {}{length}\r\n", " ".repeat(100)),
            JOHN,
        ),
    ];
    for (name, value) in [
        ("two lengths in one header", format!("{length}, {length}")),
        ("a negative length", "-1".to_owned()),
        ("a length with a plus", format!("+{length}")),
        ("a length that is hexadecimal", "0x5d".to_owned()),
        ("a length that is no number", "ten".to_owned()),
        ("a length that is a fraction", "93.0".to_owned()),
        ("an empty length", String::new()),
        ("a length past 64 bits", "99999999999999999999".to_owned()),
    ] {
        cases.push(refuse(name, "malformed-head", format!("content-length: {value}\r\n"), JOHN));
    }
    let differ = format!("content-length: {length}\r\ncontent-length: {}\r\n", length + 1);
    cases.push(refuse("two lengths that differ", "malformed-head", differ, JOHN));
    let no_length = Case::refused("no length and no chunks", 400, "invalid-json", scene.plain.request(JOHN));
    cases.push(no_length.raw(format!("{}\r\n", head(scene))));
    cases
}

fn chunks(scene: &Scene) -> Vec<Case> {
    let length = JOHN.len();
    let send = |te: &str, body: &str| format!("{}{te}\r\n{body}", head(scene));
    let te = "transfer-encoding: chunked\r\n";
    let mut cases = Vec::new();
    for (name, body) in [
        ("one chunk", format!("{length:x}\r\n{JOHN}\r\n0\r\n\r\n")),
        ("a size in capitals and with zeros", format!("000{length:X}\r\n{JOHN}\r\n0\r\n\r\n")),
        ("a chunk with an extension", format!("{length:x};a=b\r\n{JOHN}\r\n0\r\n\r\n")),
        ("chunks with a trailer", format!("{length:x}\r\n{JOHN}\r\n0\r\nx-a: b\r\n\r\n")),
        ("two chunks", format!("1\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", &JOHN[..1], length - 1, &JOHN[1..])),
    ] {
        cases.push(Case::captured(name, scene.plain.request(JOHN)).raw(send(te, &body)));
    }
    let many: String = JOHN.chars().map(|letter| format!("1\r\n{letter}\r\n")).collect();
    cases.push(
        Case::captured("a chunk for each byte", scene.plain.request(JOHN)).raw(send(te, &format!("{many}0\r\n\r\n"))),
    );
    for (name, body) in [
        ("a chunk whose size is none", format!("x\r\n{JOHN}\r\n0\r\n\r\n")),
        ("a chunk of negative size", format!("-1\r\n{JOHN}\r\n0\r\n\r\n")),
        ("a chunk whose size is past 64 bits", format!("ffffffffffffffff1\r\n{JOHN}\r\n0\r\n\r\n")),
        ("a chunk without a size", format!("\r\n{JOHN}\r\n0\r\n\r\n")),
        ("a chunk that is longer than its size", format!("{:x}\r\n{JOHN}\r\n0\r\n\r\n", length - 1)),
    ] {
        let hidden = format!("{body}{}", smuggled(scene));
        let case = Case::refused(name, 400, "body-broken", scene.plain.request(JOHN));
        cases.push(case.raw(send(te, &hidden)).closes());
    }
    for (name, te) in [
        ("a transfer encoding without chunks", "transfer-encoding: gzip\r\n"),
        ("the transfer encoding identity", "transfer-encoding: identity\r\n"),
        ("chunks that are not the last encoding", "transfer-encoding: chunked, gzip\r\n"),
        ("an empty transfer encoding", "transfer-encoding:\r\n"),
        ("a transfer encoding that is misspelt", "transfer-encoding: xchunked\r\n"),
    ] {
        let body = format!("{length:x}\r\n{JOHN}\r\n0\r\n\r\n{}", smuggled(scene));
        let case = Case::refused(name, 400, "malformed-head", scene.plain.request(JOHN));
        cases.push(case.raw(send(te, &body)).closes());
    }
    for (name, more) in [
        ("a body that breaks off", format!("content-length: {}\r\n\r\n{JOHN}", length + 1)),
        ("chunks that break off", format!("{te}\r\n{length:x}\r\n{JOHN}\r\n")),
        ("a chunk that breaks off", format!("{te}\r\n{:x}\r\n{JOHN}", length + 1)),
    ] {
        let case = Case::refused(name, 400, "body-broken", scene.plain.request(JOHN));
        cases.push(case.raw(format!("{}{more}", head(scene))).finishes());
    }
    cases
}

fn versions(scene: &Scene) -> Vec<Case> {
    let good = smuggled(scene);
    let old = good.replacen("HTTP/1.1\r\nhost: h", "HTTP/1.0", 1);
    let old_chunks =
        format!("{}transfer-encoding: chunked\r\n\r\n0\r\n\r\n", head(scene)).replacen("HTTP/1.1", "HTTP/1.0", 1);
    let request = || scene.plain.request(JOHN);
    vec![
        // The old version says nothing of keeping a connection, so it ends without a word.
        Case::captured("HTTP/1.0 without a host", request()).raw(old).may_close(),
        Case::refused("HTTP/1.0 with chunks", 400, "malformed-head", request()).raw(old_chunks).closes(),
        Case::captured("HTTP/1.1 with keep-alive", request()).raw(good.replacen(
            "host: h",
            "host: h\r\nconnection: keep-alive",
            1,
        )),
        Case::captured("an upgrade that is not taken", request()).raw(good.replacen(
            "host: h",
            "host: h\r\nconnection: upgrade\r\nupgrade: h2c",
            1,
        )),
    ]
}
