use std::net::SocketAddr;
use std::time::{Duration, Instant};

use browsr_core::Engine;
use browsr_core::fake::FakeBackend;
use browsr_http::{Server, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Served {
    address: SocketAddr,
    backend: FakeBackend,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<browsr_core::Result<()>>,
}

async fn serve(config: ServerConfig) -> Served {
    let backend = crate::fake();
    let engine = Engine::builder().backend(backend.clone()).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(Server::serve(listener, engine, config, async { drop(stopped.await) }));
    Served { address, backend, stop, ended }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and returns all that comes back until the server closes.
    async fn exchange(&self, bytes: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        read(&mut stream).await
    }
}

async fn read(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset ends an answer as well as a close does.
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(path: &str, rest: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{rest}\r\n")
}

#[tokio::test]
async fn a_slow_head_is_cut_off_and_others_are_served_meanwhile() {
    let server = serve(ServerConfig::new().with_head_timeout(Duration::from_millis(300))).await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET /health HTTP/1.1\r\nho").await.unwrap();
    let started = Instant::now();
    assert!(server.exchange(&head("/health", "connection: close\r\n")).await.starts_with("HTTP/1.1 200"));
    read(&mut slow).await;
    assert!(started.elapsed() < Duration::from_secs(2));
    let mut idle = server.connect().await;
    assert_eq!(read(&mut idle).await, "", "one that says nothing is cut off as well");
}

#[tokio::test]
async fn a_slow_body_is_408() {
    let server = serve(ServerConfig::new().with_body_timeout(Duration::from_millis(200))).await;
    let mut slow = server.connect().await;
    slow.write_all(
        b"POST /sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{",
    )
    .await
    .unwrap();
    let answer = read(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"code\":\"timeout\""), "{answer}");
}

#[tokio::test]
async fn a_body_that_drips_is_cut_off_in_the_end() {
    let server = serve(ServerConfig::new().with_body_timeout(Duration::from_millis(100))).await;
    let mut slow = server.connect().await;
    slow.write_all(
        b"POST /sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n",
    )
    .await
    .unwrap();
    let (mut reader, mut writer) = slow.into_split();
    let drip = tokio::spawn(async move {
        while writer.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    });
    let mut answer = [0; 64];
    let count = tokio::time::timeout(Duration::from_secs(3), reader.read(&mut answer)).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&answer[..count]).starts_with("HTTP/1.1 408"));
    drip.abort();
}

#[tokio::test]
async fn a_head_has_at_most_16_kib_and_a_hundred_lines() {
    let server = serve(ServerConfig::new()).await;
    let large = format!("x-large: {}\r\n", "x".repeat(20 * 1024));
    assert!(server.exchange(&head("/health", &large)).await.starts_with("HTTP/1.1 431"));
    let many = "x-many: 1\r\n".repeat(1000);
    assert!(server.exchange(&head("/health", &many)).await.starts_with("HTTP/1.1 431"));
    let fits = format!("x-large: {}\r\nconnection: close\r\n", "x".repeat(12 * 1024));
    assert!(server.exchange(&head("/health", &fits)).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn beyond_the_limit_connections_wait_their_turn() {
    let config = ServerConfig::new().with_max_connections(2).with_head_timeout(Duration::from_millis(400));
    let server = serve(config).await;
    let _first = server.connect().await;
    let _second = server.connect().await;
    let started = Instant::now();
    assert!(server.exchange(&head("/health", "connection: close\r\n")).await.starts_with("HTTP/1.1 200"));
    assert!(started.elapsed() >= Duration::from_millis(250), "{:?}", started.elapsed());
}

#[tokio::test]
async fn requests_in_a_pipeline_are_answered_in_order() {
    let server = serve(ServerConfig::new()).await;
    let two = head("/nowhere", "") + &head("/health", "connection: close\r\n");
    let answer = server.exchange(&two).await;
    let (first, second) = (answer.find("HTTP/1.1 404"), answer.find("HTTP/1.1 200"));
    assert!(first.is_some() && first < second, "{answer}");
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_its_request() {
    let server = serve(ServerConfig::new()).await;
    let body = r#"{"commands":[{"command":"navigate_to","data":{"url":"http://a.test/slow/300"}},{"command":"navigate_to","data":{"url":"http://a.test/never"}}]}"#;
    let mut stream = server.connect().await;
    let request = format!(
        "POST /commands HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    crate::eventually("it runs", || !server.backend.log().is_empty()).await;
    drop(stream);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!server.backend.log().iter().any(|line| line.ends_with("/never")), "{:?}", server.backend.log());
}

#[tokio::test]
async fn told_to_stop_it_finishes_what_runs_refuses_the_rest_and_ends() {
    let server = serve(ServerConfig::new()).await;
    let body = r#"{"commands":[{"command":"navigate_to","data":{"url":"http://a.test/slow/400"}}]}"#;
    let mut running = server.connect().await;
    let request = format!(
        "POST /commands HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    running.write_all(request.as_bytes()).await.unwrap();
    // An idle connection that is kept alive must not hold the server up.
    let mut idle = server.connect().await;
    idle.write_all(head("/health", "").as_bytes()).await.unwrap();
    crate::eventually("it runs", || !server.backend.log().is_empty()).await;
    server.stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut late = TcpStream::connect(server.address).await.unwrap();
    late.write_all(head("/sessions", "connection: close\r\n").as_bytes()).await.unwrap();
    let late = read(&mut late).await;
    assert!(late.starts_with("HTTP/1.1 503") && late.contains("retry-after: "), "{late}");
    let answer = read(&mut running).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"success\":true"), "{answer}");
    tokio::time::timeout(Duration::from_secs(5), server.ended).await.expect("it ends").unwrap().unwrap();
    assert_eq!(server.backend.open(), 0, "every session is closed");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_cut_off() {
    let server = serve(ServerConfig::new().with_drain_timeout(Duration::from_millis(200))).await;
    let body = r#"{"commands":[{"command":"navigate_to","data":{"url":"http://a.test/slow/20000"}}]}"#;
    let mut running = server.connect().await;
    let request = format!(
        "POST /commands HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    running.write_all(request.as_bytes()).await.unwrap();
    crate::eventually("it runs", || !server.backend.log().is_empty()).await;
    let started = Instant::now();
    server.stop.send(()).unwrap();
    server.ended.await.unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(server.backend.open(), 0);
}
