//! Which part of a document is converted, and why the rest is not.

use std::fmt;

use serde::Serialize;

use super::document::{Document, NodeId, ROOT};

/// Why something is left out of the main content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[repr(u8)]
pub enum Reason {
    /// It is not left out.
    #[default]
    Kept,
    /// It is not shown.
    Hidden,
    /// Its element or role says that it serves the page: a menu, a dialog, a footer.
    Element,
    /// Its name and its structure say that it is no part of the text.
    Name,
    /// It is a form with little text.
    Controls,
    /// It is links at the edge of the text.
    Links,
    /// It is a label such as "Read more", and no more than that.
    Label,
    /// Its heading and its structure say that it leads to other texts.
    Section,
    /// A few words before the first or after the last sentence.
    Edge,
    /// A heading of which everything below is left out.
    Orphan,
    /// It is a copy of a text that is kept.
    Repeat,
    /// It stands outside of the element that holds the text.
    Outside,
    /// The caller excluded it.
    Excluded,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "kept",
            Self::Hidden => "hidden",
            Self::Element => "element",
            Self::Name => "name",
            Self::Controls => "controls",
            Self::Links => "links",
            Self::Label => "label",
            Self::Section => "section",
            Self::Edge => "edge",
            Self::Orphan => "orphan",
            Self::Repeat => "repeat",
            Self::Outside => "outside",
            Self::Excluded => "excluded",
        })
    }
}

/// Subtrees to convert, and subtrees and texts inside them to leave out.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    /// In document order, none inside another.
    pub(super) roots: Vec<NodeId>,
    /// By node; empty if nothing is left out.
    pub(super) dropped: Vec<Reason>,
}

impl Selection {
    /// The whole document.
    pub(super) fn whole() -> Self {
        Self { roots: vec![ROOT], dropped: Vec::new() }
    }

    #[inline]
    pub(super) fn drops(&self, id: NodeId) -> bool {
        self.dropped.get(id as usize).is_some_and(|&reason| reason != Reason::Kept)
    }

    pub(super) fn drop(&mut self, document: &Document<'_>, id: NodeId, reason: Reason) {
        if self.dropped.is_empty() {
            self.dropped = vec![Reason::Kept; document.nodes.len()];
        }
        self.dropped[id as usize] = reason;
    }

    /// The outermost of the given elements, which are in document order.
    pub(super) fn of(document: &Document<'_>, found: &[NodeId]) -> Self {
        let mut roots = Vec::new();
        let mut covered = 0;
        for &id in found {
            if id >= covered {
                roots.push(id);
                covered = document.end(id);
            }
        }
        Self { roots, dropped: Vec::new() }
    }
}
