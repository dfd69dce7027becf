//! The scripts that run in pages, and the envelope that brings their results back.
//!
//! Each `.js` file here declares functions. The macro `script!` puts files and one main function together at compile time, so
//! that a page receives exactly what a command needs. Nothing here knows a protocol.

/// Builds the source of a function expression: what reads the DOM, the parts, then `return (main)(...args)`.
macro_rules! script {
    ($($part:literal),* => $main:literal) => {
        concat!(
            "(...args)=>{", include_str!("../script/dom.js"), "\n", $(include_str!(concat!("../script/", $part, ".js")), "\n",)*
            "return (", $main, ")(...args)}"
        )
    };
}
pub(crate) use script;

use crate::session::World;

/// Wraps a function expression so that it awaits its result, catches what it throws, and returns well-formed JSON
/// text: `{"v":…}` or `{"e":{"name","message"}}`. [`open_envelope`](crate::session::open_envelope) reads it.
///
/// The text is made in the page, so that `undefined`, lone surrogates and a lost document are told apart on every
/// protocol. In the world of the page it is written without what the page may have made of `JSON`.
pub fn envelope(function: &str, world: World) -> String {
    let writer = match world {
        World::Page => WRITER,
        World::Engine => {
            "const write=v=>JSON.stringify(v,(_,x)=>typeof x==='string'&&!x.isWellFormed()?x.toWellFormed():x);"
        }
    };
    // The function stands outside of what it must not see.
    format!(
        "(f=>async function(...a){{{writer}\
         const say=x=>{{try{{return String(x)}}catch{{return'Error'}}}};\
         try{{return write({{v:await f(...a)}})}}\
         catch(e){{return write({{e:{{name:say(e&&e.name||'Error'),\
         message:say(e&&e.message!==undefined?e.message:e)}}}})}}}})({function}\n)"
    )
}

/// Declares `write`, which makes well-formed JSON of a value by syntax alone.
pub const WRITER: &str = include_str!("writer.js");

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
pub const OBSERVER: &str = concat!("{", include_str!("dom.js"), include_str!("observer.js"), "}");

#[cfg(test)]
mod tests {
    /// The scripts that run in documents.
    const SCRIPTS: &[(&str, &str)] = &[
        ("accessibility", include_str!("accessibility.js")),
        ("actionability", include_str!("actionability.js")),
        ("drop", include_str!("drop.js")),
        ("edit", include_str!("edit.js")),
        ("element", include_str!("element.js")),
        ("flat", include_str!("flat.js")),
        ("frame_box", include_str!("frame_box.js")),
        ("inspect", include_str!("inspect.js")),
        ("locate", include_str!("locate.js")),
        ("observe", include_str!("observe.js")),
        ("observer", include_str!("observer.js")),
        ("overlay", include_str!("overlay.js")),
        ("page_state", include_str!("page_state.js")),
        ("press", include_str!("press.js")),
        ("read", include_str!("read.js")),
        ("scroll", include_str!("scroll.js")),
        ("storage", include_str!("storage.js")),
        ("wait", include_str!("wait.js")),
    ];

    /// What elements are asked for, which fields of a form may answer to.
    const ASKED: &[&str] = &[
        "alt",
        "append",
        "assignedSlot",
        "attributes",
        "checkVisibility",
        "childNodes",
        "children",
        "classList",
        "clientLeft",
        "clientTop",
        "closest",
        "control",
        "dispatchEvent",
        "firstChild",
        "getAttribute",
        "getBoundingClientRect",
        "getClientRects",
        "getRootNode",
        "hasAttribute",
        "innerText",
        "isConnected",
        "isContentEditable",
        "labels",
        "lastChild",
        "localName",
        "matches",
        "nodeName",
        "nodeType",
        "offsetHeight",
        "offsetWidth",
        "outerHTML",
        "parentElement",
        "parentNode",
        "previousElementSibling",
        "previousSibling",
        "querySelector",
        "querySelectorAll",
        "scrollIntoView",
        "shadowRoot",
        "tabIndex",
        "tagName",
        "textContent",
    ];

    /// Names of what is no element: shadow roots, nodes that we made, elements that cannot be forms, what `$` has given.
    const SAFE: &[&str] =
        &["doc", "doc.body", "doc.documentElement", "inner", "range", "scroller", "mark", "boxes", "asked"];

    /// Returns what stands before a dot: a name, or a call with its parentheses.
    fn receiver(before: &str) -> &str {
        let before = before.strip_suffix('?').unwrap_or(before);
        let mut depth = 0_u32;
        for (at, c) in before.char_indices().rev() {
            match c {
                ')' | ']' => depth += 1,
                '(' | '[' if depth > 0 => depth -= 1,
                _ if depth > 0 || c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '?') => {}
                _ => return before[at + c.len_utf8()..].trim_start_matches('.'),
            }
        }
        before.trim_start_matches('.')
    }

    #[test]
    fn no_script_asks_a_form_for_what_its_fields_may_answer() {
        let mut found = Vec::new();
        for (name, source) in SCRIPTS {
            for (number, line) in source.lines().enumerate() {
                let code = line.split("// ").next().unwrap_or_default();
                for asked in ASKED {
                    for (at, _) in code.match_indices(&format!(".{asked}")) {
                        let is_whole = !code[at + 1 + asked.len()..].starts_with(|c: char| c.is_alphanumeric());
                        let receiver = receiver(&code[..at]);
                        let is_guarded = receiver.starts_with("$(") || SAFE.contains(&receiver);
                        if is_whole && !is_guarded {
                            found.push(format!("{name}.js:{}: {receiver}.{asked}", number + 1));
                        }
                    }
                }
                if code.contains("document.") {
                    found.push(format!("{name}.js:{}: document, which is asked as `doc`", number + 1));
                }
            }
        }
        assert!(found.is_empty(), "ask `$(…)` instead:\n{}", found.join("\n"));
    }

    #[test]
    fn what_is_guarded_is_told_from_what_is_not() {
        assert_eq!(receiver("if (node"), "node");
        assert_eq!(receiver("[...$(node"), "node");
        assert_eq!(receiver("x = $($(a).parentElement)?"), "$($(a).parentElement)");
        assert_eq!(receiver("a.b?"), "a.b");
    }
}
