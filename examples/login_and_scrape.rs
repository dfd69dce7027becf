//! Logs in, scrapes the page behind the login, and prints it as Markdown.
//!
//! `cargo run --example login_and_scrape -- http://127.0.0.1:8000` wants a site with `/login` and `/dashboard`.
#![expect(clippy::print_stdout, reason = "a program prints")]

use std::time::Duration;

use browsr::{CdpBackend, Engine, LaunchOptions, Result, ScrapeRequest, SessionOptions};

#[tokio::main]
async fn main() -> Result<()> {
    let site = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8000".to_owned());
    let engine = Engine::builder().backend(CdpBackend::launch(LaunchOptions::new())).build()?;
    let page = dashboard(&engine, site.trim_end_matches('/')).await;
    engine.shutdown(Duration::from_secs(5)).await;
    println!("{}", page?);
    Ok(())
}

async fn dashboard(engine: &Engine, site: &str) -> Result<String> {
    let session = engine.create_session(SessionOptions::new().with_name("dashboard")).await?;
    session.navigate(format!("{site}/login")).await?;
    session.fill("#user", "ada").await?;
    session.fill("#password", "lovelace").await?;
    session.click("button[type=submit]").await?;
    session.wait_for_navigation().await?;
    let page = session.scrape(&ScrapeRequest::parse(&format!("{site}/dashboard"))?).await?;
    session.close().await?;
    Ok(page.markdown.unwrap_or_default())
}
