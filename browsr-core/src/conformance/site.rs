//! The web site that the cases visit: fixed pages, and answers that misbehave in known ways, on a free loopback port.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

/// The site, served until dropped.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    state: Arc<State>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    hits: Mutex<HashMap<String, usize>>,
    connections: AtomicUsize,
}

macro_rules! pages {
    ($($name:literal),* $(,)?) => {
        /// The fixed pages by path.
        const PAGES: &[(&str, &str)] = &[$((concat!("/", $name), include_str!(concat!("site/", $name, ".html")))),*];
    };
}

pages! {
    "article", "actions", "form", "frames", "frame-inner", "late", "loading", "dialogs", "shadow", "tall", "links",
    "storage", "popup", "popup-opened", "hang-script", "spa", "drag", "hanging-image", "widgets", "hard", "fields", "boxes", "fixed",
    "observe", "components", "settles", "hidden", "names", "shapes",
}

impl Site {
    /// Starts serving on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let tasks = TaskTracker::new();
        let shared = Arc::clone(&state);
        let server = tasks.clone().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                shared.connections.fetch_add(1, Ordering::AcqRel);
                tasks.spawn(async move {
                    // A client that hangs up midway is part of the game.
                    let _ = converse(stream, &state, address).await;
                });
            }
        });
        Ok(Self { address, state, server })
    }

    /// Returns the URL of a path, on `127.0.0.1`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{}", self.address, path.trim_start_matches('/'))
    }

    /// Returns the URL of a path on another origin: the same server by the name `localhost`.
    pub fn other_origin(&self, path: &str) -> String {
        format!("http://localhost:{}/{}", self.address.port(), path.trim_start_matches('/'))
    }

    /// Returns a URL at which nobody listens: its port was free a moment ago.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn refused_url() -> io::Result<String> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        Ok(format!("http://{}/", listener.local_addr()?))
    }

    /// Returns how often a path was asked for.
    pub fn hits(&self, path: &str) -> usize {
        self.state.hits.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied().unwrap_or(0)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: HashMap<String, String>,
    body: String,
}

struct Answer {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    breaks: Option<Breaks>,
}

/// How an answer breaks off.
#[derive(Clone, Copy, PartialEq)]
enum Breaks {
    /// Before it has begun.
    AtOnce,
    /// Fewer bytes come than the header says.
    Length,
    /// The last chunk does not come.
    Chunk,
    /// The connection is reset.
    Reset,
}

impl Answer {
    fn new(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: "200 OK",
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
            breaks: None,
        }
    }

    const fn breaking(mut self, breaks: Breaks) -> Self {
        self.breaks = Some(breaks);
        self
    }

    fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::new("text/html; charset=utf-8", body)
    }

    fn status(mut self, status: &'static str) -> Self {
        self.status = status;
        self
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn redirect(to: impl Into<String>) -> Self {
        Self::html("").status("303 See Other").header("location", to)
    }
}

async fn converse(stream: TcpStream, state: &State, address: SocketAddr) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    // Who speaks TLS gets an answer that is none.
    if stream.fill_buf().await?.first() == Some(&0x16) {
        return stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    }
    while let Some(request) = read(&mut stream).await? {
        *state.hits.lock().unwrap_or_else(PoisonError::into_inner).entry(request.path.clone()).or_default() += 1;
        let Some(answer) = answer(&request, address).await else {
            // Never answers, until the client gives up.
            let mut rest = [0; 64];
            while stream.read(&mut rest).await? > 0 {}
            return Ok(());
        };
        let length = match answer.breaks {
            Some(Breaks::AtOnce) => return Ok(()),
            Some(Breaks::Chunk) => "transfer-encoding: chunked".to_owned(),
            Some(_) => format!("content-length: {}", answer.body.len() * 2),
            None => format!("content-length: {}", answer.body.len()),
        };
        let mut head = format!("HTTP/1.1 {}\r\n{length}\r\n", answer.status);
        for (name, value) in &answer.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        if answer.breaks == Some(Breaks::Chunk) {
            let _ = write!(head, "{:x}\r\n", answer.body.len());
        }
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&answer.body).await?;
        stream.flush().await?;
        if let Some(breaks) = answer.breaks {
            if breaks == Breaks::Reset {
                // What has been sent is to be read first.
                tokio::time::sleep(Duration::from_millis(200)).await;
                stream.get_ref().set_zero_linger()?;
            }
            return Ok(());
        }
    }
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or("/").to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0usize).min(1 << 20);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Ok(Some(Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }))
}

/// Answers a request, or does not.
async fn answer(request: &Request, address: SocketAddr) -> Option<Answer> {
    if let Some((_, page)) = PAGES.iter().find(|(path, _)| *path == request.path) {
        return Some(Answer::html(page.replace("{{PORT}}", &address.port().to_string())));
    }
    let cookies = request.headers.get("cookie").map_or("", String::as_str);
    let mut steps = request.path.trim_start_matches('/').split('/');
    let (what, argument) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
    let number: u64 = argument.parse().unwrap_or(0);
    Some(match what {
        "" => Answer::html("<!doctype html><title>Home</title><h1>Home</h1><p>The front page of the site.</p>"),
        "hang" => return None,
        "slow" => {
            tokio::time::sleep(Duration::from_millis(number)).await;
            Answer::html(format!("<!doctype html><title>Slow</title><h1>Slow {number}</h1><p>It took a while.</p>"))
        }
        "status" => {
            let status = match argument {
                "204" => return Some(Answer::html("").status("204 No Content")),
                "205" => return Some(Answer::html("").status("205 Reset Content")),
                "404" => "404 Not Found",
                "500" => "500 Internal Server Error",
                _ => "200 OK",
            };
            Answer::html(format!("<!doctype html><title>{status}</title><h1>{status}</h1>")).status(status)
        }
        "redirect" if number > 0 => Answer::redirect(format!("/redirect/{}", number - 1)),
        "redirect" => Answer::redirect("/article"),
        "redirect-loop" => Answer::redirect("/redirect-loop"),
        "redirect-away" => Answer::redirect(format!("http://localhost:{}/article", address.port())),
        "download" => Answer::new("application/octet-stream", vec![7; 1000])
            .header("content-disposition", "attachment; filename=\"data.bin\""),
        "archive" => Answer::new("application/zip", vec![7; 1000]),
        "empty" => Answer::html("").status(match number {
            401 => "401 Unauthorized",
            403 => "403 Forbidden",
            404 => "404 Not Found",
            500 => "500 Internal Server Error",
            503 => "503 Service Unavailable",
            _ => "200 OK",
        }),
        "broken" if argument == "gzip" => Answer::html("These words were never packed.").header("content-encoding", "gzip"),
        "broken" => Answer::html(format!(
            "<!doctype html><title>Half</title><h1>Half a page</h1>{}",
            "<p>A line that came over before the end.</p>".repeat(500)
        ))
        .breaking(match argument {
            "length" => Breaks::Length,
            "chunk" => Breaks::Chunk,
            "reset" => Breaks::Reset,
            _ => Breaks::AtOnce,
        }),
        // With what the query says in a frame.
        "frame-of" => Answer::html(format!("<!doctype html><title>Around</title><iframe width=380 height=180 src='/{}'></iframe>", request.query)),
        // To where the query says.
        "to" => Answer::redirect(request.query.clone()),
        "refresh" => {
            let wait = format!("{number}; url={}", request.query);
            let page = |head: String| {
                Answer::html(format!("<!doctype html>{head}<title>Moving</title><p>You are being taken elsewhere.</p>"))
            };
            match steps.next() {
                Some("header") => page(String::new()).header("refresh", wait),
                _ => page(format!("<meta http-equiv=refresh content=\"{wait}\">")),
            }
        }
        "refresh-itself" => Answer::html(
            "<!doctype html><meta http-equiv=refresh content=1><title>Live</title><h1>Live score</h1><p>It stands two to one.</p>",
        ),
        "alerts" => Answer::html(
            "<!doctype html><title>Alerts</title><script>for (let i = 0; i < 10; i++) alert(`notice ${i}`)</script><h1>After them</h1>",
        ),
        "boxed" => Answer::html(
            "<!doctype html><title>Boxed</title><h1>Boxed in</h1><p>No script runs here.</p>\
             <form action=/search><input id=field name=q><button id=send>Send</button></form><a id=out href=/article>out</a>",
        )
        .header("content-security-policy", "sandbox allow-forms"),
        "never-closed" => Answer::html(
            "<!doctype html><title>Opened</title><script>addEventListener('load', () => { document.open(); \
             document.write('<title>Written</title><h1>Written late</h1>') })</script>",
        ),
        "json" => Answer::new("application/json", r#"{"answer": 42, "list": [1, 2, 3]}"#),
        "text" => Answer::new("text/plain; charset=utf-8", "plain words\nsecond line ``` with a fence\n"),
        "pdf" => Answer::new("application/pdf", PDF),
        "asks" => Answer::html(
            "<!doctype html><script>setTimeout(() => parent.postMessage(`${confirm('c')} ${prompt('p', 'd')}`, '*'), 20)</script>",
        ),
        "names-itself" => Answer::html("<!doctype html><script>parent.postMessage(navigator.userAgent, '*')</script>"),
        "locked" if request.headers.get("authorization").is_some_and(|given| given == "Basic YWRhOmxvdmVsYWNl") => {
            Answer::html("<!doctype html><title>Open</title><h1>Welcome, ada</h1>")
        }
        "locked" => Answer::html("<!doctype html><title>Locked</title><h1>Only for members</h1>")
            .status("401 Unauthorized")
            .header("www-authenticate", "Basic realm=\"members\""),
        // A service worker that asks for what it is told to.
        "script" => Answer::new(
            "text/javascript",
            "onmessage = event => { fetch(event.data, { mode: 'no-cors' }).catch(() => {}) }",
        ),
        "pixel" => Answer::new("image/gif", *PIXEL),
        "late-data" => {
            tokio::time::sleep(Duration::from_millis(number)).await;
            Answer::new("application/json", r#"{"text": "The words that came late but did come in the end."}"#)
        }
        "headers" => {
            let mut list: Vec<_> = request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            list.sort();
            Answer::html(format!("<!doctype html><title>Headers</title><pre>{}</pre>", list.join("\n")))
        }
        "set-cookie" => Answer::html("<!doctype html><title>Cookies</title><p>Two cookies were set.</p>")
            .header("set-cookie", "visible=1; Path=/")
            .header("set-cookie", "hidden=2; Path=/; HttpOnly"),
        "login" if request.method == "POST" => {
            // Slow enough that a client which does not wait for the navigation reads the wrong page.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let good = request.body.contains("user=ada") && request.body.contains("password=lovelace");
            if good {
                Answer::redirect("/dashboard").header("set-cookie", "sid=ada; Path=/; HttpOnly")
            } else {
                Answer::redirect("/login?failed")
            }
        }
        "login" => Answer::html(format!(
            "<!doctype html><title>Sign in</title><h1>Sign in</h1>{}<form method=post action=/login>\
             <label>User <input id=user name=user></label><label>Password <input id=password name=password type=password></label>\
             <button type=submit>Sign in</button></form>",
            if request.query == "failed" { "<p class=error>Wrong user or password.</p>" } else { "" }
        )),
        "dashboard" if cookies.contains("sid=ada") => Answer::html(
            "<!doctype html><title>Dashboard</title><nav><a href=/login>Sign out</a></nav><main><h1>Dashboard</h1>\
             <p>Welcome back, <b>ada</b>. There are three new messages for you, and <a href=/article>an article</a> to read.</p></main>",
        ),
        "dashboard" => Answer::redirect("/login"),
        _ => Answer::html("<!doctype html><title>Not found</title><h1>Not found</h1>").status("404 Not Found"),
    })
}

/// A transparent GIF of one pixel.
const PIXEL: &[u8; 43] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// The smallest document that is a PDF.
const PDF: &str = "%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
