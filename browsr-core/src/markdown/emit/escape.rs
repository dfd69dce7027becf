//! Which characters of plain text would mean something in Markdown.

/// What a byte of text asks of the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    Plain,
    Space,
    /// May start a character reference.
    Ampersand,
    /// Means something anywhere in a line.
    Special,
    /// Means something at the start of a line.
    LineStart,
}

const fn classes() -> [Class; 256] {
    let mut table = [Class::Plain; 256];
    let (spaces, specials, starts) = (b" \n\t\r\x0c", b"\\`*_[]<~!|$", b"#+-=>0123456789:");
    let mut at = 0;
    while at < spaces.len() {
        table[spaces[at] as usize] = Class::Space;
        at += 1;
    }
    at = 0;
    while at < specials.len() {
        table[specials[at] as usize] = Class::Special;
        at += 1;
    }
    at = 0;
    while at < starts.len() {
        table[starts[at] as usize] = Class::LineStart;
        at += 1;
    }
    table[b'&' as usize] = Class::Ampersand;
    table
}

/// [`Class`] by byte.
pub(super) static CLASSES: [Class; 256] = classes();

/// Whether the text at `rest` would begin a block if it began a line.
/// The answer is the byte offset where a backslash prevents it.
pub(super) fn block_marker(rest: &str, open_paragraph: bool) -> Option<usize> {
    let bytes = rest.as_bytes();
    let run = |byte: u8| bytes.iter().take_while(|&&found| found == byte).count();
    let ends_at = |at: usize| bytes.get(at).is_none_or(|&byte| super::is_space(byte));
    match bytes.first()? {
        b'#' => {
            let level = run(b'#');
            (level <= 6 && ends_at(level)).then_some(0)
        }
        b'>' => Some(0),
        b'+' => ends_at(1).then_some(0),
        b'-' => (ends_at(1) || ends_at(run(b'-')) || open_paragraph && ruler(bytes)).then_some(0),
        b'=' => (open_paragraph && ends_at(run(b'='))).then_some(0),
        b':' | b'|' => (open_paragraph && ruler(bytes)).then_some(0),
        byte if byte.is_ascii_digit() => {
            let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let numbers = digits <= 9 && matches!(bytes.get(digits), Some(b'.' | b')')) && ends_at(digits + 1);
            numbers.then_some(digits)
        }
        _ => None,
    }
}

/// Whether a line looks like the row below the header of a table.
fn ruler(line: &[u8]) -> bool {
    let rest = line.iter().take_while(|&&byte| byte != b'\n').copied();
    rest.clone().all(|byte| matches!(byte, b'-' | b':' | b'|' | b' ')) && rest.clone().any(|byte| byte == b'-')
}

/// Whether the text after an ampersand would make it a character reference.
pub(in crate::markdown) fn forms_reference(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    let end = bytes.iter().take(34).position(|&byte| !(byte.is_ascii_alphanumeric() || byte == b'#'));
    match end {
        Some(0) => false,
        Some(end) => bytes[end] == b';',
        // The text may go on in the next node.
        None => !bytes.is_empty() && bytes.len() < 34,
    }
}

/// Whether Markdown counts the character as punctuation next to emphasis.
pub(super) fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        || !character.is_ascii() && !character.is_alphanumeric() && !character.is_whitespace()
}
