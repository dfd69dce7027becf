//! The keyboard: `type_text`, `clear`, `press_key`.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::locate::{Need, Place, Selector, reader};
use super::pointer::input_command;
use super::{Command, CommandKind, Reply};
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::input::{Action, ActionOutcome, Input, Key, KeyChord, Modifiers};
use crate::session::Session;

/// Types text into an element, behind what is there, by real key events; characters that no key makes are inserted.
///
/// A date, month, week, time, colour or range has its value set instead, in the form that HTML gives it
/// (`2026-11-22`, `2026-W47`, `09:30`, `#ff8000`, `40`); the page sees `input` and `change`.
///
/// `Debug` leaves the text out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TypeText {
    /// The element: an input, a text area or something `contenteditable`, or its label.
    pub selector: String,
    /// The text. A line break presses Enter.
    pub text: String,
    /// Whether to empty the element first. Default `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear: Option<bool>,
}

impl TypeText {
    /// Makes the command.
    pub fn new(selector: impl Into<String>, text: impl Into<String>) -> Self {
        Self { selector: selector.into(), text: text.into(), clear: None }
    }

    /// Empties the element first.
    #[must_use]
    pub const fn clearing(mut self) -> Self {
        self.clear = Some(true);
        self
    }
}

impl fmt::Debug for TypeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypeText").field("selector", &self.selector).finish_non_exhaustive()
    }
}

input_command!(TypeText, "type_text", |this, session, cx| {
    let clear = this.clear == Some(true);
    let Some(edit) = edit(session, &this.selector, clear, Some(&this.text), cx).await? else {
        return Ok(ActionOutcome::new());
    };
    let mut actions = Vec::new();
    if edit.has_selection {
        actions.extend(press("Delete"));
    } else if edit.needs_end {
        actions.extend(press("End"));
    }
    actions.extend(typing(&this.text));
    session.perform_actions(&edit.input(actions), cx).await
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
        Some(edit) if edit.has_selection => session.perform_actions(&edit.input(press("Delete")), cx).await,
        _ => Ok(ActionOutcome::new()),
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
    /// Whether something is selected, to be deleted.
    has_selection: bool,
    /// Whether the caret could not be put at the end, as in a number field.
    needs_end: bool,
}

impl Edit {
    fn input(&self, actions: Vec<Action>) -> Input {
        Input::new(actions).in_frame(&self.place.frame, self.place.to_page)
    }
}

/// What became of an element that is to take text.
#[derive(Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum Prepared {
    Focused { has_selection: bool, needs_end: bool },
    Set,
    Wrong { why: String },
    Malformed { why: String },
}

/// Waits until an element takes text, focuses it, and puts the caret at its end or selects all of it. A field that is
/// no line of text, such as a date, has its value set, to `text` or to nothing: `None` is returned then.
async fn edit(
    session: &dyn Session,
    selector: &str,
    select: bool,
    text: Option<&str>,
    cx: &OpContext,
) -> Result<Option<Edit>> {
    let parsed = Selector::parse(selector)?;
    let target = parsed.actionable(session, Need::EDIT, None, cx).await?;
    let prepare = reader!("edit" => "prepareEdit");
    let argument = serde_json::json!({ "select": select, "text": text });
    match parsed.read(session, prepare, argument, cx).await? {
        Prepared::Focused { has_selection, needs_end } => {
            Ok(Some(Edit { place: target.place, has_selection, needs_end }))
        }
        Prepared::Set => Ok(None),
        Prepared::Wrong { why } => Err(Error::new(
            ErrorKind::ElementNotInteractable,
            format!("the element {selector:?} takes no text: it is {why}"),
        )
        .with_field("selector")),
        // The value itself may be nobody's business.
        Prepared::Malformed { why } => {
            Err(Error::invalid("text", format!("the element {selector:?} does not take this value: it is {why}")))
        }
    }
}

fn press(name: &str) -> Vec<Action> {
    Key::named(name).map(|key| vec![Action::KeyDown(key.clone()), Action::KeyUp(key)]).unwrap_or_default()
}

/// Key events for what a US keyboard can type, insertions for the rest.
fn typing(text: &str) -> Vec<Action> {
    let mut actions = Vec::with_capacity(text.len() * 2);
    let mut inserted = String::new();
    let normalized = text.replace("\r\n", "\n");
    for character in normalized.chars() {
        let key = Key::character(character);
        if !key.is_on_keyboard() {
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
        let actions = typing("a世界b");
        let texts: Vec<_> = actions.iter().filter(|action| matches!(action, Action::Text(_))).collect();
        assert_eq!(texts, [&Action::Text("世界".into())]);
        assert_eq!(actions.len(), 5);
    }

    #[test]
    fn capitals_are_typed_with_shift() {
        let keys: Vec<_> = typing("A")
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
