//! The code points by which [W3C actions](https://www.w3.org/TR/webdriver2/#keyboard-actions) name keys.

use browsr_core::input::Key;

/// `KeyboardEvent.key` and the code point that stands for it.
const NAMED: &[(&str, char)] = &[
    ("Backspace", '\u{e003}'),
    ("Tab", '\u{e004}'),
    ("Enter", '\u{e006}'),
    ("Shift", '\u{e008}'),
    ("Control", '\u{e009}'),
    ("Alt", '\u{e00a}'),
    ("Pause", '\u{e00b}'),
    ("Escape", '\u{e00c}'),
    ("PageUp", '\u{e00e}'),
    ("PageDown", '\u{e00f}'),
    ("End", '\u{e010}'),
    ("Home", '\u{e011}'),
    ("ArrowLeft", '\u{e012}'),
    ("ArrowUp", '\u{e013}'),
    ("ArrowRight", '\u{e014}'),
    ("ArrowDown", '\u{e015}'),
    ("Insert", '\u{e016}'),
    ("Delete", '\u{e017}'),
    ("F1", '\u{e031}'),
    ("F2", '\u{e032}'),
    ("F3", '\u{e033}'),
    ("F4", '\u{e034}'),
    ("F5", '\u{e035}'),
    ("F6", '\u{e036}'),
    ("F7", '\u{e037}'),
    ("F8", '\u{e038}'),
    ("F9", '\u{e039}'),
    ("F10", '\u{e03a}'),
    ("F11", '\u{e03b}'),
    ("F12", '\u{e03c}'),
    ("Meta", '\u{e03d}'),
];

/// Returns what stands for a key in an action. A key without a code point of its own is left out of the protocol, and
/// stands for nothing here either.
pub(crate) fn key_value(key: &Key) -> String {
    let named = NAMED.iter().find(|(name, _)| *name == key.key).map(|(_, value)| *value);
    match (named, key.key.chars().count()) {
        (Some(value), _) => value.into(),
        (None, 1) => key.key.clone(),
        // `CapsLock`, `ContextMenu`, `PrintScreen`: the null key, which releases nothing and types nothing.
        (None, _) => '\u{e000}'.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_code_points() {
        let value = |name| Key::named(name).map(|key| key_value(&key)).unwrap_or_default();
        assert_eq!(value("Enter"), "\u{e006}");
        assert_eq!(value("Esc"), "\u{e00c}");
        assert_eq!(value("A"), "A");
        assert_eq!(key_value(&Key::character('世')), "世");
    }
}
