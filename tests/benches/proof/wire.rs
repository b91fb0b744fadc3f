//! One connection of the load client: a request out, its answer in. HTTP/1.1 kept alive, nothing more than that needs.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// A connection.
pub(crate) struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Line {
    /// A new connection.
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 4096] })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Reply<'_>> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        loop {
            if filled == self.buffer.len() {
                ensure!(filled < ANSWER_BYTES_MAX, "the answer is too long");
                self.buffer.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "closed by the server after {:?}", String::from_utf8_lossy(&self.buffer[..filled]));
            filled += read;
            if let Some((status, body)) = whole(&self.buffer[..filled])? {
                return Ok(Reply { status, body: &self.buffer[body] });
            }
        }
    }
}

/// The status, and where the body is, once all of the answer is there.
fn whole(bytes: &[u8]) -> Result<Option<(u16, Range<usize>)>> {
    let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&bytes[..head])?;
    let status = text.get(9..12).and_then(|status| status.parse().ok()).context("an answer without a status")?;
    let start = head + 4;
    let mut fields = text.split("\r\n").filter_map(|line| line.split_once(':'));
    let length = fields.clone().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let end = match length {
        Some((_, length)) => start + length.trim().parse::<usize>().context("a wrong Content-Length")?,
        // No peer answers in pieces but for the last one being empty.
        None if fields.any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding")) => {
            if !bytes.ends_with(b"0\r\n\r\n") {
                return Ok(None);
            }
            bytes.len()
        }
        None => start,
    };
    Ok((bytes.len() >= end).then_some((status, start..end)))
}
