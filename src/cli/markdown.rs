//! `browsr markdown`: HTML in, Markdown out, no browser.

use std::io::{self, BufRead, Read};
use std::time::Duration;

use browsr::markdown::{Options, convert};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{Failure, print};

#[derive(Debug, Args)]
pub(crate) struct MarkdownArguments {
    /// Only the main content. The default.
    #[arg(long, conflicts_with = "full")]
    main: bool,
    /// The whole page.
    #[arg(long)]
    full: bool,
    /// Where the page comes from; relative links are resolved against it.
    #[arg(long)]
    url: Option<Url>,
    /// Read a page a line, as {"id","html","url","mode":"main"|"full"}, and write {"id","out","us"}, where "us" is the
    /// CPU time in microseconds.
    #[arg(long, conflicts_with_all = ["main", "full", "url"])]
    jsonl: bool,
}

pub(crate) fn run(arguments: &MarkdownArguments) -> Result<(), Failure> {
    if arguments.jsonl {
        return lines();
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    // A byte that is no UTF-8 spoils one character, not the page.
    let html = String::from_utf8_lossy(&bytes);
    let options = Options::new().with_only_main_content(!arguments.full).with_base_url(arguments.url.clone());
    print(&convert(&html, &options).text)
}

#[derive(Deserialize)]
struct Request {
    id: Value,
    html: String,
    url: Option<String>,
    #[serde(default)]
    mode: Mode,
}

#[derive(Deserialize, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Main,
    Full,
}

#[derive(Serialize)]
struct Reply {
    id: Value,
    out: String,
    us: u64,
}

fn lines() -> Result<(), Failure> {
    for (index, line) in io::stdin().lock().lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let request: Request = serde_json::from_str(&line).map_err(|error| format!("line {}: {error}", index + 1))?;
        let options = Options::new()
            .with_only_main_content(request.mode == Mode::Main)
            .with_base_url(request.url.and_then(|url| Url::parse(&url).ok()));
        let start = cpu_time();
        let out = convert(&request.html, &options).text;
        let us = u64::try_from(cpu_time().saturating_sub(start).as_micros())?;
        print(&(serde_json::to_string(&Reply { id: request.id, out, us })? + "\n"))?;
    }
    Ok(())
}

/// The CPU time of this thread where the system tells, else the time that passes.
fn cpu_time() -> Duration {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
    }
    #[cfg(not(unix))]
    {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }
}
