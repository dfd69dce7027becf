//! Reading and writing DevTools messages: what can be told from the first and last bytes, the parse proper, and its
//! repair where a page put half a surrogate pair into a string.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What a message is, told without parsing its payload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Peeked<'a> {
    /// The answer to a call.
    Reply(u64),
    /// An event, with the flat session it belongs to; none for the browser's own.
    Event(&'static str, Option<Cow<'a, str>>),
    /// Nothing that concerns us.
    Ignored,
}

/// Looks at the head, and for an event in the `wanted` list at the tail.
///
/// Chromium writes `{"id":1,"result":…` and `{"method":"A.b","params":{…},"sessionId":"…"}`, so nearly every message
/// is sorted by a few bytes at its ends; one that is written otherwise is scanned once for its header.
pub(crate) fn peek(message: &[u8], wanted: impl Fn(&str) -> Option<&'static str>) -> Peeked<'_> {
    if let Some(rest) = message.strip_prefix(br#"{"id":"#) {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if let Some(id) = std::str::from_utf8(&rest[..digits]).ok().and_then(|digits| digits.parse().ok()) {
            return Peeked::Reply(id);
        }
    }
    if let Some(rest) = message.strip_prefix(br#"{"method":""#) {
        let end = memchr::memchr(b'"', rest).unwrap_or(0);
        let Some(method) = std::str::from_utf8(&rest[..end]).ok().and_then(&wanted) else {
            return Peeked::Ignored;
        };
        match tail_session(message) {
            Some(Tail::Browser) => return Peeked::Event(method, None),
            Some(Tail::Session(session)) => return Peeked::Event(method, Some(Cow::Borrowed(session))),
            None => {}
        }
    }
    peek_slowly(message, wanted)
}

/// Whose an event is, as its end tells.
enum Tail<'a> {
    Browser,
    Session(&'a str),
}

/// Reads the session id from the end of a message. `None` where the end does not tell.
fn tail_session(message: &[u8]) -> Option<Tail<'_>> {
    const KEY: &[u8] = br#","sessionId":""#;
    if message.ends_with(b"}}") {
        // The payload is the last member, so there is no session after it.
        return Some(Tail::Browser);
    }
    let body = message.strip_suffix(br#""}"#)?;
    let start = memchr::memrchr(b'"', body)?;
    let id = &body[start + 1..];
    (body[..=start].ends_with(KEY) && id.iter().all(u8::is_ascii_alphanumeric))
        .then(|| std::str::from_utf8(id).ok())?
        .map(Tail::Session)
}

fn peek_slowly(message: &[u8], wanted: impl Fn(&str) -> Option<&'static str>) -> Peeked<'_> {
    #[derive(Deserialize)]
    struct Header<'a> {
        id: Option<u64>,
        #[serde(borrow)]
        method: Option<Cow<'a, str>>,
        #[serde(borrow, rename = "sessionId")]
        session: Option<Cow<'a, str>>,
    }
    match serde_json::from_slice::<Header<'_>>(message) {
        Ok(Header { id: Some(id), .. }) => Peeked::Reply(id),
        Ok(Header { method: Some(method), session, .. }) => {
            wanted(&method).map_or(Peeked::Ignored, |method| Peeked::Event(method, session))
        }
        _ => Peeked::Ignored,
    }
}

/// Returns whether a message, of which this is the begin, must be read whole: an answer to a call, or an event of a request,
/// which may carry a body and wait for us.
pub(crate) fn is_for_reading(head: &[u8]) -> bool {
    let is_of_request =
        [&br#"{"method":"Fetch."#[..], br#"{"method":"Network."#].iter().any(|start| head.starts_with(start));
    is_of_request || matches!(peek(head, |_| None), Peeked::Reply(_))
}

/// Joins both ends of a message whose middle, some long text, is left out. An escape or a character that was cut in two goes.
pub(crate) fn join(head: &[u8], tail: &[u8]) -> Vec<u8> {
    const ESCAPE: usize = 12; // the two halves of a pair, `\ud83d\ude00`
    let near = head.len().saturating_sub(ESCAPE);
    let mut end = memchr::memchr(b'\\', &head[near..]).map_or(head.len(), |at| near + at);
    while end > 0 && (head[end - 1] == b'\\' || !head[end - 1].is_ascii()) {
        end -= 1;
    }
    // Where an escape begins shows only in what comes of it.
    let from = |start: usize| [&head[..end], &tail[start.min(tail.len())..]].concat();
    let whole = (0..=ESCAPE).map(from).find(|joined| parse::<serde_json::Value>(joined).is_ok());
    whole.unwrap_or_else(|| from(0))
}

/// Parses a message, once more with half surrogate pairs replaced if it does not parse as it is.
pub(crate) fn parse<T: for<'de> Deserialize<'de>>(message: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(message).or_else(|error| match browsr_core::script::mend_surrogates(message) {
        Some(mended) => serde_json::from_slice(&mended),
        None => Err(error),
    })
}

/// Parses the payload of an event.
pub(crate) fn params<T: for<'de> Deserialize<'de>>(message: &[u8]) -> Result<T, serde_json::Error> {
    #[derive(Deserialize)]
    struct Event<T> {
        params: T,
    }
    parse::<Event<T>>(message).map(|event| event.params)
}

/// Writes a call.
pub(crate) fn encode(id: u64, session: Option<&str>, method: &str, params: &impl Serialize) -> Vec<u8> {
    #[derive(Serialize)]
    struct Call<'a, P> {
        id: u64,
        #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
        session: Option<&'a str>,
        method: &'a str,
        params: &'a P,
    }
    // Protocol parameters are plain data with string keys; there is nothing in them that cannot be written.
    serde_json::to_vec(&Call { id, session, method, params }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(method: &str) -> Option<&'static str> {
        (method == "Page.frameNavigated").then_some("Page.frameNavigated")
    }

    #[test]
    fn replies_and_events_are_told_by_their_ends() {
        assert_eq!(peek(br#"{"id":12,"result":{}}"#, wanted), Peeked::Reply(12));
        assert_eq!(
            peek(br#"{"method":"Page.frameNavigated","params":{"a":"b"},"sessionId":"AB12"}"#, wanted),
            Peeked::Event("Page.frameNavigated", Some("AB12".into()))
        );
        assert_eq!(
            peek(br#"{"method":"Page.frameNavigated","params":{"sessionId":"AB12"}}"#, wanted),
            Peeked::Event("Page.frameNavigated", None)
        );
        assert_eq!(peek(br#"{"method":"Other.event","params":{}}"#, wanted), Peeked::Ignored);
    }

    #[test]
    fn unusual_order_and_spacing_are_understood() {
        assert_eq!(peek(br#"{ "result": {}, "id": 3 }"#, wanted), Peeked::Reply(3));
        assert_eq!(
            peek(br#"{"sessionId": "A-1", "params": {}, "method": "Page.frameNavigated"}"#, wanted),
            Peeked::Event("Page.frameNavigated", Some("A-1".into()))
        );
        assert_eq!(peek(b"junk", wanted), Peeked::Ignored);
        assert_eq!(peek(b"", wanted), Peeked::Ignored);
    }

    #[test]
    fn a_message_without_its_middle_is_read_wherever_it_was_cut() {
        let texts = [
            "x".repeat(60),
            "\\n".repeat(60),
            r"\\".repeat(60),
            r"\ud83d\ude00".repeat(10),
            "é".repeat(60),
            r#"\""#.repeat(60),
        ];
        for text in texts {
            let begin = r#"{"method":"A.b","params":{"message":""#;
            let message = format!(r#"{begin}{text}","type":"alert"}},"sessionId":"AB12"}}"#);
            for (cut, left) in (20..34).flat_map(|cut| (40..54).map(move |left| (cut, left))) {
                let joined =
                    join(&message.as_bytes()[..begin.len() + cut], &message.as_bytes()[message.len() - left..]);
                let read: serde_json::Value =
                    parse(&joined).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&joined)));
                assert_eq!((&read["params"]["type"], &read["sessionId"]), (&"alert".into(), &"AB12".into()));
            }
        }
        assert!(is_for_reading(br#"{"id":7,"result":{"a":"#) && !is_for_reading(br#"{"method":"A.b","params":{"a":"#));
        assert!(is_for_reading(br#"{"method":"Fetch.requestPaused","params":{"#));
    }

    #[test]
    fn half_a_surrogate_pair_does_not_break_a_message() {
        let text: Vec<String> = parse(br#"["a\ud800b", "\\ud800", "\ud83d\ude00", "\udc00"]"#).unwrap();
        assert_eq!(text, ["a\u{fffd}b", "\\ud800", "😀", "\u{fffd}"]);
        assert!(parse::<String>(br#""\ud80"#).is_err());
    }
}
