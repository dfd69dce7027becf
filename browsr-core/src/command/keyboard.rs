//! The keyboard: `type_text`, `clear`, `press_key`.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::locate::{Need, Place, Selector, reader};
use super::pointer::{click, input_command};
use super::{Command, CommandKind, Reply};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::input::{Action, ActionOutcome, Button, Input, Key, KeyChord, Modifiers};
use crate::script::script;
use crate::session::{Script, Session};

/// Types text into an element, behind what is there or in its place, by real key events; characters that no key makes are
/// inserted. The element may be covered or as good as invisible, as the fields of editors are, but not by a dialog.
///
/// A date, month, week, time, colour or range has its value set instead, in the form that HTML gives it
/// (`2026-11-22`, `2026-W47`, `09:30`, `#ff8000`, `40`); the page sees `input` and `change`. The value that it kept is told.
///
/// `Debug` leaves the text out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TypeText {
    /// The element: an input, a text area or something `contenteditable`, its label, or what a component with one such
    /// field shows in its place. None for whatever has the focus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// The text. A line break presses Enter, and a tab is inserted as a character.
    pub text: String,
    /// Whether to replace what is there. Default `false`, and `true` by the name `fill`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear: Option<bool>,
    /// Milliseconds between two characters, at most 10,000. Default 0. The time limit grows by all of them, by at most
    /// 10 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
}

/// How long typing may take besides its delays.
const TYPING: Duration = Duration::from_secs(30);
/// By how much delays may extend the time limit.
const LONGEST_TYPING: Duration = Duration::from_secs(600);
const MAX_DELAY_MS: u64 = 10_000;
/// How deep frames are looked into for the focus.
const MAX_FRAMES: usize = 16;

impl TypeText {
    /// Makes the command.
    pub fn new(selector: impl Into<String>, text: impl Into<String>) -> Self {
        Self { selector: Some(selector.into()), text: text.into(), clear: None, delay_ms: None }
    }

    /// Makes the command for whatever has the focus.
    pub fn into_focus(text: impl Into<String>) -> Self {
        Self { selector: None, text: text.into(), clear: None, delay_ms: None }
    }

    /// Replaces what is there.
    #[must_use]
    pub const fn clearing(mut self) -> Self {
        self.clear = Some(true);
        self
    }

    /// Lets so much time pass between two characters.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).ok();
        self
    }
}

impl fmt::Debug for TypeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypeText").field("selector", &self.selector).finish_non_exhaustive()
    }
}

impl TypeText {
    /// How many characters count as one for the time that typing takes.
    fn typing_time(&self) -> Option<Duration> {
        let delay = Duration::from_millis(self.delay_ms?);
        let count = u32::try_from(self.text.chars().count()).unwrap_or(u32::MAX);
        Some(delay.saturating_mul(count).min(LONGEST_TYPING))
    }
}

input_command!(TypeText, "type_text", timeout: |this| this.typing_time().map(|time| time + TYPING), |this, session, cx| {
    if this.delay_ms.is_some_and(|delay| delay > MAX_DELAY_MS) {
        return Err(Error::invalid("delay_ms", format!("delay_ms must be at most {MAX_DELAY_MS}")));
    }
    let clear = this.clear == Some(true);
    let edit = match this.selector.as_deref() {
        Some(selector) => edit(session, selector, clear, Some(&this.text), cx).await?,
        None => Edited::Focused(Edit::of_focus(session, clear, cx).await?),
    };
    match edit {
        Edited::Set(outcome) => Ok(outcome),
        Edited::Focused(edit) => {
            let delay = Duration::from_millis(this.delay_ms.unwrap_or(0));
            edit.type_text(session, &this.text, delay, cx).await
        }
    }
});

/// Empties an element as a person would: selects everything and presses Delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Clear {
    /// The element: an input, a text area or something `contenteditable`.
    pub selector: String,
}

impl Clear {
    /// Makes the command.
    pub fn new(selector: impl Into<String>) -> Self {
        Self { selector: selector.into() }
    }
}

input_command!(Clear, "clear", |this, session, cx| {
    match edit(session, &this.selector, true, None, cx).await? {
        Edited::Focused(edit) => edit.type_text(session, "", Duration::ZERO, cx).await,
        Edited::Set(outcome) => Ok(outcome),
    }
});

/// Presses a key, such as `Enter` or `Control+A`, with an element focused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PressKey {
    /// The element to focus first; none for whatever has the focus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// A name of [`KeyboardEvent.key`](https://www.w3.org/TR/uievents-key/) or a character, with modifiers joined by
    /// `+`.
    pub key: String,
}

impl PressKey {
    /// Makes the command, for whatever has the focus.
    pub fn new(key: impl Into<String>) -> Self {
        Self { selector: None, key: key.into() }
    }

    /// Focuses an element first.
    #[must_use]
    pub fn on(mut self, selector: impl Into<String>) -> Self {
        self.selector = Some(selector.into());
        self
    }
}

input_command!(PressKey, "press_key", |this, session, cx| {
    let chord = KeyChord::parse(&this.key)?;
    let place = match this.selector.as_deref().filter(|selector| !selector.is_empty()) {
        Some(selector) => focus(session, selector, cx).await?,
        None => Place::default(),
    };
    session.perform_actions(&Input::new(chord.actions()).in_frame(&place.frame, place.to_page), cx).await
});

/// Focuses an element, and says where it is.
pub(super) async fn focus(session: &dyn Session, selector: &str, cx: &OpContext) -> Result<Place> {
    let selector = Selector::parse(selector)?;
    let target = selector.actionable(session, &[Need::Visible, Need::Enabled], None, cx).await?;
    let focus = reader!("edit" => "element => { const t = focusOn(element); return t.matches(':focus') || t.matches(':focus-within'); }");
    let focused: bool = selector.read(session, focus, (), cx).await?;
    if focused {
        return Ok(target.place);
    }
    Err(Error::new(ErrorKind::ElementNotInteractable, "the element cannot have the focus").with_field("selector"))
}

/// An element that has the focus and waits for keys.
struct Edit {
    place: Place,
    /// Whether all is to be selected by the keys for that: a range of the document is not all of an editor.
    select_all: bool,
    /// Whether something is selected, or will be, which the first key replaces.
    has_selection: bool,
    /// Whether the caret could not be put at the end, as in a number field.
    needs_end: bool,
    /// Whether the page keeps what is typed into, to tell whether it is still there.
    is_watched: bool,
    typed_into: Option<String>,
}

/// What came of making an element ready for text.
enum Edited {
    Focused(Edit),
    /// Its value was set.
    Set(ActionOutcome),
}

impl Edit {
    /// Takes what has the focus, in whatever frame.
    async fn of_focus(session: &dyn Session, clear: bool, cx: &OpContext) -> Result<Self> {
        let mut place = Place::default();
        for _ in 0..MAX_FRAMES {
            let is_frame = script!(=> "() => /^i?frame$/.test(doc.activeElement?.localName)");
            let is_frame = Script::function(is_frame).in_frame(&place.frame).idempotent();
            if session.evaluate(&is_frame, cx).await? != true {
                break;
            }
            let active = Script::function(script!(=> "() => doc.activeElement")).in_frame(&place.frame).idempotent();
            place.frame = session.frame(&active, cx).await?;
        }
        let typed_into = script!("element", "wait", "locate", "edit" => "() => { const active = deepActive(); return active && describe(active) }");
        let typed_into = Script::function(typed_into).in_frame(&place.frame).idempotent();
        let typed_into = session.evaluate(&typed_into, cx).await?.as_str().map(ToOwned::to_owned);
        Ok(Self { place, select_all: clear, has_selection: clear, needs_end: false, is_watched: false, typed_into })
    }

    /// Replaces what is selected, or adds to the end, by keys.
    async fn type_text(
        self,
        session: &dyn Session,
        text: &str,
        delay: Duration,
        cx: &OpContext,
    ) -> Result<ActionOutcome> {
        let mut actions = Vec::new();
        if self.select_all {
            actions.extend(KeyChord::parse("ControlOrMeta+a")?.actions());
        }
        if self.has_selection && text.is_empty() {
            actions.extend(press("Delete"));
        } else if self.needs_end {
            actions.extend(press("End"));
        }
        actions.extend(typing(text, delay));
        let input = Input::new(actions).in_frame(&self.place.frame, self.place.to_page);
        let mut outcome = session.perform_actions(&input, cx).await?;
        if self.is_watched && text.chars().nth(1).is_some() {
            let lost = script!("element", "wait", "locate", "edit" => "hasLostText");
            let last: String = text.trim_end().chars().next_back().into_iter().collect();
            let lost = Script::function(lost).arg(last).in_frame(&self.place.frame);
            // A text that ends with Enter may have led to another page.
            if matches!(session.evaluate(&lost, cx).await, Ok(Value::Bool(true))) {
                let field = self.typed_into.unwrap_or_default();
                let message = format!(
                    "{field} was replaced while it was typed into, so that some of the text is lost; look at what it \
                     holds and type the rest"
                );
                return Err(Error::new(ErrorKind::StaleElementReference, message).with_field("selector"));
            }
        }
        outcome.typed_into = self.typed_into;
        Ok(outcome)
    }
}

/// What became of an element that is to take text.
#[derive(Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum Prepared {
    Focused { select_all: bool, has_selection: bool, needs_end: bool, typed_into: String },
    Set { value: String, typed_into: String },
    Click,
    Lost { by: Option<String> },
    Wrong { why: String },
    Malformed { why: String },
}

/// Waits until an element takes text, focuses it, and puts the caret at its end or selects all of it. A field that is
/// no line of text, such as a date, has its value set, to `text` or to nothing.
async fn edit(
    session: &dyn Session,
    selector: &str,
    select: bool,
    text: Option<&str>,
    cx: &OpContext,
) -> Result<Edited> {
    let parsed = Selector::parse(selector)?;
    let target = parsed.actionable(session, Need::EDIT, None, cx).await?;
    let refused = |message: String| Error::new(ErrorKind::ElementNotInteractable, message).with_field("selector");
    let mut clicked = false;
    loop {
        let prepare = reader!("edit", "actionability" => "prepareEdit");
        let argument = serde_json::json!({ "select": select, "text": text, "clicked": clicked });
        return match parsed.read(session, prepare, argument, cx).await? {
            Prepared::Focused { select_all, has_selection, needs_end, typed_into } => Ok(Edited::Focused(Edit {
                place: target.place,
                select_all,
                has_selection,
                needs_end,
                is_watched: true,
                typed_into: Some(typed_into),
            })),
            Prepared::Set { value, typed_into } => {
                let mut outcome = ActionOutcome::new();
                (outcome.value_set, outcome.typed_into) = (Some(value), Some(typed_into));
                Ok(Edited::Set(outcome))
            }
            Prepared::Click => {
                click(session, selector, Button::Left, 1, Modifiers::NONE, None, cx).await?;
                clicked = true;
                continue;
            }
            Prepared::Lost { by: Some(by) } => {
                Err(refused(format!("the element {selector:?} lost the focus at once: {by} took it")))
            }
            Prepared::Lost { by: None } => Err(refused(format!("the element {selector:?} does not keep the focus"))),
            Prepared::Wrong { why } => Err(refused(format!("the element {selector:?} takes no text: it is {why}"))),
            // The value itself may be nobody's business.
            Prepared::Malformed { why } => {
                Err(Error::invalid("text", format!("the element {selector:?} does not take this value: it is {why}")))
            }
        };
    }
}

fn press(name: &str) -> Vec<Action> {
    Key::named(name).map(|key| vec![Action::KeyDown(key.clone()), Action::KeyUp(key)]).unwrap_or_default()
}

/// Key events for what a US keyboard can type, insertions for the rest and for tabs: the Tab key goes elsewhere.
fn typing(text: &str, delay: Duration) -> Vec<Action> {
    let mut actions = Vec::with_capacity(text.len() * 2);
    let mut inserted = String::new();
    let normalized = text.replace("\r\n", "\n");
    for (at, character) in normalized.chars().enumerate() {
        if at > 0 && !delay.is_zero() {
            if !inserted.is_empty() {
                actions.push(Action::Text(std::mem::take(&mut inserted)));
            }
            actions.push(Action::Pause(delay));
        }
        let key = Key::character(character);
        if !key.is_on_keyboard() || character == '\t' {
            inserted.push(character);
            continue;
        }
        if !inserted.is_empty() {
            actions.push(Action::Text(std::mem::take(&mut inserted)));
        }
        let shift = if key.needs_shift() { Modifiers::SHIFT.keys() } else { Vec::new() };
        actions.extend(shift.iter().cloned().map(Action::KeyDown));
        actions.push(Action::KeyDown(key.clone()));
        actions.push(Action::KeyUp(key));
        actions.extend(shift.into_iter().map(Action::KeyUp));
    }
    if !inserted.is_empty() {
        actions.push(Action::Text(inserted));
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_without_a_key_arrive_in_one_insertion() {
        let actions = typing("a世界b", Duration::ZERO);
        let texts: Vec<_> = actions.iter().filter(|action| matches!(action, Action::Text(_))).collect();
        assert_eq!(texts, [&Action::Text("世界".into())]);
        assert_eq!(actions.len(), 5);
    }

    #[test]
    fn a_tab_is_a_character() {
        assert!(typing("\t", Duration::ZERO).contains(&Action::Text("\t".into())));
    }

    #[test]
    fn a_delay_stands_between_characters() {
        let pauses = typing("ab世", Duration::from_millis(5));
        assert_eq!(pauses.iter().filter(|action| matches!(action, Action::Pause(_))).count(), 2);
    }

    #[test]
    fn capitals_are_typed_with_shift() {
        let keys: Vec<_> = typing("A", Duration::ZERO)
            .into_iter()
            .map(|action| match action {
                Action::KeyDown(key) => format!("+{}", key.key),
                Action::KeyUp(key) => format!("-{}", key.key),
                _ => String::new(),
            })
            .collect();
        assert_eq!(keys, ["+Shift", "+A", "-A", "-Shift"]);
    }

    #[test]
    fn debug_never_shows_the_text() {
        assert!(!format!("{:?}", TypeText::new("#password", "hunter2")).contains("hunter2"));
    }
}
