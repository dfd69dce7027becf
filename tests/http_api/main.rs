//! The API over the wire, as its users meet it: the real program, real browsers, plain HTTP.

#[path = "../browsr/processes.rs"]
mod processes;

mod agents;
mod attack;
mod commands_page;
mod failures;
mod lifetime;
mod many;
mod neighbours;
mod races;
mod story;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use browsr::conformance::Site;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use processes::Sandbox;

const KEY: &str = "bak_test_0123456789abcdef";
const WITH_KEY: (&str, &str) = ("authorization", "Bearer bak_test_0123456789abcdef");
const JSON: (&str, &str) = ("content-type", "application/json");

/// A running server, with a site for its browsers.
struct World {
    server: Child,
    address: SocketAddr,
    /// What the server writes to standard error.
    log: std::path::PathBuf,
    site: Site,
    sandbox: Sandbox,
    _runtime: Runtime,
}

impl World {
    /// Starts a server without keys on a free port.
    fn new(name: &str) -> Self {
        Self::with(name, &["--listen", "127.0.0.1:0"], &[])
    }

    /// Starts a server with the key.
    fn keyed(name: &str, arguments: &[&str]) -> Self {
        Self::with(name, arguments, &[("BROWSR_API_KEY", KEY)])
    }

    fn with(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let site = runtime.block_on(Site::start()).expect("a free port");
        let sandbox = Sandbox::new(&format!("http-{name}"));
        let log = std::env::temp_dir().join(format!("browsr-test-http-{name}-{}.err", std::process::id()));
        let mut command = serve(&sandbox, arguments);
        command.envs(environment.iter().copied());
        command.stderr(std::fs::File::create(&log).expect("a log"));
        let mut server = command.spawn().expect("the program");
        let mut line = String::new();
        let stdout = server.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("browsr listening on http://").and_then(|text| text.parse().ok());
        let mut address: SocketAddr = address.unwrap_or_else(|| panic!("{line:?}: {}", read(&log)));
        if address.ip().is_unspecified() {
            address.set_ip([127, 0, 0, 1].into());
        }
        Self { server, address, log, site, sandbox, _runtime: runtime }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        send(self.address, method, path, headers, body).expect("an answer")
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[WITH_KEY], "")
    }

    fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[WITH_KEY], "")
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[WITH_KEY, JSON], &body.to_string())
    }

    /// Opens a session and returns its id.
    fn open(&self, body: &Value) -> String {
        let answer = self.post("/sessions", body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text("session_id")
    }

    /// Runs commands that must succeed, and returns the results.
    fn run(&self, session_id: &str, commands: &Value) -> Value {
        let answer = self.post("/commands", &json!({ "session_id": session_id, "commands": commands }));
        assert_eq!((answer.status, &answer.body["success"]), (200, &json!(true)), "{answer:?}");
        answer.body["results"].clone()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}

fn read(path: &std::path::Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

/// The command that serves, with its state kept out of the way of whoever runs the tests.
fn serve(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.browsr(&["serve"]);
    command.args(arguments).env_remove("BROWSR_API_KEY").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.env("BROWSR_TOKEN_KEY_FILE", sandbox.path().join("token.key"));
    command.stdout(Stdio::piped());
    command
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Answer {
    #[track_caller]
    fn text(&self, key: &str) -> String {
        self.body[key].as_str().unwrap_or_else(|| panic!("no {key} in {self:?}")).to_owned()
    }

    /// Status, code and field of an error.
    #[track_caller]
    fn error(&self) -> (u16, String, Option<&str>) {
        assert!(!self.text("error").is_empty());
        (self.status, self.text("code"), self.body["field"].as_str())
    }
}

/// Sends one request on a connection of its own.
fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Answer> {
    let mut stream = begin(address, method, path, headers, body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).expect("JSON") };
    Ok(Answer { status, head: head.to_ascii_lowercase(), body })
}

/// Sends one request and leaves its answer unread.
fn begin(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(90)))?;
    let mut request = Vec::new();
    write!(request, "{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len())?;
    if !headers.iter().any(|(name, _)| *name == "host") {
        write!(request, "host: {address}\r\n")?;
    }
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n")?;
    }
    write!(request, "\r\n{body}")?;
    stream.write_all(&request)?;
    Ok(stream)
}
