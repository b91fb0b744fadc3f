//! Standard output and error of the guest: each line becomes a line of the call's log.

use bytes::Bytes;
use hookbox_model::LogLevel;
use tokio::io::{AsyncWrite, empty};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::log::SharedLog;

/// How much the guest may write at once, in bytes.
const WRITE_BYTES_MAX: usize = 64 * 1024;

/// Where a guest's output goes.
pub(crate) struct Lines {
    pub(crate) log: SharedLog,
    pub(crate) level: LogLevel,
}

impl IsTerminal for Lines {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Lines {
    /// Only WASI 0.3 asks for this form, and it is not offered.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(empty())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        let line_bytes_max = self.log.lock().line_bytes_max();
        Box::new(LineStream { log: self.log.clone(), level: self.level, line: Vec::new(), line_bytes_max })
    }
}

/// Cuts a stream into lines. A line with no end holds no more than one log line may.
struct LineStream {
    log: SharedLog,
    level: LogLevel,
    line: Vec<u8>,
    line_bytes_max: usize,
}

impl LineStream {
    fn finish_line(&mut self) {
        self.log.lock().write(self.level, &String::from_utf8_lossy(&self.line));
        self.line.clear();
    }
}

impl OutputStream for LineStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            let room = self.line_bytes_max.saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if text.len() < part.len() {
                self.finish_line();
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES_MAX)
    }
}

#[async_trait]
impl Pollable for LineStream {
    async fn ready(&mut self) {}
}

impl Drop for LineStream {
    /// A last line without a line break counts too.
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.finish_line();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::Config;
    use crate::log::Log;
    use hookbox_model::LogLevel;
    use parking_lot::Mutex;
    use std::sync::Arc;
    use wasmtime_wasi::cli::StdoutStream;

    #[test]
    fn output_becomes_lines_and_a_line_with_no_end_is_cut() {
        let config = Config { log_line_bytes_max: 8, ..Config::default() };
        let log = Arc::new(Mutex::new(Log::new(&config)));
        let mut stream = Lines { log: log.clone(), level: LogLevel::Error }.p2_stream();
        for part in ["pan", "icked\nat ", "\n\n", &"x".repeat(10_000)] {
            stream.write(part.as_bytes().to_vec().into()).expect("never fails");
        }
        drop(stream);
        let (lines, _) = log.lock().take();
        let texts: Vec<_> = lines.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(texts, ["panicked", "at ", "", "xxxxxxxx"]);
    }
}
