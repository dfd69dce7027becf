//! Screenshots and the viewport.

use std::sync::Arc;

use base64::Engine as _;
use browsr_core::{
    EncodedImage, Error, ErrorKind, ImageFormat, OpContext, Rect, Result, ScreenshotArea, ScreenshotOptions, Viewport,
};
use serde_json::{Value, json};

use crate::driver::DriverBrowser as Browser;
use crate::error::CallError;
use crate::line::Line;
use crate::session::WebDriverSession;
use crate::wire::Wire;

const SIZES: &str = "const root = document.scrollingElement || document.documentElement;
return [Math.max(root.scrollWidth, 1), Math.max(root.scrollHeight, 1)]";

impl WebDriverSession {
    pub(crate) async fn capture(&self, options: &ScreenshotOptions, cx: &OpContext) -> Result<EncodedImage> {
        if let ScreenshotArea::Clip(rect) = options.area
            && !(rect.width > 0.0 && rect.height > 0.0 && rect.x.is_finite() && rect.y.is_finite())
        {
            return Err(Error::invalid("clip", "the rectangle of a screenshot must have a size"));
        }
        let mut line = self.line(cx).await?;
        line.top(cx).await.map_err(failed)?;
        let text = if self.abilities.raw_cdp {
            self.capture_by_cdp(&mut line, options, cx).await
        } else if let Some(bidi) = &self.bidi {
            self.capture_by_bidi(bidi, options, cx).await
        } else {
            return self.capture_by_driver(&mut line, options, cx).await;
        };
        decode(&text.map_err(failed)?, options.format)
    }

    async fn capture_by_cdp(
        &self,
        line: &mut Line<'_>,
        options: &ScreenshotOptions,
        cx: &OpContext,
    ) -> Result<String, CallError> {
        let clip = match options.area {
            ScreenshotArea::FullPage => {
                let sizes = line.own(SIZES, json!([]), cx).await?;
                let side = |index: usize| sizes[index].as_f64().unwrap_or(1.0);
                Some(Rect { x: 0.0, y: 0.0, width: side(0), height: side(1) })
            }
            ScreenshotArea::Clip(rect) => Some(rect),
            _ => None,
        };
        let mut params = json!({ "format": options.format.as_str(), "captureBeyondViewport": clip.is_some() });
        if let Some(quality) = options.quality.filter(|_| options.format != ImageFormat::Png) {
            params["quality"] = quality.into();
        }
        if let Some(rect) = clip {
            params["clip"] =
                json!({ "x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height, "scale": 1 });
        }
        let answer = line.wire().cdp("Page.captureScreenshot", &params, cx).await?;
        Ok(text_of(answer.get("data")))
    }

    async fn capture_by_driver(
        &self,
        line: &mut Line<'_>,
        options: &ScreenshotOptions,
        cx: &OpContext,
    ) -> Result<EncodedImage> {
        let (path, clip) = match (options.area, self.browser) {
            (ScreenshotArea::FullPage, Browser::Firefox) => ("moz/screenshot/full", None),
            // The whole document is what its coordinates are those of.
            (ScreenshotArea::Clip(rect), Browser::Firefox) => ("moz/screenshot/full", Some(rect)),
            (ScreenshotArea::Viewport, _) => ("screenshot", None),
            _ => {
                return Err(Error::unsupported(
                    "a picture of a part of the page needs a driver with BiDi, Firefox, or the cdp backend",
                ));
            }
        };
        let text = text_of(Some(&line.wire().get(path, cx).await.map_err(failed)?));
        let picture = decode(&text, options.format)?;
        let Some(rect) = clip else { return Ok(picture) };
        let ratio = line.own("return devicePixelRatio", json!([]), cx).await.map_err(failed)?;
        crop(&picture, rect, ratio.as_f64().unwrap_or(1.0))
    }

    pub(crate) async fn resize(&self, viewport: Viewport, cx: &OpContext) -> Result<()> {
        viewport.validate()?;
        // Chrome's driver never answers this while there is a page that `window.open` has opened.
        if let Some(bidi) = self.bidi.as_ref().filter(|_| self.browser == Browser::Firefox) {
            return self
                .size_by_bidi(bidi, viewport, cx)
                .await
                .map_err(|error| error.into_error("setting the viewport"));
        }
        {
            let mut state = self.state();
            state.viewport = viewport;
            state.dressed.clear();
        }
        let mut line = self.line(cx).await?;
        line.top(cx).await.map_err(|error| error.into_error("setting the viewport"))?;
        let window = self.current()?;
        self.give_size(line.wire(), viewport, cx).await.map_err(|error| error.into_error("setting the viewport"))?;
        self.state().dressed.push(window);
        if self.abilities.raw_cdp {
            return Ok(());
        }
        self.correct_size(&mut line, viewport, cx).await
    }

    /// Gives a window that has just become current the size that every page of the session has. In Firefox with BiDi all
    /// of them have it already.
    pub(crate) async fn dress(&self, wire: &Wire, cx: &OpContext) {
        let Ok(window) = self.current() else { return };
        let viewport = {
            let state = self.state();
            if state.dressed.contains(&window) {
                return;
            }
            state.viewport
        };
        // A page that cannot be resized is still of use.
        if let Err(error) = self.give_size(wire, viewport, cx).await {
            tracing::debug!(?error, "a page did not get its size");
        }
        self.state().dressed.push(Arc::clone(&window));
    }

    async fn give_size(&self, wire: &Wire, viewport: Viewport, cx: &OpContext) -> Result<(), CallError> {
        if self.abilities.raw_cdp {
            let params = json!({
                "width": viewport.width, "height": viewport.height,
                "deviceScaleFactor": viewport.device_scale_factor, "mobile": false,
            });
            return wire.cdp("Emulation.setDeviceMetricsOverride", &params, cx).await.map(drop);
        }
        Ok(())
    }

    /// Sets the size of the window, and corrects it by what its frame takes away.
    async fn correct_size(&self, line: &mut Line<'_>, viewport: Viewport, cx: &OpContext) -> Result<()> {
        let fail = |error: CallError| error.into_error("setting the viewport");
        let mut got = (0, 0);
        for _ in 0..3 {
            let sizes = line
                .own("return [innerWidth, innerHeight, outerWidth, outerHeight, devicePixelRatio]", json!([]), cx)
                .await
                .map_err(fail)?;
            let side = |index: usize| sizes[index].as_i64().unwrap_or(0);
            got = (side(0), side(1));
            if got == (viewport.width.into(), viewport.height.into()) {
                let ratio = sizes[4].as_f64().unwrap_or(1.0);
                return if (ratio - viewport.device_scale_factor).abs() < 0.01 {
                    Ok(())
                } else {
                    Err(Error::unsupported(format!(
                        "the device scale factor stays {ratio}; use a driver with BiDi or the cdp backend for another"
                    )))
                };
            }
            let width = i64::from(viewport.width) + side(2) - side(0);
            let height = i64::from(viewport.height) + side(3) - side(1);
            line.wire().post("window/rect", &json!({ "width": width, "height": height }), cx).await.map_err(fail)?;
        }
        Err(Error::unsupported(format!(
            "the window cannot have {} by {} pixels, it has {} by {}; use a driver with BiDi or the cdp backend",
            viewport.width, viewport.height, got.0, got.1
        )))
    }
}

fn text_of(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn decode(text: &str, format: ImageFormat) -> Result<EncodedImage> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(|source| {
        Error::new(ErrorKind::UnableToCaptureScreen, "the browser sent an image that cannot be decoded")
            .with_source(source)
    })?;
    Ok(EncodedImage::new(bytes, format))
}

/// Cuts a rectangle, in CSS pixels, out of a PNG.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a picture; a float saturates")]
fn crop(picture: &EncodedImage, rect: Rect, ratio: f64) -> Result<EncodedImage> {
    let failed = |source| {
        Error::new(ErrorKind::UnableToCaptureScreen, "the picture of the browser cannot be cut").with_source(source)
    };
    let whole = image::load_from_memory_with_format(&picture.bytes, image::ImageFormat::Png).map_err(failed)?;
    let pixels = |length: f64| (length * ratio).round().max(0.0) as u32;
    let part = whole.crop_imm(pixels(rect.x), pixels(rect.y), pixels(rect.width), pixels(rect.height));
    if part.width() == 0 || part.height() == 0 {
        return Err(Error::invalid("clip", "the rectangle of a screenshot lies outside of the document"));
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    part.write_to(&mut bytes, image::ImageFormat::Png).map_err(failed)?;
    Ok(EncodedImage::new(bytes.into_inner(), ImageFormat::Png))
}

fn failed(error: CallError) -> Error {
    match error {
        CallError::Refused(refusal) if !refusal.message.contains("tab crashed") => Error::new(
            ErrorKind::UnableToCaptureScreen,
            format!("the browser took no screenshot: {}", refusal.message.lines().next().unwrap_or_default()),
        ),
        other => other.into_error("a screenshot was being taken"),
    }
}
