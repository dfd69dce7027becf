//! From a selector to a place in the page: parsing, frames on the way, waiting, and the errors of a vain wait.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::input::Transform;
use crate::script::script;
use crate::session::{FrameRef, Script, Session};
use crate::types::Point;

/// A selector, parsed: hops into frames, then the element.
#[derive(Debug, Clone)]
pub(crate) struct Selector {
    source: String,
    frames: Vec<Value>,
    pub(crate) element: Value,
}

impl Selector {
    /// Reads `css`, `xpath=…`, `text=…`, with ` >>> ` between an iframe and what is inside it, and ` >> ` between an
    /// element and what is inside of that, or `nth=…` of the matches.
    pub(crate) fn parse(source: &str) -> Result<Self> {
        let into_frame = |rest: &str| rest.starts_with(">>>").then_some(3);
        let mut hops = split(source, into_frame).into_iter().map(Self::hop).collect::<Result<Vec<_>>>()?;
        // `split` yields at least one item.
        let element = hops.pop().unwrap_or(Value::Null);
        Ok(Self { source: source.to_owned(), frames: hops, element })
    }

    /// Reads a selector of the main frame, for what does not cross frames. `field` is where it stands.
    pub(crate) fn plain(source: &str, field: &'static str) -> Result<Self> {
        let selector = Self::parse(source).map_err(|error| error.with_field(field))?;
        if selector.frames.is_empty() {
            return Ok(selector);
        }
        Err(Error::new(ErrorKind::InvalidSelector, format!("the selector {source:?} must not cross into a frame here"))
            .with_field(field))
    }

    fn hop(text: &str) -> Result<Value> {
        let inside = |rest: &str| {
            let next = rest.strip_prefix(">> ")?.trim_start();
            ["nth=", "css=", "text=", "xpath="].iter().any(|engine| next.starts_with(engine)).then_some(2)
        };
        let mut steps =
            split(text, inside).into_iter().map(|step| Self::step(step, text)).collect::<Result<Vec<_>>>()?;
        let then = steps.split_off(1);
        let mut first = steps.remove(0);
        if first["engine"] == "nth" {
            return Err(invalid("nth= counts what is before it, as in li >> nth=0"));
        }
        if !then.is_empty() {
            first["then"] = then.into();
        }
        Ok(first)
    }

    fn step(text: &str, source: &str) -> Result<Value> {
        let text = text.trim();
        let (engine, body) = match text.split_once('=') {
            Some(("nth", index)) => {
                let index: i32 = index.trim().parse().map_err(|_| invalid("nth= takes a whole number"))?;
                return Ok(json!({ "engine": "nth", "index": index }));
            }
            Some((engine @ ("xpath" | "text" | "css"), body)) => (engine, body.trim()),
            _ if text.starts_with("//") || text.starts_with("(//") => ("xpath", text),
            _ => ("css", text),
        };
        if body.is_empty() {
            return Err(invalid("the selector, or a part of it, is empty"));
        }
        Ok(json!({ "engine": engine, "body": body, "source": source.trim() }))
    }

    /// Finds the frame that the element is in.
    pub(crate) async fn enter(&self, session: &dyn Session, cx: &OpContext) -> Result<Place> {
        let mut place = Place::default();
        for hop in &self.frames {
            let find = |budget| {
                Script::function(script!("locate", "element", "wait", "read", "frame_box" => "frameBox"))
                    .arg(hop.clone())
                    .arg(budget)
                    .in_frame(&place.frame)
            };
            let found: Found<FrameBox> = decode(self.evaluate(session, cx, find).await?)?;
            let content = self.found(found)?;
            if let Some(tag) = content.failed {
                return Err(Error::new(
                    ErrorKind::NoSuchFrame,
                    format!("the selector {:?} goes through {tag}, which is not a frame", self.source),
                ));
            }
            let locate = Script::function(script!("locate" => "query")).arg(hop.clone()).in_frame(&place.frame);
            let inner = Transform::new(content.scale, Point::new(content.x, content.y));
            let frame = session.frame(&locate.idempotent(), cx).await?;
            let to_page = place.to_page.after(&inner);
            let mut around = place.around;
            around.push(Around { frame: place.frame, to_page: place.to_page, iframe: hop.clone() });
            place = Place { frame, to_page, around };
        }
        Ok(place)
    }

    /// Runs a script that waits in the page; where a navigation takes the document away, waits in the next one for what
    /// is left of the time. `script` makes it for a budget in milliseconds.
    pub(crate) async fn evaluate(
        &self,
        session: &dyn Session,
        cx: &OpContext,
        script: impl Fn(Value) -> Script + Send + Sync,
    ) -> Result<Value> {
        loop {
            let script = script(budget(cx)).idempotent();
            match session.evaluate(&script, cx).await {
                Err(error) if error.kind() == ErrorKind::StaleElementReference && script.frame.is_main() => {
                    if cx.remaining() < Duration::from_millis(20) {
                        return Err(error);
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) if error.kind() == ErrorKind::JavascriptError => return Err(self.script_error(error)),
                // Our scripts end before their deadline; one that does not is held up by the page.
                Err(error) if error.kind() == ErrorKind::ScriptTimeout => {
                    return Err(Error::timeout(format!("looking for {:?}: the page does not answer", self.source))
                        .with_source(error));
                }
                other => return other,
            }
        }
    }

    fn script_error(&self, error: Error) -> Error {
        let name = error.detail().and_then(|detail| detail["name"].as_str());
        if name != Some("InvalidSelector") {
            return error;
        }
        let message = error.detail().and_then(|detail| detail["message"].as_str()).unwrap_or_default();
        Error::new(ErrorKind::InvalidSelector, format!("the selector {:?} is not valid: {message}", self.source))
            .with_field("selector")
    }

    /// Reads from the element as soon as it is attached: `reader` is a script made by [`reader!`].
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        session: &dyn Session,
        reader: &'static str,
        argument: impl Into<Value> + Send,
        cx: &OpContext,
    ) -> Result<T> {
        let place = self.enter(session, cx).await?;
        let argument = argument.into();
        let read = |budget| {
            let script = Script::function(reader).arg(self.element.clone()).arg(budget);
            script.arg(argument.clone()).in_frame(&place.frame)
        };
        let found: Found<T> = decode(self.evaluate(session, cx, read).await?)?;
        self.found(found)
    }

    fn found<T>(&self, found: Found<T>) -> Result<T> {
        match found {
            Found::Value { value } => Ok(value),
            Found::Failed { vain, .. } => Err(self.missing(&vain)),
        }
    }

    pub(crate) fn missing(&self, vain: &InVain) -> Error {
        let mut message = format!("no element matches the selector {:?}", self.source);
        if let InVain { waited: Some(waited), page: Some(page) } = vain {
            let _ = write!(message, "; waited for {} ms on {page}", waited.round());
        }
        Error::new(ErrorKind::NoSuchElement, message).with_field("selector")
    }

    /// Waits until the element can be acted upon in the ways that `needs` names.
    pub(crate) async fn actionable(
        &self,
        session: &dyn Session,
        needs: &[Need],
        offset: Option<Point>,
        cx: &OpContext,
    ) -> Result<Target> {
        let mut last = None;
        loop {
            match self.attempt(session, needs, offset, cx).await {
                // A frame that navigates while it is waited in is entered anew.
                Err(error)
                    if matches!(error.kind(), ErrorKind::StaleElementReference | ErrorKind::NoSuchFrame)
                        && !self.frames.is_empty()
                        && cx.remaining() > Duration::from_millis(50) =>
                {
                    last = Some(error);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                // Inside of a frame nothing tells that the page covers it, so that is asked for again and again.
                Err(error)
                    if error.kind() == ErrorKind::ElementClickIntercepted
                        && !self.frames.is_empty()
                        && cx.remaining() > Duration::from_millis(300) =>
                {
                    last = Some(error);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) if error.kind() == ErrorKind::Timeout => return Err(last.unwrap_or(error)),
                other => return other,
            }
        }
    }

    async fn attempt(
        &self,
        session: &dyn Session,
        needs: &[Need],
        offset: Option<Point>,
        cx: &OpContext,
    ) -> Result<Target> {
        let pointed = !self.frames.is_empty() && needs.contains(&Need::Receives);
        if pointed {
            // A frame does not know which part of it the page shows, so it is scrolled on the way in any case.
            let show = reader!(=> "async element => {
                $(boxedOf(element)).scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
                await nextFrame();
            }");
            self.read::<Option<bool>>(session, show, (), cx).await?;
        }
        let mut place = self.enter(session, cx).await?;
        // Every click carries its script, so it is no longer than it must be.
        let source = if needs.contains(&Need::Typable) {
            script!("locate", "element", "wait", "edit", "actionability", "press" => "actionable")
        } else {
            script!("locate", "element", "wait", "actionability", "press" => "actionable")
        };
        let needs: Vec<_> = needs.iter().map(|need| need.name()).collect();
        let wait = |budget| {
            Script::function(source)
                .arg(json!({ "selector": self.element, "needs": needs, "budget": budget, "offset": offset }))
                .in_frame(&place.frame)
        };
        let seen: Seen = decode(self.evaluate(session, cx, wait).await?)?;
        let point = seen.point.unwrap_or_default();
        if let Some(reason) = seen.failed {
            if reason == "no_such_element" {
                return Err(self.missing(&seen.vain));
            }
            return Err(self.not_actionable(&reason, seen.by.as_deref(), seen.point));
        }
        if pointed {
            // Where the frames lie is measured last: scrolling inside may have moved them.
            place = self.enter(session, cx).await?;
            if let Some(by) = place.covered(session, point, cx).await? {
                return Err(self.not_actionable("covered", Some(&by), Some(place.to_page.apply(point))));
            }
        }
        Ok(Target { place, point })
    }

    pub(super) fn not_actionable(&self, reason: &str, by: Option<&str>, point: Option<Point>) -> Error {
        let element = format!("the element {:?}", self.source);
        let kind = match reason {
            "covered" => ErrorKind::ElementClickIntercepted,
            "detached" => ErrorKind::StaleElementReference,
            _ => ErrorKind::ElementNotInteractable,
        };
        let message = match reason {
            "hidden" => format!("{element} is not visible"),
            "disabled" => format!("{element} is disabled"),
            "readonly" => format!("{element} is read-only"),
            "not_editable" => format!("{element} takes no text"),
            "unstable" => format!("{element} does not stop moving"),
            "detached" => format!("{element} was taken out of the document again and again"),
            "outside" => format!("{element} lies outside the viewport and cannot be scrolled into it"),
            "missed" => format!("the click on {element} did not come to its document"),
            "no_pointer_events" => format!("{element} has the style pointer-events: none"),
            _ => {
                let Point { x, y } = point.unwrap_or_default();
                format!("{} covers {element} at ({x:.0}, {y:.0})", by.unwrap_or("another element"))
            }
        };
        Error::new(kind, message)
            .with_field("selector")
            .with_detail(json!({ "reason": reason, "covered_by": by, "point": point }))
    }
}

fn invalid(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidSelector, message).with_field("selector")
}

/// Splits a selector where `separator` says how long one is that begins there, but not inside of quotes or brackets. In
/// `text=` only quotes around all of it count, since a text has apostrophes and brackets of its own.
fn split(source: &str, separator: impl Fn(&str) -> Option<usize>) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut at, mut depth) = (0, 0, 0_usize);
    while at < source.len() {
        let rest = &source[at..];
        let before = source[start..at].trim();
        let is_text = before.starts_with("text=");
        if depth == 0
            && let Some(length) = separator(rest)
        {
            parts.push(&source[start..at]);
            at += length;
            start = at;
            continue;
        }
        let Some(character) = rest.chars().next() else { break };
        at += match character {
            '"' | '\'' if !is_text || before == "text=" => quoted(rest).unwrap_or(1),
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '[' | '(' if !is_text => {
                depth += 1;
                1
            }
            ']' | ')' if !is_text => {
                depth = depth.saturating_sub(1);
                1
            }
            other => other.len_utf8(),
        };
    }
    parts.push(&source[start..]);
    parts
}

/// Returns how long the quotation is that this begins with; `None` where it does not end.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Where an element's frame is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) frame: FrameRef,
    pub(crate) to_page: Transform,
    /// The documents around it, outermost first.
    around: Vec<Around>,
}

/// A document on the way to a frame, and the iframe in it that leads on.
#[derive(Debug, Clone)]
struct Around {
    frame: FrameRef,
    to_page: Transform,
    iframe: Value,
}

impl Place {
    /// Describes what lies over the frame at a point of its viewport, in any of the documents around it.
    async fn covered(&self, session: &dyn Session, point: Point, cx: &OpContext) -> Result<Option<String>> {
        let point = self.to_page.apply(point);
        for around in &self.around {
            let Point { x, y } = around.to_page.invert(point);
            let look = Script::function(script!("locate", "element", "wait", "actionability" => "(iframe, x, y) => {
                const hit = hitAt(x, y);
                return !hit || hit === query(iframe) ? null : describe(hit);
            }"));
            let look = look.arg(around.iframe.clone()).arg(x).arg(y).in_frame(&around.frame).idempotent();
            if let Some(by) = decode(session.evaluate(&look, cx).await?)? {
                return Ok(by);
            }
        }
        Ok(None)
    }
}

/// An element that can be acted upon.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) place: Place,
    /// Where to point, in the viewport of its frame.
    pub(crate) point: Point,
}

/// What became of a press that was watched.
#[derive(Debug, Deserialize)]
pub(crate) struct Pressed {
    /// Whether it came to the element's document at all.
    pub(crate) seen: bool,
    /// What it hit instead of the element.
    #[serde(default)]
    pub(crate) by: Option<String>,
}

impl Target {
    /// Asks what became of the press that followed the check of [`Need::CLICK`].
    pub(crate) async fn pressed(&self, session: &dyn Session, cx: &OpContext) -> Result<Pressed> {
        let ask = script!("locate", "element", "wait", "actionability", "press" => "pressed");
        match session.evaluate(&Script::function(ask).in_frame(&self.place.frame).idempotent(), cx).await {
            Ok(value) => decode(value),
            // The click has taken the document away, or the page.
            Err(error) if matches!(error.kind(), ErrorKind::StaleElementReference | ErrorKind::NoSuchFrame) => {
                Ok(Pressed { seen: true, by: None })
            }
            Err(error) => Err(error),
        }
    }
}

/// What an action needs of its element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Visible,
    Stable,
    Enabled,
    /// It, or the field of the component that it is a part of, takes text by the keyboard.
    Typable,
    Receives,
    /// The press that follows is watched: see [`Target::pressed`].
    Press,
}

impl Need {
    /// Of everything that is pointed at.
    pub(crate) const POINTER: &'static [Self] = &[Self::Visible, Self::Stable, Self::Enabled, Self::Receives];
    /// Of everything that is clicked.
    pub(crate) const CLICK: &'static [Self] =
        &[Self::Visible, Self::Stable, Self::Enabled, Self::Receives, Self::Press];
    /// Of everything that is pointed at, where a disabled one will do.
    pub(crate) const HOVER: &'static [Self] = &[Self::Visible, Self::Stable, Self::Receives];
    /// Of everything that is typed into.
    pub(crate) const EDIT: &'static [Self] = &[Self::Typable];

    const fn name(self) -> &'static str {
        match self {
            Self::Visible => "visible",
            Self::Stable => "stable",
            Self::Enabled => "enabled",
            Self::Typable => "typable",
            Self::Receives => "receives",
            Self::Press => "press",
        }
    }
}

/// Builds the script of [`Selector::read`]: `reader` is a function of the element and one argument.
macro_rules! reader {
    ($($part:literal),* => $reader:literal) => {
        concat!(
            "(selector, budget, argument)=>{",
            include_str!("../script/dom.js"), include_str!("../script/locate.js"), include_str!("../script/element.js"),
            include_str!("../script/wait.js"), include_str!("../script/read.js"),
            $(include_str!(concat!("../script/", $part, ".js")),)*
            "return whenAttached(selector, budget, element => (", $reader, ")(element, argument))}"
        )
    };
}
pub(crate) use reader;

/// How long a script may wait: what remains, less what bringing its answer back may take.
pub(crate) fn budget(cx: &OpContext) -> Value {
    let remaining = cx.remaining();
    let margin = (remaining / 4).min(Duration::from_millis(500));
    // Whole milliseconds: a budget is no clock.
    u64::try_from(remaining.saturating_sub(margin).as_millis()).unwrap_or(u64::MAX).into()
}

/// Reads what one of our own scripts returned.
pub(crate) fn decode<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|source| {
        Error::new(ErrorKind::Unexpected, "a script of the engine returned something unexpected").with_source(source)
    })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Found<T> {
    Failed {
        #[serde(rename = "failed")]
        _reason: String,
        #[serde(flatten)]
        vain: InVain,
    },
    Value {
        value: T,
    },
}

#[derive(Deserialize)]
struct FrameBox {
    failed: Option<String>,
    #[serde(default)]
    x: f64,
    #[serde(default)]
    y: f64,
    #[serde(default)]
    scale: f64,
}

/// How long, in milliseconds, and on which page an element was waited for that did not come.
#[derive(Default, Deserialize)]
pub(crate) struct InVain {
    waited: Option<f64>,
    page: Option<String>,
}

#[derive(Deserialize)]
struct Seen {
    #[serde(flatten)]
    vain: InVain,
    failed: Option<String>,
    by: Option<String>,
    point: Option<Point>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_name_their_engine_and_frames() {
        let selector = Selector::parse("iframe#a >>> xpath=//b[@c='d'] >>> text=Sign in").unwrap();
        assert_eq!(selector.frames.len(), 2);
        assert_eq!(selector.frames[1]["engine"], "xpath");
        assert_eq!(selector.element["body"], "Sign in");
        assert_eq!(Selector::parse("a[href='x=y']").unwrap().element["engine"], "css");
        assert_eq!(Selector::parse("//a").unwrap().element["engine"], "xpath");
    }

    #[test]
    fn separators_in_quotes_and_brackets_are_none() {
        for (text, frames, steps) in [
            ("a[title='x >>> y']", 0, 0),
            ("text=\"x >>> y\"", 0, 0),
            ("text=Don't >>> text=won't", 1, 0),
            ("text=a (b >>> p", 1, 0),
            ("xpath=//b[. = 'a >>> b'] >>> i", 1, 0),
            ("li >> nth=-1", 0, 1),
            ("ul >> css=li.a >> text=One >> nth=0", 0, 3),
            ("[data-x='a >> nth=1']", 0, 0),
            ("f >>> li >> nth=2", 1, 1),
            // No engine behind it, so it is a part of the selector.
            ("text=more >> here", 0, 0),
        ] {
            let selector = Selector::parse(text).unwrap();
            let then = selector.element["then"].as_array().map_or(0, Vec::len);
            assert_eq!((selector.frames.len(), then), (frames, steps), "{text}");
        }
    }

    #[test]
    fn an_empty_hop_is_no_selector() {
        for text in ["", "  ", "iframe >>> ", "xpath=", "nth=1", "li >> nth=x", "li >> css= "] {
            assert_eq!(Selector::parse(text).unwrap_err().kind(), ErrorKind::InvalidSelector, "{text:?}");
        }
    }
}
