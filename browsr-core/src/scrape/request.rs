//! [`ScrapeRequest`]: what to scrape and in which formats, and its JSON form.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::error::{Error, ErrorKind, Result, without_value};
use crate::markdown;
use crate::policy::{parse_url, redact_url};

/// What to scrape, and how.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ScrapeRequest {
    /// The page.
    pub url: Url,
    /// What to give back. Default Markdown.
    pub formats: Vec<Format>,
    /// Whether the text of frames is a part of the Markdown. Default inline.
    pub frames: Frames,
    /// Whether text that nobody sees is a part of the main content. Default skip.
    pub hidden_text: HiddenText,
    /// CSS selectors: Markdown is of these elements only. Default all.
    pub include_selectors: Vec<String>,
    /// CSS selectors: Markdown is without these elements. Default none.
    pub exclude_selectors: Vec<String>,
    /// What a page is waited to be before it is read. Default settled.
    pub wait_until: WaitUntil,
    /// How long the page may take to settle, 30 s at most; zero reads it at its load. Default 5 s.
    pub settle: Option<Duration>,
    /// How long to wait after the page has settled, before the actions. Default none.
    pub wait_for: Option<Duration>,
    /// What to do with the page before it is read.
    pub actions: Vec<ScrapeAction>,
    /// Whether Markdown is of the main content only. Default `true`.
    pub only_main_content: bool,
    /// Whether images that are written into the page as base64 are left out of Markdown. Default `true`.
    pub remove_base64_images: bool,
    /// Whether the blocks that are left out of the main content are listed. Default `false`.
    pub explain: bool,
    /// Selectors of elements whose HTML is wanted beside the whole.
    pub selectors: Vec<String>,
}

impl ScrapeRequest {
    /// Scrapes a page as Markdown of its main content.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            formats: vec![Format::Markdown],
            frames: Frames::Inline,
            hidden_text: HiddenText::Skip,
            include_selectors: Vec::new(),
            exclude_selectors: Vec::new(),
            wait_until: WaitUntil::Settled,
            settle: None,
            wait_for: None,
            actions: Vec::new(),
            only_main_content: true,
            remove_base64_images: true,
            explain: false,
            selectors: Vec::new(),
        }
    }

    /// Scrapes a page given as text; a bare host gets `https://`.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) where it is no URL.
    pub fn parse(url: &str) -> Result<Self> {
        parse_url("url", url).map(Self::new)
    }

    /// Chooses the formats.
    #[must_use]
    pub fn with_formats(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.formats = formats.into_iter().collect();
        self
    }

    /// Chooses whether the text of frames is a part of the Markdown.
    #[must_use]
    pub const fn with_frames(mut self, frames: Frames) -> Self {
        self.frames = frames;
        self
    }

    /// Chooses whether text that nobody sees is a part of the main content.
    #[must_use]
    pub const fn with_hidden_text(mut self, hidden_text: HiddenText) -> Self {
        self.hidden_text = hidden_text;
        self
    }

    /// Converts only the elements that match, as [`markdown::Options::include`](crate::markdown::Options::include).
    #[must_use]
    pub fn with_include_selectors<S: Into<String>>(mut self, selectors: impl IntoIterator<Item = S>) -> Self {
        self.include_selectors = selectors.into_iter().map(Into::into).collect();
        self
    }

    /// Leaves the elements that match out, as [`markdown::Options::exclude`](crate::markdown::Options::exclude).
    #[must_use]
    pub fn with_exclude_selectors<S: Into<String>>(mut self, selectors: impl IntoIterator<Item = S>) -> Self {
        self.exclude_selectors = selectors.into_iter().map(Into::into).collect();
        self
    }

    /// Chooses what the page is waited to be.
    #[must_use]
    pub const fn with_wait_until(mut self, wait: WaitUntil) -> Self {
        self.wait_until = wait;
        self
    }

    /// Chooses how long the page may take to settle; zero reads it at its load.
    #[must_use]
    pub const fn with_settle(mut self, cap: Duration) -> Self {
        self.settle = Some(cap);
        self
    }

    /// Waits so long after the page has settled.
    #[must_use]
    pub const fn with_wait_for(mut self, wait: Duration) -> Self {
        self.wait_for = Some(wait);
        self
    }

    /// Adds something to do before the page is read.
    #[must_use]
    pub fn with_action(mut self, action: ScrapeAction) -> Self {
        self.actions.push(action);
        self
    }

    /// Chooses between the main content and the whole page.
    #[must_use]
    pub const fn with_only_main_content(mut self, only: bool) -> Self {
        self.only_main_content = only;
        self
    }

    /// Chooses whether base64 images are left out.
    #[must_use]
    pub const fn with_remove_base64_images(mut self, remove: bool) -> Self {
        self.remove_base64_images = remove;
        self
    }

    /// Chooses whether the blocks that are left out of the main content are listed.
    #[must_use]
    pub const fn with_explain(mut self, explain: bool) -> Self {
        self.explain = explain;
        self
    }

    /// Asks for the HTML of the elements that match, beside the whole.
    #[must_use]
    pub fn with_selectors<S: Into<String>>(mut self, selectors: impl IntoIterator<Item = S>) -> Self {
        self.selectors = selectors.into_iter().map(Into::into).collect();
        self
    }

    /// Reads the JSON form: every option in `snake_case` or `camelCase` (given both, `snake_case` wins), `null` for
    /// absent. An unknown field is refused by name.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](ErrorKind::InvalidArgument), naming the field; [`Unsupported`](ErrorKind::Unsupported) for
    /// the formats that need what is not built yet.
    pub fn from_json(object: Map<String, Value>) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            url: String,
            formats: Option<Vec<String>>,
            wait_for: Option<u64>,
            actions: Option<Vec<WireAction>>,
            only_main_content: Option<bool>,
            remove_base64_images: Option<bool>,
            explain: Option<bool>,
            selectors: Option<Vec<String>>,
            settle_ms: Option<u64>,
            wait_until: Option<WaitUntil>,
            frames: Option<Frames>,
            hidden_text: Option<HiddenText>,
            include_selectors: Option<Vec<String>>,
            exclude_selectors: Option<Vec<String>>,
            json_options: Option<Value>,
        }
        let wire: Wire = serde_path_to_error::deserialize(Value::Object(snake_keys(object))).map_err(|error| {
            let reason = without_value(&error.inner().to_string());
            let named = reason.strip_prefix("unknown field `").or_else(|| reason.strip_prefix("missing field `"));
            let named = named.and_then(|rest| rest.split('`').next()).map(ToOwned::to_owned);
            let path = error.path().to_string();
            let field = match named {
                Some(name) if path == "." => name,
                Some(name) if !path.ends_with(&name) => format!("{path}.{name}"),
                _ => path,
            };
            Error::invalid(field.clone(), format!("{field}: {reason}"))
        })?;
        let mut request = Self::parse(&wire.url)?;
        if let Some(formats) = wire.formats {
            request.formats = formats
                .iter()
                .enumerate()
                .map(|(index, name)| Format::parse(name).map_err(|error| error.with_field(format!("formats[{index}]"))))
                .collect::<Result<_>>()?;
        }
        if wire.json_options.is_some() {
            return Err(Error::unsupported("json_options needs a language model, and none can be configured yet")
                .with_field("json_options"));
        }
        request.wait_for = wire.wait_for.map(Duration::from_millis);
        request.actions = wire
            .actions
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .map(|(index, action)| {
                action.read().map_err(|error| {
                    let field = format!("actions[{index}].{}", error.field().unwrap_or("type"));
                    error.with_field(field)
                })
            })
            .collect::<Result<_>>()?;
        request.only_main_content = wire.only_main_content.unwrap_or(true);
        request.remove_base64_images = wire.remove_base64_images.unwrap_or(true);
        request.explain = wire.explain.unwrap_or(false);
        if let Some(ms) = wire.settle_ms {
            if ms > MAX_SETTLE_MS {
                return Err(Error::invalid(
                    "settle_ms",
                    format!("settle_ms is {ms}; it must be at most {MAX_SETTLE_MS}"),
                ));
            }
            request.settle = Some(Duration::from_millis(ms));
        }
        request.frames = wire.frames.unwrap_or_default();
        request.hidden_text = wire.hidden_text.unwrap_or_default();
        request.include_selectors = wire.include_selectors.unwrap_or_default();
        request.exclude_selectors = wire.exclude_selectors.unwrap_or_default();
        request.check_selectors()?;
        request.wait_until = wire.wait_until.unwrap_or_default();
        request.selectors = wire.selectors.unwrap_or_default();
        Ok(request)
    }

    /// Checks what is to be in the Markdown and what not, and names the field that is wrong.
    pub(super) fn check_selectors(&self) -> Result<()> {
        let fields = [("include_selectors", &self.include_selectors), ("exclude_selectors", &self.exclude_selectors)];
        for (field, selectors) in fields {
            markdown::Options::new().with_include(selectors).validate().map_err(|error| {
                Error::new(ErrorKind::InvalidSelector, format!("{field}: {error}")).with_field(field)
            })?;
        }
        Ok(())
    }

    pub(super) fn wants(&self, format: Format) -> bool {
        self.formats.contains(&format)
    }

    /// Whether the answer lists what was left out of its Markdown.
    pub(super) fn explains(&self) -> bool {
        self.explain && self.wants(Format::Markdown)
    }
}

impl fmt::Debug for ScrapeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScrapeRequest")
            .field("url", &redact_url(&self.url))
            .field("formats", &self.formats)
            .field("actions", &self.actions.len())
            .finish_non_exhaustive()
    }
}

/// How long a page may be given to settle at most, in milliseconds.
const MAX_SETTLE_MS: u64 = 30_000;

/// Whether the text of frames is a part of the Markdown of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Frames {
    /// In its place, below a line with the address: of frames that show at 100 by 40 pixels or more, 20 at most, three deep,
    /// 2 MB and 1.5 s for all of them. Those of other sites are a part of the main content only where they hold a fifth of
    /// the text or more.
    #[default]
    Inline,
    /// Not at all.
    Skip,
}

/// Whether text that nobody sees is a part of the main content: what is not displayed, not visible, of no size, or clipped
/// away. What opens on a click is text: panels, tabs and details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HiddenText {
    /// Not at all.
    #[default]
    Skip,
    /// As any other.
    Keep,
}

/// What a page is waited to be before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum WaitUntil {
    /// Settled: loaded, and still, by the rule of [`settle`](crate::scrape::settle).
    #[default]
    Settled,
    /// Loaded.
    Load,
    /// Parsed; its images and styles may be missing.
    DomContentLoaded,
    /// Loaded, and without a request for half a second.
    #[serde(rename = "network_idle")]
    NetworkIdle,
}

/// A form in which a page can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// Markdown.
    Markdown,
    /// HTML as the browser has it, and that of chosen elements.
    Html,
    /// A PNG of the viewport.
    Screenshot,
}

impl Format {
    fn parse(name: &str) -> Result<Self> {
        match name {
            "markdown" => Ok(Self::Markdown),
            "html" => Ok(Self::Html),
            "screenshot" => Ok(Self::Screenshot),
            "structured" | "json" => {
                Err(Error::unsupported("the format structured needs a language model, and none can be configured yet"))
            }
            "agent" => Err(Error::unsupported("the format agent is not built yet")),
            other => Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("unknown format {other:?}; use markdown, html or screenshot"),
            )),
        }
    }
}

/// Something to do with a page before it is read.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ScrapeAction {
    /// Lets time pass.
    Wait(Duration),
    /// Waits until an element is visible.
    WaitFor(String),
    /// Clicks an element, and waits for the navigation that this may start.
    Click(String),
    /// Types text into an element.
    Type {
        /// The element.
        selector: String,
        /// The text.
        text: String,
    },
    /// Presses a key, with an element focused if one is given.
    Press {
        /// The element.
        selector: Option<String>,
        /// The key, such as `Enter`.
        key: String,
    },
    /// Scrolls an element into view, or the page to its end.
    Scroll(Option<String>),
    /// Moves the pointer over an element.
    Hover(String),
    /// Runs an expression.
    Evaluate(String),
    /// Takes the screenshot now rather than in the end.
    Screenshot,
}

impl fmt::Debug for ScrapeAction {
    /// Leaves out what is typed or run.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait(time) => f.debug_tuple("Wait").field(time).finish(),
            Self::WaitFor(selector) => f.debug_tuple("WaitFor").field(selector).finish(),
            Self::Click(selector) => f.debug_tuple("Click").field(selector).finish(),
            Self::Type { selector, .. } => f.debug_tuple("Type").field(selector).finish(),
            Self::Press { selector, .. } => f.debug_tuple("Press").field(selector).finish(),
            Self::Scroll(selector) => f.debug_tuple("Scroll").field(selector).finish(),
            Self::Hover(selector) => f.debug_tuple("Hover").field(selector).finish(),
            Self::Evaluate(_) => f.write_str("Evaluate"),
            Self::Screenshot => f.write_str("Screenshot"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAction {
    #[serde(rename = "type")]
    kind: String,
    selector: Option<String>,
    text: Option<String>,
    milliseconds: Option<u64>,
    expression: Option<String>,
}

impl WireAction {
    fn read(self) -> Result<ScrapeAction> {
        let Self { kind, selector, text, milliseconds, expression } = self;
        let need = |field: &'static str, value: Option<String>| {
            value.ok_or_else(|| Error::invalid(field, format!("the action {kind:?} needs {field}")))
        };
        match kind.as_str() {
            "wait" => match (milliseconds, selector) {
                (Some(ms), None) => Ok(ScrapeAction::Wait(Duration::from_millis(ms))),
                (None, Some(selector)) => Ok(ScrapeAction::WaitFor(selector)),
                _ => Err(Error::invalid("milliseconds", "the action \"wait\" needs milliseconds or selector")),
            },
            "click" => Ok(ScrapeAction::Click(need("selector", selector)?)),
            "type" | "type_text" | "write" => {
                Ok(ScrapeAction::Type { selector: need("selector", selector)?, text: need("text", text)? })
            }
            "press" => Ok(ScrapeAction::Press { selector, key: need("text", text)? }),
            "scroll" => Ok(ScrapeAction::Scroll(selector)),
            "hover" => Ok(ScrapeAction::Hover(need("selector", selector)?)),
            "evaluate" | "execute_javascript" => Ok(ScrapeAction::Evaluate(need("expression", expression)?)),
            "screenshot" => Ok(ScrapeAction::Screenshot),
            other => Err(Error::invalid(
                "type",
                format!(
                    "unknown action {other:?}; use wait, click, type, press, scroll, hover, evaluate or screenshot"
                ),
            )),
        }
    }
}

/// Turns `camelCase` keys into `snake_case`, where that is not given as well, and drops nulls.
fn snake_keys(object: Map<String, Value>) -> Map<String, Value> {
    let (snake, camel): (Vec<_>, Vec<_>) = object
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .partition(|(key, _)| !key.contains(|c: char| c.is_ascii_uppercase()));
    let mut keys: Map<String, Value> = snake.into_iter().collect();
    for (key, value) in camel {
        let mut name = String::with_capacity(key.len() + 4);
        for c in key.chars() {
            if c.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        }
        if !keys.contains_key(&name) {
            keys.insert(name, value);
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: Value) -> Result<ScrapeRequest> {
        match json {
            Value::Object(object) => ScrapeRequest::from_json(object),
            _ => unreachable!("tests give objects"),
        }
    }

    #[test]
    fn options_come_in_either_case_and_snake_wins() {
        let request = read(serde_json::json!({
            "url": "a.test", "waitFor": 5, "wait_for": 7, "onlyMainContent": false, "removeBase64Images": null,
            "explain": true
        }))
        .unwrap();
        assert_eq!(request.wait_for, Some(Duration::from_millis(7)));
        assert!(!request.only_main_content && request.remove_base64_images && request.explains());
    }

    #[test]
    fn a_bad_field_is_named() {
        for (json, field) in [
            (serde_json::json!({}), "url"),
            (serde_json::json!({ "url": "a.test", "fromats": [] }), "fromats"),
            (serde_json::json!({ "url": "a.test", "formats": ["pdf"] }), "formats[0]"),
            (serde_json::json!({ "url": "a.test", "formats": "html" }), "formats"),
            (serde_json::json!({ "url": "a.test", "wait_for": -1 }), "wait_for"),
            (serde_json::json!({ "url": "a.test", "actions": [{ "type": "click" }] }), "actions[0].selector"),
            (serde_json::json!({ "url": "a.test", "actions": [{ "type": "dance" }] }), "actions[0].type"),
            (serde_json::json!({ "url": "http://" }), "url"),
        ] {
            let error = read(json.clone()).unwrap_err();
            assert_eq!(error.field(), Some(field), "{json}: {error}");
        }
        let error = read(serde_json::json!({ "url": "a.test", "formats": ["structured"] })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}
