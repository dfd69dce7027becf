//! One program, three browsers, the same output: only the value that is the backend differs.
//!
//! `cargo run --example swap_backend --features webdriver -- http://127.0.0.1:8000` wants chromium, chromium-driver,
//! firefox-esr and geckodriver.
#![expect(clippy::print_stdout, reason = "a program prints")]

use std::time::Duration;

use browsr::driver::{DriverBrowser, DriverOptions};
use browsr::{
    CdpBackend, Engine, EngineBuilder, LaunchOptions, Result, ScrapeRequest, SessionOptions, WebDriverBackend,
};

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8000".to_owned());
    let by_driver = |browser| Engine::builder().backend(WebDriverBackend::launch(DriverOptions::new(browser)));
    for (name, engine) in [
        ("Chrome by CDP", Engine::builder().backend(CdpBackend::launch(LaunchOptions::new()))),
        ("Chrome by WebDriver", by_driver(DriverBrowser::Chrome)),
        ("Firefox by WebDriver", by_driver(DriverBrowser::Firefox)),
    ] {
        println!("== {name}\n{}", page(engine, &url).await?);
    }
    Ok(())
}

async fn page(engine: EngineBuilder, url: &str) -> Result<String> {
    let engine = engine.build()?;
    let work = async {
        let session = engine.create_session(SessionOptions::new()).await?;
        let page = session.scrape(&ScrapeRequest::parse(url)?).await?;
        Ok(format!("{}\n\n{}", session.title().await?, page.markdown.unwrap_or_default()))
    };
    let text = work.await;
    engine.shutdown(Duration::from_secs(5)).await;
    text
}
