//! Screenshots and the viewport.

use base64::Engine as _;
use browsr_core::{
    EncodedImage, Error, ErrorKind, ImageFormat, OpContext, Rect, Result, ScreenshotArea, ScreenshotOptions, Viewport,
};
use chromiumoxide::cdp::browser_protocol::browser::{Bounds, GetWindowForTargetParams, SetWindowBoundsParams};
use chromiumoxide::cdp::browser_protocol::page::{self, CaptureScreenshotFormat, CaptureScreenshotParams};
use serde::Deserialize;

use crate::connection::SessionKey;
use crate::error::CallError;
use crate::session::CdpSession;
use crate::setup::{larger_window, metrics};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layout {
    css_content_size: Rect,
}

impl CdpSession {
    pub(crate) async fn capture(&self, options: &ScreenshotOptions, cx: &OpContext) -> Result<EncodedImage> {
        let session = self.page_session()?;
        let clip = match options.area {
            ScreenshotArea::FullPage => Some(self.content_size(&session, cx).await?),
            ScreenshotArea::Clip(rect) => {
                if !(rect.width > 0.0 && rect.height > 0.0 && rect.x.is_finite() && rect.y.is_finite()) {
                    return Err(Error::invalid("clip", "the rectangle of a screenshot must have a size"));
                }
                Some(rect)
            }
            _ => None,
        };
        let params = CaptureScreenshotParams {
            format: Some(match options.format {
                ImageFormat::Jpeg => CaptureScreenshotFormat::Jpeg,
                ImageFormat::Webp => CaptureScreenshotFormat::Webp,
                _ => CaptureScreenshotFormat::Png,
            }),
            quality: options.quality.filter(|_| options.format != ImageFormat::Png).map(i64::from),
            capture_beyond_viewport: Some(clip.is_some()),
            clip: clip.map(|rect| page::Viewport {
                x: rect.x,
                y: rect.y,
                width: rect.width,
                height: rect.height,
                scale: 1.0,
            }),
            ..CaptureScreenshotParams::default()
        };
        let answer = self.connection().start_command(Some(&session), &params).wait(cx).await.map_err(failed)?;
        let Some(text) = answer.base64("data") else {
            return Err(failed(answer.result::<serde::de::IgnoredAny>().err().unwrap_or(CallError::Crashed)));
        };
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(|source| {
            Error::new(ErrorKind::UnableToCaptureScreen, "the browser sent an image that cannot be decoded")
                .with_source(source)
        })?;
        self.state().lock().take_denied()?;
        Ok(EncodedImage::new(bytes, options.format))
    }

    async fn content_size(&self, session: &SessionKey, cx: &OpContext) -> Result<Rect> {
        let layout: Layout = self
            .connection()
            .call_as(Some(session), "Page.getLayoutMetrics", &page::GetLayoutMetricsParams::default(), cx)
            .await
            .map_err(failed)?;
        let Rect { width, height, .. } = layout.css_content_size;
        Ok(Rect { x: 0.0, y: 0.0, width: width.max(1.0), height: height.max(1.0) })
    }

    pub(crate) async fn resize(&self, viewport: Viewport, cx: &OpContext) -> Result<()> {
        viewport.validate()?;
        let params = metrics(viewport);
        let calls: Vec<_> = {
            let mut inner = self.state().lock();
            inner.page()?;
            inner.viewport = viewport;
            let start = |page: &crate::page::Page| self.connection().start_command(Some(&page.session), &params);
            inner.pages.iter().filter(|page| !page.is_internal).map(start).collect()
        };
        for call in calls {
            match call.wait(cx).await.and_then(|answer| answer.result::<serde::de::IgnoredAny>()) {
                // A page that closes meanwhile needs no size.
                Ok(_) | Err(CallError::Detached) => {}
                Err(error) => return Err(error.into_error("setting the viewport")),
            }
        }
        match larger_window(viewport) {
            Some(window) => self.widen(window, cx).await,
            None => Ok(()),
        }
    }

    /// Makes the window of the current page as large as its viewport needs.
    async fn widen(&self, (width, height): (i64, i64), cx: &OpContext) -> Result<()> {
        let target = self.state().lock().page()?.target.to_string();
        let fail = |error: CallError| error.into_error("setting the size of the window");
        let which = GetWindowForTargetParams { target_id: Some(target.into()) };
        let window = self.connection().call(None, &which, cx).await.map_err(fail)?.window_id;
        let bounds = Bounds { width: Some(width), height: Some(height), ..Bounds::default() };
        self.connection().call(None, &SetWindowBoundsParams::new(window, bounds), cx).await.map(drop).map_err(fail)
    }
}

fn failed(error: CallError) -> Error {
    match error {
        CallError::Refused { message, .. } => {
            Error::new(ErrorKind::UnableToCaptureScreen, format!("the browser took no screenshot: {message}"))
        }
        other => other.into_error("a screenshot was being taken"),
    }
}
