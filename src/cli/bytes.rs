//! Bytes of a page to text.
//!
//! Read [`decode`] first. It looks where browsers look, and further: a page from a file has no headers that could have
//! said it.

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// Reads a page as its byte order mark says, else as UTF-8 if it is that, else as the page says. Where none of them says
/// anything it is windows-1252, as in browsers, unless it is UTF-8 but for a few bytes.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0;
    }
    if let Some(encoding) = wide_encoding(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    let named = named_encoding(bytes);
    match std::str::from_utf8(bytes) {
        // Its bytes are ASCII, whatever they mean.
        Ok(_) if named == Some(ISO_2022_JP) => ISO_2022_JP.decode_without_bom_handling(bytes).0,
        Ok(text) => text.into(),
        Err(_) => named.unwrap_or_else(|| likely_encoding(bytes)).decode_without_bom_handling(bytes).0,
    }
}

/// UTF-16 without a byte order mark, where a declaration or a tag begins the page.
fn wide_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, b'?' | b'!' | b'h' | b'H', 0, ..] => Some(UTF_16LE),
        [0, b'<', 0, b'?' | b'!' | b'h' | b'H', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding of a page that names none and is not all UTF-8. A page that is cut, or was put together from several,
/// has a few bytes that are no UTF-8 among many that are; a text in windows-1252 has next to nothing that is.
fn likely_encoding(bytes: &[u8]) -> &'static Encoding {
    let (mut valid, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    if valid > broken { UTF_8 } else { WINDOWS_1252 }
}

/// The encoding that a page names in its XML declaration or a `<meta>` element, wherever that stands.
fn named_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let declared = bytes.trim_ascii_start().starts_with(b"<?xml").then(|| {
        let declaration = bytes.split(|&byte| byte == b'>').next().unwrap_or_default();
        let value = after_name(declaration, b"encoding")?;
        Encoding::for_label(value)
    });
    declared.flatten().or_else(|| encoding_in_meta(bytes)).map(|encoding| match encoding {
        // The name could not have been read if it were true.
        wide if wide == UTF_16LE || wide == UTF_16BE => UTF_8,
        user if user == X_USER_DEFINED => WINDOWS_1252,
        other => other,
    })
}

/// The first encoding that a `<meta>` element names, outside of comments.
fn encoding_in_meta(bytes: &[u8]) -> Option<&'static Encoding> {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| byte == b'<') {
        rest = &rest[at + 1..];
        if rest.starts_with(b"!--") {
            // A comment that never ends takes the page along.
            rest = &rest[find(rest, b"-->")?..];
        } else if rest.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"meta"))
            && rest.get(4).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'/')
        {
            let end = rest.iter().position(|&byte| byte == b'>').unwrap_or(rest.len());
            let tag = rest[..end].to_ascii_lowercase();
            // It stands in an attribute of its own, or in `content` where that stands for a header.
            let is_header = find(&tag, b"http-equiv").is_some();
            if (is_header || find(&tag, b"content").is_none())
                && let Some(encoding) = after_name(&tag, b"charset").and_then(Encoding::for_label)
            {
                return Some(encoding);
            }
        }
    }
    None
}

/// The value behind a name and an equals sign, without quotes.
fn after_name<'b>(text: &'b [u8], name: &[u8]) -> Option<&'b [u8]> {
    let found = text.windows(name.len()).position(|window| window.eq_ignore_ascii_case(name))?;
    let value = text[found + name.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value.iter().position(|byte| byte.is_ascii_whitespace() || b"\"';/?>".contains(byte));
    Some(&value[..end.unwrap_or(value.len())])
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with this head and an umlaut in windows-1252.
    fn page(head: &str) -> Vec<u8> {
        [head.as_bytes(), b"<p>f\xfcr"].concat()
    }

    #[test]
    fn a_page_is_read_as_it_says() {
        for head in [
            "<meta charset=iso-8859-1>",
            "<META CONTENT='text/html; charset=windows-1252' HTTP-EQUIV=Content-Type>",
            "<?xml version='1.0' encoding='ISO-8859-15'?><html>",
            "<!-- <meta charset=koi8-r> --><meta charset = \"latin1\" />",
            "<script charset=koi8-r></script><meta name=x content='charset=koi8-r'><meta charset=l1>",
            &format!("<style>{}</style><meta charset=iso-8859-1>", "a{}".repeat(2_000)),
        ] {
            assert!(decode(&page(head)).ends_with("für"), "{head}");
        }
        let cyrillic = b"<?xml version=\"1.0\" encoding=\"koi8-r\"?><p>\xd7\xcf\xc4\xc1";
        assert!(decode(cyrillic).ends_with("вода"));
        let japanese = b"<meta charset=iso-2022-jp><p>\x1b$B?e\x1b(B";
        assert!(decode(japanese).ends_with("水"));
    }

    #[test]
    fn a_page_that_says_nothing_is_utf_8_or_windows_1252() {
        assert_eq!(decode(b"f\xfcr \x80 5"), "für € 5");
        assert_eq!(decode("für € 5".as_bytes()), "für € 5");
        let cut = &"größer, älter, kühler é".as_bytes()[.."größer, älter, kühler é".len() - 1];
        assert!(decode(cut).starts_with("größer, älter, kühler"));
    }

    #[test]
    fn marks_and_zeros_tell_wide_text() {
        assert_eq!(decode(b"\xef\xbb\xbfa"), "a");
        assert_eq!(decode(b"<\0!\0>\0"), "<!>");
        assert_eq!(decode(b"\0<\0h\0>"), "<h>");
        assert_eq!(decode(b"<meta charset=utf-16><p>\xc3\xbc"), "<meta charset=utf-16><p>ü");
    }
}
