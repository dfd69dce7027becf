//! Reading the page and the frames in it, and putting what they say into one order.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{InteractiveElement, ObserveOptions};
use crate::command::{Selector, decode};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::input::Transform;
use crate::scrape::settle::{self, NetworkActivity, settle};
use crate::script::script;
use crate::session::{FrameRef, Script, Session};
use crate::types::{Point, Rect};

/// How many frames are looked into at most, and how deep they may be nested.
const MAX_FRAMES: usize = 12;
const MAX_DEPTH: usize = 3;

/// How long a frame may take; one that does not answer is left out.
const FRAME_PATIENCE: Duration = Duration::from_secs(1);

/// The page and its frames, in the order of the document.
pub(super) struct Snapshot {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) viewport: (u32, u32),
    pub(super) scroll: Scroll,
    /// The elements that are listed.
    pub(super) elements: Vec<InteractiveElement>,
    /// How many there would be.
    pub(super) total: usize,
    pub(super) content: Vec<Part>,
    /// Whether there is text above that was left out.
    pub(super) above: bool,
    /// Whether there is more text than was read.
    pub(super) cut: bool,
}

/// A piece of the content.
pub(super) enum Part {
    Text(String),
    /// An element that is listed, and whether its text comes after it as well.
    Element(usize, bool),
    FrameStart(String),
    FrameEnd,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Scroll {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) height: f64,
}

/// What the script answers for one document.
#[derive(Deserialize)]
struct Document {
    url: String,
    title: String,
    viewport: (f64, f64),
    total: usize,
    elements: Vec<Element>,
    frames: Vec<Frame>,
    parts: Vec<Piece>,
    scroll: Scroll,
    above: bool,
    cut: bool,
}

#[derive(Deserialize)]
struct Element {
    selector: Option<String>,
    tag: String,
    role: String,
    name: String,
    text: Option<String>,
    attributes: Map<String, Value>,
    #[serde(rename = "box")]
    area: Rect,
    in_viewport: bool,
    clickable: bool,
    away: f64,
    said: bool,
}

#[derive(Deserialize)]
struct Frame {
    selector: Option<String>,
    name: String,
    x: f64,
    y: f64,
    scale: f64,
    seen: Option<Edges>,
    /// How many elements of its document stand before it.
    before: usize,
}

#[derive(Deserialize, Clone, Copy)]
struct Edges {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Piece {
    Text(String),
    Element { element: usize },
    Frame { frame: usize },
}

/// What is gathered on the way through the frames.
struct Gathered {
    options: ObserveOptions,
    found: Vec<Found>,
    content: Vec<Loose>,
    total: usize,
    frames: usize,
    cut: bool,
    words: usize,
}

/// An element, where it is.
struct Found {
    element: Element,
    selector: Option<String>,
    /// Sorts in the order of the document, frames included.
    order: Vec<usize>,
}

/// A piece of the content whose elements are not numbered yet.
enum Loose {
    Text(String),
    Element(usize),
    FrameStart(String),
    FrameEnd,
}

/// Where a document lies.
#[derive(Clone, Default)]
struct Place {
    frame: FrameRef,
    /// The selectors of the frames on the way, joined; none where one of them has none.
    path: Option<String>,
    to_page: Transform,
    /// As that of an element: two numbers for each frame on the way.
    order: Vec<usize>,
}

const OBSERVE: &str =
    script!("locate", "element", "wait", "edit", "page_state", "accessibility", "observe" => "observeWhenStill");

/// Reads the page, once it stands still unless a wait was asked for.
pub(super) async fn page(session: &dyn Session, options: &ObserveOptions, cx: &OpContext) -> Result<Snapshot> {
    let mut gathered = Gathered {
        options: options.clone(),
        found: Vec::new(),
        content: Vec::new(),
        total: 0,
        frames: 0,
        cut: false,
        words: if options.content { options.max_text } else { 0 },
    };
    let top = Place { path: Some(String::new()), ..Place::default() };
    let force = options.wait.is_some();
    let mut read = document(session, &gathered, &top, None, force, cx).await?;
    if read.is_none() {
        settle(session, settle::CAP, None, cx).await?;
        read = document(session, &gathered, &top, None, true, cx).await?;
    }
    let document = read.ok_or_else(|| Error::new(ErrorKind::Unexpected, "the page could not be read"))?;
    let Document { ref url, ref title, viewport, scroll, above, .. } = document;
    let (url, title) = (url.clone(), title.clone());
    gather(session, &mut gathered, document, &top, cx).await?;
    Ok(finish(gathered, url, title, viewport, scroll, above))
}

async fn document(
    session: &dyn Session,
    gathered: &Gathered,
    place: &Place,
    seen: Option<Rect>,
    force: bool,
    cx: &OpContext,
) -> Result<Option<Document>> {
    let options = &gathered.options;
    // A quarter is kept for each frame, so that a long page does not silence what is in them.
    let limit = options.max_elements.saturating_sub(gathered.found.len()).max(options.max_elements / 4);
    let area = seen.map_or_else(
        || json!(null),
        |seen| json!({ "x": seen.x, "y": seen.y, "width": seen.width, "height": seen.height }),
    );
    let script = Script::function(OBSERVE)
        .arg(json!({
            "force": force, "network": NetworkActivity::told(session.network_activity().as_ref(), None), "area": area, "limit": limit,
            "words": gathered.words, "whole": options.full_page,
        }))
        .in_frame(&place.frame)
        .idempotent();
    let answer = session.evaluate(&script, cx).await?;
    if answer["ready"] == true { decode(answer).map(Some) } else { Ok(None) }
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Puts a document and the frames in it behind what was gathered.
fn gather<'a>(
    session: &'a dyn Session,
    gathered: &'a mut Gathered,
    document: Document,
    place: &'a Place,
    cx: &'a OpContext,
) -> Work<'a> {
    Box::pin(async move {
        gathered.total += document.total;
        gathered.cut |= document.cut;
        let first = gathered.found.len();
        for (at, mut element) in document.elements.into_iter().enumerate() {
            let selector = element.selector.take().zip(place.path.as_deref()).map(|(own, path)| format!("{path}{own}"));
            let corner = place.to_page.apply(Point::new(element.area.x, element.area.y));
            let scale = place.to_page.scale;
            element.area = Rect {
                x: corner.x,
                y: corner.y,
                width: element.area.width * scale,
                height: element.area.height * scale,
            };
            let order = [&place.order[..], &[2 * at + 1]].concat();
            gathered.found.push(Found { element, selector, order });
        }
        let mut frames: Vec<_> = document.frames.into_iter().map(Some).collect();
        for piece in document.parts {
            match piece {
                Piece::Text(text) => {
                    gathered.words = gathered.words.saturating_sub(text.len());
                    gathered.content.push(Loose::Text(text));
                }
                Piece::Element { element } => gathered.content.push(Loose::Element(first + element)),
                Piece::Frame { frame } => {
                    if let Some(frame) = frames.get_mut(frame).and_then(Option::take) {
                        enter(session, gathered, &frame, place, cx).await?;
                    }
                }
            }
        }
        // Those that the text did not reach.
        for frame in frames.into_iter().flatten() {
            enter(session, gathered, &frame, place, cx).await?;
        }
        Ok(())
    })
}

/// Looks into a frame. One that cannot be looked into is left out: advertisements come and go.
async fn enter(
    session: &dyn Session,
    gathered: &mut Gathered,
    frame: &Frame,
    around: &Place,
    cx: &OpContext,
) -> Result<()> {
    let Some(selector) = frame.selector.as_deref() else { return Ok(()) };
    if gathered.frames >= MAX_FRAMES || around.order.len() >= 2 * MAX_DEPTH || frame.scale <= 0.0 {
        return Ok(());
    }
    gathered.frames += 1;
    let soon = cx.capped(FRAME_PATIENCE.min(cx.remaining() / 2));
    let locate = Script::function(script!("locate" => "query"))
        .arg(Selector::plain(selector, "selector")?.element)
        .in_frame(&around.frame);
    let inner = Transform::new(frame.scale, Point::new(frame.x, frame.y));
    let seen = frame.seen.map_or(Rect::default(), |seen| Rect {
        x: (seen.left - frame.x) / frame.scale,
        y: (seen.top - frame.y) / frame.scale,
        width: (seen.right - seen.left) / frame.scale,
        height: (seen.bottom - seen.top) / frame.scale,
    });
    let found = async {
        let place = Place {
            frame: session.frame(&locate.idempotent(), &soon).await?,
            path: around.path.as_deref().map(|path| format!("{path}{selector} >>> ")),
            to_page: around.to_page.after(&inner),
            order: [&around.order[..], &[2 * frame.before, gathered.frames]].concat(),
        };
        let document = document(session, gathered, &place, Some(seen), true, &soon).await?;
        Ok::<_, Error>(document.map(|document| (place, document)))
    };
    match found.await {
        Ok(Some((place, document))) => {
            gathered.content.push(Loose::FrameStart(frame.name.clone()));
            gather(session, gathered, document, &place, cx).await?;
            gathered.content.push(Loose::FrameEnd);
            Ok(())
        }
        Err(error) if concerns_the_session(error.kind()) => Err(error),
        _ => Ok(()),
    }
}

fn concerns_the_session(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::SessionLost | ErrorKind::PageCrashed | ErrorKind::Denied | ErrorKind::InvalidSessionId)
}

/// Chooses which elements are listed, those in view first, and numbers them in the order of the document.
fn finish(
    gathered: Gathered,
    url: String,
    title: String,
    viewport: (f64, f64),
    scroll: Scroll,
    above: bool,
) -> Snapshot {
    let found = &gathered.found;
    let mut listed: Vec<(usize, &Found)> = found.iter().enumerate().collect();
    let nearness = |(_, Found { element, .. }): &(usize, &Found)| (!element.in_viewport, element.away);
    listed.sort_by(|a, b| {
        let ((hidden_a, away_a), (hidden_b, away_b)) = (nearness(a), nearness(b));
        hidden_a.cmp(&hidden_b).then(away_a.total_cmp(&away_b))
    });
    listed.truncate(gathered.options.max_elements);
    listed.sort_by(|(_, a), (_, b)| a.order.cmp(&b.order));
    let mut numbers = vec![None; found.len()];
    for (index, (at, _)) in listed.into_iter().enumerate() {
        numbers[at] = Some(index);
    }
    let content = gathered
        .content
        .into_iter()
        .map(|loose| match loose {
            Loose::Text(text) => Part::Text(text),
            Loose::FrameStart(name) => Part::FrameStart(name),
            Loose::FrameEnd => Part::FrameEnd,
            Loose::Element(at) => {
                let found = gathered.found.get(at).map(|found| &found.element);
                match (numbers.get(at).copied().flatten(), found) {
                    (Some(index), found) => Part::Element(index, found.is_some_and(|element| element.said)),
                    (None, Some(element)) if !element.said => Part::Text(format!(" {} ", element.name)),
                    (None, _) => Part::Text(String::new()),
                }
            }
        })
        .collect();
    let listed = gathered.found.into_iter().zip(numbers).filter_map(|(found, number)| Some((found, number?)));
    let mut elements: Vec<_> = listed
        .map(|(Found { element, selector, .. }, index)| InteractiveElement {
            index,
            tag: element.tag,
            selector,
            role: element.role,
            name: element.name,
            text: element.text,
            attributes: element.attributes,
            bounding_box: element.area,
            in_viewport: element.in_viewport,
            clickable: element.clickable,
        })
        .collect();
    elements.sort_by_key(|element| element.index);
    Snapshot {
        url,
        title,
        viewport: (pixels(viewport.0), pixels(viewport.1)),
        scroll,
        elements,
        total: gathered.total,
        content,
        above,
        cut: gathered.cut,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a viewport has a small positive size")]
fn pixels(size: f64) -> u32 {
    size.clamp(0.0, f64::from(u32::MAX)) as u32
}
