//! Browser sessions as a library.
//!
//! Link this crate to open browser sessions, drive them with typed commands, and scrape pages into clean Markdown. The
//! backend is a value chosen in code; a Cargo feature brings each:
//!
//! | feature | what it adds |
//! |---|---|
//! | `cdp` (default) | `CdpBackend`: Chrome and Chromium by the DevTools protocol |
//! | `webdriver` | `webdriver`: Chrome, Firefox and Selenium Grid by W3C WebDriver |
//! | `http` | `http::Server`: the Browsr API as an axum router or a whole server |
//! | `html2md` | an alternative Markdown converter; GPL-3.0-or-later |
//! | `cli` | the `browsr` program, with every backend that exists |
//! | `testing` | `fake::FakeBackend`: sessions without a browser, for your tests |
//! | `conformance` | the cases that every backend must pass; outside semver |
//!
//! Features are additive: each adds API and none changes what other code does.
//!
//! ```no_run
//! # #[cfg(feature = "cdp")]
//! # mod example {
//! use std::time::Duration;
//!
//! use browsr::{CdpBackend, Engine, LaunchOptions, ScrapeRequest, SessionOptions};
//!
//! # pub async fn example() -> browsr::Result<()> {
//! let engine = Engine::builder().backend(CdpBackend::launch(LaunchOptions::new())).build()?;
//! let session = engine.create_session(SessionOptions::new()).await?;
//! session.navigate("https://example.com/login").await?;
//! session.fill("#user", "ada").await?;
//! session.click("button[type=submit]").await?;
//! session.wait_for_navigation().await?;
//! let page = session.scrape(&ScrapeRequest::parse("https://example.com/inbox")?).await?;
//! assert!(page.markdown.is_some());
//! session.close().await?;
//! engine.shutdown(Duration::from_secs(5)).await;
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! Start reading at [`Engine`]; [`SessionHandle`] runs commands, all of which are in [`command`]. To convert HTML that
//! you have already, call [`markdown::convert`]: it needs no browser.

pub use browsr_core::*;

#[cfg(feature = "cdp")]
pub use browsr_cdp as cdp;
#[cfg(feature = "http")]
pub use browsr_http as http;
#[cfg(feature = "webdriver")]
pub use browsr_webdriver as webdriver;

#[cfg(feature = "cdp")]
pub use browsr_cdp::{CdpBackend, LaunchOptions};
#[cfg(feature = "webdriver")]
pub use browsr_webdriver::{WebDriverBackend, driver};

/// Keeps the README's snippets compiling.
#[cfg(all(doctest, feature = "cdp"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
