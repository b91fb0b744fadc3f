//! Follows where requests begin and end in the bytes of a connection, beside hyper's own parser.
//!
//! It tells the socket what is being waited for (a request, the rest of a head, the rest of a body), and it sees what
//! hyper tidies away: heads that give the length of their body in more than one way, and lengths hidden in lines too long
//! to follow. It decides nothing about content;
//! a head that it reads otherwise than hyper does costs a timer or a 400, never a wrong body.

use memchr::memchr;

/// What a connection is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing: the next byte begins a request.
    Between,
    /// A request head.
    Head,
    /// A request body.
    Body,
}

/// The bytes of one connection, followed.
#[derive(Debug, Default)]
pub(crate) struct Framing {
    state: State,
    /// The beginning of a line whose end has not come yet.
    begun: Begun,
    sized: Option<u64>,
    chunked: bool,
    ambiguous: bool,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Between,
    Head,
    Sized(u64),
    ChunkSize,
    Chunk(u64),
    Trailers,
    /// In a body whose length cannot be followed; nothing after it is trusted.
    Lost,
}

/// Enough of a line for a name and a length.
const BEGUN_BYTES_MAX: usize = 64;

#[derive(Debug, Clone, Copy)]
struct Begun {
    bytes: [u8; BEGUN_BYTES_MAX],
    len: usize,
    /// The line is longer than what is kept of it.
    cut: bool,
}

impl Framing {
    /// Where the connection is after the bytes so far.
    pub(crate) fn place(&self) -> Place {
        match self.state {
            State::Between => Place::Between,
            State::Head => Place::Head,
            State::Sized(_) | State::ChunkSize | State::Chunk(_) | State::Trailers | State::Lost => Place::Body,
        }
    }

    /// Whether a head so far gave the length of its body more than once, or a length was in a line too long to follow.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    /// Whether this happened in a body: no later request will be seen.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost)
    }

    /// The next bytes. Whether a head ended in them.
    pub(crate) fn follow(&mut self, mut bytes: &[u8]) -> bool {
        let mut head_ended = false;
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Between => self.between(bytes),
                State::Head => self.head(bytes, &mut head_ended),
                State::Sized(left) => self.skip(bytes, left, State::Sized, State::Between),
                State::Chunk(left) => self.skip(bytes, left, State::Chunk, State::ChunkSize),
                State::ChunkSize => self.chunk_size(bytes),
                State::Trailers => self.trailers(bytes),
                State::Lost => &[],
            };
        }
        head_ended
    }

    /// Empty lines before a request are allowed and do not begin it.
    fn between<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some(start) = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')) else { return &[] };
        self.state = State::Head;
        &bytes[start..]
    }

    fn head<'a>(&mut self, mut bytes: &'a [u8], head_ended: &mut bool) -> &'a [u8] {
        while let Some(end) = memchr(b'\n', bytes) {
            let line = &bytes[..end];
            bytes = &bytes[end + 1..];
            let is_last = if self.begun.len == 0 {
                self.head_line(line, line.len() > BEGUN_BYTES_MAX)
            } else {
                let whole = self.begun.completed(line);
                self.head_line(whole.as_slice(), whole.cut)
            };
            if is_last {
                *head_ended = true;
                self.end_head();
                return bytes;
            }
        }
        self.begun.extend(bytes);
        &[]
    }

    /// Notes what a line says of the body's length. Whether it is the empty line that ends the head. Of a `long` line the
    /// end may be cut off, and with it digits; nobody has reason to pad a length so.
    fn head_line(&mut self, line: &[u8], long: bool) -> bool {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(value) = value_of(line, b"content-length:") {
            self.ambiguous |= long || self.chunked || self.sized.is_some();
            let length = std::str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
            self.sized = Some(length.unwrap_or(0));
        } else if value_of(line, b"transfer-encoding:").is_some() {
            // hyper refuses every transfer coding that does not end in `chunked`, and takes that twice.
            self.ambiguous |= self.chunked || self.sized.is_some();
            self.chunked = true;
        }
        line.is_empty()
    }

    fn end_head(&mut self) {
        self.state = match (self.chunked, self.sized) {
            (true, _) => State::ChunkSize,
            (false, None | Some(0)) => State::Between,
            (false, Some(length)) => State::Sized(length),
        };
        self.chunked = false;
        self.sized = None;
    }

    fn skip<'a>(&mut self, bytes: &'a [u8], left: u64, more: fn(u64) -> State, done: State) -> &'a [u8] {
        let skipped = left.min(bytes.len() as u64);
        self.state = if skipped == left { done } else { more(left - skipped) };
        &bytes[skipped as usize..]
    }

    fn chunk_size<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let line = self.line(bytes);
        if line.as_ref().map_or(self.begun.cut, |(line, _)| line.cut) {
            self.state = State::Lost;
            self.ambiguous = true;
            return &[];
        }
        let Some((line, rest)) = line else { return &[] };
        let digits = line.as_slice().iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let size = std::str::from_utf8(&line.as_slice()[..digits])
            .ok()
            .and_then(|text| u64::from_str_radix(text, 16).ok())
            .unwrap_or(0);
        // The two bytes of the line end that follows every chunk go with it.
        self.state = if size == 0 { State::Trailers } else { State::Chunk(size.saturating_add(2)) };
        rest
    }

    fn trailers<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some((line, rest)) = self.line(bytes) else { return &[] };
        if matches!(line.as_slice(), b"" | b"\r") {
            self.state = State::Between;
        }
        rest
    }

    /// The line that ends in `bytes`, and what follows it.
    fn line<'a>(&mut self, bytes: &'a [u8]) -> Option<(Begun, &'a [u8])> {
        let Some(end) = memchr(b'\n', bytes) else {
            self.begun.extend(bytes);
            return None;
        };
        Some((self.begun.completed(&bytes[..end]), &bytes[end + 1..]))
    }
}

impl Default for Begun {
    fn default() -> Self {
        Self { bytes: [0; BEGUN_BYTES_MAX], len: 0, cut: false }
    }
}

impl Begun {
    fn extend(&mut self, bytes: &[u8]) {
        let taken = bytes.len().min(BEGUN_BYTES_MAX - self.len);
        self.bytes[self.len..self.len + taken].copy_from_slice(&bytes[..taken]);
        self.len += taken;
        self.cut |= taken < bytes.len();
    }

    /// The line that ends with `rest`, leaving nothing begun.
    fn completed(&mut self, rest: &[u8]) -> Self {
        self.extend(rest);
        std::mem::take(self)
    }

    fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (front, value) = line.split_at_checked(name.len())?;
    front.eq_ignore_ascii_case(name).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::{Framing, Place};

    /// Follows `text` at once and byte by byte; both must end in the same place.
    fn check(text: &str, place: Place, ambiguous: bool) {
        let (mut whole, mut slow) = (Framing::default(), Framing::default());
        whole.follow(text.as_bytes());
        for byte in text.as_bytes() {
            slow.follow(std::slice::from_ref(byte));
        }
        for (framing, how) in [(whole, "at once"), (slow, "byte by byte")] {
            assert_eq!((framing.place(), framing.is_ambiguous()), (place, ambiguous), "{how}: {text:?}");
        }
    }

    #[test]
    fn requests_are_followed_from_one_to_the_next() {
        check("", Place::Between, false);
        check("\r\n\r\n", Place::Between, false);
        check("\r\nP", Place::Head, false);
        check("GET / HTTP/1.1\r\nHost: h\r\n\r", Place::Head, false);
        check("GET / HTTP/1.1\r\nHost: h\r\n\r\n", Place::Between, false);
        check("GET / HTTP/1.1\nHost: h\n\n", Place::Between, false);
        check("POST / HTTP/1.1\r\ncontent-LENGTH:  3 \r\n\r\nab", Place::Body, false);
        check("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", Place::Between, false);
        check("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcG", Place::Head, false);
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        check(&format!("{chunked}A;x=y\r\n0123456789\r\n"), Place::Body, false);
        check(&format!("{chunked}a\r\n0123456789\r\n0\r\nT: 1\r\n"), Place::Body, false);
        check(&format!("{chunked}a\r\n\r\n\r\n567890\r\n\r\n0\r\n\r\n"), Place::Between, false);
        check(&format!("{chunked}1\r\na\r\n0\r\n\r\nG"), Place::Head, false);
    }

    #[test]
    fn a_length_given_twice_is_seen_and_one_in_each_of_two_requests_is_not() {
        let (sized, chunked) = ("Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n");
        for (one, two) in [(sized, sized), (sized, chunked), (chunked, sized), (chunked, chunked)] {
            check(&format!("POST / HTTP/1.1\r\n{one}X: {}\r\n{two}", "x".repeat(200)), Place::Head, true);
        }
        let inside = "\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n";
        check(&format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{inside}", inside.len()), Place::Between, false);
        check(
            &format!("POST / HTTP/1.1\r\n{sized}\r\naPOST / HTTP/1.1\r\n{chunked}\r\n0\r\n\r\n"),
            Place::Between,
            false,
        );
    }

    #[test]
    fn a_length_in_a_line_too_long_to_follow_is_ambiguous() {
        for (padding, ambiguous) in [(40, false), (70, true)] {
            for pad in [" ", "0"] {
                let pad = pad.repeat(padding);
                check(&format!("POST / HTTP/1.1\r\nContent-Length: {pad}3\r\nX: y"), Place::Head, ambiguous);
            }
        }
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        let (zeros, blanks) = ("0".repeat(70), " ".repeat(70));
        for size in [format!("{zeros}1"), format!("1{blanks}"), format!("1;{blanks}")] {
            check(&format!("{chunked}{size}\r\na\r\n0\r\n\r\nGET"), Place::Body, true);
        }
        check(&format!("{chunked}{}1\r\na\r\n0\r\n\r\n", "0".repeat(50)), Place::Between, false);
    }
}
