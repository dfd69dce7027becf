//! Character references: decoded late, only where text leaves the arena.
//!
//! The names live in `entities.txt`, one a line and sorted: the name, `=` if it also counts
//! without a semicolon and `:` if not, then its code points. It is searched in place.

use std::borrow::Cow;

use memchr::memchr;

const TABLE: &str = include_str!("entities.txt");

/// The longest name in the table; no need to look further for a semicolon.
const LONGEST_NAME: usize = 31;

/// Where a reference stands; attributes leave `&copy=` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Attribute,
}

/// The characters of one reference: at most two code points.
pub(super) type Decoded = (char, Option<char>);

/// Decodes every character reference in `raw`.
pub(super) fn decode(raw: &str, place: Place) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', raw.as_bytes()) else {
        return Cow::Borrowed(raw);
    };
    let mut text = String::with_capacity(raw.len());
    text.push_str(&raw[..first]);
    let mut rest = &raw[first..];
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(((one, two), length)) = reference(rest, place) {
            text.push(one);
            text.extend(two);
            rest = &rest[length..];
        } else {
            text.push('&');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Reads the reference at the start of `raw` (which begins with `&`): its characters and length.
pub(super) fn reference(raw: &str, place: Place) -> Option<(Decoded, usize)> {
    let bytes = raw.as_bytes();
    match bytes.get(1)? {
        b'#' => numeric(bytes),
        byte if byte.is_ascii_alphabetic() => named(raw, place),
        _ => None,
    }
}

fn numeric(bytes: &[u8]) -> Option<(Decoded, usize)> {
    let hexadecimal = matches!(bytes.get(2), Some(b'x' | b'X'));
    let (radix, start) = if hexadecimal { (16, 3) } else { (10, 2) };
    let mut code = 0u32;
    let mut at = start;
    while let Some(digit) = bytes.get(at).and_then(|&byte| char::from(byte).to_digit(radix)) {
        code = code.saturating_mul(radix).saturating_add(digit);
        at += 1;
    }
    if at == start {
        return None;
    }
    let length = at + usize::from(bytes.get(at) == Some(&b';'));
    Some(((numbered(code), None), length))
}

/// The character of a numeric reference, with the replacements that HTML asks for.
fn numbered(code: u32) -> char {
    /// What browsers show for 0x80 to 0x9F: the Windows-1252 characters.
    const WINDOWS: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    match code {
        0 => None,
        0x80..=0x9F => WINDOWS.chars().nth(code as usize - 0x80),
        _ => char::from_u32(code),
    }
    .unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn named(raw: &str, place: Place) -> Option<(Decoded, usize)> {
    let letters = raw.as_bytes()[1..].iter().take(LONGEST_NAME + 1);
    let longest = letters.take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let name = &raw[1..=longest];
    let next = raw.as_bytes().get(1 + longest);
    if next == Some(&b';')
        && let Some((decoded, _)) = lookup(name)
    {
        return Some((decoded, longest + 2));
    }
    // Old names count without a semicolon, even in front of other letters; longest wins.
    for length in (2..=longest.min(6)).rev() {
        if let Some((decoded, true)) = lookup(&name[..length]) {
            let follower = raw.as_bytes().get(1 + length);
            let continues = follower.is_some_and(|&byte| byte == b'=' || byte.is_ascii_alphanumeric());
            if place == Place::Attribute && continues {
                return None;
            }
            return Some((decoded, 1 + length));
        }
    }
    None
}

/// Finds a name: its characters, and whether it counts without a semicolon.
fn lookup(name: &str) -> Option<(Decoded, bool)> {
    match name {
        "amp" => return Some((('&', None), true)),
        "lt" => return Some((('<', None), true)),
        "gt" => return Some((('>', None), true)),
        "quot" => return Some((('"', None), true)),
        "nbsp" => return Some((('\u{a0}', None), true)),
        _ => {}
    }
    let (mut low, mut high) = (0, TABLE.len());
    while low < high {
        let middle = low.midpoint(high);
        let start = TABLE[..middle].rfind('\n').map_or(0, |at| at + 1);
        let line = TABLE[start..].lines().next()?;
        let cut = line.find([':', '='])?;
        match line.as_bytes()[..cut].cmp(name.as_bytes()) {
            std::cmp::Ordering::Equal => {
                let legacy = line.as_bytes()[cut] == b'=';
                return points(&line[cut + 1..]).map(|decoded| (decoded, legacy));
            }
            std::cmp::Ordering::Less => low = start + line.len() + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

fn points(list: &str) -> Option<Decoded> {
    let mut codes = list.split('+').map(|code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
    Some((codes.next()??, codes.next().flatten()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_decode_as_in_a_browser() {
        for (raw, text) in [
            ("a &amp; b &lt;c&gt;", "a & b <c>"),
            ("&copy;&copy &notit; &notin;", "©© ¬it; ∉"),
            ("&#65;&#x42;&#67 &#0; &#x80;", "ABC \u{fffd} €"),
            ("& &; &#; &#x; &nosuchname; &", "& &; &#; &#x; &nosuchname; &"),
            ("&NotEqualTilde;&zwnj;&AElig", "≂\u{338}\u{200c}Æ"),
        ] {
            assert_eq!(decode(raw, Place::Text), text);
        }
        assert_eq!(decode("?a=1&copy=2&lt;", Place::Attribute), "?a=1&copy=2<");
    }

    #[test]
    fn the_table_is_sorted_and_whole() {
        let names: Vec<_> = TABLE.lines().map(|line| line.split([':', '=']).next()).collect();
        assert!(names.is_sorted());
        for line in TABLE.lines() {
            let name = line.split([':', '=']).next().unwrap_or_default();
            assert!(lookup(name).is_some(), "{name}");
            assert!(name.len() <= LONGEST_NAME);
        }
    }
}
