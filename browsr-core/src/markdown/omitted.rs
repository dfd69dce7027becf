//! What is left out of the main content, counted and, if asked for, listed.
//!
//! Read [`measure`] first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    document::{Document, NodeId, ROOT},
    selection::{Reason, Selection},
    tag::{Tag, kind},
};

/// A text with fewer words is a label or a teaser as often as a sentence.
const FEW_WORDS: usize = 20;

/// How much of a block is shown of it, in bytes.
const FIRST_WORDS: usize = 80;

/// How much was left out of the main content, and for which reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Omitted {
    /// Characters of text, white space left out.
    pub characters: usize,
    /// The same by reason.
    pub reasons: BTreeMap<Reason, usize>,
}

impl Omitted {
    pub(crate) fn add(&mut self, reason: Reason, characters: usize) {
        self.characters += characters;
        *self.reasons.entry(reason).or_default() += characters;
    }
}

/// A block that was left out of the main content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Omission {
    /// Why it was left out.
    pub reason: Reason,
    /// Its characters, white space left out.
    pub characters: usize,
    /// Its first words.
    pub text: String,
    /// It is a text of 20 words or more, and nothing in its structure says that it is no part of the main
    /// content.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub warning: bool,
}

/// Counts what is left out, and lists it if `list` says so.
pub(super) fn measure(document: &Document<'_>, selection: &Selection, list: bool) -> (Omitted, Vec<Omission>) {
    let mut ledger = Ledger { document, list, omitted: Omitted::default(), omissions: Vec::new(), open: None };
    let mut roots = selection.roots.iter().copied().peekable();
    let mut chosen_until = ROOT;
    let mut at = ROOT;
    while at < document.len() {
        if roots.next_if_eq(&at).is_some() {
            chosen_until = document.end(at);
            ledger.close();
        }
        let tag = document.tag(at);
        let holds_root = roots.peek().is_some_and(|&root| root < document.end(at));
        if tag.is(kind::UNSEEN) {
            at = document.end(at);
        } else if selection.drops(at) && !holds_root && selection.roots.binary_search(&at).is_err() {
            ledger.close();
            ledger.add(at, at, selection.dropped[at as usize]);
            ledger.close();
            at = document.end(at);
        } else {
            if tag == Tag::Text && at >= chosen_until {
                ledger.add(block(document, at), at, Reason::Outside);
            }
            at += 1;
        }
    }
    ledger.close();
    (ledger.omitted, ledger.omissions)
}

/// The element around a text that stands in a line of its own.
fn block(document: &Document<'_>, id: NodeId) -> NodeId {
    let around = std::iter::successors(Some(id), |&id| Some(document.parent(id)));
    around.skip(1).find(|&id| id == ROOT || document.tag(id).is(kind::BLOCK)).unwrap_or(ROOT)
}

/// What was found so far.
struct Ledger<'d, 'a> {
    document: &'d Document<'a>,
    list: bool,
    omitted: Omitted,
    omissions: Vec<Omission>,
    open: Option<Open>,
}

/// A block whose texts are being read.
struct Open {
    block: NodeId,
    omission: Omission,
    words: usize,
    /// Characters in links.
    linked: usize,
}

impl Ledger<'_, '_> {
    /// Adds what stands inside of `id` to a block.
    fn add(&mut self, block: NodeId, id: NodeId, reason: Reason) {
        let document = self.document;
        if self.open.as_ref().is_none_or(|open| open.block != block) {
            self.close();
            let text = String::new();
            let omission = Omission { reason, characters: 0, text, warning: false };
            self.open = Some(Open { block, omission, words: 0, linked: 0 });
        }
        let Some(open) = &mut self.open else { return };
        let mut link_until = if document.tag(document.parent(id)) == Tag::A { document.end(id) } else { id };
        let mut at = id;
        while at < document.end(id) {
            let tag = document.tag(at);
            if tag == Tag::Text {
                let raw = document.raw_text(at);
                let characters = raw.bytes().filter(|&byte| byte > b' ' && byte & 0xC0 != 0x80).count();
                open.omission.characters += characters;
                open.linked += if at < link_until { characters } else { 0 };
                if self.list {
                    open.words += raw.split_whitespace().count();
                    if open.omission.text.len() < FIRST_WORDS {
                        open.omission.text.push(' ');
                        open.omission.text.push_str(&document.inner_text_up_to(at, FIRST_WORDS));
                    }
                }
            } else if at > id && tag.is(kind::UNSEEN) {
                at = document.end(at);
                continue;
            } else if tag == Tag::A {
                link_until = link_until.max(document.end(at));
            }
            at += 1;
        }
    }

    fn close(&mut self) {
        let Some(Open { mut omission, words, linked, .. }) = self.open.take() else { return };
        if omission.characters == 0 {
            return;
        }
        self.omitted.add(omission.reason, omission.characters);
        if self.list {
            omission.warning =
                omission.reason == Reason::Outside && words >= FEW_WORDS && linked * 2 < omission.characters;
            omission.text = omission.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let end = (0..=FIRST_WORDS.min(omission.text.len())).rev().find(|&end| omission.text.is_char_boundary(end));
            omission.text.truncate(end.unwrap_or(0));
            self.omissions.push(omission);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::{Options, Reason, convert};

    #[test]
    fn what_is_left_out_is_counted_and_listed_with_its_reason() {
        let text = "<p>A sentence of the article, which is long enough to count as one, and then some more.</p>";
        let page = format!(
            "<nav>Home</nav><article><h1>Title</h1>{}<p>Advertisement</p>{text}</article><footer>Imprint</footer>",
            text.repeat(6)
        );
        let found = convert(&page, &Options::new().with_explain(true));
        let listed: Vec<_> = found.explain.iter().map(|one| (one.reason, one.text.as_str())).collect();
        assert_eq!(listed, [(Reason::Element, "Home"), (Reason::Label, "Advertisement"), (Reason::Element, "Imprint")]);
        assert_eq!(found.omitted.characters, "HomeAdvertisementImprint".len());
        assert_eq!(found.omitted.reasons[&Reason::Label], "Advertisement".len());
        assert!(found.explain.iter().all(|one| !one.warning));
        let whole = convert(&page, &Options::new().with_only_main_content(false).with_explain(true));
        assert_eq!((whole.omitted.characters, whole.explain.len()), (0, 0));
        assert!(convert(&page, &Options::new()).explain.is_empty());
    }
}
