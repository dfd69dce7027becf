//! The part of CSS that include and exclude selectors need.
//!
//! Type, `#id`, `.class`, `[attribute]` with every operator, `:not()`, `:first-child`,
//! `:last-child`, `:only-child`, `:nth-child()`, `:empty`, the four combinators, and lists. A selector is
//! matched forwards over the arena in one pass, so there is no backtracking.

mod parser;

use std::{error::Error, fmt};

use self::parser::Parser;
use super::{
    document::{Document, NodeId, ROOT},
    tag::Tag,
};

/// How many steps one selector may have: the width of the match state.
const MAX_STEPS: usize = 63;

/// A selector that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidSelector {
    /// The selector as given.
    pub selector: String,
    /// What is wrong, and where.
    pub reason: String,
}

impl fmt::Display for InvalidSelector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "invalid selector {:?}: {}", self.selector, self.reason)
    }
}

impl Error for InvalidSelector {}

/// A list of CSS selectors, ready to match.
///
/// ```
/// use browsr_core::markdown::Selector;
///
/// assert!(Selector::parse("main > article:not(.ad), #content p").is_ok());
/// assert_eq!(Selector::parse("p >").unwrap_err().selector, "p >");
/// ```
#[derive(Clone, Debug)]
pub struct Selector {
    alternatives: Vec<Vec<Step>>,
}

/// One compound selector, and how it relates to the step before.
#[derive(Clone, Debug)]
struct Step {
    combinator: Combinator,
    tests: Vec<Test>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Combinator {
    Descendant,
    Child,
    NextSibling,
    LaterSibling,
}

#[derive(Clone, Debug)]
enum Test {
    Any,
    Element(Tag),
    Named(String),
    Attribute { name: String, operator: Operator, value: String, any_case: bool },
    Not(Vec<Vec<Self>>),
    Nth { step: i32, offset: i32 },
    LastChild,
    Empty,
    Root,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Present,
    Equals,
    Word,
    Dash,
    Prefix,
    Suffix,
    Contains,
}

impl Selector {
    /// Reads a selector list.
    ///
    /// # Errors
    /// Says what cannot be read, and names the selector.
    pub fn parse(selector: &str) -> Result<Self, InvalidSelector> {
        Parser::new(selector).list().map_err(|reason| InvalidSelector { selector: selector.to_owned(), reason })
    }

    /// Every element that matches, in document order.
    pub(super) fn matches(&self, document: &Document<'_>) -> Vec<NodeId> {
        let mut found = Vec::new();
        for steps in &self.alternatives {
            Matcher::new(document, steps).run(&mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Carries, for every element, which steps of a selector end there.
struct Matcher<'d, 'a> {
    document: &'d Document<'a>,
    steps: &'d [Step],
    /// Bit k: steps 0..=k match with the last one at this element.
    here: Vec<u64>,
    /// The same for this element or any around it.
    above: Vec<u64>,
    /// Of the children seen so far: the last one, and all together.
    last_child: Vec<u64>,
    any_child: Vec<u64>,
    children: Vec<i32>,
}

impl<'d, 'a> Matcher<'d, 'a> {
    fn new(document: &'d Document<'a>, steps: &'d [Step]) -> Self {
        let count = document.nodes.len();
        Self {
            document,
            steps,
            here: vec![0; count],
            above: vec![0; count],
            last_child: vec![0; count],
            any_child: vec![0; count],
            children: vec![0; count],
        }
    }

    fn run(&mut self, found: &mut Vec<NodeId>) {
        let whole = 1u64 << (self.steps.len() - 1);
        for id in ROOT..self.document.len() {
            if self.document.tag(id) == Tag::Text {
                continue;
            }
            let (at, parent) = (id as usize, self.document.parent(id) as usize);
            let root = id == ROOT;
            let index = if root { 1 } else { self.children[parent] + 1 };
            let mut state = 0u64;
            for (number, step) in self.steps.iter().enumerate() {
                let before = match (number, step.combinator) {
                    (0, _) => 1,
                    _ if root => 0,
                    (_, Combinator::Descendant) => self.above[parent] >> (number - 1),
                    (_, Combinator::Child) => self.here[parent] >> (number - 1),
                    (_, Combinator::NextSibling) => self.last_child[parent] >> (number - 1),
                    (_, Combinator::LaterSibling) => self.any_child[parent] >> (number - 1),
                };
                if before & 1 == 1 && step.tests.iter().all(|test| test.holds(self.document, id, index)) {
                    state |= 1 << number;
                }
            }
            self.here[at] = state;
            self.above[at] = state | if root { 0 } else { self.above[parent] };
            if !root {
                self.children[parent] = index;
                self.last_child[parent] = state;
                self.any_child[parent] |= state;
            }
            if state & whole != 0 {
                found.push(id);
            }
        }
    }
}

impl Test {
    fn holds(&self, document: &Document<'_>, id: NodeId, index: i32) -> bool {
        match self {
            Self::Any => true,
            Self::Element(tag) => document.tag(id) == *tag,
            Self::Named(name) => document.name(id).eq_ignore_ascii_case(name),
            Self::Attribute { name, operator, value, any_case } => document.attribute(id, name).is_some_and(|found| {
                if *any_case {
                    operator.holds(&found.to_lowercase(), &value.to_lowercase())
                } else {
                    operator.holds(&found, value)
                }
            }),
            Self::Not(lists) => !lists.iter().any(|tests| tests.iter().all(|test| test.holds(document, id, index))),
            Self::Nth { step, offset } => {
                let distance = index - offset;
                if *step == 0 { distance == 0 } else { distance % step == 0 && distance / step >= 0 }
            }
            Self::LastChild => {
                let (mut next, end) = (document.end(id), document.end(document.parent(id)));
                while next < end && document.tag(next) == Tag::Text {
                    next = document.end(next);
                }
                id == ROOT || next >= end
            }
            Self::Empty => document.end(id) == id + 1,
            Self::Root => id == ROOT,
        }
    }
}

impl Operator {
    fn holds(self, found: &str, value: &str) -> bool {
        match self {
            Self::Present => true,
            Self::Equals => found == value,
            Self::Word => !value.is_empty() && found.split_ascii_whitespace().any(|word| word == value),
            Self::Dash => found.strip_prefix(value).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
            Self::Prefix => !value.is_empty() && found.starts_with(value),
            Self::Suffix => !value.is_empty() && found.ends_with(value),
            Self::Contains => !value.is_empty() && found.contains(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::builder::parse;

    fn ids(selector: &str, html: &str) -> String {
        let document = parse(html);
        let selector = Selector::parse(selector).expect("the selector is written for this test");
        let found = selector.matches(&document);
        let ids: Vec<_> = found.iter().filter_map(|&id| document.attribute(id, "id")).collect();
        ids.join(" ")
    }

    #[test]
    fn selectors_match_as_in_css() {
        let html = "<div id=a class='x y'><p id=b>1</p><p id=c lang=en-GB>2</p><section id=d><p id=e>3</p></section></div>\
                    <x-note id=f data-kind='Big One'></x-note>";
        for (selector, expected) in [
            ("p", "b c e"),
            (".x > p", "b c"),
            ("div p", "b c e"),
            ("p + p", "c"),
            ("p ~ section p, #b", "b e"),
            ("p:first-child", "b e"),
            ("p:last-child", "e"),
            ("p:nth-child(2n)", "c"),
            ("p:nth-child( -n + 1 )", "b e"),
            ("p:not(#b, [lang|=en])", "e"),
            ("[data-kind~=One]", "f"),
            ("[data-kind^='big' i]", "f"),
            ("x-note:empty", "f"),
            ("*.y.x", "a"),
            ("div section > p", "e"),
        ] {
            assert_eq!(ids(selector, html), expected, "{selector}");
        }
    }

    #[test]
    fn a_selector_that_cannot_be_read_is_named() {
        for selector in ["", "p >", "p,,q", "[a", "[a=\"b]", "p:hover", "..x", ":nth-child(x)", "a)b", ":not(:not(p))"]
        {
            let error = Selector::parse(selector).expect_err(selector);
            assert_eq!(error.selector, selector);
            assert!(error.to_string().contains("invalid selector"));
        }
    }
}
