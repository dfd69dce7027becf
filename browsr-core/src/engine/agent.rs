//! What agents ask of a session: to look at the page, to do a step and say where that led, and raw DevTools commands.

use std::time::Duration;

use serde_json::Value;

use super::handle::SessionHandle;
use crate::capability::Capabilities;
use crate::command::{AnyCommand, BatchResult};
use crate::context::OpContext;
use crate::error::Result;
use crate::observe::{Observation, ObserveOptions};
use crate::session::Script;

impl SessionHandle {
    /// Looks at the page as a language model would read it, within
    /// [`Limits::command_timeout`](crate::engine::Limits) and the wait that is asked for.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    ///
    /// # Cancel safety
    ///
    /// Safe: observing changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(session: browsr_core::SessionHandle) -> browsr_core::Result<()> {
    /// use browsr_core::ObserveOptions;
    ///
    /// let seen = session.observe(&ObserveOptions::new().with_image(false)).await?;
    /// println!("{}", seen.state_text);
    /// if let Some(selector) = seen.interactive.first().and_then(|first| first.selector.as_deref()) {
    ///     session.click(selector).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn observe(&self, options: &ObserveOptions) -> Result<Observation> {
        let turn = self.take_turn().await?;
        let cx =
            OpContext::within(self.engine.limits().command_timeout.saturating_add(options.wait.unwrap_or_default()));
        let work = Box::pin(crate::observe::run(&*self.entry.session, options, &cx));
        turn.perform("observe", options.requires(), None, &cx, work).await
    }

    /// Runs commands as [`batch`](Self::batch) does, and says where the page is then; `None` where it cannot say.
    ///
    /// # Errors
    ///
    /// As [`batch`](Self::batch).
    ///
    /// # Cancel safety
    ///
    /// As [`batch`](Self::batch).
    pub async fn step(&self, commands: &[AnyCommand]) -> Result<(BatchResult, Option<String>)> {
        let turn = self.take_turn().await?;
        let result = turn.batch(commands).await;
        // A page that is on its way elsewhere does not say; then nobody waits for it.
        let soon = OpContext::within(Duration::from_secs(1));
        let place = Script::function("() => location.href").idempotent();
        let url = self.entry.session.evaluate(&place, &soon);
        let url = tokio::select! {
            url = soon.bound("asking where the page is", url) => url.ok(),
            () = self.entry.closing() => None,
        };
        Ok((result, url.and_then(|url| url.as_str().map(ToOwned::to_owned))))
    }

    /// Sends a raw DevTools command to the page and returns its result. Only what stays within the page passes: not
    /// the browser, other targets, files, downloads.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the backend declares no `raw_cdp`, [`Denied`](crate::ErrorKind::Denied)
    /// for what reaches further; what the browser refuses has its answer in the detail, as `cdp_code` and
    /// `cdp_message`. Otherwise those of [`run`](Self::run).
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    pub async fn send_cdp(&self, method: &str, params: Value) -> Result<Value> {
        let turn = self.take_turn().await?;
        let cx = OpContext::within(self.engine.limits().command_timeout);
        let work = self.entry.session.send_cdp(method, params, &cx);
        turn.perform("cdp", Capabilities::RAW_CDP, None, &cx, work).await
    }
}
