//! Content that a server sent late, put into the place that it kept free.
//!
//! Read [`fill`] first. React streams a page with a `<template id="B:0">` and a fallback where something is not ready
//! yet, sends that later as `<div hidden id="S:0">`, and a script (`$RC("B:0","S:0")`) that swaps the two. Where no script
//! ran, they are swapped here. Linear in the page.

use std::collections::{HashMap, HashSet};

use memchr::memmem;

use super::{
    document::{Document, Node, NodeId, ROOT},
    foster::{Links, NONE, number},
    tag::Tag,
    work,
};

/// Calls of the scripts, and whether the place comes first in them.
const CALLS: [(&str, bool); 3] = [("$RC(\"", true), ("$RR(\"", true), ("$RS(\"", false)];

/// Something to be put into a place.
#[derive(Clone, Copy, Debug)]
struct Slot {
    content: NodeId,
    /// The first node after the place and what is shown in it until then.
    rest: NodeId,
}

/// Puts what was sent late into its place. The nodes stay as they are where anything would get lost.
pub(super) fn fill(document: &mut Document<'_>) {
    let calls = calls(document.source);
    if calls.is_empty() {
        return;
    }
    let links = Links::new(&document.nodes);
    let slots = slots(document, &calls, &links);
    if !slots.is_empty()
        && let Some(nodes) = reorder(&document.nodes, &links, slots)
    {
        document.nodes = nodes;
    }
}

/// The places and their contents, by id.
fn calls(source: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (call, place_first) in CALLS {
        for at in memmem::find_iter(source.as_bytes(), call) {
            work::step();
            let mut strings = source[at + call.len()..].splitn(4, '"');
            if let (Some(first), Some(","), Some(second)) = (strings.next(), strings.next(), strings.next()) {
                found.push(if place_first { (first, second) } else { (second, first) });
            }
        }
    }
    found
}

/// The slot at each place.
fn slots(document: &Document<'_>, calls: &[(&str, &str)], links: &Links) -> HashMap<NodeId, Slot> {
    let mut ids: HashMap<&str, Option<NodeId>> = calls.iter().flat_map(|&(a, b)| [(a, None), (b, None)]).collect();
    for at in document.descendants(ROOT) {
        if document.tag(at) != Tag::Text
            && document.attributes(at).contains(':')
            && let Some(id) = document.attribute(at, "id")
            && let Some(place) = ids.get_mut(id.as_ref())
        {
            place.get_or_insert(at);
        }
    }
    let ends = boundaries(document.source);
    let (mut slots, mut used) = (HashMap::new(), HashSet::new());
    for (place, content) in calls {
        let (Some(&Some(place)), Some(&Some(content))) = (ids.get(place), ids.get(content)) else { continue };
        if document.tag(place) != Tag::Template || slots.contains_key(&place) || !used.insert(content) {
            continue;
        }
        let mut rest = links.next[place as usize];
        // What is shown until then ends with the comment that ends the boundary.
        if let Some(&end) = ends.get(&(document.node(place).start as usize - 1)) {
            while rest != NONE && (document.node(rest).start as usize) < end {
                work::step();
                rest = links.next[rest as usize];
            }
        }
        slots.insert(place, Slot { content, rest });
    }
    slots
}

/// Where each boundary ends, by where its content begins. Boundaries are pairs of comments, `<!--$?-->` and `<!--/$-->`.
fn boundaries(source: &str) -> HashMap<usize, usize> {
    let (mut ends, mut open) = (HashMap::new(), Vec::new());
    for at in memmem::find_iter(source.as_bytes(), "<!--") {
        work::step();
        let comment = &source[at + 4..];
        if comment.starts_with("/$-->") {
            ends.extend(open.pop().map(|start| (start, at)));
        } else if let Some(length) = ["$-->", "$?-->", "$!-->", "$~-->"]
            .iter()
            .find(|start| comment.starts_with(**start))
            .map(|start| start.len())
        {
            open.push(at + 4 + length);
        }
    }
    ends
}

/// What is being written.
#[derive(Debug)]
enum Open {
    Element { old: NodeId, new: NodeId },
    Slot { rest: NodeId },
}

/// The nodes with all slots filled; none if a content would come nowhere, such as one that holds its own place.
fn reorder(nodes: &[Node], links: &Links, mut slots: HashMap<NodeId, Slot>) -> Option<Vec<Node>> {
    let mut moved = vec![false; nodes.len()];
    for slot in slots.values() {
        moved[slot.content as usize] = true;
    }
    let mut ordered: Vec<Node> = Vec::with_capacity(nodes.len());
    let mut open: Vec<Open> = Vec::new();
    let mut parents: Vec<NodeId> = vec![ROOT];
    let mut at = ROOT;
    loop {
        work::step();
        if at == NONE {
            match open.pop() {
                None => break,
                Some(Open::Slot { rest }) => at = rest,
                Some(Open::Element { old, new }) => {
                    parents.pop();
                    ordered[new as usize].end = number(ordered.len());
                    at = links.next[old as usize];
                }
            }
        } else if let Some(slot) = slots.remove(&at) {
            open.push(Open::Slot { rest: slot.rest });
            at = links.first[slot.content as usize];
        } else if moved[at as usize] {
            at = links.next[at as usize];
        } else {
            let id = number(ordered.len());
            let parent = parents.last().copied().unwrap_or(ROOT);
            ordered.push(Node { parent, end: id + 1, ..nodes[at as usize] });
            if links.first[at as usize] == NONE {
                at = links.next[at as usize];
            } else {
                open.push(Open::Element { old: at, new: id });
                parents.push(id);
                at = links.first[at as usize];
            }
        }
    }
    slots.is_empty().then_some(ordered)
}

#[cfg(test)]
mod tests {
    use crate::markdown::{Options, convert};

    fn full(page: &str) -> String {
        convert(page, &Options::new().with_only_main_content(false)).text
    }

    #[test]
    fn late_content_comes_once_and_in_its_place() {
        let page = "<h1>Ferry</h1><!--$?--><template id='B:0'></template><p>Wait <!--$-->a<!--/$--></p><i>moment</i><!--/$--><p>End</p>\
            <div hidden id='S:0'><p>Leaves at nine.</p><template id='P:1'></template><!--$?--><template id='B:1'></template>soon<!--/$--></div>\
            <div hidden id='S:1'><p>Platform two.</p></div><script>$RS(\"S:1\",\"P:1\")</script>\
            <script>$RC=function(){};$RC(\"B:0\",\"S:0\")</script><div hidden id='S:2'>Bring bread.</div><script>$RC(\"B:1\",\"S:2\")</script>";
        assert_eq!(full(page), "# Ferry\n\nLeaves at nine.\n\nPlatform two.\n\nBring bread.\n\nEnd\n");
    }

    #[test]
    fn what_is_not_swapped_stays() {
        let waiting = "<!--$?--><template id='B:0'></template>Wait<!--/$--><p>End</p>";
        assert_eq!(full(waiting), "Wait\n\nEnd\n");
        let circle = "<hr><template id='B:0'></template><div id='S:0'>a<template id='B:0'></template></div><script>$RC(\"B:0\",\"S:0\")</script>";
        assert!(full(circle).contains('a'));
        let own = "<div id='S:0'>b<template id='B:0'></template></div><script>$RC(\"B:0\",\"S:0\")</script>";
        assert_eq!(full(own), "b\n");
    }
}
