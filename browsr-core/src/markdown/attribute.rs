//! Attributes, read from the source of a start tag only when somebody asks.

use std::borrow::Cow;

use super::entity::{self, Place};

/// Walks over the attributes in the source of a start tag, the element name cut off.
#[derive(Clone, Debug)]
pub(super) struct Attributes<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, at: 0 }
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        let bytes = self.source.as_bytes();
        while bytes.get(self.at).is_some_and(|&byte| wanted(byte)) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> &'a str {
        let bytes = self.source.as_bytes();
        self.skip(is_space);
        if bytes.get(self.at) != Some(&b'=') {
            return "";
        }
        self.at += 1;
        self.skip(is_space);
        if let Some(&quote @ (b'"' | b'\'')) = bytes.get(self.at) {
            let start = self.at + 1;
            let end = memchr::memchr(quote, &bytes[start..]).map_or(bytes.len(), |length| start + length);
            self.at = (end + 1).min(bytes.len());
            &self.source[start..end]
        } else {
            let start = self.at;
            self.skip(|byte| !is_space(byte));
            &self.source[start..self.at]
        }
    }
}

impl<'a> Iterator for Attributes<'a> {
    /// The name as written, and the value with its character references.
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip(|byte| is_space(byte) || byte == b'/');
        let start = self.at;
        if start >= self.source.len() {
            return None;
        }
        // A name may begin with an equals sign, odd as it is.
        self.at += 1;
        self.skip(|byte| !is_space(byte) && byte != b'=' && byte != b'/');
        // Both ends are at ASCII bytes, except after a first byte that starts a longer character;
        // the loop above runs on to its end because continuation bytes are not ASCII.
        let name = &self.source[start..self.at];
        Some((name, self.value()))
    }
}

/// Finds an attribute by its lower-case name and decodes it.
pub(super) fn find<'a>(source: &'a str, name: &str) -> Option<Cow<'a, str>> {
    find_raw(source, name).map(|value| entity::decode(value, Place::Attribute))
}

/// Finds an attribute by its lower-case name, character references left as they are.
pub(super) fn find_raw<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    if source.len() <= name.len() {
        return None;
    }
    Attributes::new(source).find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'\x0c')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_in_every_spelling() {
        let source = " a=1 B = 'two &amp; 2' c d=\"x>y\" e=f/g h='' é=ü/";
        let all: Vec<_> = Attributes::new(source).collect();
        let expected =
            [("a", "1"), ("B", "two &amp; 2"), ("c", ""), ("d", "x>y"), ("e", "f/g"), ("h", ""), ("é", "ü/")];
        assert_eq!(all, expected);
        assert_eq!(find(source, "b").as_deref(), Some("two & 2"));
        assert_eq!(find(source, "z"), None);
    }
}
