//! The sender's side of the webhook door: well-formed requests, and every kind of ill-formed one, byte for byte.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::Value;

use crate::answer::Answer;
use crate::deadline::DEADLINE;

/// The longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The size of one chunk of a chunked body.
const CHUNK_BYTES: usize = 64 * 1024;

/// The webhook of one automation, as `automation apply` answered it.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The automation.
    pub automation: String,
    /// The path of its URL (`/automations/aut_…`).
    pub path: String,
    /// An API key for it.
    pub key: String,
}

/// A request that can be spoilt in every way.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    framing: Framing,
}

/// How the length of the body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length,
    Chunked,
    /// `Content-Length` says so much, whatever follows.
    Claimed(u64),
}

impl Webhook {
    /// From what saving the automation answered; it has to have made a key.
    #[track_caller]
    pub fn of(saved: &Value) -> Self {
        let text = |name: &str| saved[name].as_str().unwrap_or_else(|| panic!("no {name} in {saved}")).to_owned();
        let url = text("url");
        let (_, path) = url.split_once("/automations/").unwrap_or_else(|| panic!("{url} is no webhook URL"));
        Self { automation: text("id"), path: format!("/automations/{path}"), key: text("key") }
    }

    /// The request the mission shows: POST, JSON, bearer key.
    pub fn request(&self, body: impl AsRef<[u8]>) -> Request {
        let request = Request {
            method: "POST".into(),
            path: self.path.clone(),
            headers: Vec::new(),
            body: body.as_ref().to_vec(),
            framing: Framing::Length,
        };
        let request = request.header("connection", "close").header("content-type", "application/json");
        request.header("authorization", format!("Bearer {}", self.key))
    }

    /// Sends JSON that has to be captured, and gives the capture's id.
    #[track_caller]
    pub fn capture(&self, address: &str, body: &Value) -> String {
        let answer = self.request(body.to_string()).send(address);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("hookbox-capture-id").expect("the answer names the capture").to_owned()
    }
}

impl Request {
    /// With another method.
    pub fn method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    /// To another path.
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.into();
        self
    }

    /// With this header field instead of what was there.
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let mut request = self.without(name);
        request.headers.push((name.into(), value.as_ref().to_vec()));
        request
    }

    /// With this header field besides what was there.
    pub fn and_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    /// Without a header field.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
        self
    }

    /// Without saying how long the body is before it is sent.
    pub fn chunked(mut self) -> Self {
        self.framing = Framing::Chunked;
        self
    }

    /// With a `Content-Length` of its own.
    pub fn claiming(mut self, bytes: u64) -> Self {
        self.framing = Framing::Claimed(bytes);
        self
    }

    /// Sends it on a connection of its own and reads the answer.
    #[track_caller]
    pub fn send(&self, address: &str) -> Answer {
        self.try_send(address).unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.path))
    }

    /// The same where the other side may be gone.
    pub fn try_send(&self, address: &str) -> io::Result<Answer> {
        let mut socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(DEADLINE))?;
        socket.set_nodelay(true)?;
        let wire = self.bytes();
        // A server may answer before it has read everything and close: what it said counts, not that we were cut off.
        let sent = socket.write_all(&wire);
        let mut answer = Vec::new();
        match socket.take(ANSWER_BYTES_MAX).read_to_end(&mut answer) {
            Err(error) if answer.is_empty() => Err(sent.err().unwrap_or(error)),
            _ => parse(&answer),
        }
    }

    /// It as it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut wire = self.head();
        self.write_body(&mut wire);
        wire
    }

    fn head(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: localhost\r\n", self.method, self.path);
        match self.framing {
            Framing::Length => head.push_str(&format!("content-length: {}\r\n", self.body.len())),
            Framing::Claimed(bytes) => head.push_str(&format!("content-length: {bytes}\r\n")),
            Framing::Chunked => head.push_str("transfer-encoding: chunked\r\n"),
        }
        let mut head = head.into_bytes();
        for (name, value) in &self.headers {
            head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        head.extend(b"\r\n");
        head
    }

    fn write_body(&self, wire: &mut Vec<u8>) {
        if self.framing != Framing::Chunked {
            wire.extend(&self.body);
            return;
        }
        for chunk in self.body.chunks(CHUNK_BYTES) {
            wire.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            wire.extend(chunk);
            wire.extend(b"\r\n");
        }
        wire.extend(b"0\r\n\r\n");
    }
}

/// A connection that stays open for as long as the door lets it, and carries one request after the other.
#[derive(Debug)]
pub struct Line {
    socket: TcpStream,
    unread: Vec<u8>,
}

impl Line {
    /// A new connection.
    pub fn open(address: &str) -> io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(DEADLINE))?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, unread: Vec::new() })
    }

    /// Sends bytes as they are. The door may have answered and closed before it has read all of them.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Says that nothing more will be sent.
    pub fn finish(&mut self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    /// The next whole answer.
    pub fn answer(&mut self) -> io::Result<Answer> {
        loop {
            if let Some(bytes) = whole(&self.unread) {
                let rest = self.unread.split_off(bytes);
                return parse(&std::mem::replace(&mut self.unread, rest));
            }
            if self.read()? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection ended before the answer"));
            }
        }
    }

    /// Waits for the end of the connection; false when something came instead.
    pub fn is_closed(&mut self) -> bool {
        self.unread.is_empty() && matches!(self.read(), Ok(0))
    }

    fn read(&mut self) -> io::Result<usize> {
        let mut part = [0; 4096];
        let count = self.socket.read(&mut part)?;
        self.unread.extend_from_slice(&part[..count]);
        Ok(count)
    }
}

/// How many bytes the answer has that `bytes` begin with, if all of it is there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let lines = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = lines.split("\r\n").find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let end = head + length.unwrap_or(0);
    (bytes.len() >= end).then_some(end)
}

fn parse(bytes: &[u8]) -> io::Result<Answer> {
    let cut_off = || io::Error::new(io::ErrorKind::UnexpectedEof, "the answer is cut off");
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(cut_off)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let fields = lines.filter_map(|line| line.split_once(':'));
    let headers: Vec<(String, String)> =
        fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let answer = Answer { status: status.ok_or_else(cut_off)?, headers, body: bytes[end + 4..].to_vec() };
    match answer.header("content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if length > answer.body.len() => Err(cut_off()),
        _ => Ok(answer),
    }
}
