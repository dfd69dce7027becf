//! The scripts that run in pages, and the envelope that brings their results back.
//!
//! Each `.js` file here declares functions. The macro `script!` puts files and one main function together at compile time, so
//! that a page receives exactly what a command needs. Nothing here knows a protocol.

/// Builds the source of a function expression: the parts, then `return (main)(...args)`.
macro_rules! script {
    ($($part:literal),* => $main:literal) => {
        concat!(
            "(...args)=>{", $(include_str!(concat!("../script/", $part, ".js")), "\n",)*
            "return (", $main, ")(...args)}"
        )
    };
}
pub(crate) use script;

/// Wraps a function expression so that it awaits its result, catches what it throws, and returns well-formed JSON
/// text: `{"v":…}` or `{"e":{"name","message"}}`. [`open_envelope`](crate::session::open_envelope) reads it.
///
/// The text is made in the page, so that `undefined`, lone surrogates and a lost document are told apart on every
/// protocol.
pub fn envelope(function: &str) -> String {
    format!(
        "async function(...a){{try{{const v=await({function}\n)(...a);\
         return JSON.stringify({{v}},(_,x)=>typeof x==='string'&&!x.isWellFormed()?x.toWellFormed():x)}}\
         catch(e){{return JSON.stringify({{e:{{name:String(e&&e.name||'Error').toWellFormed(),\
         message:String(e&&e.message!==undefined?e.message:e).toWellFormed()}}}})}}}}"
    )
}

/// Replaces `\uXXXX` escapes in JSON that are half a surrogate pair with U+FFFD; `None` where there are none.
///
/// Pages may put such halves into strings, browsers pass them on, and parsers refuse them.
pub fn mend_surrogates(message: &[u8]) -> Option<Vec<u8>> {
    let escape = |at: usize| -> Option<u16> {
        let text = message.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
    };
    let mut mended = message.to_vec();
    let mut found = false;
    let mut at = 0;
    while let Some(step) = message.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += step;
        match escape(at) {
            Some(0xD800..=0xDBFF) if matches!(escape(at + 6), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(0xD800..=0xDFFF) => {
                mended[at + 2..at + 6].copy_from_slice(b"fffd");
                found = true;
                at += 6;
            }
            // Also steps over an escaped backslash.
            _ => at += 2,
        }
    }
    found.then_some(mended)
}

/// Watches the text of a document, for the engine to ask how long it has stood still. A backend that can runs it in the
/// engine's world of every document before any script of the page; elsewhere it begins when it is first asked.
pub const OBSERVER: &str = include_str!("observer.js");
