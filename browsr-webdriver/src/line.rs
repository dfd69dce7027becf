//! [`Line`]: the exclusive use of a session's driver for some calls that belong together, and which window and frame
//! the driver looks at.

use std::sync::Arc;
use std::time::Duration;

use browsr_core::{OpContext, Result};
use fantoccini::error::ErrorStatus;
use serde_json::{Value, json};
use tokio::sync::MutexGuard;

use crate::error::{CallError, lost, no_frame};
use crate::session::WebDriverSession;
use crate::wire::Wire;

/// The key by which [W3C WebDriver](https://www.w3.org/TR/webdriver2/#elements) marks a reference to an element.
pub(crate) const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What the driver looks at. A field is `None` while that is not certain, as after a call that was given up.
#[derive(Debug, Default)]
pub(crate) struct Focus {
    window: Option<Arc<str>>,
    /// The token of the frame; empty for the main frame.
    frame: Option<Arc<str>>,
    /// The script timeout that the driver was given.
    patience: Option<Duration>,
}

/// The driver, for as long as this lives.
pub(crate) struct Line<'a> {
    pub(crate) session: &'a WebDriverSession,
    focus: MutexGuard<'a, Focus>,
}

impl WebDriverSession {
    /// Waits for the driver.
    pub(crate) async fn line(&self, cx: &OpContext) -> Result<Line<'_>> {
        self.usable()?;
        let focus = cx.bound("waiting for the driver", async { Ok(self.focus.lock().await) }).await?;
        Ok(Line { session: self, focus })
    }
}

impl Line<'_> {
    pub(crate) fn wire(&self) -> &Wire {
        &self.session.wire
    }

    /// Looks at the current page's main frame.
    pub(crate) async fn top(&mut self, cx: &OpContext) -> Result<(), CallError> {
        self.window(cx).await?;
        if self.focus.frame.as_deref() != Some("") {
            self.focus.frame = None;
            self.wire().post("frame", &json!({ "id": null }), cx).await?;
            self.focus.frame = Some("".into());
        }
        Ok(())
    }

    /// Looks at the current page. Windows that were closed give way to those before them.
    async fn window(&mut self, cx: &OpContext) -> Result<(), CallError> {
        loop {
            let window = self.session.current().map_err(|error| CallError::Gone(error.message().to_owned()))?;
            if self.focus.window.as_ref() == Some(&window) {
                return Ok(());
            }
            (self.focus.window, self.focus.frame) = (None, None);
            match self.wire().post("window", &json!({ "handle": *window }), cx).await {
                Ok(_) => {
                    (self.focus.window, self.focus.frame) = (Some(window), Some("".into()));
                    self.session.dress(self.wire(), cx).await;
                    return Ok(());
                }
                Err(error) if error.is_closed_window() => self.session.forget(&window),
                Err(error) => return Err(error),
            }
        }
    }

    /// Closes a window that is not the current one.
    pub(crate) async fn close_window(&mut self, window: &str, cx: &OpContext) {
        (self.focus.window, self.focus.frame) = (None, None);
        if self.wire().post("window", &json!({ "handle": window }), cx).await.is_ok() {
            let _ = self.wire().delete("window", cx).await;
        }
    }

    /// Notes that the window was found closed.
    pub(crate) fn lose_window(&mut self) {
        if let Some(window) = self.focus.window.take() {
            self.session.forget(&window);
        }
        self.focus.frame = None;
    }

    /// Makes the next call look at its frame anew.
    pub(crate) fn doubt_frame(&mut self) {
        self.focus.frame = None;
    }

    /// Looks at a frame, if it does not yet.
    pub(crate) async fn enter(&mut self, token: Option<&str>, cx: &OpContext) -> Result<(), CallError> {
        let Some(token) = token else { return self.top(cx).await };
        self.window(cx).await?;
        if self.focus.frame.as_deref() == Some(token) {
            return Ok(());
        }
        self.top(cx).await?;
        let gone = || {
            CallError::Refused(crate::error::Refusal {
                status: ErrorStatus::NoSuchFrame,
                message: no_frame().message().to_owned(),
                prompt: None,
            })
        };
        let (window, elements) = token.split_once('#').ok_or_else(gone)?;
        if self.focus.window.as_deref() != Some(window) {
            return Err(gone());
        }
        self.focus.frame = None;
        for element in elements.split('/') {
            match self.wire().post("frame", &json!({ "id": { ELEMENT: element } }), cx).await {
                Ok(_) => {}
                Err(CallError::Refused(refusal)) if refusal.status != ErrorStatus::UnexpectedAlertOpen => {
                    return Err(gone());
                }
                Err(error) => return Err(error),
            }
        }
        self.focus.frame = Some(token.into());
        Ok(())
    }

    /// Returns the token of a frame whose element was found where the driver looks.
    pub(crate) fn token(&self, parent: Option<&str>, element: &str) -> Result<String> {
        let window = self.focus.window.as_deref().ok_or_else(|| lost("the page of the session was closed"))?;
        Ok(parent.map_or_else(|| format!("{window}#{element}"), |parent| format!("{parent}/{element}")))
    }

    /// Runs the body of a function where the driver looks; promises are awaited.
    pub(crate) async fn execute(&mut self, body: &str, args: Value, cx: &OpContext) -> Result<Value, CallError> {
        self.be_patient(cx).await?;
        self.wire().post("execute/sync", &json!({ "script": body, "args": args }), cx).await
    }

    /// Gives the driver a script timeout a little beyond the deadline, so that it does not stay with a script for good.
    /// One that is near enough stays, which saves a call.
    async fn be_patient(&mut self, cx: &OpContext) -> Result<(), CallError> {
        let remaining = cx.remaining();
        let enough = |set: Duration| set >= remaining && set <= remaining * 2 + Duration::from_millis(250);
        if !self.focus.patience.is_some_and(enough) {
            let patience = remaining + Duration::from_millis(100);
            self.focus.patience = None;
            let ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX).min(1 << 40);
            self.wire().post("timeouts", &json!({ "script": ms, "pageLoad": ms }), cx).await?;
            self.focus.patience = Some(patience);
        }
        Ok(())
    }
}
