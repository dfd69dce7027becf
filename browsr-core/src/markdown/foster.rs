//! Puts content that was written between the rows of a table in front of that table.

use super::document::{Node, NodeId, ROOT, flag};

pub(super) const NONE: NodeId = NodeId::MAX;

/// Brings the nodes back into document order after fostering. Linear, and only run for pages with
/// such tables.
pub(super) fn reorder(nodes: &[Node]) -> Vec<Node> {
    let links = Links::new(nodes);
    let mut ordered: Vec<Node> = Vec::with_capacity(nodes.len());
    let mut open: Vec<(NodeId, NodeId)> = Vec::new();
    let mut at = ROOT;
    loop {
        let id = number(ordered.len());
        let parent = open.last().map_or(ROOT, |&(_, parent)| parent);
        let node = nodes[at as usize];
        ordered.push(Node { parent, end: id + 1, flags: node.flags & !flag::FOSTERED, ..node });
        if links.first[at as usize] != NONE {
            open.push((at, id));
            at = links.first[at as usize];
            continue;
        }
        while links.next[at as usize] == NONE {
            let Some((old, new)) = open.pop() else {
                return ordered;
            };
            ordered[new as usize].end = number(ordered.len());
            at = old;
        }
        at = links.next[at as usize];
    }
}

/// First child and next sibling of every node.
#[derive(Debug)]
pub(super) struct Links {
    pub(super) first: Vec<NodeId>,
    pub(super) next: Vec<NodeId>,
}

impl Links {
    pub(super) fn new(nodes: &[Node]) -> Self {
        let mut links = Self { first: vec![NONE; nodes.len()], next: vec![NONE; nodes.len()] };
        // The last child of every node so far, and the child before that one.
        let mut last = vec![NONE; nodes.len()];
        let mut before_last = vec![NONE; nodes.len()];
        for (at, node) in nodes.iter().enumerate().skip(1) {
            let id = number(at);
            let parent = node.parent as usize;
            // While a table is open, it is the last child of its parent.
            let table = last[parent];
            let fostered = node.flags & flag::FOSTERED != 0 && table != NONE;
            let previous = if fostered { before_last[parent] } else { table };
            match previous {
                NONE => links.first[parent] = id,
                previous => links.next[previous as usize] = id,
            }
            if fostered {
                links.next[at] = table;
                before_last[parent] = id;
            } else {
                before_last[parent] = previous;
                last[parent] = id;
            }
        }
        links
    }
}

pub(super) fn number(at: usize) -> NodeId {
    NodeId::try_from(at).unwrap_or(NONE)
}
