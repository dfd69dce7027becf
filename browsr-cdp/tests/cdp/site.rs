//! A little web site on a free port of loopback: fixed paths that misbehave, and pages that a test puts up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

#[derive(Clone)]
pub(crate) struct Site {
    port: u16,
    pages: Arc<Mutex<HashMap<String, String>>>,
    /// The heads of all requests.
    requests: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site =
            Self { port: listener.local_addr().unwrap().port(), pages: Arc::default(), requests: Arc::default() };
        let serving = site.clone();
        // Tests have no tracker; the task ends with the runtime.
        tokio::task::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let site = serving.clone();
                tokio::task::spawn(async move { site.answer(stream).await });
            }
        });
        site
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Puts up a page and returns its URL.
    pub(crate) fn page(&self, path: &str, html: &str) -> Url {
        self.pages.lock().unwrap().insert(path.to_owned(), html.to_owned());
        self.url(path)
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        format!("http://127.0.0.1:{}{path}", self.port).parse().unwrap()
    }

    /// The same place under another name, which makes it another site.
    pub(crate) fn elsewhere(&self, path: &str) -> Url {
        format!("http://localhost:{}{path}", self.port).parse().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    async fn answer(&self, mut stream: TcpStream) {
        let mut head = Vec::new();
        let mut buffer = [0; 4096];
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read(&mut buffer).await {
                Ok(read) if read > 0 && head.len() < 65536 => head.extend_from_slice(&buffer[..read]),
                _ => return,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let target = head.split(' ').nth(1).unwrap_or("/").to_owned();
        self.requests.lock().unwrap().push(head);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let number = query.parse::<u64>().unwrap_or(0);
        let html = |text: &str| response("200 OK", "Content-Type: text/html; charset=utf-8\r\n", text.as_bytes());
        let page = self.pages.lock().unwrap().get(path).cloned();
        let answer = match path {
            _ if page.is_some() => html(&page.unwrap_or_default()),
            "/hang" => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                return;
            }
            "/slow" => {
                tokio::time::sleep(Duration::from_millis(number)).await;
                html("<title>slow</title><p>late")
            }
            "/slow-post" => {
                tokio::time::sleep(Duration::from_millis(300)).await;
                response("303 See Other", "Location: /landed\r\n", b"")
            }
            "/landed" => html("<title>landed</title><p>here"),
            "/204" => response("204 No Content", "", b""),
            "/download" => response(
                "200 OK",
                "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=x.bin\r\n",
                b"bytes",
            ),
            "/redirect" if number > 0 => response("302 Found", &format!("Location: /redirect?{}\r\n", number - 1), b""),
            "/redirect" => html("<title>redirected</title>"),
            "/loop" => response("302 Found", "Location: /loop\r\n", b""),
            "/empty-404" => response("404 Not Found", "Content-Type: text/html\r\n", b""),
            "/json" => {
                response("200 OK", "Content-Type: application/json\r\nSet-Cookie: h=1; HttpOnly\r\n", b"{\"a\":1}")
            }
            "/elsewhere.json" => response("302 Found", "Location: /json/version\r\n", b""),
            _ => response("404 Not Found", "Content-Type: text/html\r\n", b"<title>missing</title>no such page"),
        };
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
    }
}

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len())
            .into_bytes();
    answer.extend_from_slice(body);
    answer
}
