//! The grammar of selectors.
//!
//! Read [`Parser::list`] first.

use super::{Combinator, MAX_STEPS, Operator, Selector, Step, Test};
use crate::markdown::tag::Tag;

/// Reads a selector from left to right.
pub(super) struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    pub(super) fn new(selector: &'a str) -> Self {
        Self { rest: selector.trim() }
    }

    pub(super) fn list(mut self) -> Result<Selector, String> {
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
