//! `browsr scrape URL`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use browsr::{Format, Scrape, ScrapeRequest, WaitUntil};
use clap::{Args, ValueEnum};

use super::browser::BrowserArguments;
use super::signals::Signals;
use super::{Failure, print};

#[derive(Debug, Args)]
pub(crate) struct ScrapeArguments {
    /// The page; a bare host gets https://.
    url: String,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Output::Markdown)]
    format: Output,
    /// The whole page, navigation and all, instead of the main content.
    #[arg(long)]
    full: bool,
    /// Write a PNG of the viewport to this file.
    #[arg(long, value_name = "FILE")]
    screenshot: Option<PathBuf>,
    /// What to wait for before the page is read.
    #[arg(long, value_enum, default_value_t = Until::Settled)]
    wait_until: Until,
    /// How many milliseconds the page may take to settle, 0 to 30000.
    #[arg(long, value_name = "MS", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(..=30_000))]
    settle_ms: u64,
    /// Wait so many milliseconds after the page has settled.
    #[arg(long, value_name = "MS")]
    wait_for: Option<u64>,
    /// Give up after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 55, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    browser: BrowserArguments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// Markdown.
    Markdown,
    /// HTML as the browser has it.
    Html,
    /// JSON: Markdown, HTML and metadata.
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Until {
    /// Loaded, and standing still.
    Settled,
    /// Loaded.
    Load,
    /// Parsed.
    Domcontentloaded,
    /// Loaded, and without a request for half a second.
    NetworkIdle,
}

pub(crate) async fn run(arguments: ScrapeArguments) -> Result<ExitCode, Failure> {
    let mut formats = match arguments.format {
        Output::Markdown => vec![Format::Markdown],
        Output::Html => vec![Format::Html],
        Output::Json => vec![Format::Markdown, Format::Html],
    };
    if arguments.screenshot.is_some() {
        formats.push(Format::Screenshot);
    }
    let mut request =
        ScrapeRequest::parse(&arguments.url)?.with_formats(formats).with_only_main_content(!arguments.full);
    let until = match arguments.wait_until {
        Until::Settled => WaitUntil::Settled,
        Until::Load => WaitUntil::Load,
        Until::Domcontentloaded => WaitUntil::DomContentLoaded,
        Until::NetworkIdle => WaitUntil::NetworkIdle,
    };
    request = request.with_wait_until(until).with_settle(Duration::from_millis(arguments.settle_ms));
    if let Some(wait) = arguments.wait_for {
        request = request.with_wait_for(Duration::from_millis(wait));
    }
    let mut signals = Signals::new()?;
    let engine =
        arguments.browser.engine(&[], 1, None)?.scrape_timeout(Duration::from_secs(arguments.timeout)).build()?;
    let result = tokio::select! {
        result = engine.scrape(&request) => Ok(result),
        signal = signals.next() => Err(signal),
    };
    // On every path: the browser ends before we do.
    engine.shutdown(Duration::ZERO).await;
    match result {
        Ok(scrape) => output(&arguments, scrape?),
        // As shells tell of a program that a signal ended.
        Err(signal) => Ok(ExitCode::from(128 + signal)),
    }
}

fn output(arguments: &ScrapeArguments, mut scrape: Scrape) -> Result<ExitCode, Failure> {
    match (&arguments.screenshot, scrape.screenshot.take()) {
        (Some(file), Some(image)) => {
            std::fs::write(file, &image.bytes).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        }
        (Some(file), None) => tracing::warn!("there is nothing to picture, so {} is not written", file.display()),
        (None, _) => {}
    }
    if let Some(warning) = &scrape.warning {
        tracing::warn!("{warning}");
    }
    if let Some(status) = scrape.metadata.status_code.filter(|status| *status >= 400) {
        tracing::warn!("the page answered with the status {status}");
    }
    let text = match arguments.format {
        Output::Markdown => scrape.markdown.unwrap_or_default(),
        Output::Html => scrape.html.map(|html| html.full + "\n").unwrap_or_default(),
        Output::Json => serde_json::to_string_pretty(&scrape)? + "\n",
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
