//! `browsr doctor`: what is wrong with this machine, and how to fix it.

use std::process::ExitCode;

use clap::Args;

use super::Failure;
use super::browser::BrowserArguments;

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    browser: BrowserArguments,
}

pub(crate) async fn run(arguments: DoctorArguments) -> Result<ExitCode, Failure> {
    let _ = arguments.browser.backend();
    Ok(ExitCode::SUCCESS)
}
