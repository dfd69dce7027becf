//! What the tests share: a client of a few lines, a site, and a look at the processes of a session.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use browsr_core::{OpContext, SessionOptions};
use browsr_webdriver::driver::{Driver, DriverBrowser};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(crate) fn within(seconds: u64) -> OpContext {
    OpContext::within(Duration::from_secs(seconds))
}

/// Runs a test on every browser that is wanted.
pub(crate) fn wanted(browser: DriverBrowser) -> bool {
    std::env::var("BROWSR_TEST_BROWSERS").map_or(true, |names| names.split(',').any(|name| name == browser.name()))
}

pub(crate) fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work);
}

/// A session of a driver, by raw requests.
pub(crate) struct Raw {
    port: u16,
    pub(crate) id: String,
    pub(crate) capabilities: Value,
}

impl Raw {
    pub(crate) async fn open(driver: &Driver) -> Self {
        let capabilities = driver.setup(&SessionOptions::new()).capabilities;
        Self::open_with(driver.url().port().unwrap(), &Value::Object(capabilities)).await
    }

    pub(crate) async fn open_with(port: u16, capabilities: &Value) -> Self {
        let answer =
            request(port, "POST", "/session", &json!({ "capabilities": { "alwaysMatch": capabilities } })).await;
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned();
        Self { port, id, capabilities: answer["value"]["capabilities"].clone() }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        request(self.port, "POST", &format!("/session/{}/{path}", self.id), &body).await["value"].clone()
    }

    pub(crate) async fn script(&self, source: &str) -> Value {
        self.post("execute/sync", json!({ "script": source, "args": [] })).await
    }

    pub(crate) async fn promise(&self, source: &str) -> Value {
        let script = format!("const done = arguments[0]; ({source}).then(done, error => done('error: ' + error));");
        self.post("execute/async", json!({ "script": script, "args": [] })).await
    }
}

/// Sends a request and returns the JSON of the answer; null if the connection breaks.
pub(crate) async fn request(port: u16, method: &str, path: &str, body: &Value) -> Value {
    let attempt = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await?;
        let mut answer = String::new();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).await? > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        // Not to the end: chromedriver keeps the connection whatever it is told.
        reader.take(length).read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    serde_json::from_str(&attempt.await.unwrap_or_default()).unwrap_or_default()
}

/// Answers every request with a page, except `/hang`, and notes the request lines.
pub(crate) struct Site {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Self { port: listener.local_addr().unwrap().port(), requests: Arc::default() };
        let requests = Arc::clone(&site.requests);
        tokio::task::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let requests = Arc::clone(&requests);
                tokio::task::spawn(async move {
                    let mut buffer = [0; 4096];
                    let length = stream.read(&mut buffer).await.unwrap_or(0);
                    let head = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    let line = head.lines().next().unwrap_or_default().to_owned();
                    let hangs = line.contains("/hang");
                    requests.lock().unwrap().push(line);
                    if hangs {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                    }
                    let answer = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 30\r\n\
                                  connection: close\r\n\r\n<!doctype html><title>x</title>";
                    let _ = stream.write_all(&answer.as_bytes()[..answer.len() - 1]).await;
                    // Until the other side has read it.
                    let _ = stream.shutdown().await;
                    let _ = stream.read(&mut buffer).await;
                });
            }
        });
        site
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn has_seen(&self, path: &str) -> bool {
        self.requests.lock().unwrap().iter().any(|line| line.contains(path))
    }
}

/// The processes of the session that a process leads, zombies aside.
pub(crate) fn session(leader: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
            let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().collect();
            fields[3] == leader.to_string() && !matches!(fields[0], "Z" | "X")
        })
        .collect()
}

/// The processes of whatever session whose command line or environment names a text.
pub(crate) fn naming(text: &str) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| {
            ["cmdline", "environ"].iter().any(|file| {
                std::fs::read(format!("/proc/{pid}/{file}"))
                    .is_ok_and(|found| String::from_utf8_lossy(&found).contains(text))
            })
        })
        .collect()
}

/// The directory of a driver.
pub(crate) fn home(driver: u32) -> std::path::PathBuf {
    let environment = std::fs::read(format!("/proc/{driver}/environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    let home = environment.split('\0').find_map(|line| line.strip_prefix("HOME=")).unwrap();
    std::path::Path::new(home).parent().unwrap().parent().unwrap().to_owned()
}

/// Waits until something is so, and returns how long that took.
pub(crate) async fn until(what: &str, limit: Duration, condition: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < limit, "waited {limit:?} in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    start.elapsed()
}

pub(crate) fn kill_9(pid: u32) {
    let status = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    assert!(status.unwrap().success());
}
