//! What agents send and get: observations, steps, raw DevTools commands.

use std::collections::HashMap;

use browsr_core::Observation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::CommandRequest;

/// What to look at.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Observe {
    /// The session; without one, a session is made on the fly and returned.
    pub(crate) session_id: Option<String>,
    /// Whether a session made on the fly has no window. Default `true`.
    pub(crate) headless: Option<bool>,
    /// Whether to take a picture. Default `true`.
    pub(crate) use_image: Option<bool>,
    /// Whether the picture shows the whole document, and the text begins at its top. Default `false`.
    pub(crate) full_page: Option<bool>,
    /// How long to wait before looking, in milliseconds. Default: until the page stands still, 2 s at most.
    #[schema(minimum = 0, maximum = 30000)]
    pub(crate) wait_ms: Option<u64>,
    /// Whether `state_text` ends with the text of the page. Default `true`.
    pub(crate) include_content: Option<bool>,
}

/// What was seen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Observed {
    /// The session.
    pub(crate) session_id: String,
    /// The page.
    #[schema(value_type = ObservationShape)]
    pub(crate) observation: Observation,
}

/// A page as it was at one moment.
#[derive(Debug, ToSchema)]
#[schema(as = Observation)]
#[expect(dead_code, reason = "describes a type of the engine, which knows nothing of API descriptions")]
pub(crate) struct ObservationShape {
    /// Where the page is.
    url: String,
    /// Its title.
    title: Option<String>,
    /// Width and height of what it shows, in CSS pixels.
    #[schema(min_items = 2, max_items = 2)]
    viewport: Vec<u32>,
    /// When it was looked at, in milliseconds since 1970.
    captured_at: u64,
    /// What can be acted upon, in the order of the document.
    interactive: Vec<InteractiveShape>,
    /// The same as text, one line each.
    interactive_text: String,
    /// The whole state as text.
    state_text: String,
    /// The picture: `type` (`bytes`), `bytes` (base64), `mime_type`, `name`; `null` where none was wanted.
    screenshot: Option<Value>,
    /// What a click reaches without scrolling.
    click_targets: Vec<TargetShape>,
}

/// Something that can be acted upon.
#[derive(Debug, ToSchema)]
#[schema(as = InteractiveElement)]
#[expect(dead_code, reason = "describes a type of the engine, which knows nothing of API descriptions")]
pub(crate) struct InteractiveShape {
    /// Its number in this observation.
    index: usize,
    /// The name of its tag.
    tag: String,
    /// A selector for commands.
    selector: Option<String>,
    /// Its role by HTML and ARIA.
    role: String,
    /// Its accessible name.
    name: String,
    /// The beginning of its text.
    text: Option<String>,
    /// Some of its attributes, and its states.
    attributes: HashMap<String, String>,
    /// `x`, `y`, `width` and `height` in the viewport, in CSS pixels.
    bounding_box: Value,
    /// Whether some of it is in view.
    in_viewport: bool,
    /// Whether a click would reach it.
    clickable: bool,
}

/// What a click reaches.
#[derive(Debug, ToSchema)]
#[schema(as = ClickTarget)]
#[expect(dead_code, reason = "describes a type of the engine, which knows nothing of API descriptions")]
pub(crate) struct TargetShape {
    /// The number of the element, as text.
    target_id: String,
    /// The name of its tag.
    tag: String,
    /// The beginning of its text.
    text: Option<String>,
    /// Some of its attributes, and its states.
    attributes: HashMap<String, String>,
    /// `x`, `y`, `width` and `height` in the viewport, in CSS pixels.
    bounding_box: Value,
    /// `x` and `y` of its centre.
    center: Value,
}

/// A step of an agent: commands, and what the agent notes beside them, which changes nothing here.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what is read in two parts, so that errors name the index of a command")]
pub(crate) struct BrowserStep {
    /// At most 256.
    #[schema(max_items = 256)]
    commands: Vec<CommandRequest>,
    /// The session; without one, or with an empty one, a session is made on the fly and returned.
    session_id: Option<String>,
    /// Whether a session made on the fly has no window. Default `true`.
    headless: Option<bool>,
    /// A note.
    thread_id: Option<String>,
    /// A note.
    task_id: Option<String>,
    /// A note.
    run_id: Option<String>,
    /// A note.
    tool_call_id: Option<String>,
    /// A note.
    thinking: Option<String>,
    /// A note.
    evaluation_previous_goal: Option<String>,
    /// A note.
    memory: Option<String>,
    /// A note.
    next_goal: Option<String>,
}

/// The fields of a step beside its commands.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StepFields {
    pub(crate) session_id: Option<String>,
    pub(crate) headless: Option<bool>,
    thread_id: Option<String>,
    task_id: Option<String>,
    run_id: Option<String>,
    tool_call_id: Option<String>,
    thinking: Option<String>,
    evaluation_previous_goal: Option<String>,
    memory: Option<String>,
    next_goal: Option<String>,
}

/// What a step came to. A failed one has `success: false` and `error`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepDone {
    /// Whether every command succeeded.
    pub(crate) success: bool,
    /// The session that they ran in.
    pub(crate) session_id: String,
    /// What was done, in words.
    #[schema(example = "2 of 2 commands done")]
    pub(crate) summary: Option<String>,
    /// Where the page is now, where it can say.
    pub(crate) url: Option<String>,
    /// The message of the command that failed.
    pub(crate) error: Option<String>,
    /// Always `null` here: steps are not kept.
    pub(crate) sequence_id: Option<String>,
    /// What the extractions gave: of one its data, of several an array in their order; missing where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Value>,
}

/// A raw DevTools command for the page.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendCdp {
    /// The session.
    pub(crate) session_id: String,
    /// Domain and name, such as `Page.getFrameTree`. Those that reach beyond the page are refused.
    #[schema(example = "Runtime.evaluate")]
    pub(crate) method: String,
    /// Its parameters.
    #[serde(default)]
    #[schema(value_type = Option<HashMap<String, Value>>)]
    pub(crate) params: Option<Map<String, Value>>,
}
