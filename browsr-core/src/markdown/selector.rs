//! The part of CSS that include and exclude selectors need.
//!
//! Type, `#id`, `.class`, `[attribute]` with every operator, `:not()`, `:first-child`,
//! `:last-child`, `:only-child`, `:nth-child()`, `:empty`, the four combinators, and lists. A selector is
//! matched forwards over the arena in one pass, so there is no backtracking.

use std::{error::Error, fmt};

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
        Parser { rest: selector.trim() }
            .list()
            .map_err(|reason| InvalidSelector { selector: selector.to_owned(), reason })
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

/// Reads a selector from left to right.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn list(mut self) -> Result<Selector, String> {
        let mut alternatives = Vec::new();
        loop {
            alternatives.push(self.complex()?);
            if self.rest.is_empty() {
                return Ok(Selector { alternatives });
            }
            self.expect(',')?;
            self.skip_space();
        }
    }

    fn complex(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = vec![Step { combinator: Combinator::Descendant, tests: self.compound()? }];
        loop {
            let spaced = self.skip_space();
            let combinator = match self.rest.chars().next() {
                None | Some(',') => return Ok(steps),
                Some('>') => Combinator::Child,
                Some('+') => Combinator::NextSibling,
                Some('~') => Combinator::LaterSibling,
                Some(_) if spaced => Combinator::Descendant,
                Some(other) => return Err(format!("unexpected {other:?}")),
            };
            if combinator != Combinator::Descendant {
                self.rest = &self.rest[1..];
                self.skip_space();
            }
            if steps.len() == MAX_STEPS {
                return Err(format!("more than {MAX_STEPS} steps"));
            }
            steps.push(Step { combinator, tests: self.compound()? });
        }
    }

    fn compound(&mut self) -> Result<Vec<Test>, String> {
        let mut tests = Vec::new();
        loop {
            match self.rest.chars().next() {
                Some('*') if tests.is_empty() => {
                    self.rest = &self.rest[1..];
                    tests.push(Test::Any);
                }
                Some('#') => {
                    self.rest = &self.rest[1..];
                    tests.push(Self::attribute("id", Operator::Equals, self.name()?));
                }
                Some('.') => {
                    self.rest = &self.rest[1..];
                    tests.push(Self::attribute("class", Operator::Word, self.name()?));
                }
                Some('[') => tests.push(self.bracket()?),
                Some(':') => tests.push(self.pseudo()?),
                Some(first) if tests.is_empty() && is_name(first) => {
                    let name = self.name()?;
                    tests.push(match Tag::from_name(&name) {
                        Tag::Unknown => Test::Named(name),
                        tag => Test::Element(tag),
                    });
                }
                Some(other) if tests.is_empty() => return Err(format!("unexpected {other:?}")),
                None if tests.is_empty() => return Err("it ends where an element is expected".to_owned()),
                _ => return Ok(tests),
            }
        }
    }

    fn attribute(name: &str, operator: Operator, value: String) -> Test {
        Test::Attribute { name: name.to_owned(), operator, value, any_case: false }
    }

    fn bracket(&mut self) -> Result<Test, String> {
        self.expect('[')?;
        self.skip_space();
        let name = self.name()?.to_ascii_lowercase();
        self.skip_space();
        let operators = [
            ("=", Operator::Equals),
            ("~=", Operator::Word),
            ("|=", Operator::Dash),
            ("^=", Operator::Prefix),
            ("$=", Operator::Suffix),
            ("*=", Operator::Contains),
        ];
        let found = operators.into_iter().find(|(sign, _)| self.rest.starts_with(sign));
        let (mut value, mut any_case) = (String::new(), false);
        if let Some((sign, _)) = found {
            self.rest = &self.rest[sign.len()..];
            self.skip_space();
            value = self.value()?;
            self.skip_space();
            if let Some(after) = self.rest.strip_prefix(['i', 'I']) {
                self.rest = after;
                any_case = true;
                self.skip_space();
            }
        }
        self.expect(']')?;
        let operator = found.map_or(Operator::Present, |(_, operator)| operator);
        Ok(Test::Attribute { name, operator, value, any_case })
    }

    fn value(&mut self) -> Result<String, String> {
        let Some(quote) = self.rest.chars().next().filter(|&first| first == '"' || first == '\'') else {
            return self.name();
        };
        let end = self.rest[1..].find(quote).ok_or("a quote is not closed")?;
        let value = self.rest[1..=end].to_owned();
        self.rest = &self.rest[end + 2..];
        Ok(value)
    }

    fn pseudo(&mut self) -> Result<Test, String> {
        self.expect(':')?;
        let name = self.name()?.to_ascii_lowercase();
        Ok(match name.as_str() {
            "first-child" => Test::Nth { step: 0, offset: 1 },
            "last-child" => Test::LastChild,
            "empty" => Test::Empty,
            "root" => Test::Root,
            "nth-child" => {
                self.expect('(')?;
                let end = self.rest.find(')').ok_or("a bracket is not closed")?;
                let test = nth(&self.rest[..end])?;
                self.rest = &self.rest[end + 1..];
                test
            }
            "not" => {
                self.expect('(')?;
                let mut lists = Vec::new();
                loop {
                    self.skip_space();
                    if self.rest.starts_with(":not") {
                        return Err(":not() inside :not() is not supported".to_owned());
                    }
                    lists.push(self.compound()?);
                    self.skip_space();
                    if !self.rest.starts_with(',') {
                        break;
                    }
                    self.expect(',')?;
                }
                self.expect(')')?;
                Test::Not(lists)
            }
            _ => return Err(format!("the pseudo-class :{name} is not supported")),
        })
    }

    fn name(&mut self) -> Result<String, String> {
        let mut name = String::new();
        let mut characters = self.rest.chars();
        while let Some(next) = characters.clone().next() {
            if next == '\\' {
                characters.next();
                name.extend(characters.next());
            } else if is_name(next) {
                name.push(next);
                characters.next();
            } else {
                break;
            }
        }
        self.rest = characters.as_str();
        if name.is_empty() { Err("a name is missing".to_owned()) } else { Ok(name) }
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        self.rest = self.rest.strip_prefix(wanted).ok_or_else(|| format!("{wanted:?} is missing"))?;
        Ok(())
    }

    fn skip_space(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start();
        self.rest.len() < before
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '\\') || !character.is_ascii()
}

/// Reads the argument of `:nth-child()`.
fn nth(argument: &str) -> Result<Test, String> {
    let text: String = argument.chars().filter(|character| !character.is_whitespace()).collect();
    let text = text.to_ascii_lowercase();
    let wrong = || format!("cannot read :nth-child({argument})");
    match text.as_str() {
        "odd" => return Ok(Test::Nth { step: 2, offset: 1 }),
        "even" => return Ok(Test::Nth { step: 2, offset: 0 }),
        _ => {}
    }
    let number = |text: &str| text.strip_prefix('+').unwrap_or(text).parse::<i16>().map(i32::from).map_err(|_| wrong());
    match text.split_once('n') {
        None => Ok(Test::Nth { step: 0, offset: number(&text)? }),
        Some((step, offset)) => {
            let step = match step {
                "" | "+" => 1,
                "-" => -1,
                _ => number(step)?,
            };
            let offset = if offset.is_empty() { 0 } else { number(offset)? };
            Ok(Test::Nth { step, offset })
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
