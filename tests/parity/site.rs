//! The web site that the probes visit, on a free loopback port. Its other site is the same port by the name `localhost`.
//!
//! Most answers are made to order: `/made?…` says in its query what it is to be answered with, so that a probe and the
//! pages it needs stand together. Longer pages are files in `pages/`. Every request is noted down, and a page asks for
//! the notes at `/hits` and `/seen`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::replies::{self, PIXEL};

/// The site, served until dropped.
pub(crate) struct Site {
    address: SocketAddr,
    state: Arc<State>,
    server: tokio::task::JoinHandle<()>,
}

struct State {
    hits: Mutex<BTreeMap<String, Vec<Request>>>,
    pages: BTreeMap<String, Reply>,
}

/// One request, as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// In the order of the wire, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    fn as_json(&self) -> Value {
        let headers: BTreeMap<_, _> = self.headers.iter().cloned().collect();
        let order: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        let body = String::from_utf8_lossy(&self.body);
        json!({ "method": self.method, "headers": headers, "order": order, "body": body })
    }
}

/// One answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How long the answer is held back.
    pub(crate) wait: Duration,
    /// Pieces that follow the body one by one, each after the pause; the answer is then chunked.
    pub(crate) pieces: Vec<(Duration, Vec<u8>)>,
}

impl Reply {
    pub(crate) fn new(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status: 200, headers, body: body.into(), ..Self::default() }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl Site {
    /// Starts serving on a free port of 127.0.0.1.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { hits: Mutex::default(), pages: pages()? });
        let shared = Arc::clone(&state);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A browser that hangs up midway is part of the game.
                    let _ = converse(stream, &state).await;
                });
            }
        });
        Ok(Self { address, state, server })
    }

    /// Returns the URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the URL of a path on the other site.
    pub(crate) fn far(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }

    /// Returns the requests for a path and query.
    pub(crate) fn hits(&self, target: &str) -> Vec<Request> {
        self.state.hits.lock().unwrap_or_else(PoisonError::into_inner).get(target).cloned().unwrap_or_default()
    }

    /// Returns what was asked for with this word in its path or query, and how often.
    pub(crate) fn seen(&self, word: &str) -> BTreeMap<String, usize> {
        self.state.seen(word)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl State {
    fn seen(&self, word: &str) -> BTreeMap<String, usize> {
        let hits = self.hits.lock().unwrap_or_else(PoisonError::into_inner);
        hits.iter()
            .filter(|(target, _)| target.contains(word))
            .map(|(target, all)| (target.clone(), all.len()))
            .collect()
    }

    fn reply(&self, request: &Request) -> Reply {
        // `/in/<name>/page` is `/page`, so that a service worker gets a scope of its own.
        let path = request.path();
        let path = path.strip_prefix("/in/").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or(path);
        let query = request.query();
        match path {
            "/hits" => {
                let hits = self.hits.lock().unwrap_or_else(PoisonError::into_inner);
                let found = hits.get(&replies::decode_text(query)).map(Vec::as_slice).unwrap_or_default();
                open(&json!(found.iter().map(Request::as_json).collect::<Vec<_>>()), request)
            }
            "/seen" => open(&json!(self.seen(&replies::decode_text(query))), request),
            "/headers" => open(&request.as_json()["headers"].take(), request),
            "/dot.png" => Reply::new("image/png", PIXEL),
            "/favicon.ico" => Reply { status: 204, ..Reply::default() },
            _ => match self.pages.get(path) {
                Some(page) => filled(page, query),
                None => replies::reply(path, query, request),
            },
        }
    }
}

/// An answer that every origin may read.
fn open(value: &Value, request: &Request) -> Reply {
    Reply::new("application/json", value.to_string())
        .with("access-control-allow-origin", request.header("origin").unwrap_or("*"))
        .with("access-control-allow-credentials", "true")
        .with("cache-control", "no-store")
}

/// Puts the query where the page wants it.
fn filled(page: &Reply, query: &str) -> Reply {
    let mut reply = page.clone();
    reply.body = String::from_utf8_lossy(&reply.body).replace("{{query}}", query).into_bytes();
    for (_, value) in &mut reply.headers {
        *value = value.replace("{{query}}", query);
    }
    reply
}

/// Reads the pages. Lines `<!-- header name: value -->` at the beginning of a file are headers of its answer.
fn pages() -> io::Result<BTreeMap<String, Reply>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/pages");
    let mut pages = BTreeMap::new();
    for file in std::fs::read_dir(folder)? {
        let file = file?.path();
        let text = std::fs::read_to_string(&file)?;
        let mut headers = Vec::new();
        let mut rest = text.as_str();
        while let Some((line, after)) = rest.split_once('\n')
            && let Some(header) = line.strip_prefix("<!-- header ").and_then(|line| line.strip_suffix(" -->"))
            && let Some((name, value)) = header.split_once(": ")
        {
            headers.push((name.to_owned(), value.to_owned()));
            rest = after;
        }
        let mut page = Reply::new("text/html; charset=utf-8", rest);
        page.headers.append(&mut headers);
        if let Some(name) = file.file_stem().and_then(|name| name.to_str()) {
            pages.insert(format!("/{name}"), page);
        }
    }
    Ok(pages)
}

async fn converse(stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await? {
        // What asks for notes is not noted.
        if !matches!(request.path(), "/hits" | "/seen") {
            let mut hits = state.hits.lock().unwrap_or_else(PoisonError::into_inner);
            hits.entry(request.target.clone()).or_default().push(request.clone());
        }
        if let Some(key) = request.header("sec-websocket-key") {
            return echo(stream, &derive_accept_key(key.as_bytes())).await;
        }
        let reply = if request.method == "OPTIONS" {
            Reply { status: 204, ..Reply::default() }
                .with("access-control-allow-origin", request.header("origin").unwrap_or("*"))
                .with("access-control-allow-headers", "*")
                .with("access-control-allow-methods", "*")
        } else {
            state.reply(&request)
        };
        write(&mut stream, &reply, request.method == "HEAD").await?;
    }
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        ..Request::default()
    };
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let length = request.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0_usize);
    request.body = vec![0; length.min(8 << 20)];
    stream.read_exact(&mut request.body).await?;
    Ok(Some(request))
}

async fn write(stream: &mut BufReader<TcpStream>, reply: &Reply, head_only: bool) -> io::Result<()> {
    tokio::time::sleep(reply.wait).await;
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, replies::reason(reply.status));
    for (name, value) in &reply.headers {
        // Writing to a string does not fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if !reply.headers.iter().any(|(name, _)| name == "cache-control") {
        head.push_str("cache-control: max-age=0\r\n");
    }
    if reply.pieces.is_empty() {
        let _ = write!(head, "content-length: {}\r\n\r\n", reply.body.len());
        let mut all = head.into_bytes();
        if !head_only {
            all.extend_from_slice(&reply.body);
        }
        stream.write_all(&all).await?;
        return stream.flush().await;
    }
    head.push_str("transfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    for (pause, piece) in &reply.pieces {
        tokio::time::sleep(*pause).await;
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(piece);
        chunk.extend_from_slice(b"\r\n");
        stream.write_all(&chunk).await?;
        stream.flush().await?;
    }
    stream.write_all(b"0\r\n\r\n").await?;
    stream.flush().await
}

/// A web socket that says what it hears.
async fn echo(mut stream: BufReader<TcpStream>, accept: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            break;
        }
    }
    Ok(())
}
