//! `browsr doctor`: what is wrong with this machine, and how to fix it.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use browsr::cdp::{Doctor, SandboxState};
use browsr::driver::{DriverBrowser, DriverDoctor};
use browsr::{EngineBuilder, OpContext, ScrapeRequest, SessionOptions};
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::browser::BrowserArguments;
use super::{Failure, print};

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    browser: BrowserArguments,
}

/// What was found, a line for each thing looked at.
#[derive(Default)]
struct Report {
    text: String,
    ill: bool,
}

impl Report {
    fn well(&mut self, what: &str, found: impl std::fmt::Display) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "ok    {what:<12} {found}");
    }

    fn note(&mut self, what: &str, found: impl std::fmt::Display, fix: &str) {
        let _ = writeln!(self.text, "note  {what:<12} {found}\n      {:<12} fix: {fix}", "");
    }

    fn ill(&mut self, what: &str, found: impl std::fmt::Display, fix: &str) {
        self.ill = true;
        let _ = writeln!(self.text, "FAIL  {what:<12} {found}\n      {:<12} fix: {fix}", "");
    }
}

pub(crate) async fn run(arguments: DoctorArguments) -> Result<ExitCode, Failure> {
    let mut report = Report::default();
    examine(&arguments.browser, &mut report).await;
    print(&report.text)?;
    Ok(if report.ill { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn examine(browser: &BrowserArguments, report: &mut Report) {
    let cx = OpContext::within(Duration::from_secs(30));
    let found = match Doctor::examine(browser.launch_options(), &cx).await {
        Ok(found) => found,
        Err(error) => {
            let fix = "on Debian: apt-get install chromium chromium-headless-shell; elsewhere install Chrome or \
                       Chromium, or name it with --chrome PATH or BROWSR_CHROME";
            return report.ill("browser", error, fix);
        }
    };
    report.well("browser", format_args!("{} ({})", found.executable.display(), found.version));
    if !found.is_shell {
        let fix = "apt-get install chromium-headless-shell, which starts faster and takes less memory";
        report.note("headless", "the full browser serves headless sessions", fix);
    }
    match found.sandbox {
        SandboxState::On => report.well("sandbox", "pages are confined"),
        SandboxState::Off(why) => {
            let fix = "run without --no-sandbox, and allow unprivileged user namespaces (sysctl \
                       kernel.unprivileged_userns_clone=1, or an AppArmor profile for the browser)";
            report.ill("sandbox", why, fix);
        }
        _ => report.note("sandbox", "nothing tells whether pages are confined", "look at chrome://sandbox yourself"),
    }
    for driven in DriverBrowser::ALL {
        examine_driver(browser, driven, report).await;
    }
    let engine = match browser.engine(&[], 1, None) {
        Ok(builder) => builder,
        Err(error) => return report.ill("options", error, "run again with other options"),
    };
    if let Err(error) = try_page(engine, report).await {
        let fix = if browser.webdriver_url().is_some() {
            "see that a driver or a Selenium Grid answers at the address of --webdriver-url"
        } else {
            "run again with RUST_LOG=browsr=debug to see where it fails"
        };
        report.ill("test page", error, fix);
    }
}

/// Looks at a driver. One that is missing is worth a note, unless it is what sessions would get.
async fn examine_driver(browser: &BrowserArguments, driven: DriverBrowser, report: &mut Report) {
    let what = driven.driver();
    if browser.webdriver_url().is_some() {
        return;
    }
    let cx = OpContext::within(Duration::from_secs(20));
    match DriverDoctor::examine(&browser.driver_options(driven), &cx).await {
        Ok(found) => {
            let (driver, at, starts) = (&found.version, found.executable.display(), found.browser.display());
            report.well(what, format_args!("{at} ({driver}), starts {starts}"));
        }
        Err(error) => {
            let fix = match driven {
                DriverBrowser::Firefox => {
                    "on Debian: apt-get install firefox-esr, cargo install geckodriver --locked; or name them by \
                     BROWSR_FIREFOX and BROWSR_GECKODRIVER"
                }
                _ => {
                    "on Debian: apt-get install chromium chromium-driver; or name them by BROWSR_CHROME and \
                     BROWSR_CHROMEDRIVER"
                }
            };
            if browser.by_driver() == Some(driven) {
                report.ill(what, error, fix);
            } else {
                report.note(what, error, fix);
            }
        }
    }
}

const PAGE: &str =
    "<!doctype html><title>Test page</title><main><h1>Test page</h1><p>Served by <em>browsr doctor</em>.</p></main>";

/// Counts the inked pixels of three samples: Latin, Chinese, and a sign that no font has.
const INK: &str = "(() => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 40;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const ink = text => {
        context.clearRect(0, 0, 40, 40);
        context.font = '30px sans-serif';
        context.fillText(text, 2, 32);
        return context.getImageData(0, 0, 40, 40).data.filter((_, index) => index % 4 === 3).join();
    };
    const blank = '0,'.repeat(1599) + '0';
    const missing = ink('\\u{10fffd}');
    return { latin: ink('A') !== blank && ink('A') !== missing, cjk: ink('世') !== missing && ink('世') !== ink('界') };
})()";

async fn try_page(engine: EngineBuilder, report: &mut Report) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let engine = engine.build()?;
    let work = async {
        let session = engine.create_session(SessionOptions::new()).await?;
        let page = session.scrape(&ScrapeRequest::parse(&url)?).await?;
        Ok::<_, browsr::Error>((page.markdown.unwrap_or_default(), session.evaluate(INK).await?))
    };
    let result = tokio::select! {
        result = work => result,
        never = serve(listener) => match never {},
    };
    engine.shutdown(Duration::from_secs(2)).await;
    let (markdown, ink) = result?;
    if ink["latin"] == true {
        report.well("fonts", if ink["cjk"] == true { "Latin and Chinese" } else { "Latin" });
    } else {
        report.ill("fonts", "letters are blank", "apt-get install fonts-liberation");
    }
    if ink["cjk"] != true {
        let fix = "apt-get install fonts-noto-cjk, if you take screenshots of such pages; text is read all the same";
        report.note("fonts", "Chinese, Japanese and Korean signs are boxes on screenshots", fix);
    }
    if markdown == "# Test page\n\nServed by *browsr doctor*.\n" {
        report.well("test page", "loaded, read and converted");
        Ok(())
    } else {
        Err(format!("came out as {markdown:?}").into())
    }
}

/// Answers every request with the test page. A request that breaks off is the browser's business.
async fn serve(listener: TcpListener) -> Infallible {
    loop {
        let _ = async {
            let (mut stream, _) = listener.accept().await?;
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await?;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\nconnection: close\r\n\r\n";
            stream.write_all((head.to_owned() + PAGE).as_bytes()).await
        }
        .await;
    }
}
