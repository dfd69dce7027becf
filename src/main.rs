//! The `browsr` program: serve the API, scrape a page, convert HTML, check the machine.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
