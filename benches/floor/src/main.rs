//! What browsr costs above the protocol: each figure next to a hand-written loop of the least calls that do the same,
//! on the same browser, in the same run, one after the other by turns.
//!
//! The browser is one that browsr launched on its pipe; the hand-written side comes in by a port of the same browser.

mod hand;
mod http;
mod page;

use std::time::{Duration, Instant};

use browsr::command::extract::Evaluate;
use browsr::command::keyboard::TypeText;
use browsr::command::pointer::Click;
use browsr::{CdpBackend, Engine, LaunchOptions, ScrapeRequest, SessionOptions};

use hand::Hand;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let site = page::serve().await?;
    let port = page::free_port()?;
    let mut options = LaunchOptions::new();
    if let Some(browser) = std::env::args().nth(1) {
        options = options.with_executable(browser);
    }
    let reachable = options.clone().with_extra_arg(format!("--remote-debugging-port={port}"));
    let engine = Engine::builder().backend(CdpBackend::launch(reachable)).build()?;
    let result = measure(&engine, port, &site).await;
    engine.shutdown(Duration::from_secs(5)).await;
    result?;
    http::measure(options, &site).await
}

async fn measure(engine: &Engine, port: u16, site: &str) -> Outcome {
    let session = engine.create_session(SessionOptions::new()).await?;
    println!("{}", engine.status().backends[0].browser.as_deref().unwrap_or("unknown browser"));
    println!("{:<34}{:>12}{:>12}{:>8}{:>10}", "", "by hand", "browsr", "ratio", "at most");
    let mut hand = Hand::connect(port).await?;
    let page = hand.open().await?;

    session.navigate(format!("{site}/")).await?;
    hand.navigate(&page, &format!("{site}/")).await?;
    let mut evaluate = Pair::new("evaluate('1+1'), 2000 times", 1.5);
    for _ in 0..2000 {
        let start = Instant::now();
        hand.evaluate(&page, "1+1").await?;
        evaluate.hand.push(start.elapsed());
        let start = Instant::now();
        session.run(Evaluate::new("1+1")).await?;
        evaluate.ours.push(start.elapsed());
    }
    evaluate.print();

    let mut open = Pair::new("new session, warm browser, 40 times", 1.2);
    for _ in 0..40 {
        let start = Instant::now();
        let page = hand.open().await?;
        open.hand.push(start.elapsed());
        hand.close(page).await?;
        let start = Instant::now();
        let session = engine.create_session(SessionOptions::new()).await?;
        open.ours.push(start.elapsed());
        session.close().await?;
    }
    open.print();

    // A page that runs scripts must have stood still for 150 ms before it counts as ready.
    let articles =
        [("article", "scrape of a 50 KB article, 100 times", 0), ("scripted", "the same, written by a script", 200)];
    for (path, what, still) in articles {
        let url = format!("{site}/{path}");
        let request = ScrapeRequest::parse(&url)?;
        let mut scrape = Pair::new(what, 1.2).and(Duration::from_millis(still));
        for _ in 0..100 {
            let start = Instant::now();
            hand.navigate(&page, &url).await?;
            let html = hand.evaluate(&page, "document.documentElement.outerHTML").await?;
            scrape.hand.push(start.elapsed());
            assert!(html.as_str().is_some_and(|html| html.len() > 50_000));
            let start = Instant::now();
            let result = session.scrape(&request).await?;
            scrape.ours.push(start.elapsed());
            assert!(result.markdown.is_some_and(|markdown| markdown.len() > 30_000));
        }
        scrape.print();
    }

    session.navigate(format!("{site}/")).await?;
    hand.navigate(&page, &format!("{site}/")).await?;
    let mut click = Pair::new("click on a still page, 100 times", 1.3);
    for _ in 0..100 {
        let start = Instant::now();
        hand.click(&page, "#button").await?;
        click.hand.push(start.elapsed());
        let start = Instant::now();
        session.run(Click::new("#button")).await?;
        click.ours.push(start.elapsed());
    }
    assert_eq!(session.evaluate("clicks").await?, 100);
    assert_eq!(hand.evaluate(&page, "clicks").await?, 100);
    click.print();

    let words = "twenty typed letters";
    let mut typing = Pair::new("type 20 characters, 100 times", 1.15);
    for _ in 0..100 {
        hand.evaluate(&page, "field.value = ''").await?;
        session.evaluate("field.value = ''").await?;
        let start = Instant::now();
        hand.type_text(&page, "#field", words).await?;
        typing.hand.push(start.elapsed());
        let start = Instant::now();
        session.run(TypeText::new("#field", words)).await?;
        typing.ours.push(start.elapsed());
    }
    assert_eq!(session.evaluate("field.value").await?, words);
    assert_eq!(hand.evaluate(&page, "field.value").await?, words);
    typing.print();
    session.close().await?;
    Ok(())
}

/// The times of both sides.
struct Pair {
    what: &'static str,
    limit: f64,
    /// What may be added to the floor besides.
    allowed: Duration,
    hand: Vec<Duration>,
    ours: Vec<Duration>,
}

impl Pair {
    fn new(what: &'static str, limit: f64) -> Self {
        Self { what, limit, allowed: Duration::ZERO, hand: Vec::new(), ours: Vec::new() }
    }

    const fn and(mut self, allowed: Duration) -> Self {
        self.allowed = allowed;
        self
    }

    /// Prints the medians and their ratio, and the tenth percentiles for an idle machine's figures.
    fn print(&mut self) {
        let (hand, ours) = (percentile(&mut self.hand, 50), percentile(&mut self.ours, 50));
        let (hand10, ours10) = (percentile(&mut self.hand, 10), percentile(&mut self.ours, 10));
        let most = hand * self.limit + self.allowed.as_secs_f64() * 1e3;
        let verdict = if ours <= most { "" } else { "  OVER" };
        println!("{:<34}{hand:>9.3} ms{ours:>9.3} ms{:>8.2}{:>10.2}{verdict}", self.what, ours / hand, most / hand);
        println!("{:<34}{hand10:>9.3} ms{ours10:>9.3} ms{:>8.2}", "  10th percentile", ours10 / hand10);
    }
}

/// Returns a percentile in milliseconds.
fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3
}
