//! Going somewhere: `navigate_to`, `refresh`, `wait_for_navigation`.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Command, CommandKind, Reply};
use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::error::Result;
use crate::navigation::{AT_ONCE, NavigateTo as Destination, Navigation, SOON, follow_refreshes};
use crate::policy::parse_url;
use crate::session::Session;

pub(crate) async fn go(session: &dyn Session, to: &Destination, cx: &OpContext) -> Result<Navigation> {
    let navigation = session.navigate(to, cx).await?;
    follow_refreshes(session, navigation, AT_ONCE, cx).await
}

/// Goes to a URL and waits until the document has loaded. A bare host gets `https://`. Refreshes of up to a second that
/// the page announces are followed, at most five.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NavigateTo {
    /// Where to go.
    pub url: String,
}

impl NavigateTo {
    /// Makes the command.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }
}

#[async_trait]
impl Command for NavigateTo {
    type Output = Navigation;
    const NAME: &'static str = "navigate_to";
    const KIND: CommandKind = CommandKind::Action;

    fn requires(&self) -> Capabilities {
        Capabilities::NONE
    }

    fn is_idempotent(&self) -> bool {
        true
    }

    fn reply(&self, navigation: Navigation) -> Result<Reply> {
        Ok(Reply::navigation(&navigation))
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Navigation> {
        let url = parse_url("url", &self.url)?;
        go(session, &Destination::Url(url), cx).await
    }
}

/// Loads the page anew and waits until it has loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Refresh {}

impl Refresh {
    /// Makes the command.
    pub const fn new() -> Self {
        Self {}
    }
}

#[async_trait]
impl Command for Refresh {
    type Output = Navigation;
    const NAME: &'static str = "refresh";
    const KIND: CommandKind = CommandKind::Action;

    fn requires(&self) -> Capabilities {
        Capabilities::NONE
    }

    fn reply(&self, navigation: Navigation) -> Result<Reply> {
        Ok(Reply::navigation(&navigation))
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Navigation> {
        go(session, &Destination::Reload, cx).await
    }
}

/// Waits for the navigation that the input before it has started, until the page has loaded. Where none begins within
/// half a second of the input, that is success as well. Refreshes of up to 5 s that the page announces are followed, at
/// most five.
///
/// [`Session::wait_for_navigation`] says what that means exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WaitForNavigation {
    /// How long, in milliseconds. Default 30,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

impl WaitForNavigation {
    /// Makes the command.
    pub const fn new() -> Self {
        Self { timeout_ms: None }
    }

    /// Sets how long to wait.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout_ms = u64::try_from(timeout.as_millis()).ok();
        self
    }
}

#[async_trait]
impl Command for WaitForNavigation {
    type Output = Navigation;
    const NAME: &'static str = "wait_for_navigation";
    const KIND: CommandKind = CommandKind::Action;

    fn requires(&self) -> Capabilities {
        Capabilities::NONE
    }

    fn timeout(&self) -> Option<Duration> {
        self.timeout_ms.map(Duration::from_millis)
    }

    fn reply(&self, navigation: Navigation) -> Result<Reply> {
        Ok(Reply::navigation(&navigation))
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Navigation> {
        let navigation = session.wait_for_navigation(cx).await?;
        follow_refreshes(session, navigation, SOON, cx).await
    }
}
