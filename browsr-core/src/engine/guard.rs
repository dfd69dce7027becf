//! A session behind the engine's [`NavigationPolicy`]: every way to a URL passes here.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::cookie::{Cookie, CookieFilter, OriginState};
use crate::error::Result;
use crate::input::{ActionOutcome, Input};
use crate::navigation::{NavigateTo, Navigation, Notes, Refresh};
use crate::policy::NavigationPolicy;
use crate::scrape::settle::NetworkActivity;
use crate::script::script;
use crate::session::{
    FrameRef, FrameStream, ScreencastOptions, ScreenshotArea, ScreenshotOptions, Script, Session, SessionDescriptor,
};
use crate::types::{EncodedImage, Viewport, check_picture};

/// The size of the document in CSS pixels, and how many device pixels each of these has.
const SIZES: &str = script!(=> "() => {
    const root = $(doc.scrollingElement ?? doc.documentElement);
    return [root?.scrollWidth ?? 0, root?.scrollHeight ?? 0, devicePixelRatio];
}");

/// Refuses what the policy denies, and pictures that would hurt others, and passes everything else on.
#[derive(Debug)]
pub(super) struct GuardedSession {
    inner: Arc<dyn Session>,
    policy: NavigationPolicy,
}

impl GuardedSession {
    pub(super) const fn new(inner: Arc<dyn Session>, policy: NavigationPolicy) -> Self {
        Self { inner, policy }
    }

    /// Checks the size of a picture of a part of the document, in CSS pixels, or of all of it.
    async fn check_area(&self, part: Option<(f64, f64)>, cx: &OpContext) -> Result<()> {
        let sizes = self.inner.evaluate(&Script::function(SIZES).idempotent(), cx).await?;
        let size = |index: usize| sizes[index].as_f64().unwrap_or(f64::INFINITY);
        let (width, height) = part.unwrap_or((size(0), size(1)));
        check_picture(width, height, size(2))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Session for GuardedSession {
    fn descriptor(&self) -> SessionDescriptor {
        self.inner.descriptor()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn is_lost(&self) -> bool {
        self.inner.is_lost()
    }

    async fn navigate(&self, to: &NavigateTo, cx: &OpContext) -> Result<Navigation> {
        if let NavigateTo::Url(url) = to {
            self.policy.check(url)?;
        }
        self.inner.navigate(to, cx).await
    }

    async fn wait_for_navigation(&self, cx: &OpContext) -> Result<Navigation> {
        self.inner.wait_for_navigation(cx).await
    }

    async fn evaluate(&self, script: &Script, cx: &OpContext) -> Result<Value> {
        self.inner.evaluate(script, cx).await
    }

    async fn frame(&self, locate: &Script, cx: &OpContext) -> Result<FrameRef> {
        self.inner.frame(locate, cx).await
    }

    async fn perform_actions(&self, input: &Input, cx: &OpContext) -> Result<ActionOutcome> {
        self.inner.perform_actions(input, cx).await
    }

    async fn screenshot(&self, options: &ScreenshotOptions, cx: &OpContext) -> Result<EncodedImage> {
        if options.area != ScreenshotArea::Viewport && self.capabilities().contains(Capabilities::DOM) {
            let clip = match options.area {
                ScreenshotArea::Clip(rect) => Some((rect.width, rect.height)),
                _ => None,
            };
            self.check_area(clip, cx).await?;
        }
        self.inner.screenshot(options, cx).await
    }

    async fn set_viewport(&self, viewport: Viewport, cx: &OpContext) -> Result<()> {
        self.inner.set_viewport(viewport, cx).await
    }

    async fn cookies(&self, cx: &OpContext) -> Result<Vec<Cookie>> {
        self.inner.cookies(cx).await
    }

    async fn set_cookies(&self, cookies: &[Cookie], cx: &OpContext) -> Result<()> {
        self.inner.set_cookies(cookies, cx).await
    }

    async fn delete_cookies(&self, filter: &CookieFilter, cx: &OpContext) -> Result<()> {
        self.inner.delete_cookies(filter, cx).await
    }

    async fn ping(&self, cx: &OpContext) -> Result<()> {
        self.inner.ping(cx).await
    }

    async fn close(&self, cx: &OpContext) -> Result<()> {
        self.inner.close(cx).await
    }

    async fn screencast(&self, options: &ScreencastOptions, cx: &OpContext) -> Result<FrameStream> {
        self.inner.screencast(options, cx).await
    }

    async fn send_cdp(&self, method: &str, params: Value, cx: &OpContext) -> Result<Value> {
        super::raw::check(method, &params, &self.policy)?;
        if method == "Page.captureScreenshot" {
            let scale = params["clip"]["scale"].as_f64().unwrap_or(1.0).max(1.0);
            let side = |name: &str| params["clip"][name].as_f64().map(|side| side * scale);
            match (side("width"), side("height")) {
                (Some(width), Some(height)) => self.check_area(Some((width, height)), cx).await?,
                _ if params["captureBeyondViewport"] == true => self.check_area(None, cx).await?,
                _ => {}
            }
        }
        self.inner.send_cdp(method, params, cx).await
    }

    async fn add_init_script(&self, source: &str, cx: &OpContext) -> Result<()> {
        self.inner.add_init_script(source, cx).await
    }

    async fn set_files(&self, locate: &Script, paths: &[PathBuf], cx: &OpContext) -> Result<()> {
        self.inner.set_files(locate, paths, cx).await
    }

    async fn restore_origins(&self, origins: &[OriginState], cx: &OpContext) -> Result<()> {
        self.inner.restore_origins(origins, cx).await
    }

    async fn interrupt(&self, cx: &OpContext) -> Result<()> {
        self.inner.interrupt(cx).await
    }

    fn network_activity(&self) -> Option<NetworkActivity> {
        self.inner.network_activity()
    }

    async fn pending_refresh(&self, cx: &OpContext) -> Result<Option<Refresh>> {
        self.inner.pending_refresh(cx).await
    }

    fn take_notes(&self) -> Notes {
        self.inner.take_notes()
    }
}
