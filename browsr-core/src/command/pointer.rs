//! The mouse: clicks, hovering, dragging, scrolling.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::locate::{Need, Selector, Target, reader};
use super::{Command, CommandKind, Reply};
use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::input::{Action, ActionOutcome, Button, Input, Modifiers, NavigationSeen};
use crate::script::script;
use crate::session::{Script, Session};
use crate::types::Point;

/// The presses and releases of a click where the pointer is.
fn clicks(button: Button, count: u32) -> impl Iterator<Item = Action> {
    (1..=count).flat_map(move |click_count| {
        [Action::PointerDown { button, click_count }, Action::PointerUp { button, click_count }]
    })
}

/// Puts modifier keys around actions.
fn holding(modifiers: Modifiers, actions: Vec<Action>) -> Vec<Action> {
    let keys = modifiers.keys();
    let mut held: Vec<_> = keys.iter().cloned().map(Action::KeyDown).collect();
    held.extend(actions);
    held.extend(keys.into_iter().rev().map(Action::KeyUp));
    held
}

fn at(target: &Target, actions: Vec<Action>) -> Input {
    Input::new(actions).in_frame(&target.place.frame, target.place.to_page)
}

fn move_to(to: Point) -> Action {
    Action::PointerMove { to, steps: 1 }
}

/// Implements a command whose output is the outcome of its input.
macro_rules! input_command {
    ($type:ident, $name:literal, |$this:ident, $session:ident, $cx:ident| $body:block) => {
        input_command!($type, $name, timeout: |_this| None, |$this, $session, $cx| $body);
    };
    ($type:ident, $name:literal, timeout: |$timed:ident| $timeout:expr, |$this:ident, $session:ident, $cx:ident| $body:block) => {
        #[async_trait]
        impl Command for $type {
            type Output = ActionOutcome;
            const NAME: &'static str = $name;
            const KIND: CommandKind = CommandKind::Action;

            fn is_input(&self) -> bool {
                true
            }

            fn timeout(&self) -> Option<std::time::Duration> {
                let $timed = self;
                $timeout
            }

            fn reply(&self, output: ActionOutcome) -> Result<Reply> {
                Ok(Reply::outcome(&output))
            }

            async fn run(&self, $session: &dyn Session, $cx: &OpContext) -> Result<ActionOutcome> {
                let $this = self;
                $body
            }
        }
    };
}
pub(super) use input_command;

/// Clicks an element: waits until it is attached, visible, stable, enabled and receives events, then sends a real click.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Click {
    /// The element.
    pub selector: String,
    /// Where to click, from the top left of the element's border box. Default: its centre, or the first part of it that
    /// shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Point>,
}

impl Click {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), position: None }
    }

    /// Chooses where in the element.
    #[must_use]
    pub const fn at(mut self, position: Point) -> Self {
        self.position = Some(position);
        self
    }
}

input_command!(Click, "click", |this, session, cx| {
    click(session, &this.selector, Button::Left, 1, Modifiers::NONE, this.position, cx).await
});

pub(super) async fn click(
    session: &dyn Session,
    selector: &str,
    button: Button,
    count: u32,
    modifiers: Modifiers,
    position: Option<Point>,
    cx: &OpContext,
) -> Result<ActionOutcome> {
    let selector = Selector::parse(selector)?;
    loop {
        let target = selector.actionable(session, Need::CLICK, position, cx).await?;
        let mut actions = vec![move_to(target.point)];
        actions.extend(clicks(button, count));
        let outcome = session.perform_actions(&at(&target, holding(modifiers, actions)).releasing(), cx).await?;
        // A page that is on its way to another document, or that has led to another page, was hit.
        let left = matches!(outcome.navigation, NavigationSeen::Pending | NavigationSeen::Committed);
        if left || !outcome.completed || outcome.opened > 0 {
            return Ok(outcome);
        }
        let pressed = target.pressed(session, cx).await?;
        if pressed.seen && pressed.by.is_none() {
            return Ok(outcome);
        }
        // What lies over the element, or moved in its place, may go again; a frame that is new may not get input yet.
        if cx.remaining() < Duration::from_millis(200) {
            return Err(match pressed.by {
                Some(by) => selector.not_actionable("covered", Some(&by), Some(target.point)),
                None => selector.not_actionable("missed", None, Some(target.point)),
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Clicks a point of the viewport, whatever is there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClickAt {
    /// CSS pixels from the left of the viewport.
    pub x: f64,
    /// CSS pixels from the top of the viewport.
    pub y: f64,
}

impl ClickAt {
    /// Makes the command.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }
}

input_command!(ClickAt, "click_at", |this, session, cx| {
    let mut actions = vec![move_to(Point::new(this.x, this.y))];
    actions.extend(clicks(Button::Left, 1));
    session.perform_actions(&Input::new(actions).releasing(), cx).await
});

/// Clicks an element with a chosen button, so many times, with modifier keys held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClickAdvanced {
    /// The element.
    pub selector: String,
    /// `left` (default), `middle` or `right`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
    /// 1 (default), 2 for a double click, and so on up to 255.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click_count: Option<u8>,
    /// A sum of Alt 1, Control 2, Meta 4 and Shift 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modifiers: Option<u32>,
    /// Where to click, from the top left of the element's border box. Default: its centre, or the first part of it that
    /// shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Point>,
}

impl ClickAdvanced {
    /// Makes the command: a plain left click.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), button: None, click_count: None, modifiers: None, position: None }
    }

    /// Chooses the button: `left`, `middle` or `right`.
    #[must_use]
    pub fn with_button(mut self, button: impl Into<String>) -> Self {
        self.button = Some(button.into());
        self
    }

    /// Chooses how many clicks.
    #[must_use]
    pub const fn with_click_count(mut self, count: u8) -> Self {
        self.click_count = Some(count);
        self
    }

    /// Chooses the modifier keys.
    #[must_use]
    pub const fn with_modifiers(mut self, modifiers: Modifiers) -> Self {
        self.modifiers = Some(modifiers.bits() as u32);
        self
    }
}

input_command!(ClickAdvanced, "click_advanced", |this, session, cx| {
    let button = Button::parse(this.button.as_deref())?;
    let modifiers = Modifiers::from_bits(this.modifiers.unwrap_or(0))?;
    let count = this.click_count.unwrap_or(1).into();
    click(session, &this.selector, button, count, modifiers, this.position, cx).await
});

/// Moves the pointer over an element.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hover {
    /// The element.
    pub selector: String,
    /// Where in it, from the top left of its border box. Default: its centre, or the first part of it that shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Point>,
}

impl Hover {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), position: None }
    }

    /// Chooses where in the element.
    #[must_use]
    pub const fn at(mut self, position: Point) -> Self {
        self.position = Some(position);
        self
    }
}

input_command!(Hover, "hover", |this, session, cx| {
    let target = Selector::parse(&this.selector)?.actionable(session, Need::HOVER, this.position, cx).await?;
    session.perform_actions(&at(&target, vec![move_to(target.point)]), cx).await
});

/// Moves the pointer to a point of the viewport.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MoveMouseTo {
    /// CSS pixels from the left of the viewport.
    pub x: f64,
    /// CSS pixels from the top of the viewport.
    pub y: f64,
    /// How many move events: 1 (default) jumps, 10 to 25 look smooth. At most 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
}

impl MoveMouseTo {
    /// Makes the command: one jump.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y, steps: None }
    }

    /// Chooses how many move events.
    #[must_use]
    pub const fn with_steps(mut self, steps: u32) -> Self {
        self.steps = Some(steps);
        self
    }
}

input_command!(MoveMouseTo, "move_mouse_to", |this, session, cx| {
    let steps = this.steps.unwrap_or(1);
    if steps == 0 || steps > 1000 {
        return Err(Error::invalid("steps", format!("steps is {steps}; it must be 1 to 1000")));
    }
    let to = Point::new(this.x, this.y);
    session.perform_actions(&Input::new(vec![Action::PointerMove { to, steps }]), cx).await
});

/// Presses a mouse button where the pointer is, and keeps it down. A failed batch, a navigation, the end of the session
/// and the next command that clicks or drags release it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MouseDown {
    /// `left` (default), `middle` or `right`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}

impl MouseDown {
    /// Makes the command: the left button.
    pub const fn new() -> Self {
        Self { button: None }
    }
}

input_command!(MouseDown, "mouse_down", |this, session, cx| {
    let button = Button::parse(this.button.as_deref())?;
    session.perform_actions(&Input::new(vec![Action::PointerDown { button, click_count: 1 }]), cx).await
});

/// Releases a mouse button where the pointer is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MouseUp {
    /// `left` (default), `middle` or `right`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}

impl MouseUp {
    /// Makes the command: the left button.
    pub const fn new() -> Self {
        Self { button: None }
    }
}

input_command!(MouseUp, "mouse_up", |this, session, cx| {
    let button = Button::parse(this.button.as_deref())?;
    session.perform_actions(&Input::new(vec![Action::PointerUp { button, click_count: 1 }]), cx).await
});

/// How a drag goes from its press to its release.
#[derive(Default)]
struct Path<'a> {
    modifiers: Modifiers,
    hold: Duration,
    /// Points on the way.
    via: &'a [Point],
    /// Move events on each straight part.
    steps: Option<u32>,
}

/// How long a button may be held before a drag moves, in milliseconds.
const MAX_HOLD_MS: u64 = 10_000;
/// How many points a drag may have on its way, and how many moves on each part.
const MAX_POINTS: usize = 1_000;
/// How many moves a drag may have in all.
const MAX_MOVES: usize = 10_000;
/// How many moves each part of a drag has.
const STEPS: u32 = 5;

impl<'a> Path<'a> {
    fn new(modifiers: Option<u32>, hold_ms: Option<u64>, via: &'a [Point], steps: Option<u32>) -> Result<Self> {
        let hold = hold_ms.unwrap_or(0);
        if hold > MAX_HOLD_MS {
            return Err(Error::invalid("hold_ms", format!("hold_ms must be at most {MAX_HOLD_MS}")));
        }
        if via.len() > MAX_POINTS {
            return Err(Error::invalid("path", format!("path has {} points; at most {MAX_POINTS}", via.len())));
        }
        if steps.is_some_and(|steps| steps == 0 || steps > 1000) {
            return Err(Error::invalid("steps", "steps must be 1 to 1000"));
        }
        let moves = (via.len() + 1).saturating_mul(steps.unwrap_or(STEPS) as usize);
        if moves > MAX_MOVES {
            return Err(Error::invalid("steps", format!("path and steps make {moves} moves; at most {MAX_MOVES}")));
        }
        let modifiers = Modifiers::from_bits(modifiers.unwrap_or(0))?;
        Ok(Self { modifiers, hold: Duration::from_millis(hold), via, steps })
    }

    /// A drag by real input: enough moves that the browser starts an HTML5 drag, and a rest over the target.
    fn actions(&self, from: Point, to: Point) -> Vec<Action> {
        let button = Button::Left;
        let first = self.via.first().copied().unwrap_or(to);
        // Far enough for whoever waits for a few pixels, on either axis.
        let nudge = |from: f64, to: f64| from + (to - from).signum() * 5.0;
        let mut actions = vec![move_to(from), Action::PointerDown { button, click_count: 1 }];
        if !self.hold.is_zero() {
            actions.push(Action::Pause(self.hold));
        }
        actions.push(move_to(Point::new(nudge(from.x, first.x), nudge(from.y, first.y))));
        let steps = self.steps.unwrap_or(STEPS);
        actions.extend(self.via.iter().chain([&to]).map(|to| Action::PointerMove { to: *to, steps }));
        actions.extend([
            Action::Pause(Duration::from_millis(40)),
            move_to(to),
            Action::PointerUp { button, click_count: 1 },
        ]);
        holding(self.modifiers, actions)
    }
}

/// Sends a drag, and waits until the page has drawn what came of it: a browser reports the drop later than the release.
async fn drag(session: &dyn Session, actions: Vec<Action>, to: Point, cx: &OpContext) -> Result<ActionOutcome> {
    let drops = session.capabilities().contains(Capabilities::TRUSTED_DROP);
    if !drops {
        let watch = script!("locate", "element", "wait", "actionability", "drop" => "watchDrag");
        session.evaluate(&Script::function(watch).idempotent(), cx).await?;
    }
    let outcome = session.perform_actions(&Input::new(actions).releasing(), cx).await?;
    let end = if drops {
        Script::function(script!("wait" => "async () => { await nextFrame(); await nextFrame(); }")).idempotent()
    } else {
        let finish = script!("locate", "element", "wait", "actionability", "drop" => "finishDrag");
        Script::function(finish).arg(to.x).arg(to.y)
    };
    match session.evaluate(&end, cx).await {
        // The drop may well have taken the page elsewhere.
        Err(error) if error.kind() != ErrorKind::StaleElementReference => Err(error),
        _ => Ok(outcome),
    }
}

/// Drags from one point of the viewport to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Drag {
    /// Where to press.
    pub from: Point,
    /// Where to release.
    pub to: Point,
    /// A sum of Alt 1, Control 2, Meta 4 and Shift 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modifiers: Option<u32>,
    /// Points of the viewport on the way, at most 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<Point>>,
    /// How long to hold the button before the first move, in milliseconds, at most 10,000. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_ms: Option<u64>,
    /// How many move events on each straight part, 1 to 1,000. Default 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
}

impl Drag {
    /// Makes the command: straight from one to the other.
    pub const fn new(from: Point, to: Point) -> Self {
        Self { from, to, modifiers: None, path: None, hold_ms: None, steps: None }
    }

    /// Sets the points on the way.
    #[must_use]
    pub fn via(mut self, path: impl IntoIterator<Item = Point>) -> Self {
        self.path = Some(path.into_iter().collect());
        self
    }

    /// Holds the button so long before the first move.
    #[must_use]
    pub fn with_hold(mut self, hold: Duration) -> Self {
        self.hold_ms = u64::try_from(hold.as_millis()).ok();
        self
    }
}

input_command!(Drag, "drag", |this, session, cx| {
    let path = Path::new(this.modifiers, this.hold_ms, this.path.as_deref().unwrap_or_default(), this.steps)?;
    drag(session, path.actions(this.from, this.to), this.to, cx).await
});

/// Drags an element onto another, or to a point, by real input. Where the browser never drops
/// ([`Capabilities::TRUSTED_DROP`] is missing) and the element was dragged by HTML5, the drop is told by script, in the
/// main frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DragTo {
    /// The element to drag.
    pub selector: String,
    /// The element to drop it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_selector: Option<String>,
    /// Where to press, from the top left of the element; its centre by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_position: Option<Point>,
    /// Where to release, from the top left of the target element; without one, a point of the viewport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_position: Option<Point>,
    /// A sum of Alt 1, Control 2, Meta 4 and Shift 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modifiers: Option<u32>,
    /// How long to hold the button before the first move, in milliseconds, at most 10,000. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_ms: Option<u64>,
    /// How many move events on each straight part, 1 to 1,000. Default 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
}

impl DragTo {
    /// Makes the command: from the centre of one element to the centre of another.
    pub fn new(selector: impl Into<String>, target_selector: impl Into<String>) -> Self {
        Self {
            selector: selector.into(),
            target_selector: Some(target_selector.into()),
            source_position: None,
            target_position: None,
            modifiers: None,
            hold_ms: None,
            steps: None,
        }
    }

    /// Holds the button so long before the first move.
    #[must_use]
    pub fn with_hold(mut self, hold: Duration) -> Self {
        self.hold_ms = u64::try_from(hold.as_millis()).ok();
        self
    }
}

input_command!(DragTo, "drag_to", |this, session, cx| {
    let path = Path::new(this.modifiers, this.hold_ms, &[], this.steps)?;
    let source = Selector::parse(&this.selector)?;
    let target = this.target_selector.as_deref().map(Selector::parse).transpose()?;
    let from = source.actionable(session, Need::POINTER, this.source_position, cx).await?;
    let to = match (target, this.target_position) {
        (Some(target), offset) => {
            let to = target.actionable(session, Need::HOVER, offset, cx).await?;
            to.place.to_page.apply(to.point)
        }
        (None, Some(point)) => point,
        (None, None) => {
            return Err(Error::invalid("target_selector", "drag_to needs target_selector or target_position"));
        }
    };
    // Finding the target may have scrolled the source.
    let from = match &this.target_selector {
        Some(_) => {
            let again = Selector::parse(&this.selector)?;
            again.actionable(session, &[Need::Visible, Need::Receives], this.source_position, cx).await.unwrap_or(from)
        }
        None => from,
    };
    let start = from.place.to_page.apply(from.point);
    drag(session, path.actions(start, to), to, cx).await
});

/// Scrolls the page to a position; an axis left out stays. Where the document itself does not scroll, its largest scroller
/// that shows does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScrollTo {
    /// CSS pixels from the left of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<f64>,
    /// CSS pixels from the top of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<f64>,
}

impl ScrollTo {
    /// Makes the command: to so far from the top.
    pub const fn top(y: f64) -> Self {
        Self { x: None, y: Some(y) }
    }
}

#[async_trait]
impl Command for ScrollTo {
    type Output = ();
    const NAME: &'static str = "scroll_to";
    const KIND: CommandKind = CommandKind::Action;

    fn is_idempotent(&self) -> bool {
        true
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        let script = Script::function(script!("locate", "wait", "scroll" => "async (left, top) => {
            const scroller = mainScroller(top === null && left !== null);
            scroller.scrollTo({ left: left ?? scroller.scrollLeft, top: top ?? scroller.scrollTop, behavior: 'instant' });
            await nextFrame();
        }"))
        .arg(self.x)
        .arg(self.y)
        .idempotent();
        session.evaluate(&script, cx).await.map(drop)
    }
}

/// Scrolls an element into view, in every scroller around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScrollIntoView {
    /// The element.
    pub selector: String,
}

impl ScrollIntoView {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

#[async_trait]
impl Command for ScrollIntoView {
    type Output = ();
    const NAME: &'static str = "scroll_into_view";
    const KIND: CommandKind = CommandKind::Action;

    fn is_idempotent(&self) -> bool {
        true
    }

    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<()> {
        let scroll = reader!(=> "async element => {
            $(boxedOf(element)).scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
            await nextFrame();
        }");
        Selector::parse(&self.selector)?.read::<Option<bool>>(session, scroll, (), cx).await.map(drop)
    }
}

/// Turns the wheel: over an element, at a point of the viewport, or in the middle of what scrolls the page. Returns when
/// what it scrolls stands still, half a second later at most; [`ActionOutcome::scrolled`] tells whether anything did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Scroll {
    /// The element to have the pointer over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// CSS pixels from the left of the viewport, for the pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<f64>,
    /// CSS pixels from the top of the viewport, for the pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<f64>,
    /// CSS pixels to the right. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dx: Option<f64>,
    /// CSS pixels down. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dy: Option<f64>,
}

impl Scroll {
    /// Makes the command: so far, in the middle of the viewport.
    pub const fn by(dx: f64, dy: f64) -> Self {
        Self { selector: None, x: None, y: None, dx: Some(dx), dy: Some(dy) }
    }

    /// Turns the wheel over an element.
    #[must_use]
    pub fn over(mut self, selector: impl Into<String>) -> Self {
        self.selector = Some(selector.into());
        self
    }
}

/// How long scrolling may go on.
const SCROLLING_MS: u64 = 500;

input_command!(Scroll, "scroll", |this, session, cx| {
    let (delta_x, delta_y) = (this.dx.unwrap_or(0.0), this.dy.unwrap_or(0.0));
    if !delta_x.is_finite() || !delta_y.is_finite() || (delta_x == 0.0 && delta_y == 0.0) {
        return Err(Error::invalid("dy", "scroll needs dx or dy, in CSS pixels"));
    }
    let input = match (this.selector.as_deref(), this.x, this.y) {
        (Some(selector), None, None) => {
            let needs = &[Need::Visible, Need::Receives];
            let target = Selector::parse(selector)?.actionable(session, needs, None, cx).await?;
            at(&target, vec![Action::Wheel { at: target.point, delta_x, delta_y }])
        }
        (Some(_), ..) => return Err(Error::invalid("x", "scroll takes a selector, or x and y, not both")),
        (None, Some(x), Some(y)) => Input::new(vec![Action::Wheel { at: Point::new(x, y), delta_x, delta_y }]),
        (None, Some(_), None) | (None, None, Some(_)) => {
            return Err(Error::invalid("x", "x and y belong together"));
        }
        (None, None, None) => {
            let middle = Script::function(script!("locate", "scroll" => "middleOfScroller"));
            let middle = middle.arg(delta_y == 0.0).idempotent();
            let at: Point = super::decode(session.evaluate(&middle, cx).await?)?;
            Input::new(vec![Action::Wheel { at, delta_x, delta_y }])
        }
    };
    let before = Script::function(script!("locate", "scroll" => "offsets")).in_frame(&input.frame).idempotent();
    let before = session.evaluate(&before, cx).await?;
    let mut outcome = session.perform_actions(&input, cx).await?;
    let still = Script::function(script!("locate", "wait", "scroll" => "whenStill"));
    let still = still.arg(SCROLLING_MS).arg(before).in_frame(&input.frame).idempotent();
    match session.evaluate(&still, cx).await {
        Ok(scrolled) => outcome.scrolled = scrolled.as_bool(),
        // The page may have gone elsewhere.
        Err(error) if error.kind() != ErrorKind::StaleElementReference => return Err(error),
        Err(_) => {}
    }
    Ok(outcome)
});
