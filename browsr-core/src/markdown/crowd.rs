//! Crowded pages: thousands of tags, or hundreds inside each other, and one for every few
//! bytes. They are made to cost, or are huge plain tables.
//!
//! A tree of such a page would be many times its size, so only its beginning is parsed, for what the
//! page says about itself. What it shows is written straight from its tokens; read [`Pieces`].

use memchr::memchr_iter;

use super::{
    tag::{Tag, kind},
    tokenizer::{StartTag, Token, Tokenizer},
    work,
};

/// A page with a tag for fewer bytes than this is crowded. Of 1,400 pages measured none has less than
/// 17 bytes for a tag, and half of them 70 or more.
const CROWDED: usize = 12;

/// With fewer tags and texts than this a page is small, however crowded it is, unless it is nested
/// deeper than is kept.
const MANY_TOKENS: usize = 10_000;

/// After how many tags and texts to ask whether a page is crowded: one that is has more of them, one
/// that is not is seldom asked.
pub(super) fn tokens_before_check(source: &str) -> usize {
    MANY_TOKENS + source.len() / (CROWDED * 10)
}

pub(super) fn is_crowded(source: &str) -> bool {
    memchr_iter(b'<', source.as_bytes()).count() * CROWDED > source.len()
}

/// A part of a page that may show something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'a> {
    Text {
        text: &'a str,
        /// Has no character references.
        raw: bool,
    },
    Start(StartTag),
    End(Tag),
}

/// The tags and texts of a page, without what is never shown.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    source: &'a str,
    tokenizer: Tokenizer<'a>,
    /// The element whose content is not shown.
    hidden: Option<Tag>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, tokenizer: Tokenizer::new(source), hidden: None }
    }

    #[inline]
    fn start(&mut self, tag: StartTag) -> Option<Piece<'a>> {
        if let Some(hidden) = self.hidden {
            if hidden != Tag::Svg || !tag.tag.is(kind::BREAKOUT) {
                return None;
            }
            self.hidden = None;
        }
        if tag.tag.is(kind::RAW) {
            let (start, end) = self.tokenizer.raw_text(tag.tag);
            let piece = Piece::Text { text: &self.source[start..end], raw: tag.tag != Tag::Textarea };
            return (!tag.tag.is(kind::UNSEEN)).then_some(piece);
        }
        let hides = matches!(tag.tag, Tag::Template | Tag::Svg | Tag::Video | Tag::Audio | Tag::Canvas | Tag::Datalist);
        if hides && !tag.self_closing {
            self.hidden = Some(tag.tag);
            return None;
        }
        Some(Piece::Start(tag))
    }

    #[inline]
    fn end(&mut self, tag: Tag) -> Option<Piece<'a>> {
        if self.hidden.is_none() {
            return Some(Piece::End(tag));
        }
        self.hidden = self.hidden.filter(|&hidden| hidden != tag);
        None
    }

    /// Shows all pieces, one after the other.
    pub(super) fn each(mut self, show: &mut dyn FnMut(Piece<'a>)) {
        while let Some(token) = self.tokenizer.next(false) {
            work::step();
            match token {
                Token::Text { start, end } if self.hidden.is_none() => {
                    show(Piece::Text { text: &self.source[start..end], raw: false });
                }
                Token::Text { .. } => {}
                Token::Start(tag) => {
                    if let Some(piece) = self.start(tag) {
                        show(piece);
                    }
                }
                Token::End { tag, .. } => {
                    if let Some(piece) = self.end(tag) {
                        show(piece);
                    }
                }
            }
        }
    }
}
