//! Boxes and images: `screenshot`, `element_screenshot`, bounding boxes.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::locate::{Need, Selector, decode, reader};
use super::{Command, CommandKind, Reply};
use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::error::{Error, Result};
use crate::script::script;
use crate::session::{ScreenshotArea, ScreenshotOptions, Script, Session};
use crate::types::{EncodedImage, ImageFormat, Point, Rect};

/// Takes a picture of the viewport or of the whole document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Screenshot {
    /// Whether to show the whole document. Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_page: Option<bool>,
    /// A label, returned as `filename`. Nothing is ever written to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `png` (default), `jpeg` or `webp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// 0 to 100, for jpeg and webp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
}

impl Screenshot {
    /// Makes the command: the viewport as PNG.
    pub const fn new() -> Self {
        Self { full_page: None, path: None, format: None, quality: None }
    }

    /// Shows the whole document.
    #[must_use]
    pub const fn full_page(mut self) -> Self {
        self.full_page = Some(true);
        self
    }

    /// Chooses the encoding.
    #[must_use]
    pub fn with_format(mut self, format: ImageFormat) -> Self {
        self.format = Some(format.as_str().to_owned());
        self
    }
}

/// A picture, ready for the wire.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Picture {
    /// The label that was asked for, or a made-up file name.
    pub filename: String,
    /// The file, base64.
    pub data: String,
    /// `png`, `jpeg` or `webp`.
    pub format: String,
    /// The size of the file in bytes.
    pub size: usize,
}

impl Picture {
    fn new(image: &EncodedImage, label: Option<&str>) -> Self {
        let format = image.format.as_str();
        Self {
            filename: label.map_or_else(|| format!("screenshot.{format}"), ToOwned::to_owned),
            data: image.to_base64(),
            format: format.to_owned(),
            size: image.bytes.len(),
        }
    }
}

/// Reads `format` and `quality` of a command.
fn encoding(format: Option<&str>, quality: Option<u8>) -> Result<(ImageFormat, Option<u8>)> {
    let format = format.map(str::parse).transpose()?.unwrap_or_default();
    if let Some(quality) = quality.filter(|quality| *quality > 100) {
        return Err(Error::invalid("quality", format!("quality is {quality}; it must be 0 to 100")));
    }
    Ok((format, quality))
}

fn needed(format: Option<&str>) -> Capabilities {
    match format {
        Some("jpeg" | "jpg") => Capabilities::JPEG,
        Some("webp") => Capabilities::WEBP,
        _ => Capabilities::NONE,
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture").field("format", &self.format).field("size", &self.size).finish_non_exhaustive()
    }
}

#[async_trait]
impl Command for Screenshot {
    type Output = EncodedImage;
    const NAME: &'static str = "screenshot";
    const KIND: CommandKind = CommandKind::Extraction;

    fn requires(&self) -> Capabilities {
        let area = if self.full_page == Some(true) { Capabilities::FULL_PAGE } else { Capabilities::NONE };
        Capabilities::DOM.union(area).union(needed(self.format.as_deref()))
    }

    fn reply(&self, output: EncodedImage) -> Result<Reply> {
        Reply::data(&Picture::new(&output, self.path.as_deref()))
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<EncodedImage> {
        let (format, quality) = encoding(self.format.as_deref(), self.quality)?;
        let area = if self.full_page == Some(true) { ScreenshotArea::FullPage } else { ScreenshotArea::Viewport };
        let options = ScreenshotOptions::new().with_area(area).with_format(format).with_quality(quality);
        session.screenshot(&options, cx).await
    }
}

/// Takes a picture of one element, scrolled into view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ElementScreenshot {
    /// The element.
    pub selector: String,
    /// `png` (default), `jpeg` or `webp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// 0 to 100, for jpeg and webp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
}

impl ElementScreenshot {
    /// Makes the command: a PNG.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), format: None, quality: None }
    }
}

#[async_trait]
impl Command for ElementScreenshot {
    type Output = EncodedImage;
    const NAME: &'static str = "element_screenshot";
    const KIND: CommandKind = CommandKind::Extraction;

    fn requires(&self) -> Capabilities {
        Capabilities::DOM.union(needed(self.format.as_deref()))
    }

    fn reply(&self, output: EncodedImage) -> Result<Reply> {
        Reply::data(&Picture::new(&output, None))
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<EncodedImage> {
        let (format, quality) = encoding(self.format.as_deref(), self.quality)?;
        let selector = Selector::parse(&self.selector)?;
        selector.actionable(session, &[Need::Visible], None, cx).await?;
        let scroll = reader!(=> "async element => {
            $(boxedOf(element)).scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
            await nextFrame();
            return boxOf(element);
        }");
        let place = selector.enter(session, cx).await?;
        let inside: Rect = selector.read(session, scroll, (), cx).await?;
        let scrolled = Script::function("() => [{ x: scrollX, y: scrollY }, devicePixelRatio]").idempotent();
        let (scrolled, ratio): (Point, f64) = decode(session.evaluate(&scrolled, cx).await?)?;
        let corner = place.to_page.apply(Point::new(inside.x, inside.y));
        let scale = place.to_page.scale;
        let clip = Rect {
            x: corner.x + scrolled.x,
            y: corner.y + scrolled.y,
            width: inside.width * scale,
            height: inside.height * scale,
        };
        let options = ScreenshotOptions::new()
            .with_area(ScreenshotArea::Clip(on_device_pixels(clip, ratio)))
            .with_format(format)
            .with_quality(quality);
        session.screenshot(&options, cx).await
    }
}

/// Widens a rectangle to whole device pixels, so that nothing is drawn between them.
fn on_device_pixels(rect: Rect, ratio: f64) -> Rect {
    // What a layout leaves of a sum of fractions is no part of a pixel.
    let slack = 0.01;
    let start = |at: f64| ((at * ratio + slack).floor()) / ratio;
    let end = |at: f64| ((at * ratio - slack).ceil()) / ratio;
    let (x, y) = (start(rect.x), start(rect.y));
    Rect { x, y, width: end(rect.x + rect.width) - x, height: end(rect.y + rect.height) - y }
}

/// Reads the boxes of all elements that match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetBoundingBoxes {
    /// The elements.
    pub selector: String,
    /// How many at most. Default 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Whether to add the HTML of each. Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_html: Option<bool>,
}

impl GetBoundingBoxes {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), limit: None, include_html: None }
    }
}

#[async_trait]
impl Command for GetBoundingBoxes {
    type Output = Value;
    const NAME: &'static str = "get_bounding_boxes";
    const KIND: CommandKind = CommandKind::Extraction;

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Value> {
        let selector = Selector::parse(&self.selector)?;
        let place = selector.enter(session, cx).await?;
        let read = |_| {
            Script::function(script!("locate", "element", "inspect" => "(selector, limit, html) =>
                queryAll(selector).slice(0, limit).map((element, index) => boxElement(element, index, html))"))
            .arg(selector.element.clone())
            .arg(self.limit.unwrap_or(1000))
            .arg(self.include_html.unwrap_or(false))
            .in_frame(&place.frame)
        };
        selector.evaluate(session, cx, read).await
    }
}

/// Reads the box of an element, in CSS pixels of the viewport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GetElementBoundingBox {
    /// The element.
    pub selector: String,
}

impl GetElementBoundingBox {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

#[async_trait]
impl Command for GetElementBoundingBox {
    type Output = Rect;
    const NAME: &'static str = "get_element_bounding_box";
    const KIND: CommandKind = CommandKind::Extraction;

    fn reply(&self, output: Rect) -> Result<Reply> {
        Reply::data(&json!(output))
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Rect> {
        let selector = Selector::parse(&self.selector)?;
        let place = selector.enter(session, cx).await?;
        let inside: Rect = selector.read(session, reader!(=> "boxOf"), (), cx).await?;
        let corner = place.to_page.apply(Point::new(inside.x, inside.y));
        let scale = place.to_page.scale;
        Ok(Rect { x: corner.x, y: corner.y, width: inside.width * scale, height: inside.height * scale })
    }
}
