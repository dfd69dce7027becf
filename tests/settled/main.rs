//! Pages that go on building themselves after their load, each in a way of its own: a scrape has what people see in the end,
//! whole, and the same each time.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]
#![expect(clippy::disallowed_methods, reason = "the tasks of the site end with the test")]

use std::time::Duration;

use browsr::driver::{DriverBrowser, DriverOptions};
use browsr::{CdpBackend, Engine, LaunchOptions, ScrapeRequest, WebDriverBackend};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

macro_rules! page {
    ($name:literal) => {
        include_str!(concat!("pages/", $name, ".html"))
    };
}

/// The pages, with what comes last on each.
const PAGES: &[(&str, &str, &str)] = &[
    ("animated", page!("animated"), "The ferry of eight is the last one."),
    ("broadcast", page!("broadcast"), "The ferry of ten is at the quay."),
    ("database", page!("database"), "The ferry of noon is full."),
    ("digest", page!("digest"), "The ferry of six has 32 seats."),
    ("reconnecting", page!("reconnecting"), "The ferry of five is late."),
    ("router", page!("router"), "The ferry of nine takes no dogs."),
    ("sized", page!("sized"), "The ferry of four goes by the islands."),
    ("stream", page!("stream"), "Line five of the timetable."),
    ("ticker", page!("ticker"), "The ferry of nine takes no dogs."),
    ("upgrade", page!("upgrade"), "The ferry of two takes bicycles."),
];

/// A picture of one pixel.
const PIXEL: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

async fn answer(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await?;
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 2 {
        line.clear();
    }
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().trim_start_matches('/');
    let head =
        |status: &str, kind: &str| format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n");
    let (name, argument) = path.split_once('/').unwrap_or((path, ""));
    let page = PAGES.iter().find(|(page, ..)| *page == name);
    match name {
        _ if page.is_some() => {
            let html = page.map(|(_, html, _)| *html).unwrap_or_default();
            stream.write_all((head("200 OK", "text/html; charset=utf-8") + html).as_bytes()).await?;
        }
        "data" => {
            tokio::time::sleep(Duration::from_millis(argument.parse().unwrap_or(0))).await;
            let text = r#"{"text": "The ferry of nine takes no dogs."}"#;
            stream.write_all((head("200 OK", "application/json") + text).as_bytes()).await?;
        }
        "slow-lines" => {
            stream.write_all(head("200 OK", "text/plain").as_bytes()).await?;
            for number in ["one", "two", "three", "four", "five"] {
                tokio::time::sleep(Duration::from_millis(110)).await;
                stream.write_all(format!("Line {number} of the timetable.\n").as_bytes()).await?;
            }
        }
        "events" => {
            stream.write_all(head("200 OK", "text/event-stream").as_bytes()).await?;
            tokio::time::sleep(Duration::from_millis(150)).await;
            stream.write_all(b"data: The ferry of five is late.\n\n").await?;
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        "pixel" => {
            stream.write_all(head("200 OK", "image/gif").as_bytes()).await?;
            stream.write_all(PIXEL).await?;
        }
        _ => stream.write_all(head("404 Not Found", "text/plain").as_bytes()).await?,
    }
    stream.shutdown().await
}

async fn site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Who hangs up has seen enough.
            tokio::spawn(async move { answer(stream).await.ok() });
        }
    });
    format!("http://{address}")
}

/// Scrapes the pages so often, and returns what is wrong.
async fn scraped(engine: Engine, times: usize, passed_over: &[&str]) -> Vec<String> {
    let site = site().await;
    let mut wrong = Vec::new();
    for (name, _, last) in PAGES.iter().filter(|(name, ..)| !passed_over.contains(name)) {
        let request = ScrapeRequest::parse(&format!("{site}/{name}")).unwrap().with_only_main_content(false);
        let mut texts = Vec::new();
        for _ in 0..times {
            let scrape = engine.scrape(&request).await.unwrap();
            let text = scrape.markdown.unwrap_or_default();
            if !text.contains(last) || scrape.warning.is_some() {
                wrong.push(format!("{name}: {text}\n{:?} {:?}", scrape.settled, scrape.warning));
            }
            // Clocks differ.
            texts.push(text.lines().filter(|line| !line.contains('T') || line.contains(' ')).collect::<String>());
        }
        texts.dedup();
        if texts.len() > 1 {
            wrong.push(format!("{name} differs: {texts:?}"));
        }
    }
    engine.shutdown(Duration::ZERO).await;
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_whole_and_the_same_each_time() {
    let engine = Engine::builder().backend(CdpBackend::launch(LaunchOptions::new())).build().unwrap();
    let wrong = scraped(engine, 3, &[]).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn so_they_are_by_webdriver_but_for_streams() {
    let driver = WebDriverBackend::launch(DriverOptions::new(DriverBrowser::Firefox));
    let engine = Engine::builder().backend(driver).build().unwrap();
    // Nothing tells of event streams there, nor of the parts of an answer.
    let wrong = scraped(engine, 1, &["reconnecting"]).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
