//! Waiting for an element: `wait_for_element`.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::locate::{Need, Selector, reader};
use super::{Command, CommandKind, Reply};
use crate::context::OpContext;
use crate::error::Result;
use crate::session::Session;

/// Waits until an element is attached, or also visible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WaitForElement {
    /// The element.
    pub selector: String,
    /// How long, in milliseconds. Default 30,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Whether it must be visible. Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible_only: Option<bool>,
}

impl WaitForElement {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), timeout_ms: None, visible_only: None }
    }

    /// Sets how long to wait.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout_ms = u64::try_from(timeout.as_millis()).ok();
        self
    }

    /// Waits until it is visible.
    #[must_use]
    pub const fn visible(mut self) -> Self {
        self.visible_only = Some(true);
        self
    }
}

/// What [`WaitForElement`] saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ElementFound {
    /// Always `true`: a vain wait is an error.
    pub found: bool,
    /// Whether it is visible.
    pub visible: bool,
}

#[async_trait]
impl Command for WaitForElement {
    type Output = ElementFound;
    const NAME: &'static str = "wait_for_element";
    const KIND: CommandKind = CommandKind::Action;

    fn is_idempotent(&self) -> bool {
        true
    }

    fn timeout(&self) -> Option<Duration> {
        self.timeout_ms.map(Duration::from_millis)
    }

    fn reply(&self, output: ElementFound) -> Result<Reply> {
        Reply::data(&output)
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<ElementFound> {
        let selector = Selector::parse(&self.selector)?;
        if self.visible_only == Some(true) {
            selector.actionable(session, &[Need::Visible], None, cx).await?;
            return Ok(ElementFound { found: true, visible: true });
        }
        let visible = selector.read(session, reader!(=> "element => visible(element)"), (), cx).await?;
        Ok(ElementFound { found: true, visible })
    }
}
