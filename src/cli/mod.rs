//! The command line: arguments, logging, and one file for each subcommand.

mod browser;
mod bytes;
mod doctor;
mod markdown;
mod scrape;
mod serve;
mod signals;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Browser sessions as a library, and as this program.
#[derive(Debug, Parser)]
#[command(name = "browsr", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Print a web page as Markdown, HTML or JSON.
    Scrape(scrape::ScrapeArguments),
    /// Convert HTML from standard input to Markdown, without a browser.
    Markdown(markdown::MarkdownArguments),
    /// Serve the API over HTTP.
    Serve(Box<serve::ServeArgs>),
    /// Check this machine: which browser, its sandbox, fonts, a test page.
    Doctor(doctor::DoctorArguments),
}

/// A failure, told on one line or a few.
type Failure = Box<dyn std::error::Error>;

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Quiet unless asked: what the user ran a command for is its output. RUST_LOG=browsr=debug shows more.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let result = match arguments.command {
        Subcommands::Scrape(arguments) => on_runtime(scrape::run(arguments)),
        Subcommands::Markdown(arguments) => markdown::run(&arguments),
        Subcommands::Serve(arguments) => on_runtime(serve::run(*arguments)),
        Subcommands::Doctor(arguments) => on_runtime(doctor::run(arguments)),
    };
    result.unwrap_or_else(|failure| {
        report(&*failure);
        ExitCode::FAILURE
    })
}

fn on_runtime(work: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// Tells of a failure and its causes.
fn report(failure: &dyn std::error::Error) {
    let mut text = format!("browsr: {failure}");
    let mut cause = failure.source();
    while let Some(error) = cause {
        // Writing to a string does not fail.
        let _ = write!(text, "\n  because: {error}");
        cause = error.source();
    }
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes to standard output. A reader that has gone away, as `head` does, is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}").into())
        }
        _ => Ok(()),
    }
}
