//! Input as [W3C Actions](https://www.w3.org/TR/webdriver2/#actions) model it: pointer, wheel, keys and text.
//!
//! Read [`Input`] first; [`Key`] knows the names that `KeyboardEvent.key` uses.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::session::FrameRef;
use crate::types::Point;

/// A sequence of input for one frame.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Input {
    /// The frame whose viewport the coordinates belong to, and which gets the keys.
    pub frame: FrameRef,
    /// From the frame's viewport to that of the page; backends whose pointer works in page coordinates apply it.
    pub to_page: Transform,
    /// What happens, in order.
    pub actions: Vec<Action>,
    /// Whether buttons that earlier input has left pressed are released first.
    pub releases: bool,
}

impl Input {
    /// Makes input for the main frame.
    pub fn new(actions: Vec<Action>) -> Self {
        Self { actions, ..Self::default() }
    }

    /// Has buttons released first that earlier input has left pressed.
    #[must_use]
    pub const fn releasing(mut self) -> Self {
        self.releases = true;
        self
    }

    /// Sends it to a frame.
    #[must_use]
    pub fn in_frame(mut self, frame: &FrameRef, to_page: Transform) -> Self {
        self.frame = frame.clone();
        self.to_page = to_page;
        self
    }
}

/// Scale, then move.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Transform {
    /// Factor for both axes.
    pub scale: f64,
    /// Offset after scaling.
    pub offset: Point,
}

impl Transform {
    /// Makes a transform.
    pub const fn new(scale: f64, offset: Point) -> Self {
        Self { scale, offset }
    }

    /// Maps a point.
    pub fn apply(&self, point: Point) -> Point {
        Point::new(point.x * self.scale + self.offset.x, point.y * self.scale + self.offset.y)
    }

    /// Maps a point back. A scale of zero has no way back; the result is not finite then.
    pub fn invert(&self, point: Point) -> Point {
        Point::new((point.x - self.offset.x) / self.scale, (point.y - self.offset.y) / self.scale)
    }

    /// Returns the transform that applies `inner` first and then this one.
    #[must_use]
    pub fn after(&self, inner: &Self) -> Self {
        Self { scale: self.scale * inner.scale, offset: self.apply(inner.offset) }
    }
}

impl Default for Transform {
    /// Changes nothing.
    fn default() -> Self {
        Self::new(1.0, Point::new(0.0, 0.0))
    }
}

/// One step of input.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Moves the mouse pointer in a straight line of so many events.
    PointerMove {
        /// Where to.
        to: Point,
        /// How many move events; 1 jumps.
        steps: u32,
    },
    /// Presses a mouse button where the pointer is.
    PointerDown {
        /// Which.
        button: Button,
        /// 1 for a click, 2 for the second press of a double click.
        click_count: u32,
    },
    /// Releases a mouse button.
    PointerUp {
        /// Which.
        button: Button,
        /// As with the press.
        click_count: u32,
    },
    /// Turns the wheel.
    Wheel {
        /// Where the pointer is.
        at: Point,
        /// CSS pixels to the right.
        delta_x: f64,
        /// CSS pixels down.
        delta_y: f64,
    },
    /// Presses a key and keeps it down.
    KeyDown(Key),
    /// Releases a key.
    KeyUp(Key),
    /// Commits text, without key events where the backend can (as an input method does).
    Text(String),
    /// Lets time pass.
    Pause(Duration),
}

impl fmt::Debug for Action {
    /// Leaves out what is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PointerMove { to, .. } => f.debug_tuple("PointerMove").field(to).finish(),
            Self::PointerDown { button, .. } => f.debug_tuple("PointerDown").field(button).finish(),
            Self::PointerUp { button, .. } => f.debug_tuple("PointerUp").field(button).finish(),
            Self::Wheel { at, .. } => f.debug_tuple("Wheel").field(at).finish(),
            Self::KeyDown(_) => f.write_str("KeyDown"),
            Self::KeyUp(_) => f.write_str("KeyUp"),
            Self::Text(text) => f.debug_tuple("Text").field(&text.len()).finish(),
            Self::Pause(time) => f.debug_tuple("Pause").field(time).finish(),
        }
    }
}

/// A mouse button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Button {
    /// The primary one.
    #[default]
    Left,
    /// The wheel.
    Middle,
    /// The one for the context menu.
    Right,
}

impl Button {
    /// Reads `left`, `middle` or `right`; none is the left.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming the field `button`.
    pub fn parse(name: Option<&str>) -> Result<Self> {
        match name {
            None | Some("left") => Ok(Self::Left),
            Some("middle") => Ok(Self::Middle),
            Some("right") => Ok(Self::Right),
            Some(other) => {
                Err(Error::invalid("button", format!("unknown button {other:?}; use left, middle or right")))
            }
        }
    }
}

/// Modifier keys held down, as the DevTools bit mask: Alt 1, Control 2, Meta 4, Shift 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Modifiers(u8);

impl Modifiers {
    /// None held.
    pub const NONE: Self = Self(0);
    /// Alt.
    pub const ALT: Self = Self(1);
    /// Control.
    pub const CONTROL: Self = Self(2);
    /// Meta, the command key.
    pub const META: Self = Self(4);
    /// Shift.
    pub const SHIFT: Self = Self(8);

    /// Reads a bit mask.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a mask above 15.
    pub fn from_bits(bits: u32) -> Result<Self> {
        match u8::try_from(bits) {
            Ok(bits @ 0..=15) => Ok(Self(bits)),
            _ => Err(Error::invalid(
                "modifiers",
                format!("modifiers is {bits}; it is a sum of Alt 1, Control 2, Meta 4 and Shift 8"),
            )),
        }
    }

    /// Returns the bit mask.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Returns both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns this set without the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Returns the keys of this set, in the order in which to press them.
    pub fn keys(self) -> Vec<Key> {
        [(Self::CONTROL, "Control"), (Self::ALT, "Alt"), (Self::META, "Meta"), (Self::SHIFT, "Shift")]
            .into_iter()
            .filter(|(bit, _)| self.0 & bit.0 != 0)
            .filter_map(|(_, name)| Key::named(name))
            .collect()
    }
}

/// A key of a US keyboard, or a character without one.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// [`KeyboardEvent.key`](https://www.w3.org/TR/uievents-key/): a name such as `Enter`, or the character.
    pub key: String,
    /// [`KeyboardEvent.code`](https://www.w3.org/TR/uievents-code/), empty for a character that no key makes.
    pub code: &'static str,
    /// The legacy virtual key code, 0 for a character that no key makes.
    pub key_code: u32,
    /// The text that the key makes, empty for none.
    pub text: String,
    /// Where on the keyboard: 0 standard, 1 left, 2 right, 3 numpad.
    pub location: u8,
}

impl Key {
    /// Returns a key by the name that `KeyboardEvent.key` has for it, or by its single character.
    pub fn named(name: &str) -> Option<Self> {
        let mut characters = name.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            return Some(Self::character(character));
        }
        let &(key, code, key_code, text, location) = NAMED_KEYS
            .iter()
            .find(|(key, ..)| key.eq_ignore_ascii_case(name))
            .or_else(|| NAMED_KEYS.iter().find(|(_, code, ..)| code.eq_ignore_ascii_case(name)))
            .or_else(|| {
                let (_, canonical) = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name))?;
                NAMED_KEYS.iter().find(|(key, ..)| key == canonical)
            })?;
        Some(Self { key: key.into(), code, key_code, text: text.into(), location })
    }

    /// Returns the key that makes a character.
    pub fn character(character: char) -> Self {
        if matches!(character, '\n' | '\r') {
            return Self { key: "Enter".into(), code: "Enter", key_code: 13, text: "\r".into(), location: 0 };
        }
        if character == '\t' {
            return Self { key: "Tab".into(), code: "Tab", key_code: 9, text: String::new(), location: 0 };
        }
        let (code, key_code) = LETTER_CODES
            .iter()
            .find(|(plain, shifted, ..)| *plain == character || *shifted == character)
            .map_or(("", 0), |(_, _, code, key_code)| (*code, *key_code));
        Self { key: character.into(), code, key_code, text: character.into(), location: 0 }
    }

    /// Returns whether a US keyboard makes this character with Shift.
    pub fn needs_shift(&self) -> bool {
        let mut characters = self.key.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => {
                LETTER_CODES.iter().any(|(plain, shifted, ..)| *shifted == character && *plain != character)
            }
            _ => false,
        }
    }

    /// Returns whether a US keyboard has this key.
    pub fn is_on_keyboard(&self) -> bool {
        !self.code.is_empty()
    }

    /// Returns the modifier that this key is, if it is one.
    pub fn modifier(&self) -> Modifiers {
        match self.key.as_str() {
            "Alt" => Modifiers::ALT,
            "Control" => Modifiers::CONTROL,
            "Meta" => Modifiers::META,
            "Shift" => Modifiers::SHIFT,
            _ => Modifiers::NONE,
        }
    }
}

impl fmt::Debug for Key {
    /// Shows named keys only: characters are typed text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.text.is_empty() { self.key.as_str() } else { "…" };
        f.debug_tuple("Key").field(&shown).finish()
    }
}

/// A key press with modifiers, such as `Enter`, `a` or `Control+Shift+T`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyChord {
    /// Keys held meanwhile.
    pub modifiers: Modifiers,
    /// The key.
    pub key: Key,
}

impl KeyChord {
    /// Reads names joined by `+`; the last may be `+` itself.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming the field `key`.
    pub fn parse(text: &str) -> Result<Self> {
        let unknown = |name: &str| {
            // A single character never gets here, so no typed secret is shown.
            Error::invalid("key", format!("unknown key {name:?}; use a name such as Enter, ArrowDown or Control+A"))
        };
        let (held, last) = match text.strip_suffix('+') {
            Some(held) if held.is_empty() || held.ends_with('+') => (held.trim_end_matches('+'), "+"),
            _ => text.rsplit_once('+').unwrap_or(("", text)),
        };
        let mut modifiers = Modifiers::NONE;
        for name in held.split('+').filter(|name| !name.is_empty()) {
            let modifier = Key::named(name).map_or(Modifiers::NONE, |key| key.modifier());
            if modifier == Modifiers::NONE {
                return Err(unknown(name));
            }
            modifiers = modifiers.union(modifier);
        }
        let mut key = Key::named(last).ok_or_else(|| unknown(last))?;
        let commands = modifiers.without(Modifiers::SHIFT) != Modifiers::NONE;
        // A shortcut is named by its letter: Shift counts where it is named.
        if commands && let (Some(letter @ ('a'..='z' | 'A'..='Z')), None) = (last.chars().next(), last.chars().nth(1)) {
            let with_shift = modifiers.union(Modifiers::SHIFT) == modifiers;
            key = Key::character(if with_shift { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() });
        }
        Ok(Self { modifiers, key })
    }

    /// Returns the actions that press and release it.
    pub fn actions(&self) -> Vec<Action> {
        let held = self.modifiers.keys();
        let mut actions: Vec<_> = held.iter().cloned().map(Action::KeyDown).collect();
        actions.push(Action::KeyDown(self.key.clone()));
        actions.push(Action::KeyUp(self.key.clone()));
        actions.extend(held.into_iter().rev().map(Action::KeyUp));
        actions
    }
}

/// What input led to, as far as that is known at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ActionOutcome {
    /// Whether it started a navigation.
    pub navigation: NavigationSeen,
    /// How many pages it opened.
    pub opened: u32,
    /// The dialogs it raised, with their answers.
    pub dialogs: Vec<DialogSeen>,
    /// Whether every action was dispatched; not so where the page went away midway.
    pub completed: bool,
    /// The buttons that earlier input had left pressed and that were released first.
    pub released: Vec<Button>,
    /// The field that text went into, as an opening tag.
    pub typed_into: Option<String>,
    /// The value that a field kept which was set rather than typed into.
    pub value_set: Option<String>,
    /// Whether anything scrolled, where that was asked for.
    pub scrolled: Option<bool>,
}

impl ActionOutcome {
    /// Makes the outcome of input that was dispatched and led to nothing else.
    pub fn new() -> Self {
        Self { completed: true, ..Self::default() }
    }
}

/// The navigation that input started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NavigationSeen {
    /// None so far.
    #[default]
    None,
    /// One is under way.
    Pending,
    /// The document stayed.
    SameDocument,
    /// A new document is there.
    Committed,
}

/// A dialog that came up and was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DialogSeen {
    /// `alert`, `confirm`, `prompt` or `beforeunload`.
    pub kind: String,
    /// Its text.
    pub message: String,
    /// Whether it was accepted.
    pub accepted: bool,
}

impl DialogSeen {
    /// Makes a record of a dialog.
    pub fn new(kind: impl Into<String>, message: impl Into<String>, accepted: bool) -> Self {
        Self { kind: kind.into(), message: message.into(), accepted }
    }
}

/// Names that people use for a key beside its own.
const ALIASES: &[(&str, &str)] = &[
    ("Ctrl", "Control"),
    ("Esc", "Escape"),
    ("Return", "Enter"),
    ("Del", "Delete"),
    ("Cmd", "Meta"),
    ("Command", "Meta"),
    ("Option", "Alt"),
    ("Up", "ArrowUp"),
    ("Down", "ArrowDown"),
    ("Left", "ArrowLeft"),
    ("Right", "ArrowRight"),
    ("ControlOrMeta", "Control"),
];

/// `key`, `code`, virtual key code, text, location.
const NAMED_KEYS: &[(&str, &str, u32, &str, u8)] = &[
    ("Enter", "Enter", 13, "\r", 0),
    ("Tab", "Tab", 9, "", 0),
    ("Escape", "Escape", 27, "", 0),
    ("Backspace", "Backspace", 8, "", 0),
    ("Delete", "Delete", 46, "", 0),
    ("Insert", "Insert", 45, "", 0),
    ("Home", "Home", 36, "", 0),
    ("End", "End", 35, "", 0),
    ("PageUp", "PageUp", 33, "", 0),
    ("PageDown", "PageDown", 34, "", 0),
    ("ArrowLeft", "ArrowLeft", 37, "", 0),
    ("ArrowUp", "ArrowUp", 38, "", 0),
    ("ArrowRight", "ArrowRight", 39, "", 0),
    ("ArrowDown", "ArrowDown", 40, "", 0),
    (" ", "Space", 32, " ", 0),
    ("Shift", "ShiftLeft", 16, "", 1),
    ("Control", "ControlLeft", 17, "", 1),
    ("Alt", "AltLeft", 18, "", 1),
    ("Meta", "MetaLeft", 91, "", 1),
    ("CapsLock", "CapsLock", 20, "", 0),
    ("ContextMenu", "ContextMenu", 93, "", 0),
    ("Pause", "Pause", 19, "", 0),
    ("PrintScreen", "PrintScreen", 44, "", 0),
    ("F1", "F1", 112, "", 0),
    ("F2", "F2", 113, "", 0),
    ("F3", "F3", 114, "", 0),
    ("F4", "F4", 115, "", 0),
    ("F5", "F5", 116, "", 0),
    ("F6", "F6", 117, "", 0),
    ("F7", "F7", 118, "", 0),
    ("F8", "F8", 119, "", 0),
    ("F9", "F9", 120, "", 0),
    ("F10", "F10", 121, "", 0),
    ("F11", "F11", 122, "", 0),
    ("F12", "F12", 123, "", 0),
];

/// Plain and shifted character, `code`, virtual key code.
const LETTER_CODES: &[(char, char, &str, u32)] = &[
    ('a', 'A', "KeyA", 65),
    ('b', 'B', "KeyB", 66),
    ('c', 'C', "KeyC", 67),
    ('d', 'D', "KeyD", 68),
    ('e', 'E', "KeyE", 69),
    ('f', 'F', "KeyF", 70),
    ('g', 'G', "KeyG", 71),
    ('h', 'H', "KeyH", 72),
    ('i', 'I', "KeyI", 73),
    ('j', 'J', "KeyJ", 74),
    ('k', 'K', "KeyK", 75),
    ('l', 'L', "KeyL", 76),
    ('m', 'M', "KeyM", 77),
    ('n', 'N', "KeyN", 78),
    ('o', 'O', "KeyO", 79),
    ('p', 'P', "KeyP", 80),
    ('q', 'Q', "KeyQ", 81),
    ('r', 'R', "KeyR", 82),
    ('s', 'S', "KeyS", 83),
    ('t', 'T', "KeyT", 84),
    ('u', 'U', "KeyU", 85),
    ('v', 'V', "KeyV", 86),
    ('w', 'W', "KeyW", 87),
    ('x', 'X', "KeyX", 88),
    ('y', 'Y', "KeyY", 89),
    ('z', 'Z', "KeyZ", 90),
    ('0', ')', "Digit0", 48),
    ('1', '!', "Digit1", 49),
    ('2', '@', "Digit2", 50),
    ('3', '#', "Digit3", 51),
    ('4', '$', "Digit4", 52),
    ('5', '%', "Digit5", 53),
    ('6', '^', "Digit6", 54),
    ('7', '&', "Digit7", 55),
    ('8', '*', "Digit8", 56),
    ('9', '(', "Digit9", 57),
    (' ', ' ', "Space", 32),
    (';', ':', "Semicolon", 186),
    ('=', '+', "Equal", 187),
    (',', '<', "Comma", 188),
    ('-', '_', "Minus", 189),
    ('.', '>', "Period", 190),
    ('/', '?', "Slash", 191),
    ('`', '~', "Backquote", 192),
    ('[', '{', "BracketLeft", 219),
    ('\\', '|', "Backslash", 220),
    (']', '}', "BracketRight", 221),
    ('\'', '"', "Quote", 222),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_read_by_name() {
        let chord = KeyChord::parse("ctrl+Shift+T").unwrap();
        assert_eq!(chord.modifiers, Modifiers::CONTROL.union(Modifiers::SHIFT));
        assert_eq!(chord.key.code, "KeyT");
        for (text, key) in [
            ("Control+A", "a"),
            ("Meta+a", "a"),
            ("Control+Shift+t", "T"),
            ("Alt+Shift+T", "T"),
            ("A", "A"),
            ("Shift+a", "a"),
            ("Control+É", "É"),
            ("Control+1", "1"),
        ] {
            assert_eq!(KeyChord::parse(text).unwrap().key.key, key, "{text}");
        }
        assert_eq!(KeyChord::parse("+").unwrap().key.key, "+");
        assert_eq!(KeyChord::parse("Control++").unwrap().key.key, "+");
        assert_eq!(KeyChord::parse("Enter").unwrap().key.text, "\r");
        assert_eq!(KeyChord::parse("esc").unwrap().key.key, "Escape");
        assert_eq!(KeyChord::parse("é").unwrap().key.code, "");
        assert_eq!(KeyChord::parse("Nope").unwrap_err().field(), Some("key"));
        assert_eq!(KeyChord::parse("a+b").unwrap_err().field(), Some("key"));
    }

    #[test]
    fn debug_never_shows_typed_text() {
        let text = format!("{:?}", [Action::Text("hunter2".into()), Action::KeyDown(Key::character('h'))]);
        assert!(!text.contains("hunter2") && !text.contains("\"h\""), "{text}");
    }

    #[test]
    fn transforms_compose() {
        let outer = Transform::new(2.0, Point::new(10.0, 0.0));
        let inner = Transform::new(1.0, Point::new(5.0, 5.0));
        assert_eq!(outer.after(&inner).apply(Point::new(1.0, 1.0)), outer.apply(inner.apply(Point::new(1.0, 1.0))));
    }
}
