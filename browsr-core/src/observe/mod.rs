//! [`Observation`]: a snapshot of the page for a language model to read: what can be acted upon, by short indexes, and
//! the text around it.
//!
//! [`ObserveOptions`] says what is wanted; users call [`SessionHandle::observe`](crate::SessionHandle::observe). The
//! words are put together in `text`; everything that looks at the page is in `script/observe.js`.

mod read;
mod text;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::error::{ErrorKind, Result};
use crate::session::{ScreenshotArea, ScreenshotOptions, Session};
use crate::types::{EncodedImage, Point, Rect};

/// How long the load of a page is waited for before it is observed as it is.
const LOADING: Duration = Duration::from_millis(1500);

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObserveOptions {
    /// Whether to take a picture, as PNG. Default `true`.
    pub image: bool,
    /// Whether the picture shows the whole document, and the text begins at its top rather than at the scroll
    /// position. Default `false`.
    pub full_page: bool,
    /// How long to wait before looking. Default: until the page stands still, two seconds at most.
    pub wait: Option<Duration>,
    /// Whether [`Observation::state_text`] ends with the text of the page. Default `true`.
    pub content: bool,
    /// How many interactive elements to list at most: those in view first, then the nearest. Default 140.
    pub max_elements: usize,
    /// How much text of the page to give at most, in characters. Default 12,000.
    pub max_text: usize,
}

impl ObserveOptions {
    /// Everything, by the defaults.
    pub const fn new() -> Self {
        Self { image: true, full_page: false, wait: None, content: true, max_elements: 140, max_text: 12_000 }
    }

    /// Chooses whether to take a picture.
    #[must_use]
    pub const fn with_image(mut self, image: bool) -> Self {
        self.image = image;
        self
    }

    /// Chooses whether to show the whole document.
    #[must_use]
    pub const fn with_full_page(mut self, full_page: bool) -> Self {
        self.full_page = full_page;
        self
    }

    /// Chooses how long to wait before looking.
    #[must_use]
    pub const fn with_wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Chooses whether to give the text of the page.
    #[must_use]
    pub const fn with_content(mut self, content: bool) -> Self {
        self.content = content;
        self
    }

    /// Chooses how many interactive elements to list at most.
    #[must_use]
    pub const fn with_max_elements(mut self, max_elements: usize) -> Self {
        self.max_elements = max_elements;
        self
    }

    /// Chooses how much text to give at most, in characters.
    #[must_use]
    pub const fn with_max_text(mut self, max_text: usize) -> Self {
        self.max_text = max_text;
        self
    }

    pub(crate) const fn requires(&self) -> Capabilities {
        let area = if self.image && self.full_page { Capabilities::FULL_PAGE } else { Capabilities::NONE };
        Capabilities::DOM.union(area)
    }
}

impl Default for ObserveOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// A page as it was at one moment. Serialises to `observation` of the wire.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Observation {
    /// Where the page is.
    pub url: String,
    /// Its title, unless empty.
    pub title: Option<String>,
    /// Width and height of what it shows, in CSS pixels.
    pub viewport: (u32, u32),
    /// When it was looked at.
    pub captured_at: SystemTime,
    /// What can be acted upon and is not hidden, in the order of the document, frames included. Never a secret: of
    /// password fields, one-time codes and the like it is told only whether they are filled.
    pub interactive: Vec<InteractiveElement>,
    /// The same as text, one line each: `[0] link "More information" -> /domains`.
    pub interactive_text: String,
    /// The whole state as text: URL, title, scroll position, the list, and the text of the page if that is wanted, in
    /// which `[0: More information]` stands where the element stands.
    pub state_text: String,
    /// The picture, if wanted.
    pub screenshot: Option<EncodedImage>,
}

/// Something on a page that can be acted upon.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct InteractiveElement {
    /// Its number in this observation, from 0.
    pub index: usize,
    /// The name of its tag.
    pub tag: String,
    /// A selector by which commands find it, through ` >>> ` where it is in a frame; none where there is no such.
    pub selector: Option<String>,
    /// Its role by HTML and ARIA.
    pub role: String,
    /// Its accessible name; of what has none, the beginning of its text.
    pub name: String,
    /// The beginning of its text as shown, if any.
    pub text: Option<String>,
    /// Some of its attributes, and its states by their plain names: `checked`, `disabled`, `expanded`, `value`,
    /// `filled`, `focused`, `covered_by` and more.
    pub attributes: Map<String, Value>,
    /// Its box in the viewport of the page, in CSS pixels.
    pub bounding_box: Rect,
    /// Whether some of it is in view.
    pub in_viewport: bool,
    /// Whether a click would reach it: it is enabled, and nothing covers it.
    pub clickable: bool,
}

impl InteractiveElement {
    fn center(&self) -> Point {
        let Rect { x, y, width, height } = self.bounding_box;
        Point::new(x + width / 2.0, y + height / 2.0)
    }
}

impl Observation {
    /// Returns the elements that a click reaches right now, without scrolling.
    pub fn click_targets(&self) -> impl Iterator<Item = &InteractiveElement> {
        self.interactive.iter().filter(|element| element.in_viewport && element.clickable)
    }
}

impl Serialize for Observation {
    /// Writes the moment in milliseconds since 1970, and the click targets in a form of their own.
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let at = self.captured_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let targets: Vec<_> = self.click_targets().map(click_target).collect();
        let screenshot = self.screenshot.as_ref().map(|image| {
            json!({ "type": "bytes", "bytes": image.to_base64(), "mime_type": image.format.mime_type(), "name": null })
        });
        let mut out = serializer.serialize_struct("Observation", 9)?;
        out.serialize_field("url", &self.url)?;
        out.serialize_field("title", &self.title)?;
        out.serialize_field("viewport", &[self.viewport.0, self.viewport.1])?;
        out.serialize_field("captured_at", &u64::try_from(at).unwrap_or(u64::MAX))?;
        out.serialize_field("interactive", &self.interactive)?;
        out.serialize_field("interactive_text", &self.interactive_text)?;
        out.serialize_field("state_text", &self.state_text)?;
        out.serialize_field("screenshot", &screenshot)?;
        out.serialize_field("click_targets", &targets)?;
        out.end()
    }
}

fn click_target(element: &InteractiveElement) -> Value {
    json!({
        "target_id": element.index.to_string(), "tag": element.tag, "text": element.text, "attributes": element.attributes,
        "bounding_box": element.bounding_box, "center": element.center(),
    })
}

/// Observes with a session whose turn it is.
pub(crate) async fn run(session: &dyn Session, options: &ObserveOptions, cx: &OpContext) -> Result<Observation> {
    match session.wait_for_navigation(&cx.capped(LOADING.min(cx.remaining() / 2))).await {
        // What is still loading is observed as it is.
        Err(error) if error.kind() == ErrorKind::Timeout => {}
        result => drop(result?),
    }
    if let Some(wait) = options.wait {
        crate::scrape::pause(wait, cx).await?;
    }
    let snapshot = read::page(session, options, cx).await?;
    let captured_at = SystemTime::now();
    let screenshot = if options.image {
        let area = if options.full_page { ScreenshotArea::FullPage } else { ScreenshotArea::Viewport };
        Some(session.screenshot(&ScreenshotOptions::new().with_area(area), cx).await?)
    } else {
        None
    };
    let interactive_text = text::list(&snapshot);
    Ok(Observation {
        state_text: text::state(&snapshot, &interactive_text, options),
        interactive_text,
        url: snapshot.url,
        title: Some(snapshot.title).filter(|title| !title.is_empty()),
        viewport: snapshot.viewport,
        captured_at,
        interactive: snapshot.elements,
        screenshot,
    })
}
