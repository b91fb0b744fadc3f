//! The receiving side of a channel: answers what it was given, in order, and keeps what it was asked.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it does with a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// A status line, headers and a body, as text.
    Answer(String),
    /// Nothing, for ever.
    Silence,
    /// The begin of an answer, and nothing further for ever.
    Stalled(String),
    /// A body without an end.
    Endless,
}

/// A request it was sent.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct InboxServer {
    pub(crate) url: String,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Answer(format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    ))
}

impl InboxServer {
    /// One that gives these replies and the last of them ever after.
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/in", listener.local_addr().expect("it is bound"));
        let server = Self { url, asked: Arc::default(), replies: Arc::new(Mutex::new(replies.into())) };
        let this = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(this.clone().serve(stream));
            }
        });
        server
    }

    async fn serve(self, mut stream: TcpStream) -> Option<()> {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            stream.read_buf(&mut bytes).await.ok().filter(|count| *count > 0)?;
        };
        let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
        let headers: HashMap<_, _> = text
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers["content-length"].parse().expect("what a test wrote parses");
        while bytes.len() < head + length {
            stream.read_buf(&mut bytes).await.ok().filter(|count| *count > 0)?;
        }
        self.asked.lock().push(Asked { headers, body: bytes[head..].to_vec() });
        let reply = {
            let mut replies = self.replies.lock();
            if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() }
        };
        match reply? {
            Reply::Answer(text) => stream.write_all(text.as_bytes()).await.ok(),
            Reply::Stalled(text) => {
                stream.write_all(text.as_bytes()).await.ok()?;
                std::future::pending().await
            }
            Reply::Silence => std::future::pending().await,
            Reply::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await.ok()?;
                while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
                None
            }
        }
    }
}
