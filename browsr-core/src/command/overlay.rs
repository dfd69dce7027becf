//! Marks drawn in the page for people to see: where clicks land, and boxes around elements.
//!
//! They are drawn in the main frame, above the page, where they take no events and no room, and are in no HTML, text or
//! Markdown that a command reads. [`SessionHandle`](crate::SessionHandle) draws them again in every document that
//! follows, until they are switched off.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::locate::Selector;
use super::{Command, CommandKind};
use crate::context::OpContext;
use crate::error::{Error, Result};
use crate::script::script;
use crate::session::{Script, Session};

/// How many boxes are drawn where no limit is given, and how many at most.
const LIMIT: u32 = 200;
const MOST: u32 = 2000;

/// A change of what is drawn over the documents of a session.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Overlay {
    /// Whether clicks are shown.
    Clicks(bool),
    /// Which boxes are shown.
    Boxes(Option<Boxes>),
}

/// Which boxes are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Boxes {
    selector: Option<Value>,
    limit: u32,
}

/// Everything that is drawn over the documents of a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Overlays {
    clicks: bool,
    boxes: Option<Boxes>,
}

impl Overlays {
    pub(crate) fn apply(&mut self, change: Overlay) {
        match change {
            Overlay::Clicks(enabled) => self.clicks = enabled,
            Overlay::Boxes(boxes) => self.boxes = boxes,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.clicks && self.boxes.is_none()
    }

    /// Brings the current document to this state.
    pub(crate) async fn draw(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        let boxes = self.boxes.as_ref().map(|boxes| json!({ "selector": boxes.selector, "limit": boxes.limit }));
        let script = Script::function(script!("locate", "element", "wait", "overlay" => "drawOverlays"))
            .arg(json!({ "clicks": self.clicks, "boxes": boxes }))
            .idempotent();
        session.evaluate(&script, cx).await.map(drop)
    }
}

/// Shows where clicks land: a ring at the last press in the main frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToggleClickOverlay {
    /// Whether to show it.
    pub enabled: bool,
}

impl ToggleClickOverlay {
    /// Makes the command.
    pub const fn new(enabled: bool) -> Self {
        Self { enabled }
    }
}

#[async_trait]
impl Command for ToggleClickOverlay {
    type Output = ();
    const NAME: &'static str = "toggle_click_overlay";
    const KIND: CommandKind = CommandKind::Action;

    fn is_idempotent(&self) -> bool {
        true
    }

    fn overlay(&self) -> Option<Overlay> {
        Some(Overlay::Clicks(self.enabled))
    }

    async fn run(&self, _session: &dyn Session, _cx: &OpContext) -> Result<()> {
        Ok(())
    }
}

/// Draws numbered boxes around elements, and keeps them in place as the page changes and scrolls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToggleBoundingBoxes {
    /// Whether to show them.
    pub enabled: bool,
    /// Which elements, in the main frame. By default those that a person can act upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// How many at most. Default 200, at most 2,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Accepted for the sake of existing clients; changes nothing that is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_html: Option<bool>,
}

impl ToggleBoundingBoxes {
    /// Makes the command, for what a person can act upon.
    pub const fn new(enabled: bool) -> Self {
        Self { enabled, selector: None, limit: None, include_html: None }
    }

    /// Chooses the elements.
    #[must_use]
    pub fn with_selector(mut self, selector: impl Into<String>) -> Self {
        self.selector = Some(selector.into());
        self
    }

    /// Limits their number.
    #[must_use]
    pub const fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    fn boxes(&self) -> Result<Option<Boxes>> {
        if !self.enabled {
            return Ok(None);
        }
        let limit = self.limit.unwrap_or(LIMIT);
        if limit > MOST {
            return Err(Error::invalid("limit", format!("limit is {limit}; at most {MOST} boxes are drawn")));
        }
        let selector = self.selector.as_deref().map(|source| Selector::plain(source, "selector")).transpose()?;
        Ok(Some(Boxes { selector: selector.map(|selector| selector.element), limit }))
    }
}

#[async_trait]
impl Command for ToggleBoundingBoxes {
    type Output = ();
    const NAME: &'static str = "toggle_bounding_boxes";
    const KIND: CommandKind = CommandKind::Action;

    fn is_idempotent(&self) -> bool {
        true
    }

    fn overlay(&self) -> Option<Overlay> {
        self.boxes().ok().map(Overlay::Boxes)
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        if self.boxes()?.is_none() {
            return Ok(());
        }
        let Some(source) = self.selector.as_deref() else { return Ok(()) };
        // The document at hand tells whether the selector is one; drawing is the handle's matter.
        let selector = Selector::plain(source, "selector")?;
        let check = |_| {
            let check = script!("locate" => "selector => { queryAll(selector, false); }");
            Script::function(check).arg(selector.element.clone())
        };
        selector.evaluate(session, cx, check).await.map(drop)
    }
}
