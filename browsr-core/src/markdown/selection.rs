//! Which part of a document is converted.

use super::document::{Document, NodeId, ROOT};

/// Subtrees to convert, and subtrees and texts inside them to leave out.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    /// In document order, none inside another.
    pub(super) roots: Vec<NodeId>,
    /// By node; empty if nothing is left out.
    pub(super) dropped: Vec<bool>,
}

impl Selection {
    /// The whole document.
    pub(super) fn whole() -> Self {
        Self { roots: vec![ROOT], dropped: Vec::new() }
    }

    #[inline]
    pub(super) fn drops(&self, id: NodeId) -> bool {
        self.dropped.get(id as usize).is_some_and(|&dropped| dropped)
    }

    pub(super) fn drop(&mut self, document: &Document<'_>, id: NodeId) {
        if self.dropped.is_empty() {
            self.dropped = vec![false; document.nodes.len()];
        }
        self.dropped[id as usize] = true;
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
