//! `browsr markdown`: HTML in, Markdown out, no browser.

use std::fmt::Write as _;
use std::io::{self, BufRead, Read};
use std::process::ExitCode;
use std::time::Duration;

use browsr::markdown::{ImageStyle, LinkStyle, Markdown, Options, convert};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{Failure, bytes::decode, print};

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
    /// Convert only what this CSS selector matches; may be given more than once.
    #[arg(long, value_name = "SELECTOR", conflicts_with = "main")]
    include: Vec<String>,
    /// Leave out what this CSS selector matches; may be given more than once.
    #[arg(long, value_name = "SELECTOR")]
    exclude: Vec<String>,
    /// How links are written.
    #[arg(long, value_enum, default_value_t = Links::Inline)]
    links: Links,
    /// What is written of images.
    #[arg(long, value_enum, default_value_t = Images::Keep)]
    images: Images,
    /// Write the metadata of the page as YAML in front.
    #[arg(long)]
    front_matter: bool,
    /// Instead of Markdown, list what is left out of the main content: the reason, the characters, the first words.
    #[arg(long, conflicts_with_all = ["full", "include"])]
    explain: bool,
    /// Read a page a line, as {"id","html","url","mode":"main"|"full"}, and write {"id","out","us"}, where "us" is the
    /// CPU time in microseconds. A line that cannot be read gives {"id":null,"error"}, and status 1 in the end.
    #[arg(long, exclusive = true)]
    jsonl: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Links {
    /// `[text](address)`.
    Inline,
    /// `[text][1]`, with the addresses at the end.
    Reference,
    /// Only the text.
    Text,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Images {
    /// The description and the address.
    Keep,
    /// Only the description.
    Alt,
    /// Nothing.
    Drop,
}

impl MarkdownArguments {
    fn options(&self) -> Result<Options, Failure> {
        let options = Options::new()
            .with_only_main_content(!self.full)
            .with_base_url(self.url.clone())
            .with_include(self.include.clone())
            .with_exclude(self.exclude.clone())
            .with_front_matter(self.front_matter)
            .with_explain(self.explain)
            .with_links(match self.links {
                Links::Inline => LinkStyle::Inline,
                Links::Reference => LinkStyle::Reference,
                Links::Text => LinkStyle::Text,
            })
            .with_images(match self.images {
                Images::Keep => ImageStyle::Keep,
                Images::Alt => ImageStyle::Alt,
                Images::Drop => ImageStyle::Drop,
            });
        options.validate()?;
        Ok(options)
    }
}

pub(crate) fn run(arguments: &MarkdownArguments) -> Result<ExitCode, Failure> {
    if arguments.jsonl {
        return lines();
    }
    let options = arguments.options()?;
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(|error| cannot_read(&error))?;
    let html = decode(&bytes);
    let found = convert(&html, &options);
    print(&if arguments.explain { explanation(&found) } else { found.text })?;
    Ok(ExitCode::SUCCESS)
}

/// What was left out: a line in all, and one for each block.
fn explanation(found: &Markdown) -> String {
    let mut lines = format!("confidence {:.2}, {} characters left out\n", found.confidence, found.omitted.characters);
    for one in &found.explain {
        let warning = if one.warning { "warning: " } else { "" };
        let _ = writeln!(lines, "{warning}{}\t{}\t{}", one.reason, one.characters, one.text);
    }
    lines
}

fn cannot_read(error: &io::Error) -> String {
    format!("cannot read standard input: {error}")
}

#[derive(Deserialize)]
#[serde(expecting = "an object with id and html")]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

#[derive(Serialize)]
struct Refusal {
    id: (),
    error: String,
}

fn lines() -> Result<ExitCode, Failure> {
    let mut code = ExitCode::SUCCESS;
    for (index, line) in io::stdin().lock().split(b'\n').enumerate() {
        let line = line.map_err(|error| cannot_read(&error))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let reply = match reply(&line) {
            Ok(reply) => serde_json::to_string(&reply)?,
            Err(error) => {
                code = ExitCode::FAILURE;
                serde_json::to_string(&Refusal { id: (), error: format!("line {}: {error}", index + 1) })?
            }
        };
        print(&(reply + "\n"))?;
    }
    Ok(code)
}

fn reply(line: &[u8]) -> Result<Reply, Failure> {
    let line = std::str::from_utf8(line).map_err(|_| "not UTF-8")?;
    let mut json = serde_json::Deserializer::from_str(line);
    // The line is told already.
    let told = |error: serde_json::Error| error.to_string().replace(" at line 1 column ", " at column ");
    let request: Request = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let text = told(error.into_inner());
        if matches!(field.as_str(), "." | "?") { text } else { format!("{field}: {text}") }
    })?;
    json.end().map_err(told)?;
    // A page whose address is of no use is still a page.
    let (url, warning) = match request.url.as_deref().map(Url::parse) {
        Some(Ok(url)) => (Some(url), None),
        Some(Err(error)) => (None, Some(format!("url: {error}; relative links stay relative"))),
        None => (None, None),
    };
    let options = Options::new().with_only_main_content(request.mode == Mode::Main).with_base_url(url);
    let start = cpu_time();
    let out = convert(&request.html, &options).text;
    let us = u64::try_from(cpu_time().saturating_sub(start).as_micros())?;
    Ok(Reply { id: request.id, out, us, warning })
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
