//! Marks drawn in the page for people to see: clicks and bounding boxes. Not built yet.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Command, CommandKind};
use crate::context::OpContext;
use crate::error::{Error, Result};
use crate::session::Session;

/// Shows where clicks land. Not built yet: fails with [`Unsupported`](crate::ErrorKind::Unsupported).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToggleClickOverlay {
    /// Whether to show it.
    pub enabled: bool,
}

#[async_trait]
impl Command for ToggleClickOverlay {
    type Output = ();
    const NAME: &'static str = "toggle_click_overlay";
    const KIND: CommandKind = CommandKind::Action;

    async fn run(&self, _session: &dyn Session, _cx: &OpContext) -> Result<()> {
        Err(Error::unsupported("toggle_click_overlay is not built yet"))
    }
}

/// Draws boxes around elements. Not built yet: fails with [`Unsupported`](crate::ErrorKind::Unsupported).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToggleBoundingBoxes {
    /// Whether to show them.
    pub enabled: bool,
    /// Which elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Accepted for the sake of existing clients; changes nothing that is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_html: Option<bool>,
}

#[async_trait]
impl Command for ToggleBoundingBoxes {
    type Output = ();
    const NAME: &'static str = "toggle_bounding_boxes";
    const KIND: CommandKind = CommandKind::Action;

    async fn run(&self, _session: &dyn Session, _cx: &OpContext) -> Result<()> {
        Err(Error::unsupported("toggle_bounding_boxes is not built yet"))
    }
}
