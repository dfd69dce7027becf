//! A command of one's own: it counts the links of a page, and gets a turn, a deadline and error context like any other.
//!
//! `cargo run --example custom_command -- https://example.com`
#![expect(clippy::print_stdout, reason = "a program prints")]

use std::time::Duration;

use async_trait::async_trait;
use browsr::command::CommandKind;
use browsr::{CdpBackend, Command, Engine, LaunchOptions, OpContext, Result, Script, Session, SessionOptions};

#[derive(Debug)]
struct CountLinks;

#[async_trait]
impl Command for CountLinks {
    type Output = u64;
    const NAME: &'static str = "count_links";
    const KIND: CommandKind = CommandKind::Extraction;

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<u64> {
        let script = Script::function("() => document.links.length").idempotent();
        Ok(session.evaluate(&script, cx).await?.as_u64().unwrap_or(0))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "https://example.com".to_owned());
    let engine = Engine::builder().backend(CdpBackend::launch(LaunchOptions::new())).build()?;
    let session = engine.create_session(SessionOptions::new()).await?;
    session.navigate(url).await?;
    println!("{} links", session.run(CountLinks).await?);
    engine.shutdown(Duration::from_secs(5)).await;
    Ok(())
}
