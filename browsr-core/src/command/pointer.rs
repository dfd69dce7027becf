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
        #[async_trait]
        impl Command for $type {
            type Output = ActionOutcome;
            const NAME: &'static str = $name;
            const KIND: CommandKind = CommandKind::Action;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Click {
    /// The element.
    pub selector: String,
}

impl Click {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

input_command!(Click, "click", |this, session, cx| {
    click(session, &this.selector, Button::Left, 1, Modifiers::NONE, cx).await
});

pub(super) async fn click(
    session: &dyn Session,
    selector: &str,
    button: Button,
    count: u32,
    modifiers: Modifiers,
    cx: &OpContext,
) -> Result<ActionOutcome> {
    let selector = Selector::parse(selector)?;
    loop {
        let target = selector.actionable(session, Need::CLICK, None, cx).await?;
        let mut actions = vec![move_to(target.point)];
        actions.extend(clicks(button, count));
        let outcome = session.perform_actions(&at(&target, holding(modifiers, actions)), cx).await?;
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
    session.perform_actions(&Input::new(actions), cx).await
});

/// Clicks an element with a chosen button, so many times, with modifier keys held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl ClickAdvanced {
    /// Makes the command: a plain left click.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into(), button: None, click_count: None, modifiers: None }
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
    let button = match this.button.as_deref() {
        None | Some("left") => Button::Left,
        Some("middle") => Button::Middle,
        Some("right") => Button::Right,
        Some(other) => {
            return Err(Error::invalid("button", format!("unknown button {other:?}; use left, middle or right")));
        }
    };
    let modifiers = Modifiers::from_bits(this.modifiers.unwrap_or(0))?;
    click(session, &this.selector, button, this.click_count.unwrap_or(1).into(), modifiers, cx).await
});

/// Moves the pointer over an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hover {
    /// The element.
    pub selector: String,
}

impl Hover {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

input_command!(Hover, "hover", |this, session, cx| {
    let target = Selector::parse(&this.selector)?.actionable(session, Need::HOVER, None, cx).await?;
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

/// A drag by real input: enough moves that the browser starts an HTML5 drag, and a rest over the target.
fn drag_actions(from: Point, to: Point, modifiers: Modifiers) -> Vec<Action> {
    let button = Button::Left;
    let nudge = Point::new(from.x + (to.x - from.x).signum() * 5.0, from.y + (to.y - from.y).signum() * 5.0);
    holding(
        modifiers,
        vec![
            move_to(from),
            Action::PointerDown { button, click_count: 1 },
            move_to(nudge),
            Action::PointerMove { to, steps: 5 },
            Action::Pause(Duration::from_millis(40)),
            move_to(to),
            Action::PointerUp { button, click_count: 1 },
        ],
    )
}

/// Sends a drag, and waits until the page has drawn what came of it: a browser reports the drop later than the release.
async fn drag(session: &dyn Session, actions: Vec<Action>, to: Point, cx: &OpContext) -> Result<ActionOutcome> {
    let drops = session.capabilities().contains(Capabilities::TRUSTED_DROP);
    if !drops {
        let watch = script!("locate", "element", "wait", "actionability", "drop" => "watchDrag");
        session.evaluate(&Script::function(watch).idempotent(), cx).await?;
    }
    let outcome = session.perform_actions(&Input::new(actions), cx).await?;
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Drag {
    /// Where to press.
    pub from: Point,
    /// Where to release.
    pub to: Point,
    /// A sum of Alt 1, Control 2, Meta 4 and Shift 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modifiers: Option<u32>,
}

impl Drag {
    /// Makes the command.
    pub const fn new(from: Point, to: Point) -> Self {
        Self { from, to, modifiers: None }
    }
}

input_command!(Drag, "drag", |this, session, cx| {
    let modifiers = Modifiers::from_bits(this.modifiers.unwrap_or(0))?;
    drag(session, drag_actions(this.from, this.to, modifiers), this.to, cx).await
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
        }
    }
}

input_command!(DragTo, "drag_to", |this, session, cx| {
    let modifiers = Modifiers::from_bits(this.modifiers.unwrap_or(0))?;
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
    drag(session, drag_actions(start, to, modifiers), to, cx).await
});

/// Scrolls the page to a position; an axis left out stays.
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
        let script = Script::function(script!("wait" => "async (left, top) => {
            scrollTo({ left: left ?? scrollX, top: top ?? scrollY, behavior: 'instant' });
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
            element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
            await nextFrame();
        }");
        Selector::parse(&self.selector)?.read::<Option<bool>>(session, scroll, (), cx).await.map(drop)
    }
}
