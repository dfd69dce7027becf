//! What the API over HTTP adds to the library.

use std::time::{Duration, Instant};

use browsr::command::extract::Evaluate;
use browsr::http::{Server, ServerConfig};
use browsr::{CdpBackend, Engine, LaunchOptions, SessionOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::{Outcome, percentile};

pub async fn measure(options: LaunchOptions, site: &str) -> Outcome {
    let engine = Engine::builder().backend(CdpBackend::launch(options)).max_sessions(8).build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(Server::serve(listener, engine.clone(), ServerConfig::new(), async {
        let _ = stopped.await;
    }));
    evaluate(&engine, address).await?;
    scrapes(address, &format!("{site}/article")).await?;
    let _ = stop.send(());
    server.await??;
    Ok(())
}

async fn evaluate(engine: &Engine, address: std::net::SocketAddr) -> Outcome {
    let session = engine.create_session(SessionOptions::new()).await?;
    let mut client = Client::connect(address).await?;
    let body = json!({
        "session_id": session.id().as_str(),
        "commands": [{ "command": "evaluate", "data": { "expression": "1+1" } }],
    });
    let (mut library, mut wire) = (Vec::new(), Vec::new());
    for _ in 0..1000 {
        let start = Instant::now();
        session.run(Evaluate::new("1+1")).await?;
        library.push(start.elapsed());
        let start = Instant::now();
        let answer = client.post("/commands", &body).await?;
        wire.push(start.elapsed());
        assert_eq!(answer["results"][0]["data"]["result"]["value"], 2, "{answer}");
    }
    session.close().await?;
    let (library, wire) = (percentile(&mut library, 50), percentile(&mut wire, 50));
    let limit = 2.0 * library + 0.3;
    let verdict = if wire <= limit { "" } else { "  OVER" };
    println!("\nevaluate('1+1') 1000 times: library {library:.3} ms, over HTTP {wire:.3} ms, at most {limit:.3} ms{verdict}");
    Ok(())
}

async fn scrapes(address: std::net::SocketAddr, url: &str) -> Outcome {
    let one = run(address, url, 1, 24).await?;
    let four = run(address, url, 4, 12).await?;
    println!(
        "scrapes over HTTP, a session each: {:.1}/s one at a time, {:.1}/s four at a time ({:.2} times), cores {:.0} % busy; every page right",
        one.rate,
        four.rate,
        four.rate / one.rate,
        four.busy * 100.0
    );
    Ok(())
}

struct Run {
    rate: f64,
    busy: f64,
}

async fn run(address: std::net::SocketAddr, url: &str, clients: usize, each: usize) -> Outcome<Run> {
    let (start, before) = (Instant::now(), cpu()?);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let url = url.to_owned();
        tasks.spawn(async move {
            let mut client = Client::connect(address).await.expect("a connection");
            for _ in 0..each {
                let answer = client.post("/v1/scrape", &json!({ "url": url })).await.expect("an answer");
                let markdown = answer["data"]["markdown"].as_str().unwrap_or_default();
                assert!(markdown.contains("# The town on the river") && markdown.len() > 30_000, "{answer}");
            }
        });
    }
    while let Some(result) = tasks.join_next().await {
        result?;
    }
    let (taken, after) = (start.elapsed(), cpu()?);
    #[expect(clippy::cast_precision_loss, reason = "a rate of a few")]
    let rate = (clients * each) as f64 / taken.as_secs_f64();
    Ok(Run { rate, busy: (after.0 - before.0) / (after.1 - before.1) })
}

/// Busy and total time of all cores, in ticks.
fn cpu() -> Outcome<(f64, f64)> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let ticks: Vec<f64> =
        stat.lines().next().unwrap_or_default().split_whitespace().skip(1).filter_map(|tick| tick.parse().ok()).collect();
    let total: f64 = ticks.iter().take(8).sum();
    Ok((total - ticks[3] - ticks[4], total))
}

/// The least HTTP client: one connection, one request at a time.
struct Client {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Client {
    async fn connect(address: std::net::SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), host: address.to_string() })
    }

    async fn post(&mut self, path: &str, body: &Value) -> Outcome<Value> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        tokio::time::timeout(Duration::from_secs(60), async {
            self.stream.get_mut().write_all(request.as_bytes()).await?;
            let mut length = 0;
            loop {
                let mut line = String::new();
                self.stream.read_line(&mut line).await?;
                if line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse()?;
                }
            }
            let mut answer = vec![0; length];
            self.stream.read_exact(&mut answer).await?;
            Ok(serde_json::from_slice(&answer)?)
        })
        .await?
    }
}
