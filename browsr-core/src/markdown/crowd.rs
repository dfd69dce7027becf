//! Crowded pages: thousands of tags, or hundreds inside each other, and one for every few bytes.
//!
//! They are made to cost. A tree of such a page would be many times its size, so only its beginning
//! is parsed, for what the page says about itself; what it shows is written by [`super::emit`]
//! straight from its tokens.

use memchr::memchr_iter;

/// A page with a tag for fewer bytes than this is crowded. Of 1,400 pages measured none has less than
/// 17 bytes for a tag, and half of them 70 or more; a bare table of names or numbers has 7 to 10.
const CROWDED: usize = 6;

/// With fewer tags than this a page is small, however crowded it is, unless it is nested deeper than
/// is kept.
const MANY_TAGS: usize = 10_000;

/// After how many tags to ask whether a page is crowded: one that is has more of them, one that is
/// not is seldom asked.
pub(super) fn tags_before_check(source: &str) -> usize {
    MANY_TAGS + source.len() / (CROWDED * 20)
}

/// Whether a page is crowded, with `tags` of them before `position`.
pub(super) fn is_crowded(source: &str, tags: usize, position: usize) -> bool {
    // Scripts and styles may be full of brackets, so both what was read and the whole must be.
    tags * CROWDED > position && memchr_iter(b'<', source.as_bytes()).count() * CROWDED > source.len()
}
